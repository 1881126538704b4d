"""The scenarios: listed completely, cheap to list, built the same each time, naming what exists."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from runbook_lib.errors import UsageError
from runbook_lib.model.status import Status, Verdict
from runbook_lib.sandbox import scenarios
from runbook_lib.sandbox.embedded import EmbeddedAws
from runbook_lib.sandbox.scenario import Scenario
from runbook_lib.sandbox.scenarios import SCENARIOS, find

EVERY = pytest.mark.parametrize("scenario", SCENARIOS.values(), ids=list(SCENARIOS))
TAGGED = {
    "vpcs": "Vpcs",
    "subnets": "Subnets",
    "route_tables": "RouteTables",
    "network_acls": "NetworkAcls",
    "security_groups": "SecurityGroups",
    "nat_gateways": "NatGateways",
    "internet_gateways": "InternetGateways",
    "egress_only_internet_gateways": "EgressOnlyInternetGateways",
    "vpc_endpoints": "VpcEndpoints",
    "vpc_peering_connections": "VpcPeeringConnections",
    "transit_gateways": "TransitGateways",
    "transit_gateway_attachments": "TransitGatewayAttachments",
    "transit_gateway_route_tables": "TransitGatewayRouteTables",
}


def _described(aws: EmbeddedAws) -> dict[str, Any]:
    ec2 = aws.client("ec2")
    found = {key: getattr(ec2, f"describe_{call}")()[key] for call, key in TAGGED.items()}
    found["NetworkInterfaces"] = ec2.describe_network_interfaces()["NetworkInterfaces"]
    pages = aws.client("lambda").get_paginator("list_functions").paginate()
    return found | {"Functions": [function for page in pages for function in page["Functions"]]}


def _names(world: dict[str, Any]) -> dict[str, list[str]]:
    return {
        key: [next((tag["Value"] for tag in item["Tags"] if tag["Key"] == "Name"), "") for item in world[key]]
        for key in TAGGED.values()
    } | {"Functions": [item["FunctionName"] for item in world["Functions"]]}


def _inline_policies(aws: EmbeddedAws) -> set[str]:
    """The inline policies of roles, as role/policy."""
    iam = aws.client("iam")
    roles = [role["RoleName"] for role in iam.list_roles()["Roles"]]
    return {f"{role}/{policy}" for role in roles for policy in iam.list_role_policies(RoleName=role)["PolicyNames"]}


def _seen_by_nobody_in_particular(scenario: Scenario) -> EmbeddedAws:
    aws = EmbeddedAws(scenario)
    aws.front.faults.clear()
    return aws


def test_every_module_is_listed_and_named_after_its_scenario() -> None:
    files = {path.stem for path in Path(scenarios.__file__).parent.glob("*.py")} - {"__init__"}
    assert {name.replace("-", "_") for name in SCENARIOS} == files


def test_listing_scenarios_loads_neither_moto_nor_boto3() -> None:
    code = (
        "import sys, runbook_lib.sandbox.scenarios, runbook_lib.sandbox.server\n"
        "print([m for m in ('moto', 'boto3', 'botocore', 'werkzeug', 'flask') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_unknown_scenario_names_the_nearest() -> None:
    assert find("incident").name == "incident"
    with pytest.raises(UsageError, match="unknown scenario 'incidnet'; nearest: incident"):
        find("incidnet")


@EVERY
def test_expected_findings_and_verdict_agree(scenario: Scenario) -> None:
    statuses = {expect.status for expect in scenario.expected if expect.check_id.startswith("END")}
    assert statuses <= {Status.FAIL, Status.UNKNOWN}
    verdict = next((v for v in (Verdict.FAIL, Verdict.UNKNOWN) if Status(v.value) in statuses), Verdict.PASS)
    assert scenario.verdicts["vpc_endpoints"] is verdict
    assert scenario.story.endswith(".")
    denied = [action for action in scenario.denied if not action.startswith("logs:")]
    assert bool(denied) is (Status.UNKNOWN in statuses)


@EVERY
def test_world_names_everything_it_holds_and_all_that_is_expected(scenario: Scenario) -> None:
    aws = _seen_by_nobody_in_particular(scenario)
    names = _names(_described(aws))
    assert all(name for listed in names.values() for name in listed), names
    assert scenario.function in names["Functions"]
    known = {name for listed in names.values() for name in listed} | _inline_policies(aws)
    assert {expect.resource for expect in scenario.expected} <= known


@pytest.mark.parametrize("name", ["incident", "healthy-complex", "tgw-central-egress", "regional-nat"])
def test_ids_repeat_from_run_to_run(name: str) -> None:
    def ids() -> Any:
        return [
            [value for field, value in item.items() if field.endswith("Id") or field == "Description"]
            for listed in _described(EmbeddedAws(find(name))).values()
            for item in listed
        ]

    assert ids() == ids()


def test_incident_is_the_story_of_ten_uploads() -> None:
    world = _described(EmbeddedAws(find("incident")))
    assert world["VpcEndpoints"] == []
    (nat,) = world["NatGateways"]
    function = next(item for item in world["Functions"] if item["FunctionName"] == "render-invoice-pdf")
    zones = {item["SubnetId"]: item["AvailabilityZone"] for item in world["Subnets"]}
    assert {zones[subnet] for subnet in function["VpcConfig"]["SubnetIds"]} == {"ap-southeast-1a", "ap-southeast-1b"}
    targets = {
        route["NatGatewayId"] for table in world["RouteTables"] for route in table["Routes"] if "NatGatewayId" in route
    }
    assert targets == {nat["NatGatewayId"]}
    cause = find("incident").cause or ""
    assert "all but five" in cause
    assert all(name in cause for name in ("data-lake-export", "audit-log-shipper", "ErrorPortAllocation"))


def test_secrets_to_be_found_nowhere_later_are_there() -> None:
    world = _described(EmbeddedAws(find("fixed")))
    values = [value for item in world["Functions"] for value in item["Environment"]["Variables"].values()]
    assert "canary-database-password" in values
    tags = {tag["Key"]: tag["Value"] for group in world["SecurityGroups"] for tag in group["Tags"]}
    assert tags["password"] == "canary-tag-password"


def test_healthy_complex_is_large() -> None:
    world = _described(EmbeddedAws(find("healthy-complex")))
    assert len(world["Functions"]) == 40
    assert {endpoint["VpcEndpointType"] for endpoint in world["VpcEndpoints"]} == {"Gateway", "Interface"}
    assert len({item["AvailabilityZone"] for item in world["Subnets"]}) == 3


def test_access_denied_refuses_what_it_says_and_nothing_else() -> None:
    aws = EmbeddedAws(find("access-denied"))
    ec2 = aws.client("ec2")
    for call in (ec2.describe_vpc_endpoints, ec2.describe_route_tables):
        with pytest.raises(ec2.exceptions.ClientError, match="UnauthorizedOperation"):
            call()
    assert ec2.describe_subnets()["Subnets"]
    assert EmbeddedAws(find("fixed")).client("ec2").describe_vpc_endpoints()["VpcEndpoints"]
