"""Flow logs: only what says REJECT about the interfaces of the function, and never more than a little."""

from typing import Any

import pytest

from runbook_lib.collect.limits import Limits, Observed
from runbook_lib.collect.observe import observe
from runbook_lib.model.snapshot import Snapshot

from .fake_aws import FakeAws, failure
from .fake_logs import HERE, NOW, WINDOW, event, pages_of, snapshot

UPLOAD = Observed(window=WINDOW, function="upload")
ENI = "eni-0a"
RECORD = f"2 111122223333 {ENI} 10.0.0.9 192.0.2.7 40000 443 6 4 160 1772622000 1772622060 REJECT OK"


def interface(name: str = ENI, **more: Any) -> dict[str, Any]:
    own = {"NetworkInterfaceId": name, "InterfaceType": "lambda", "SubnetId": "subnet-1", "VpcId": "vpc-1"}
    return {**own, "Groups": [{"GroupId": "sg-1"}], "PrivateIpAddress": "10.0.0.9", **more}


def log(**more: Any) -> dict[str, Any]:
    told = {"FlowLogId": "fl-1", "ResourceId": "vpc-1", "TrafficType": "ALL", "LogGroupName": "flows"}
    return {**told, "LogDestinationType": "cloud-watch-logs", "FlowLogStatus": "ACTIVE", **more}


def look(aws: FakeAws, limits: Limits, *interfaces: dict[str, Any]) -> Snapshot:
    before = snapshot(NetworkInterfaces=list(interfaces or [interface()]))
    return observe(aws.connection, before, UPLOAD, limits, now=NOW)


def records(found: Snapshot) -> list[str] | None:
    listing = found.listings.get((HERE, "FlowLogRecords"))
    return [raw["message"] for raw in listing.raws] if listing else None


@pytest.fixture
def flows(aws: FakeAws) -> FakeAws:
    aws.answers["ec2:DescribeFlowLogs"] = {"FlowLogs": [log()]}
    told = [
        event(1, WINDOW.start, RECORD, f"{ENI}-all"),
        event(2, WINDOW.start, RECORD.replace("REJECT", "ACCEPT"), f"{ENI}-all"),
        event(3, WINDOW.start, RECORD.replace(ENI, "eni-0b"), "eni-0b-all"),
    ]
    aws.answers["logs:FilterLogEvents"] = lambda asked: (
        {"events": told} if asked["logGroupName"] == "flows" else {"events": []}
    )
    return aws


def test_rejected_records_of_the_functions_interfaces_are_kept(flows: FakeAws, limits: Limits) -> None:
    found = look(flows, limits)
    (raw,) = found.listings[(HERE, "FlowLogRecords")].raws
    assert (raw["message"], raw["logGroupName"]) == (RECORD, "flows")
    assert found.listings[(HERE, "Events")].raws == ()
    assert found.gaps == ()
    (call,) = [call for call in found.calls if call.key == "FlowLogRecords"]
    assert (call.request["filterPattern"], call.request["logStreamNamePrefix"]) == ("REJECT", ENI)


@pytest.mark.parametrize(
    "other",
    [
        {"ResourceId": "vpc-2"},
        {"TrafficType": "ACCEPT"},
        {"LogDestinationType": "s3", "LogGroupName": ""},
    ],
)
def test_other_flow_logs_are_not_read(flows: FakeAws, limits: Limits, other: dict[str, Any]) -> None:
    flows.answers["ec2:DescribeFlowLogs"] = {"FlowLogs": [log(**other)]}
    found = look(flows, limits)
    assert records(found) is None
    assert not [call for call in found.calls if call.key == "FlowLogRecords"]


@pytest.mark.parametrize("resource", ["vpc-1", "subnet-1", ENI])
def test_flow_logs_of_the_vpc_the_subnet_and_the_interface(flows: FakeAws, limits: Limits, resource: str) -> None:
    flows.answers["ec2:DescribeFlowLogs"] = {"FlowLogs": [log(ResourceId=resource)]}
    assert records(look(flows, limits)) == [RECORD]


@pytest.mark.parametrize(
    "other",
    [{"InterfaceType": "interface"}, {"SubnetId": "subnet-2"}, {"Groups": [{"GroupId": "sg-2"}]}],
)
def test_interfaces_of_others_are_not_the_functions(flows: FakeAws, limits: Limits, other: dict[str, Any]) -> None:
    assert records(look(flows, limits, interface(**other))) is None


def test_a_denied_flow_log_is_a_gap(flows: FakeAws, limits: Limits) -> None:
    def deny(request: Any, attempt: int) -> Any:
        return failure("logs", 400, "AccessDeniedException") if b'"flows"' in request.body else None

    flows.faults["logs:FilterLogEvents"] = deny
    found = look(flows, limits)
    assert records(found) is None
    assert [(gap.what, gap.action) for gap in found.gaps] == [(f"FlowLogRecords/flows/{ENI}", "logs:FilterLogEvents")]


def test_many_records_are_cut_and_it_is_said(flows: FakeAws, limits: Limits) -> None:
    told = [event(number, WINDOW.start, RECORD, f"{ENI}-all") for number in range(7000)]
    flows.answers["logs:FilterLogEvents"] = pages_of(told, size=3000)
    found = look(flows, limits)
    listing = found.listings[(HERE, "FlowLogRecords")]
    assert len(listing.raws) == 6000
    assert "truncated: more than 5,000 items" in (listing.incomplete or "")
