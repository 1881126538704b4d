"""What Reachability Analyzer says about the worlds of the scenarios: the verdict, and the one thing to blame."""

from typing import Any

import pytest

from runbook_lib.sandbox.embedded import EmbeddedAws
from runbook_lib.sandbox.scenarios import find
from tests.sandbox.analyzing.questions import analysed, codes, interface_in, names, why

_PARTNER = "198.51.100.20"
_PRIVATE = ("documents-prod-private-a", "documents-prod-private-b")
_DENY = {"Cidr": "0.0.0.0/0", "Egress": True, "Protocol": "all", "RuleAction": "deny", "RuleNumber": 32767}


def _subnets(ec2: Any) -> dict[str, str]:
    listed = ec2.describe_subnets()["Subnets"]
    return {next(tag["Value"] for tag in item["Tags"] if tag["Key"] == "Name"): item["SubnetId"] for item in listed}


def _said(name: str, subnets: tuple[str, ...] = _PRIVATE) -> list[dict[str, Any]]:
    scenario = find(name)
    ec2 = EmbeddedAws(scenario).client("ec2")
    known = _subnets(ec2)
    port = int(scenario.parameters.get("port", "443"))
    destination = scenario.parameters.get("destination", _PARTNER)
    return [analysed(ec2, interface_in(ec2, known[subnet]), destination, port) for subnet in subnets]


def _whys(name: str, subnets: tuple[str, ...] = _PRIVATE) -> list[dict[str, Any]]:
    return [why(item) if not item["NetworkPathFound"] else {} for item in _said(name, subnets)]


@pytest.mark.parametrize("name", ["incident", "fixed", "regional-nat", "tgw-central-egress"])
def test_paths_of_healthy_networks_are_found(name: str) -> None:
    assert [codes(item) for item in _said(name)] == [["reachable"], ["reachable"]]


def test_sftp_ends_at_the_acl_of_the_subnet_of_the_nat_gateway() -> None:
    blamed = {
        "ExplanationCode": "SUBNET_ACL_RESTRICTION",
        "Direction": "egress",
        "Acl": "documents-prod-public",
        "AclRule": _DENY,
        "Subnet": "documents-prod-public-a",
        "Vpc": "documents-prod",
    }
    assert _whys("sftp-nacl") == [blamed, blamed]


def test_sftp_stretches_before_and_after_the_nat_gateway_localise_it() -> None:
    ec2 = EmbeddedAws(find("sftp-nacl")).client("ec2")
    known = _subnets(ec2)
    function, nat = (
        interface_in(ec2, known[_PRIVATE[1]]),
        interface_in(ec2, known["documents-prod-public-a"], "nat_gateway"),
    )
    (gateway,) = ec2.describe_internet_gateways()["InternetGateways"]
    igw, aim = gateway["InternetGatewayId"], {"FilterAtSource": {"DestinationAddress": _PARTNER}}
    assert codes(analysed(ec2, function, nat, 22, **aim)) == ["reachable"]
    assert codes(analysed(ec2, nat, igw, 22, **aim)) == ["SUBNET_ACL_RESTRICTION"]
    assert codes(analysed(ec2, nat, igw, 443, **aim)) == ["reachable"]
    assert codes(analysed(ec2, function, igw, 443, **aim)) == ["reachable"]


def test_egress_closed() -> None:
    (found, _) = _said("egress-closed")
    assert names(found["ForwardPathComponents"]) == ["network-interface"]
    assert why(found) == {
        "ExplanationCode": "ENI_SG_RULES_MISMATCH",
        "Direction": "egress",
        "NetworkInterface": found["ForwardPathComponents"][0]["Component"]["Id"],
        "SecurityGroups": ["documents-lambda"],
        "Subnet": "documents-prod-private-a",
        "Vpc": "documents-prod",
    }


def test_blackhole_nat() -> None:
    for subnet, found in zip(_PRIVATE, _whys("blackhole-nat"), strict=True):
        route = found.pop("RouteTableRoute")
        assert (route["DestinationCidr"], route["State"], route["Origin"]) == ("0.0.0.0/0", "blackhole", "createroute")
        assert route["NatGatewayId"].startswith("nat-")
        assert found == {
            "ExplanationCode": "BAD_STATE_ROUTE",
            "RouteTable": subnet,
            "Subnet": subnet,
            "Vpc": "documents-prod",
        }


