"""An observation of a healthy AWS: what is asked, how often, and what becomes of the answers."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from runbook_lib.collect.files import load
from runbook_lib.collect.limits import Limits, Observed
from runbook_lib.collect.observe import observe
from runbook_lib.errors import UsageError
from runbook_lib.model.log_group import log_group_of
from runbook_lib.model.observations import (
    AccountLimit,
    FlowLog,
    FunctionConcurrency,
    LogGroup,
    MetricSeries,
    Quota,
)
from runbook_lib.model.progress import Step
from runbook_lib.model.snapshot import Gap, Snapshot
from runbook_lib.render.snapshot_files import save_snapshot

from .fake_aws import WORLD, FakeAws, always, raises
from .fake_logs import GROUP, HERE, NOW, WINDOW, describe, event, events, pages_of, point_each_minute, snapshot

NAT = {"NatGatewayId": "nat-1", "SubnetId": "subnet-1", "State": "available", "NatGatewayAddresses": []}
UPLOAD = Observed(window=WINDOW, function="upload")


@pytest.fixture
def logs(aws: FakeAws) -> FakeAws:
    aws.answers["logs:DescribeLogGroups"] = describe({"logGroupName": GROUP, "creationTime": 0, "storedBytes": 1})
    aws.answers["logs:FilterLogEvents"] = pages_of(events(250))
    aws.answers["cloudwatch:GetMetricData"] = point_each_minute
    return aws


def look(aws: FakeAws, wanted: Observed, limits: Limits, before: Snapshot | None = None, **more: Any) -> Snapshot:
    return observe(aws.connection, before or snapshot(NatGateways=[NAT]), wanted, limits, now=NOW, **more)


def raws(found: Snapshot, key: str) -> Any:
    return found.listings[(HERE, key)].raws


def test_everything_is_read_and_recorded(logs: FakeAws, limits: Limits) -> None:
    found = look(logs, replace(UPLOAD, nat_gateway_ids=("nat-1",)), limits)
    assert found.gaps == ()
    assert [len(raws(found, "Events")), len(raws(found, "MetricDataResults"))] == [250, 16 + 6]
    assert [(fact.id, fact.value) for fact in found.all(Quota)] == [
        ("L-9FEE3D26", 1000),
        ("L-B99A9384", 1000),
        ("L-DF5E4CA3", 1000),
    ]
    assert [fact.concurrent_executions for fact in found.all(AccountLimit)] == [1000]
    assert [(fact.id, fact.reserved) for fact in found.all(FunctionConcurrency)] == [("upload", 100)]
    assert [(fact.id, fact.retention_days) for fact in found.all(LogGroup)] == [(GROUP, None)]
    assert found.all(FlowLog) == ()
    assert all(listing.incomplete is None for listing in found.listings.values())
    assert {call.operation: 0 for call in found.calls} == dict.fromkeys(logs.sent, 0)
    assert all(call.error is None and call.request_ids for call in found.calls)


def test_no_reserved_concurrency_is_told_apart_from_nothing_read(logs: FakeAws, limits: Limits) -> None:
    logs.answers["lambda:GetFunctionConcurrency"] = {}
    assert [fact.reserved for fact in look(logs, UPLOAD, limits).all(FunctionConcurrency)] == [None]
    logs.faults["lambda:GetFunctionConcurrency"] = always("lambda", 403, "AccessDeniedException")
    found = look(logs, UPLOAD, limits)
    assert (HERE, "FunctionConcurrencies") not in found.listings
    assert [gap.action for gap in found.gaps] == ["lambda:GetFunctionConcurrency"]


@pytest.mark.parametrize("count", [2, 300])
def test_calls_do_not_grow_with_the_number_of_functions(logs: FakeAws, limits: Limits, count: int) -> None:
    (one, _) = WORLD["lambda:ListFunctions"]["Functions"]
    many = [one, *({**one, "FunctionName": f"upload-{number}"} for number in range(count))]
    groups = [{"logGroupName": f"/aws/lambda/{function['FunctionName']}", "creationTime": 0} for function in many]
    logs.answers["logs:DescribeLogGroups"] = describe(*groups)
    found = look(logs, UPLOAD, limits, snapshot(Functions=many))
    assert logs.sent.total() == len(found.calls) == 20
    assert [fact.id for fact in found.all(LogGroup)] == [GROUP]


def test_paging_of_log_groups_ends_where_the_group_is_found(logs: FakeAws, limits: Limits) -> None:
    def answer(asked: dict[str, Any]) -> dict[str, Any]:
        return {"logGroups": [{"logGroupName": GROUP, "creationTime": 0}], "nextToken": "more"}

    logs.answers["logs:DescribeLogGroups"] = answer
    found = look(logs, UPLOAD, limits)
    assert (logs.sent["logs:DescribeLogGroups"], found.gaps) == (1, ())


def test_a_group_that_is_not_found_on_the_first_pages_may_be_on_the_last(logs: FakeAws, limits: Limits) -> None:
    def answer(asked: dict[str, Any]) -> dict[str, Any]:
        name = GROUP if asked.get("nextToken") else f"{GROUP}-2"
        more = {} if asked.get("nextToken") else {"nextToken": "more"}
        return {"logGroups": [{"logGroupName": name, "creationTime": 0}], **more}

    logs.answers["logs:DescribeLogGroups"] = answer
    assert [fact.id for fact in look(logs, UPLOAD, limits).all(LogGroup)] == [GROUP]


@pytest.mark.parametrize(
    ("functions", "configurations", "group"),
    [
        ([{}], [], GROUP),
        ([{"LoggingConfig": {"LogFormat": "JSON"}}], [], GROUP),
        ([{"LoggingConfig": {"LogGroup": "shared"}}], [], "shared"),
        ([{"LoggingConfig": {"LogGroup": "old"}}], [{"LoggingConfig": {"LogGroup": "new"}}], "new"),
        ([], [], GROUP),
    ],
)
def test_the_log_group_of_a_function(functions: list[Any], configurations: list[Any], group: str) -> None:
    own = {"FunctionName": "upload", "Timeout": 3}
    told = snapshot(
        Functions=[{**own, **more} for more in functions],
        FunctionConfigurations=[{**own, **more} for more in configurations],
    )
    assert log_group_of(told, "upload") == group


def test_a_log_group_that_is_named_is_read_instead(logs: FakeAws, limits: Limits) -> None:
    logs.answers["logs:DescribeLogGroups"] = describe({"logGroupName": "other", "creationTime": 0})
    found = look(logs, replace(UPLOAD, log_group="other"), limits)
    assert {raw["logGroupName"] for raw in raws(found, "Events")} == {"other"}


def test_metrics_of_gateways_alone_need_no_function(logs: FakeAws, limits: Limits) -> None:
    found = look(logs, Observed(window=WINDOW, nat_gateway_ids=("nat-1",)), limits)
    assert logs.sent == {"cloudwatch:GetMetricData": 1}
    assert {fact.namespace for fact in found.all(MetricSeries)} == {"AWS/NATGateway"}
    assert (HERE, "Events") not in found.listings


def test_what_was_observed_survives_the_disk(logs: FakeAws, limits: Limits, tmp_path: Path) -> None:
    logs.faults["lambda:GetAccountSettings"] = always("lambda", 403, "AccessDeniedException")
    found = look(logs, replace(UPLOAD, nat_gateway_ids=("nat-1",), max_events=200), limits)
    json.dumps([listing.raws for listing in found.listings.values()])
    save_snapshot(found, tmp_path)
    again = load(tmp_path)
    assert again.listings == found.listings
    assert (again.calls, again.gaps) == (found.calls, found.gaps)
    assert "truncated" in (again.listings[(HERE, "Events")].incomplete or "")


def test_account_limit_survives_the_disk(logs: FakeAws, limits: Limits, tmp_path: Path) -> None:
    found = look(logs, UPLOAD, limits)
    save_snapshot(found, tmp_path)
    assert load(tmp_path).all(AccountLimit) == found.all(AccountLimit)


def test_observing_again_replaces_what_was_observed(logs: FakeAws, limits: Limits) -> None:
    before = look(logs, UPLOAD, limits)
    logs.faults["logs:FilterLogEvents"] = always("logs", 400, "AccessDeniedException")
    again = look(logs, UPLOAD, limits, before)
    assert (HERE, "Events") not in again.listings
    assert len(again.calls) == 2 * len(before.calls)


def test_nothing_secret_is_kept(logs: FakeAws, limits: Limits) -> None:
    message = "login with password=canary and AKIAIOSFODNN7EXAMPLE"
    logs.answers["logs:FilterLogEvents"] = pages_of([event(1, WINDOW.start, message)])
    found = look(logs, UPLOAD, limits)
    assert raws(found, "Events")[0]["message"] == "login with password=REDACTED and REDACTED"
    assert "canary" not in repr(found)


def test_progress_tells_of_every_call_and_of_what_was_read(logs: FakeAws, limits: Limits) -> None:
    steps: list[Step] = []
    look(logs, UPLOAD, limits, progress=steps.append)
    counted = [step for step in steps if "read" not in step.label]
    assert [step.done for step in counted] == list(range(1, 21))
    assert counted[-1].total == 20
    assert steps[-1].label == "logs:FilterLogEvents: 250 read"


def test_an_interrupt_stops_the_reading(logs: FakeAws, limits: Limits) -> None:
    def interrupt(step: Step) -> None:
        if step.label == "logs:FilterLogEvents":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        look(logs, UPLOAD, replace(limits, workers=1), progress=interrupt)


def test_bad_credentials_and_an_unreachable_endpoint_end_it(logs: FakeAws, limits: Limits) -> None:
    logs.faults["logs:DescribeLogGroups"] = always("logs", 400, "ExpiredTokenException")
    with pytest.raises(UsageError, match="have expired"):
        look(logs, UPLOAD, limits)


def test_one_unreachable_service_is_a_gap(logs: FakeAws, limits: Limits) -> None:
    logs.faults["cloudwatch:GetMetricData"] = raises(EndpointConnectionError(endpoint_url="https://aws.invalid"))
    found = look(logs, UPLOAD, limits)
    assert {gap.action for gap in found.gaps} == {"cloudwatch:GetMetricData"}
    assert len(raws(found, "Events")) == 250
    logs.faults["*"] = raises(EndpointConnectionError(endpoint_url="https://aws.invalid"))
    with pytest.raises(UsageError, match="unreachable"):
        look(logs, UPLOAD, limits)


def test_old_observations_do_not_hide_what_is_young(logs: FakeAws, limits: Limits) -> None:
    late = replace(UPLOAD, window=replace(WINDOW, end=NOW - timedelta(minutes=2)))
    assert look(logs, late, limits).gaps == ()
    late = replace(UPLOAD, window=replace(WINDOW, end=NOW - timedelta(seconds=119)))
    (gap,) = look(logs, late, limits).gaps
    reason = "log delivery may lag: the window ends less than 2 minutes before the logs were read"
    assert gap == Gap(what=f"Events/{GROUP}", reason=reason, action="logs:FilterLogEvents")
