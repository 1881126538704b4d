"""Whatever goes wrong with a call: no listing, a gap with the IAM action, and never an empty list."""

import threading
from collections.abc import Callable
from dataclasses import replace
from threading import Event
from typing import Any

import pytest
from botocore.exceptions import ConnectTimeoutError, EndpointConnectionError, ReadTimeoutError

from runbook_lib.collect.aws import Limits, Wanted, collect
from runbook_lib.collect.operation import Operation, Per
from runbook_lib.collect.operations import OPERATIONS
from runbook_lib.errors import UsageError
from runbook_lib.model.fact import Scope
from runbook_lib.model.progress import Step
from runbook_lib.model.snapshot import Gap, Snapshot
from runbook_lib.model.vpc import PrefixList, VpcAttributes

from .fake_aws import ACCOUNT, REGION, Answerer, FakeAws, always, failure, first, raises, response

HERE = Scope(ACCOUNT, REGION)
EVERYTHING = Wanted(functions=("upload",), buckets=("uploads",))
ROWS = list({row.id: row for row in OPERATIONS if not (row.is_observed or row.is_detail)}.values())
DENIED = {
    "ec2": "UnauthorizedOperation",
    "lambda": "AccessDeniedException",
    "s3": "AccessDenied",
    "sts": "AccessDenied",
}
FAULTS: dict[str, Callable[[str], Answerer]] = {
    "denied": lambda service: always(service, 403, DENIED[service]),
    "throttled": lambda service: always(service, 503 if service == "ec2" else 429, "RequestLimitExceeded"),
    "broken": lambda service: always(service, 500, "InternalError"),
    "silent": lambda service: raises(ReadTimeoutError(endpoint_url="https://aws.invalid")),
    "not-json-nor-xml": lambda service: lambda request, attempt: response(200, "<html>sorry</html"),
    "empty-body": lambda service: lambda request, attempt: response(200, "{}" if service == "lambda" else "<R/>"),
    "unimplemented": lambda service: raises(NotImplementedError("not here")),
}


def gap_for(snapshot: Snapshot, row: Operation) -> Gap:
    return next(gap for gap in snapshot.gaps if gap.action == row.iam_action)


# An empty answer to GetBucketLocation means us-east-1, by definition.
CASES = [(row, fault) for row in ROWS for fault in FAULTS if (row.service, fault) != ("s3", "empty-body")]


@pytest.mark.parametrize(("row", "fault"), CASES, ids=lambda value: value if isinstance(value, str) else value.id)
def test_a_failed_call_leaves_no_listing_and_a_gap(aws: FakeAws, limits: Limits, row: Operation, fault: str) -> None:
    aws.faults[row.id] = FAULTS[fault](row.service)
    snapshot = collect(aws.connection, EVERYTHING, limits)
    failed = [call for call in snapshot.calls if call.error]
    assert {call.operation for call in failed} == {row.id}
    assert (fault == "denied") == all(call.error.is_denied for call in failed if call.error)
    assert gap_for(snapshot, row).action == row.iam_action
    assert row.id in gap_for(snapshot, row).reason
    if row.per in (Per.UNREAD_LISTS, Per.UNREAD_LIST):
        assert row.id in (snapshot.listings[(snapshot.scopes[0], "PrefixLists")].incomplete or "")
    elif row.per is not Per.CALLER:
        assert not [key for _, key in snapshot.listings if key == row.key]


def test_retries_stop_at_the_limit_and_are_recorded(aws: FakeAws, limits: Limits, slept: list[float]) -> None:
    aws.faults["ec2:DescribeSubnets"] = always("ec2", 503, "RequestLimitExceeded")
    snapshot = collect(aws.connection, Wanted(vpc_ids=("vpc-1",)), replace(limits, attempts=3))
    assert aws.sent["ec2:DescribeSubnets"] == 3
    assert len(slept) == 2
    (call,) = [call for call in snapshot.calls if call.error]
    assert (call.retries, call.pages, call.error is not None) == (2, 0, True)


@pytest.mark.parametrize(
    ("service", "name", "status", "code", "mode"),
    [
        ("ec2", "DescribeRouteTables", 503, "RequestLimitExceeded", "standard"),
        ("lambda", "ListFunctions", 429, "TooManyRequestsException", "adaptive"),
        ("ec2", "DescribeVpcs", 500, "InternalError", "adaptive"),
    ],
)
def test_twice_throttled_then_fine_is_fine(
    aws: FakeAws, limits: Limits, service: str, name: str, status: int, code: str, mode: str
) -> None:
    undisturbed = collect(aws.connection, EVERYTHING, limits)
    disturbed = FakeAws()
    disturbed.faults[f"{service}:{name}"] = first(2, service, status, code)
    snapshot = collect(disturbed.connection, EVERYTHING, replace(limits, retry_mode=mode))
    assert snapshot.listings == undisturbed.listings
    assert snapshot.gaps == ()
    (call,) = [call for call in snapshot.calls if call.operation == f"{service}:{name}"]
    assert (call.retries, call.error) == (2, None)


