"""Small hand-made results, snapshots and notebooks for the tests of this folder."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import nbformat

from runbook_lib.model.fact import Scope
from runbook_lib.model.finding import Evidence, Finding, Fix, ResourceRef
from runbook_lib.model.result import RunResult
from runbook_lib.model.snapshot import CallError, CallRecord, Gap, Origin, Snapshot, listing_of
from runbook_lib.model.status import Severity, Status, Verdict
from runbook_lib.model.target import Placement, Target

ACCOUNT = "111122223333"
REGION = "ap-southeast-1"
SCOPE = Scope(ACCOUNT, REGION)
STARTED = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
FUNCTION = ResourceRef(
    type="AWS::Lambda::Function",
    id="pdf-worker",
    arn=f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:pdf-worker",
    region=REGION,
    account=ACCOUNT,
    name="pdf-worker",
)
SUBNETS = ("subnet-0aaa1111aaa1111aa", "subnet-0bbb2222bbb2222bb")
VPC = "vpc-0123456789abcdef0"

TITLES = {
    "END001": "VPC has a gateway endpoint for every service the function uses",
    "END002": "Gateway endpoint is available",
    "END003": "Gateway endpoint is associated with every route table the function uses",
    "END005": "Security groups let HTTPS out to every address of the service",
    "END006": "Network ACL lets the answers back in on every ephemeral port",
    "END008": "VPC resolves AWS names: DNS support and DNS hostnames are on",
    "END011": "Endpoint and function use the same IP address type",
}


def subnet_ref(index: int) -> ResourceRef:
    """The reference of one of the two subnets."""
    return ResourceRef(
        type="AWS::EC2::Subnet", id=SUBNETS[index], region=REGION, account=ACCOUNT, name=f"private-{index}"
    )


def finding(check_id: str, status: Status, resource: ResourceRef, message: str, **more: Any) -> Finding:
    """A finding of high severity unless said otherwise."""
    more = {"severity": Severity.HIGH, "code": status.value, **more}
    return Finding(check_id=check_id, status=status, resource=resource, message=message, **more)


FIX = Fix(
    title="Create a gateway endpoint for S3 in both route tables",
    terraform=(
        'resource "aws_vpc_endpoint" "s3" {\n'
        f'  vpc_id            = "{VPC}"\n'
        f'  service_name      = "com.amazonaws.{REGION}.s3"\n'
        '  vpc_endpoint_type = "Gateway"\n'
        '  route_table_ids   = ["rtb-0aaa1111aaa1111aa", "rtb-0bbb2222bbb2222bb"]\n'
        "}"
    ),
    cli=(
        f"aws ec2 create-vpc-endpoint --region {REGION} --vpc-id {VPC} \\\n"
        f"  --service-name com.amazonaws.{REGION}.s3 \\\n"
        "  --route-table-ids rtb-0aaa1111aaa1111aa rtb-0bbb2222bbb2222bb"
    ),
    proven=True,
    reason="With this change on a copy of the network, END001 passes for S3 and nothing that passed fails.",
    warnings=(
        "Open connections to S3 are dropped while the route is added.",
        "Bucket policies that look at aws:SourceIp see the function's private address afterwards.",
    ),
)

FINDINGS = (
    finding(
        "END001",
        Status.FAIL,
        ResourceRef(type="AWS::EC2::VPC", id=VPC, region=REGION, account=ACCOUNT, name="prod"),
        f"{VPC} (prod) has no gateway endpoint for S3; S3 traffic of pdf-worker leaves through nat-0cafe1234cafe1234.",
        code="NO_GATEWAY_ENDPOINT",
        scope="s3",
        evidence=(
            Evidence(
                operation="ec2:DescribeVpcEndpoints",
                pointer=f"/accounts/{ACCOUNT}/{REGION}/VpcEndpoints",
                value=[],
                request_id="6f1ff8d1-4c61-4a40-9f7e-1f0a8f3f9b2c",
            ),
            Evidence(
                operation="ec2:DescribeRouteTables",
                pointer=f"/accounts/{ACCOUNT}/{REGION}/RouteTables/1/Routes/1",
                value={"DestinationCidrBlock": "0.0.0.0/0", "NatGatewayId": "nat-0cafe1234cafe1234", "State": "active"},
                request_id="0d5f7b1e-8a43-4b57-8ef7-5a5a1e7a7f10",
            ),
        ),
        fixes=(FIX,),
    ),
    finding(
        "END003",
        Status.FAIL,
        subnet_ref(1),
        f"{SUBNETS[1]} (private-1) uses rtb-0bbb2222bbb2222bb, which has no gateway endpoint for DynamoDB.",
        severity=Severity.MEDIUM,
        scope="dynamodb",
        evidence=(
            Evidence(
                operation="ec2:DescribeVpcEndpoints",
                pointer=f"/accounts/{ACCOUNT}/{REGION}/VpcEndpoints/0/RouteTableIds",
                value=["rtb-0aaa1111aaa1111aa"],
            ),
        ),
        fixes=(
            replace(
                FIX,
                title="Associate the endpoint with rtb-0bbb2222bbb2222bb",
                proven=False,
                reason="It could not be tried: the entries of the prefix list were not read.",
                warnings=(),
            ),
        ),
    ),
    finding("END003", Status.PASS, subnet_ref(0), f"{SUBNETS[0]} (private-0) reaches DynamoDB through its endpoint."),
    finding(
        "END006",
        Status.UNKNOWN,
        subnet_ref(0),
        f"The network ACL of {SUBNETS[0]} (private-0) could not be read; it needs ec2:DescribeNetworkAcls.",
        code="NOT_READ",
    ),
    finding("END006", Status.UNKNOWN, subnet_ref(1), f"The network ACL of {SUBNETS[1]} (private-1) could not be read."),
    finding(
        "END008",
        Status.PASS,
        ResourceRef(type="AWS::EC2::VPC", id=VPC, region=REGION, account=ACCOUNT, name="prod"),
        f"{VPC} (prod) has DNS support and DNS hostnames on.",
        severity=Severity.MEDIUM,
        evidence=(
            Evidence(
                operation="ec2:DescribeVpcAttribute",
                pointer=f"/accounts/{ACCOUNT}/{REGION}/VpcAttributes/0/EnableDnsSupport",
                value={"Value": True},
            ),
        ),
    ),
    finding(
        "END011",
        Status.NOT_APPLICABLE,
        FUNCTION,
        "pdf-worker is not dual-stack, so its endpoints need no IPv6.",
        severity=Severity.LOW,
    ),
)

CALLS = (
    CallRecord(
        operation="ec2:DescribeVpcEndpoints",
        action="ec2:DescribeVpcEndpoints",
        key="VpcEndpoints",
        scope=SCOPE,
        pages=1,
        items=0,
        request_ids=("6f1ff8d1-4c61-4a40-9f7e-1f0a8f3f9b2c",),
        duration_ms=184,
    ),
    CallRecord(
        operation="ec2:DescribeRouteTables",
        action="ec2:DescribeRouteTables",
        key="RouteTables",
        scope=SCOPE,
        request={"MaxResults": 100},
        pages=2,
        items=3,
        request_ids=("0d5f7b1e-8a43-4b57-8ef7-5a5a1e7a7f10", "QL0lytUSsilUa8S8Kz2X9KclMu6Z9NoOKg7FjvVepwukO49f0TQO"),
        duration_ms=2210,
        retries=1,
    ),
    CallRecord(
        operation="ec2:DescribeNetworkAcls",
        action="ec2:DescribeNetworkAcls",
        key="NetworkAcls",
        scope=SCOPE,
        duration_ms=95,
        error=CallError(code="UnauthorizedOperation", message="You are not authorized to perform this operation."),
    ),
)

GAPS = (Gap(what="NetworkAcls", reason="UnauthorizedOperation: not authorized", action="ec2:DescribeNetworkAcls"),)

TARGET = Target(
    kind="function",
    name="pdf-worker",
    ref=FUNCTION,
    placements=(
        Placement(vpc_id=VPC, subnet_ids=SUBNETS, group_ids=("sg-0ddd4444ddd4444dd",), functions=("pdf-worker",)),
    ),
)


def result(**more: Any) -> RunResult:
    """A failed sandbox run with one gap."""
    fields: dict[str, Any] = {
        "runbook": "vpc_endpoints",
        "run_id": "20261121T093000Z-vpc_endpoints-incident",
        "started_at": STARTED,
        "finished_at": STARTED + timedelta(seconds=8),
        "tool": {"version": "0.1.0", "commit": "4f2c9aa"},
        "origin": Origin(
            kind="sandbox",
            account=ACCOUNT,
            region=REGION,
            caller_arn=f"arn:aws:sts::{ACCOUNT}:assumed-role/oncall/ada",
            scenario="incident",
        ),
        "parameters": {"source": "sandbox:incident", "function_name": "pdf-worker", "services": "s3,dynamodb"},
        "target": TARGET,
        "verdict": Verdict.FAIL,
        "headline": (
            "pdf-worker does not reach S3 through a gateway endpoint: its VPC has none. "
            "2 answers are open, because network ACLs could not be read."
        ),
        "fail_on": Severity.MEDIUM,
        "findings": FINDINGS,
        "calls": CALLS,
        "gaps": GAPS,
        "not_run": {"FUN001": "needs one call per function"},
    }
    return RunResult(**{**fields, **more})


def passing(**more: Any) -> RunResult:
    """A run in which everything needed was read and passed."""
    good = tuple(f for f in FINDINGS if f.status in (Status.PASS, Status.NOT_APPLICABLE))
    fields = {
        "verdict": Verdict.PASS,
        "headline": "pdf-worker reaches DynamoDB through a gateway endpoint in both subnets.",
        "findings": good,
        "gaps": (),
        "calls": CALLS[:2],
        "origin": Origin(kind="aws", account=ACCOUNT, region=REGION, caller_arn=f"arn:aws:iam::{ACCOUNT}:user/ada"),
        "run_id": "20261121T093100Z-vpc_endpoints-fixed",
    }
    return result(**{**fields, **more})


def tag(name: str) -> list[dict[str, str]]:
    """A `Tags` list with one Name."""
    return [{"Key": "Name", "Value": name}]


RAW: dict[str, list[dict[str, Any]]] = {
    "Vpcs": [{"VpcId": VPC, "CidrBlock": "10.0.0.0/16", "OwnerId": ACCOUNT, "Tags": tag("prod")}],
    "Subnets": [
        {
            "SubnetId": SUBNETS[index],
            "VpcId": VPC,
            "CidrBlock": f"10.0.{index}.0/24",
            "AvailabilityZone": f"{REGION}{'ab'[index]}",
            "OwnerId": ACCOUNT,
            "Tags": tag(f"private-{index}"),
        }
        for index in (0, 1)
    ],
    "RouteTables": [
        {
            "RouteTableId": f"rtb-0{letter * 3}{digit * 4}{letter * 3}{digit * 4}{letter * 2}",
            "VpcId": VPC,
            "OwnerId": ACCOUNT,
            "Associations": [{"SubnetId": SUBNETS[index], "Main": False}],
            "Routes": [
                {"DestinationCidrBlock": "10.0.0.0/16", "GatewayId": "local", "State": "active"},
                {"DestinationCidrBlock": "0.0.0.0/0", "NatGatewayId": "nat-0cafe1234cafe1234", "State": "active"},
            ],
            "Tags": tag(f"private-{letter}"),
        }
        for index, (letter, digit) in enumerate((("a", "1"), ("b", "2")))
    ],
    "VpcEndpoints": [],
    "NatGateways": [
        {"NatGatewayId": "nat-0cafe1234cafe1234", "VpcId": VPC, "State": "available", "Tags": tag("shared-nat")}
    ],
    "InternetGateways": [
        {"InternetGatewayId": "igw-0eee5555eee5555ee", "Attachments": [{"VpcId": VPC, "State": "available"}]}
    ],
    "PrefixLists": [
        {"PrefixListId": "pl-6fa54006", "PrefixListName": f"com.amazonaws.{REGION}.s3", "Cidrs": ["52.219.0.0/16"]},
        {
            "PrefixListId": "pl-67a5400e",
            "PrefixListName": f"com.amazonaws.{REGION}.dynamodb",
            "Cidrs": ["52.94.11.0/24"],
        },
    ],
    "Functions": [
        {
            "FunctionName": "pdf-worker",
            "FunctionArn": FUNCTION.arn,
            "VpcConfig": {"VpcId": VPC, "SubnetIds": list(SUBNETS), "SecurityGroupIds": ["sg-0ddd4444ddd4444dd"]},
        }
    ],
}


def snapshot(raw: dict[str, list[dict[str, Any]]] | None = None, scope: Scope = SCOPE, **more: Any) -> Snapshot:
    """A snapshot of one account and Region from raw AWS objects."""
    listings = {(scope, key): listing_of(key, scope, items)[0] for key, items in (raw or RAW).items()}
    fields: dict[str, Any] = {
        "origin": result().origin,
        "collected_at": STARTED,
        "listings": listings,
        "calls": CALLS,
        "gaps": GAPS,
    }
    return Snapshot(**{**fields, **more})


def notebook(*cells: Any) -> Any:
    """An executed notebook of the given cells."""
    made = nbformat.v4.new_notebook()
    made.cells = list(cells)
    for number, cell in enumerate(made.cells):
        cell.id = f"cell-{number}"
    return made


def output(**data: Any) -> Any:
    """A displayed output; underscores in names stand for the parts of a MIME type."""
    return nbformat.v4.new_output("display_data", data=data.pop("data", data))