def test_public_subnet_trap() -> None:
    for found in _whys("public-subnet-trap", ("documents-prod-public-a", "documents-prod-public-b")):
        assert found.pop("NetworkInterface").startswith("eni-")
        assert found.pop("Address").startswith("10.20.")
        assert found == {
            "ExplanationCode": "IGW_PUBLIC_IP_ASSOCIATION_FOR_EGRESS",
            "Component": "documents-prod-igw",
            "InternetGateway": "documents-prod-igw",
            "Vpc": "documents-prod",
        }


def test_nat_in_wrong_subnet_has_no_route_on() -> None:
    blamed = {
        "ExplanationCode": "NO_ROUTE_TO_DESTINATION",
        "NatGateway": "documents-prod-nat",
        "RouteTable": "documents-prod-private-a",
        "Subnet": "documents-prod-private-a",
        "Vpc": "documents-prod",
    }
    assert _whys("nat-in-wrong-subnet") == [blamed, blamed]


def test_peering_without_a_return_route_is_found_on_the_way_back() -> None:
    for subnet, found in zip(_PRIVATE, _said("peering-no-return-route"), strict=True):
        assert names(found["ForwardPathComponents"]) == [
            "network-interface",
            "security-group documents-lambda",
            "network-acl documents-prod-default",
            f"route-table {subnet}",
            "vpc-peering-connection documents-to-ledger",
            "network-acl ledger-prod-default",
            "security-group ledger-database",
            "network-interface ledger-db",
        ]
        assert names(found["ReturnPathComponents"])[-1] == "network-acl ledger-prod-default"
        said = why(found)
        assert said.pop("Destination") == found["ForwardPathComponents"][0]["Component"]["Id"]
        assert said.pop("Address").endswith("/32")
        assert said == {
            "ExplanationCode": "NO_ROUTE_TO_DESTINATION",
            "RouteTable": "ledger-prod-database",
            "Subnet": "ledger-prod-database-a",
            "Vpc": "ledger-prod",
        }


def test_transit_gateway_is_missing_in_one_zone_only() -> None:
    assert _whys("tgw-az-missing") == [
        {},
        {
            "ExplanationCode": "TGW_ROUTE_AZ_RESTRICTION",
            "AvailabilityZones": ["ap-southeast-1b"],
            "Component": "documents-prod",
            "TransitGateway": "company-backbone",
            "TransitGatewayAttachment": "documents-prod",
            "Subnet": "documents-prod-private-b",
            "Vpc": "documents-prod",
        },
    ]


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("bpa-on", ["VPC_BLOCK_PUBLIC_ACCESS_ENABLED"] * 2),
        ("sg-reference-chain", ["ENI_SG_RULES_MISMATCH"] * 2),
        ("one-bad-subnet", ["reachable", "NO_ROUTE_TO_DESTINATION"]),
        # AWS looks for one source port that works; the kit asks for all of them.
        ("nacl-ephemeral-hole", ["reachable", "reachable"]),
    ],
)
def test_codes(name: str, found: list[str]) -> None:
    assert [code for item in _said(name) for code in codes(item)] == found


def test_analyzer_disagrees_about_the_whole_path_and_the_stretch_that_it_blames() -> None:
    ec2 = EmbeddedAws(find("analyzer-disagrees")).client("ec2")
    known = _subnets(ec2)
    function, nat = (
        interface_in(ec2, known[_PRIVATE[0]]),
        interface_in(ec2, known["documents-prod-public-a"], "nat_gateway"),
    )
    (gateway,) = ec2.describe_internet_gateways()["InternetGateways"]
    igw, aim = gateway["InternetGatewayId"], {"FilterAtSource": {"DestinationAddress": _PARTNER}}
    blamed = why(analysed(ec2, function, igw, **aim))
    assert blamed.pop("AclRule")["RuleNumber"] == 50
    assert blamed == {
        "ExplanationCode": "SUBNET_ACL_RESTRICTION",
        "Direction": "egress",
        "Acl": "documents-prod-public",
        "Subnet": "documents-prod-public-a",
        "Vpc": "documents-prod",
    }
    acls = ec2.describe_network_acls()["NetworkAcls"]
    assert blamed["Acl"] in {tag["Value"] for acl in acls for tag in acl["Tags"]}
    assert 50 not in {entry["RuleNumber"] for acl in acls for entry in acl["Entries"]}
    assert (
        codes(analysed(ec2, function, _PARTNER)) == codes(analysed(ec2, nat, igw, **aim)) == ["SUBNET_ACL_RESTRICTION"]
    )
    assert codes(analysed(ec2, function, nat, **aim)) == ["reachable"]


def test_analyzer_fails_whatever_is_asked() -> None:
    for found in _said("analyzer-fails"):
        assert found["Status"] == "failed"
        assert found["StatusMessage"].startswith("The request failed due to modifications in network resources")