def test_one_denied_dns_attribute_leaves_the_other(aws: FakeAws, limits: Limits) -> None:
    aws.answers["ec2:DescribeVpcAttribute"] = {"VpcId": "vpc-1", "EnableDnsSupport": {"Value": True}}

    def deny(request: Any, attempt: int) -> Any:
        return failure("ec2", 403, "UnauthorizedOperation") if "enableDnsHostnames" in str(request.body) else None

    aws.faults["ec2:DescribeVpcAttribute"] = deny
    snapshot = collect(aws.connection, EVERYTHING, limits)
    assert [(a.dns_support, a.dns_hostnames) for a in snapshot.all(VpcAttributes)] == [(True, None)]
    assert snapshot.listings[(HERE, "VpcAttributes")].incomplete
    assert "VpcAttributes/vpc-1" in {gap.what for gap in snapshot.gaps}


def test_a_list_whose_entries_were_denied_has_no_cidrs(aws: FakeAws, limits: Limits) -> None:
    aws.faults["ec2:GetManagedPrefixListEntries"] = always("ec2", 403, "UnauthorizedOperation")
    snapshot = collect(aws.connection, EVERYTHING, limits)
    assert {fact.id: fact.cidrs is None for fact in snapshot.all(PrefixList)} == {"pl-own": True, "pl-s3": False}


@pytest.mark.parametrize(
    ("denied", "blocked", "wanted"),
    [
        ("ec2:DescribeTransitGatewayRouteTables", "TransitGatewayStaticRoutes", Wanted()),
        ("lambda:ListFunctions", "VpcAttributes", Wanted(functions=("upload",))),
        ("lambda:ListFunctions", "VpcAttributes", Wanted(all_functions=True)),
        ("ec2:DescribeSubnets", "VpcAttributes", Wanted(subnet_ids=("subnet-1",))),
        ("ec2:DescribeVpcs", "VpcAttributes", Wanted()),
    ],
)
def test_what_depends_on_a_failed_listing_was_not_read(
    aws: FakeAws, limits: Limits, denied: str, blocked: str, wanted: Wanted
) -> None:
    service = denied.split(":")[0]
    aws.faults[denied] = always(service, 403, DENIED[service])
    snapshot = collect(aws.connection, wanted, limits)
    assert (HERE, blocked) not in snapshot.listings
    assert any(gap.what == blocked and denied in gap.reason for gap in snapshot.gaps)


def test_the_caller_may_stay_unknown(aws: FakeAws, limits: Limits) -> None:
    aws.faults["sts:GetCallerIdentity"] = always("sts", 403, "AccessDenied")
    snapshot = collect(aws.connection, Wanted(), limits)
    assert (snapshot.origin.account, snapshot.origin.caller_arn) == (None, None)
    assert snapshot.scopes == (Scope(None, REGION),)
    assert [gap.what for gap in snapshot.gaps] == ["caller identity"]


@pytest.mark.parametrize("code", ["InvalidAction", "UnsupportedOperation"])
def test_a_region_may_lack_a_feature(aws: FakeAws, limits: Limits, code: str) -> None:
    aws.faults["ec2:DescribeVpcBlockPublicAccessOptions"] = always("ec2", 400, code)
    snapshot = collect(aws.connection, Wanted(), limits)
    (gap,) = snapshot.gaps
    assert f"not offered in {REGION}" in gap.reason
    assert (HERE, "VpcBlockPublicAccessOptions") not in snapshot.listings


@pytest.mark.parametrize(
    ("row", "code"),
    [("s3:GetBucketLocation", "NoSuchBucket"), ("lambda:GetFunctionConfiguration", "ResourceNotFoundException")],
)
def test_what_does_not_exist_is_said_so(aws: FakeAws, limits: Limits, row: str, code: str) -> None:
    aws.faults[row] = always(row.split(":")[0], 404, code)
    (gap,) = collect(aws.connection, EVERYTHING, limits).gaps
    assert "does not exist" in gap.reason


@pytest.mark.parametrize(
    ("service", "status", "code"),
    [
        ("ec2", 403, "UnauthorizedOperation"),
        ("ec2", 403, "Client.UnauthorizedOperation"),
        ("lambda", 403, "AccessDeniedException"),
        ("s3", 403, "AccessDenied"),
        ("s3", 403, "403"),
        ("sts", 403, "AccessDenied"),
    ],
)
def test_denials_of_every_protocol_are_denials(
    aws: FakeAws, limits: Limits, service: str, status: int, code: str
) -> None:
    row = next(row for row in OPERATIONS if row.service == service)
    aws.faults[row.id] = always(service, status, code)
    snapshot = collect(aws.connection, EVERYTHING, limits)
    (call,) = [call for call in snapshot.calls if call.error]
    assert call.error is not None
    assert call.error.is_denied


