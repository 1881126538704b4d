"""The details of one function: what is asked, in which order things become known, and what a failure hides."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from runbook_lib.collect.aws import Limits, Wanted, collect
from runbook_lib.collect.details import DETAIL_KEYS
from runbook_lib.collect.files import load
from runbook_lib.collect.operation import Operation
from runbook_lib.collect.operations import OPERATIONS
from runbook_lib.collect.operations_of_function import DETAILS as ROWS
from runbook_lib.model.databases import DbInstance, DbMaxConnections, DbProxyTargets, ProxyTarget
from runbook_lib.model.fact import Scope
from runbook_lib.model.functions import (
    EventInvokeConfig,
    FunctionConfiguration,
    FunctionPolicy,
    FunctionRecursion,
    ProvisionedConcurrency,
)
from runbook_lib.model.observations import EVENTS_KEY, AccountLimit, FunctionConcurrency, Quota
from runbook_lib.model.roles import Role, RolePolicy
from runbook_lib.model.snapshot import Snapshot
from runbook_lib.model.triggers import BucketNotifications, EventSourceMapping, HttpApi, Queue, RestApi
from runbook_lib.render.snapshot_files import save_snapshot

from .fake_aws import ACCOUNT, REGION, Answerer, FakeAws, always
from .fake_details import DETAILS, FUNCTION_ARN, LIMIT_ARN, LOGS_ARN, ROLE_ARN, document, queue

HERE = Scope(ACCOUNT, REGION)
KEYS = ("FunctionConfigurations", *sorted(DETAIL_KEYS))
DENIED = {"sqs": "AccessDenied", "iam": "AccessDenied", "rds": "AccessDenied", "s3": "AccessDenied"}


def wanted(*functions: str, keys: tuple[str, ...] = KEYS, buckets: tuple[str, ...] = ("uploads",)) -> Wanted:
    return Wanted(functions=functions or ("upload",), buckets=buckets, keys=keys)


def asked(snapshot: Snapshot, operation: str) -> list[dict[str, Any]]:
    return [dict(call.request) for call in snapshot.calls if call.operation == operation]


def test_every_detail_is_read(aws: FakeAws, limits: Limits) -> None:
    snapshot = collect(aws.connection, wanted(), limits)
    assert snapshot.gaps == ()
    assert {key for _, key in snapshot.listings} >= DETAIL_KEYS
    assert all(listing.incomplete is None for listing in snapshot.listings.values())
    assert {row.id for row in ROWS} <= {call.operation for call in snapshot.calls}


def test_answers_become_facts(aws: FakeAws, limits: Limits) -> None:
    snapshot = collect(aws.connection, wanted(), limits)
    (policy,) = snapshot.all(FunctionPolicy)
    assert (policy.id, policy.exists, policy.sources("s3")) == ("upload", True, ("arn:aws:s3:::uploads",))
    assert policy.sources("sns") == ()
    (mapping,) = snapshot.all(EventSourceMapping)
    assert (mapping.service, mapping.batch_size, mapping.batching_window_s) == ("sqs", 10, 5)
    assert (mapping.maximum_concurrency, mapping.reports_batch_item_failures) == (4, True)
    (config,) = snapshot.all(EventInvokeConfig)
    assert (config.exists, config.maximum_retry_attempts, config.maximum_event_age_s) == (True, 0, 21600)
    assert [(fact.id, fact.allows_loops) for fact in snapshot.all(FunctionRecursion)] == [("upload", True)]
    (provisioned,) = snapshot.all(ProvisionedConcurrency)
    assert (provisioned.qualifier, provisioned.requested, provisioned.available) == ("live", 5, 3)
    assert [fact.id for fact in snapshot.all(Queue)] == [queue(name) for name in ("dead", "failed", "jobs")]
    jobs = snapshot.all(Queue)[2]
    assert (jobs.label, jobs.visibility_timeout_s, jobs.dead_letter_arn, jobs.max_receive_count, jobs.kms_key) == (
        "jobs",
        30,
        queue("dead"),
        3,
        None,
    )
    (bucket,) = snapshot.all(BucketNotifications)
    assert [event.target_arn for event in bucket.functions] == [FUNCTION_ARN]
    assert not bucket.to_event_bridge


def test_details_survive_the_disk(aws: FakeAws, limits: Limits, tmp_path: Path) -> None:
    snapshot = collect(aws.connection, wanted(), limits)
    save_snapshot(snapshot, tmp_path)
    again = load(tmp_path)
    assert again.listings == snapshot.listings
    assert again.calls == snapshot.calls
    assert again.gaps == ()


def test_roles_and_their_policies(aws: FakeAws, limits: Limits) -> None:
    snapshot = collect(aws.connection, wanted(), limits)
    (role,) = snapshot.all(Role)
    assert (role.id, role.exists, role.role_arn, role.boundary_arn) == ("uploader", True, ROLE_ARN, LIMIT_ARN)
    assert role.trust == tuple(document("sts:AssumeRole")["Statement"])
    told = [(fact.id, fact.is_inline, fact.is_attached, fact.is_boundary) for fact in snapshot.all(RolePolicy)]
    assert told == [
        (LIMIT_ARN, False, False, True),
        (LOGS_ARN, False, True, False),
        ("uploader/upload", True, True, False),
    ]
    assert snapshot.all(RolePolicy)[2].statements == tuple(document("s3:PutObject")["Statement"])
    assert [fact.version for fact in snapshot.all(RolePolicy)] == ["v2", "v2", None]


def test_databases_are_asked_about_where_the_function_is(aws: FakeAws, limits: Limits) -> None:
    snapshot = collect(aws.connection, wanted(), limits)
    assert [fact.id for fact in snapshot.all(DbInstance)] == ["elsewhere", "orders"]
    (parameter,) = snapshot.all(DbMaxConnections)
    assert (parameter.id, parameter.value, parameter.source) == (
        "default.postgres16",
        "LEAST({DBInstanceClassMemory/9531392},5000)",
        "system",
    )
    (proxy,) = snapshot.all(DbProxyTargets)
    behind = ProxyTarget(resource_id="orders", kind="RDS_INSTANCE", cluster_id=None, health="AVAILABLE")
    assert (proxy.id, proxy.targets) == ("orders", (behind,))


def test_of_integrations_only_what_is_judged_is_kept(aws: FakeAws, limits: Limits) -> None:
    snapshot = collect(aws.connection, wanted(), limits)
    (rest,), (http,) = snapshot.all(RestApi), snapshot.all(HttpApi)
    (integration,) = rest.integrations
    assert (integration.label, integration.function, integration.timeout_ms) == ("POST /orders", FUNCTION_ARN, 29000)
    assert rest.cite(*integration.path, "timeoutInMillis").value == 29000
    (integration,) = http.integrations
    assert (integration.label, integration.function, integration.timeout_ms) == ("i1", FUNCTION_ARN, 30000)
    assert "canary" not in repr([listing.raws for listing in snapshot.listings.values()])


@pytest.mark.parametrize(
    ("operation", "status", "code", "fact"),
    [
        ("lambda:GetPolicy", 404, "ResourceNotFoundException", FunctionPolicy),
        ("lambda:GetFunctionEventInvokeConfig", 404, "ResourceNotFoundException", EventInvokeConfig),
        ("iam:GetRole", 404, "NoSuchEntity", Role),
        ("sqs:GetQueueAttributes", 400, "AWS.SimpleQueueService.NonExistentQueue", Queue),
        ("apigateway:GetResources", 404, "NotFoundException", RestApi),
        ("apigatewayv2:GetIntegrations", 404, "NotFoundException", HttpApi),
    ],
)
def test_what_aws_says_is_not_there_is_a_fact_and_no_failure(
    aws: FakeAws, limits: Limits, operation: str, status: int, code: str, fact: Any
) -> None:
    aws.faults[operation] = always(operation.split(":")[0], status, code)
    snapshot = collect(aws.connection, wanted(), limits)
    assert snapshot.all(fact)
    assert not any(found.exists for found in snapshot.all(fact))
    assert snapshot.gaps == ()
    assert [call.error for call in snapshot.calls if call.operation == operation][:1] == [None]


FAULTS: dict[str, Callable[[Operation], Answerer]] = {
    "denied": lambda row: always(row.service, 403, DENIED.get(row.service, "AccessDeniedException")),
    "throttled": lambda row: always(row.service, 429, "ThrottlingException"),
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_a_failure_is_a_gap_that_names_the_action(aws: FakeAws, limits: Limits, row: Operation, fault: str) -> None:
    aws.faults[row.id] = FAULTS[fault](row)
    snapshot = collect(aws.connection, wanted(), limits)
    failed = [call for call in snapshot.calls if call.error]
    assert {call.operation for call in failed} == {row.id}
    assert (fault == "denied") == all(call.error.is_denied for call in failed if call.error)
    gap = next(gap for gap in snapshot.gaps if gap.action == row.iam_action)
    assert row.id in gap.reason or row.iam_action in gap.reason
    listing = snapshot.listings.get((HERE, row.key))
    assert listing is None or listing.incomplete


@pytest.mark.parametrize(
    ("operation", "hidden"),
    [
        ("lambda:GetPolicy", {"RestApis", "HttpApis"}),
        ("lambda:ListEventSourceMappings", {"Queues"}),
        ("lambda:GetFunctionEventInvokeConfig", {"Queues"}),
        ("iam:GetRole", {"RolePolicies"}),
        ("rds:DescribeDBInstances", {"DBParameters"}),
        ("rds:DescribeDBProxies", {"DBProxyTargets"}),
    ],
)
def test_what_a_failure_hides_is_not_whole(aws: FakeAws, limits: Limits, operation: str, hidden: set[str]) -> None:
    service = operation.split(":")[0]
    aws.faults[operation] = always(service, 403, DENIED.get(service, "AccessDeniedException"))
    snapshot = collect(aws.connection, wanted(), limits)
    for key in hidden:
        listing = snapshot.listings.get((HERE, key))
        assert listing is None or operation in (listing.incomplete or "")
        assert any(gap.what == key and operation in gap.reason for gap in snapshot.gaps)


def test_nothing_to_ask_about_is_whole_and_empty(aws: FakeAws, limits: Limits) -> None:
    aws.answers |= {
        "lambda:ListEventSourceMappings": {"EventSourceMappings": []},
        "lambda:GetPolicy": {"Policy": '{"Statement": []}'},
        "rds:DescribeDBInstances": {"DBInstances": []},
        "rds:DescribeDBProxies": {"DBProxies": []},
    }
    aws.faults["lambda:GetFunctionEventInvokeConfig"] = always("lambda", 404, "ResourceNotFoundException")
    (first, other) = aws.answers["lambda:ListFunctions"]["Functions"]
    plain = {name: value for name, value in first.items() if name != "DeadLetterConfig"}
    aws.answers["lambda:ListFunctions"] = {"Functions": [plain, other]}
    snapshot = collect(aws.connection, wanted(buckets=()), limits)
    for key in ("Queues", "RestApis", "HttpApis", "DBParameters", "DBProxyTargets", "BucketNotifications"):
        listing = snapshot.listings[(HERE, key)]
        assert (listing.raws, listing.incomplete) == ((), None)
    assert snapshot.gaps == ()


def test_a_policy_that_admits_any_api_names_none(aws: FakeAws, limits: Limits) -> None:
    anything = DETAILS["lambda:GetPolicy"]["Policy"].replace(":api1/", ":*/")
    aws.answers["lambda:GetPolicy"] = {"Policy": anything}
    snapshot = collect(aws.connection, wanted(), limits)
    assert (HERE, "RestApis") not in snapshot.listings
    (gap,) = [gap for gap in snapshot.gaps if gap.what == "RestApis"]
    assert "names no API" in gap.reason


def test_pages_of_parameters_end_with_the_one_that_is_needed(aws: FakeAws, limits: Limits) -> None:
    parameters = DETAILS["rds:DescribeDBParameters"]["Parameters"]
    for given, calls in ((parameters, 1), (parameters[:1], 2)):
        aws.sent.clear()
        aws.answers["rds:DescribeDBParameters"] = {"Parameters": given, "Marker": "next"}
        aws.faults["rds:DescribeDBParameters"] = lambda request, attempt: (
            aws.answers.update({"rds:DescribeDBParameters": {"Parameters": []}}) if attempt > 1 else None
        )
        (found,) = collect(aws.connection, wanted(), limits).all(DbMaxConnections)
        assert (aws.sent["rds:DescribeDBParameters"], found.value is None) == (calls, calls == 2)


@pytest.mark.parametrize(
    "others",
    [
        Wanted(all_functions=True, keys=KEYS),
        Wanted(vpc_ids=("vpc-1",), keys=KEYS),
        Wanted(functions=("upload", "outside"), keys=KEYS),
        Wanted(functions=("upload",), buckets=("uploads",)),
    ],
    ids=["all", "vpc", "several", "no key named"],
)
def test_without_one_function_or_a_named_key_nothing_is_asked(aws: FakeAws, limits: Limits, others: Wanted) -> None:
    snapshot = collect(aws.connection, others, limits)
    rows = {row.id for row in ROWS}
    assert not [call for call in snapshot.calls if call.operation in rows]
    assert not [key for _, key in snapshot.listings if key in DETAIL_KEYS]


def test_calls_do_not_grow_with_the_number_of_functions(aws: FakeAws, limits: Limits) -> None:
    (one, other) = aws.answers["lambda:ListFunctions"]["Functions"]
    counts = []
    for size in (1, 60):
        more = [{**other, "FunctionName": f"f{number}"} for number in range(size)]
        aws.answers["lambda:ListFunctions"] = {"Functions": [one, *more]}
        counts.append(len(collect(aws.connection, wanted(), limits).calls))
    assert counts[0] == counts[1]


def test_an_arn_is_asked_about_by_its_name(aws: FakeAws, limits: Limits) -> None:
    snapshot = collect(aws.connection, wanted(FUNCTION_ARN), limits)
    assert asked(snapshot, "lambda:GetPolicy") == [{"FunctionName": "upload"}]
    assert [fact.id for fact in snapshot.all(Role)] == ["uploader"]


@pytest.mark.parametrize(("extra", "is_read"), [((), True), ((EVENTS_KEY,), False)])
def test_limits_are_read_unless_an_observation_reads_them(
    aws: FakeAws, limits: Limits, extra: tuple[str, ...], is_read: bool
) -> None:
    keys = (AccountLimit.KEY, FunctionConcurrency.KEY, Quota.KEY, *extra)
    snapshot = collect(aws.connection, wanted(keys=keys), limits)
    found = {row.id for row in OPERATIONS if row.key in keys} & {call.operation for call in snapshot.calls}
    limits_of = {"lambda:GetAccountSettings", "lambda:GetFunctionConcurrency", "service-quotas:GetServiceQuota"}
    assert found == (limits_of if is_read else set())
    assert len(snapshot.all(Quota)) == (3 if is_read else 0)


def test_what_variables_look_like_is_told_without_their_values(aws: FakeAws, limits: Limits) -> None:
    aws.answers["lambda:GetFunctionConfiguration"] = {
        "FunctionName": "upload",
        "Environment": {"Variables": {"API_TOKEN": "canary-token", "LOG_LEVEL": "INFO"}},
    }
    snapshot = collect(aws.connection, wanted(), limits)
    (fact,) = snapshot.all(FunctionConfiguration)
    assert fact.variables == ("API_TOKEN", "LOG_LEVEL")
    assert [(item.name, item.pattern) for item in fact.findings or ()] == [
        ("API_TOKEN", "a name that announces a secret")
    ]
    assert "canary" not in repr([listing.raws for listing in snapshot.listings.values()])