@pytest.mark.parametrize(
    ("service", "name", "code", "said"),
    [
        ("ec2", "DescribeSubnets", "RequestExpired", "have expired"),
        ("sts", "GetCallerIdentity", "ExpiredToken", "have expired"),
        ("lambda", "ListFunctions", "ExpiredTokenException", "have expired"),
        ("lambda", "ListFunctions", "UnrecognizedClientException", "does not accept the credentials"),
        ("sts", "GetCallerIdentity", "InvalidClientTokenId", "does not accept the credentials"),
        ("ec2", "DescribeVpcs", "AuthFailure", "does not accept the credentials"),
        ("lambda", "GetFunctionConfiguration", "ExpiredTokenException", "have expired"),
    ],
)
def test_bad_credentials_end_the_collection(
    aws: FakeAws, limits: Limits, service: str, name: str, code: str, said: str
) -> None:
    aws.faults[f"{service}:{name}"] = always(service, 400, code, "canary-session-token is no good")
    with pytest.raises(UsageError, match=said) as caught:
        collect(aws.connection, EVERYTHING, limits)
    assert "\n" not in str(caught.value)
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize(
    "error",
    [
        EndpointConnectionError(endpoint_url="https://aws.invalid"),
        ConnectTimeoutError(endpoint_url="https://aws.invalid"),
    ],
)
def test_an_endpoint_that_nothing_reaches(aws: FakeAws, limits: Limits, error: Exception) -> None:
    aws.faults["*"] = raises(error)
    with pytest.raises(UsageError, match=r"endpoint https://ec2\.eu-west-1\.amazonaws\.com unreachable"):
        collect(aws.connection, Wanted(), limits)


def test_one_unreachable_service_is_a_gap(aws: FakeAws, limits: Limits) -> None:
    aws.faults["lambda:ListFunctions"] = raises(EndpointConnectionError(endpoint_url="https://aws.invalid"))
    snapshot = collect(aws.connection, Wanted(), limits)
    assert {gap.action for gap in snapshot.gaps} == {"lambda:ListFunctions"}


class Clock:
    """Time that moves when told."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_the_deadline_stops_paging(aws: FakeAws, limits: Limits) -> None:
    clock = Clock()
    subnet = {"SubnetId": "subnet-1", "VpcId": "vpc-1", "CidrBlock": "10.0.0.0/24"}
    aws.pages["ec2:DescribeSubnets"] = {"": ([subnet], "t1"), "t1": ([], None)}

    def take_long(request: Any, attempt: int) -> None:
        clock.now = 61

    aws.faults["ec2:DescribeSubnets"] = take_long
    snapshot = collect(aws.connection, Wanted(keys=("Subnets",)), replace(limits, workers=1), clock=clock)
    found = snapshot.listings[(HERE, "Subnets")]
    assert len(found.facts) == 1
    assert "60 s set for the whole collection were over" in (found.incomplete or "")


def test_after_the_deadline_nothing_is_sent(aws: FakeAws, limits: Limits) -> None:
    clock = Clock()

    def take_long(request: Any, attempt: int) -> None:
        clock.now = 61

    aws.faults["sts:GetCallerIdentity"] = take_long
    snapshot = collect(aws.connection, EVERYTHING, replace(limits, workers=1), clock=clock)
    assert aws.sent == {"sts:GetCallerIdentity": 1}
    assert not snapshot.listings
    errors = {call.error.code for call in snapshot.calls if call.error}
    assert errors == {"DeadlineExceeded"}
    assert len(snapshot.gaps) >= sum(row.per is Per.REGION for row in OPERATIONS)


def test_the_deadline_ends_retries(aws: FakeAws, limits: Limits) -> None:
    clock = Clock()

    def throttle(request: Any, attempt: int) -> Any:
        clock.now += 50
        return failure("ec2", 503, "RequestLimitExceeded")

    aws.faults["ec2:DescribeSubnets"] = throttle
    snapshot = collect(aws.connection, Wanted(keys=("Subnets",)), replace(limits, attempts=9), clock=clock)
    assert aws.sent["ec2:DescribeSubnets"] == 2
    assert {call.error.code for call in snapshot.calls if call.error} <= {"DeadlineExceeded"}


def test_a_call_that_hangs_is_left_behind(aws: FakeAws, limits: Limits) -> None:
    never = Event()

    def hang(request: Any, attempt: int) -> None:
        never.wait(20)

    aws.faults["ec2:DescribeSubnets"] = hang
    try:
        snapshot = collect(aws.connection, Wanted(keys=("Subnets", "Vpcs")), replace(limits, deadline_s=1.0))
    finally:
        never.set()
    assert [key for _, key in snapshot.listings] == ["Vpcs"]
    (call,) = [call for call in snapshot.calls if call.error]
    assert (call.operation, call.error.code if call.error else "") == ("ec2:DescribeSubnets", "DeadlineExceeded")


def test_an_interrupt_stops_cleanly(aws: FakeAws, limits: Limits) -> None:
    release = Event()

    def interrupt(step: Step) -> None:
        raise KeyboardInterrupt

    def hold(request: Any, attempt: int) -> None:
        release.wait(20)

    aws.faults["lambda:ListFunctions"] = hold
    with pytest.raises(KeyboardInterrupt):
        collect(aws.connection, EVERYTHING, replace(limits, workers=1), interrupt)
    release.set()
    for thread in [thread for thread in threading.enumerate() if thread.name == "collect"]:
        thread.join(20)
    assert set(aws.sent) <= {"sts:GetCallerIdentity", "lambda:ListFunctions"}
