"""Rules 5 to 9, 15, 35, 38, 39: route targets and their priority, what stays in a subnet, which states count."""

from __future__ import annotations

from typing import Any

import pytest

from runbook_lib.errors import UsageError
from tests.builders import acl_entry, rule, world
from tests.network.paths import Json, ask, blockers, codes, hops, nat_world, public_world, two_vpcs, verdicts

OPEN = [rule(port=None, protocol="-1")]
DELIVERED = {"verdict": "reachable", "exit": "delivered", "blocked_by": []}


def database() -> Any:
    """Subnets a and b; the interface `eni-db` (group db) in b."""
    made = world().vpc().subnet("a").subnet("b").group().group("db", ingress=[rule("sg-fn", 5432)])
    return made.interface("db", "10.0.1.20", subnet="b", groups=["db"])


def test_rule_05_the_interface_of_a_route_counts_before_its_instance() -> None:
    made = world().vpc().subnet().group().instance("nat", "10.0.0.9", groups=["fn"], SourceDestCheck=False)
    made.interface("second", "10.0.0.10", groups=["fn"], SourceDestCheck=True)
    made.route("main", "0.0.0.0/0", "eni-second", InstanceId="i-nat")
    said = ask(made, "subnet-a", "198.51.100.1")
    assert hops(said) == ["subnet-a", "eni-second"]
    assert "ENI_SOURCE_DEST_CHECK_RESTRICTION" in codes(said)


def test_rule_05_every_field_leads_to_its_door() -> None:
    for target, hop in {
        "igw-main": "igw-main",
        "nat-main": "nat-main",
        "vgw-main": "vgw-main",
        "pcx-p": "pcx-p",
    }.items():
        made = two_vpcs()
        made.vpc_id = "vpc-main"
        made.internet_gateway().nat(subnet="a").vpn_gateway().vpn().peering("p", "main", "far")
        made.route("main", "198.51.100.0/24", target)
        assert hop in hops(ask(made, "subnet-a", "198.51.100.1"))


@pytest.mark.parametrize(
    ("target", "field", "missing"),
    [
        ("lgw-1", "LocalGatewayId", "ec2:DescribeLocalGateways"),
        ("cagw-1", "CarrierGatewayId", "ec2:DescribeCarrierGateways"),
        ("arn:aws:networkmanager::1:core-network/c", "CoreNetworkArn", "networkmanager:GetCoreNetwork"),
        ("nat-unknown", "NatGatewayId", "ec2:DescribeNatGateways"),
        ("igw-unknown", "GatewayId", "ec2:DescribeInternetGateways"),
        ("pcx-unknown", "VpcPeeringConnectionId", "ec2:DescribeVpcPeeringConnections"),
        ("eni-unknown", "NetworkInterfaceId", "ec2:DescribeNetworkInterfaces"),
        ("vpce-unknown", "GatewayId", "ec2:DescribeVpcEndpoints"),
        ("eigw-unknown", "EgressOnlyInternetGatewayId", "ec2:DescribeEgressOnlyInternetGateways"),
    ],
)
def test_rule_06_a_target_that_is_not_in_the_data_is_unknown_not_a_shorter_prefix(
    target: str, field: str, missing: str
) -> None:
    made = nat_world()
    made._find("RouteTables", "rtb-main")["Routes"].append({"DestinationCidrBlock": "198.51.100.0/24", field: target})
    said = ask(made, "subnet-a", "198.51.100.1")
    assert (said["verdict"], said["missing"]) == ("unknown", [missing])
    assert ask(made, "subnet-a", "198.51.101.1")["verdict"] == "reachable"


def test_rule_06_an_unread_prefix_list_may_decide() -> None:
    made = nat_world().prefix_list("own", None).route("main", "pl-own", "pcx-other")
    said = ask(made, "subnet-a", "198.51.100.1")
    assert (said["verdict"], said["missing"]) == ("unknown", ["ec2:DescribePrefixLists"])


def test_rule_07_a_static_route_wins_over_a_propagated_one() -> None:
    made = public_world().vpn_gateway().vpn().interface("own", "10.0.0.9", groups=["fn"], public="192.0.2.1")
    made.route("main", "198.51.100.0/24", "vgw-main", Origin="EnableVgwRoutePropagation")
    assert ask(made, "eni-own", "198.51.100.1")["forward"]["exit"] == "vpn"
    made.route("main", "198.51.100.0/24", "igw-main", Origin="CreateRoute")
    assert ask(made, "eni-own", "198.51.100.1")["forward"]["exit"] == "internet"


def test_rule_07_the_local_route_wins_over_a_longer_propagated_one() -> None:
    made = database().vpn_gateway().vpn()
    made.route("main", "10.0.1.0/24", "vgw-main", Origin="EnableVgwRoutePropagation")
    assert ask(made, "subnet-a", "10.0.1.20", 5432)["forward"]["exit"] == "delivered"
    made.route("main", "10.0.1.0/25", "vgw-main", Origin="CreateRoute")
    assert ask(made, "subnet-a", "10.0.1.20", 5432)["forward"]["exit"] == "vpn"


def test_rule_07_an_edge_table_sends_what_arrives_to_an_appliance() -> None:
    made = public_world().group("web", ingress=OPEN).interface("web", "10.0.0.9", groups=["web"], public="192.0.2.1")
    assert verdicts(ask(made, "198.51.100.1", "192.0.2.1")) == ("reachable",) * 3
    made.table("edge").route("edge", "10.0.0.0/24", "eni-firewall")
    made._find("RouteTables", "rtb-edge")["Associations"] = [{"GatewayId": "igw-main"}]
    assert verdicts(ask(made, "198.51.100.1", "192.0.2.1")) == ("unknown", "unknown", "unknown")
    assert verdicts(ask(made, "eni-web", "198.51.100.1")) == ("unknown", "reachable", "unknown")


def test_rule_07_ipv6_has_routes_of_its_own() -> None:
    made = public_world().ipv6(a="2001:db8:0:1::/64").interface("six", "10.0.0.9", groups=["fn"], six="2001:db8:0:1::9")
    made.group("six", egress=[rule("::/0", None, "-1")])
    assert codes(ask(made, "eni-six", "2600::1"))[-1] == "NO_ROUTE_TO_DESTINATION"


def test_rule_08_no_acl_between_interfaces_of_one_subnet() -> None:
    made = database().acl("closed", subnets=["a", "b"])
    made.interface("near", "10.0.0.20", groups=["db"])
    assert ask(made, "subnet-a", "10.0.0.20", 5432) == {
        "id": None,
        "verdict": "reachable",
        "forward": {**DELIVERED, "hops": [{"kind": "network-interface", "id": "eni-near"}]},
        "return": {
            "verdict": "reachable",
            "hops": [{"kind": "network-interface", "id": "eni-near"}],
            "blocked_by": [],
            "blocked_source_ports": [],
        },
        "missing": [],
    }


def test_rule_08_both_acls_between_two_subnets_of_one_zone() -> None:
    said = ask(database().acl("closed", subnets=["a", "b"]), "subnet-a", "10.0.1.20", 5432, source_port=40000)
    detail = "acl-closed, the implicit deny: denies tcp"
    block: Json = {"code": "SUBNET_ACL_RESTRICTION", "component": "acl-closed", "rule": None}
    assert said["forward"]["blocked_by"] == [
        {**block, "direction": "egress", "detail": f"{detail} 5432 to 10.0.1.20 at subnet-a"},
        {**block, "direction": "ingress", "detail": f"{detail} 5432 from 10.0.0.4 at subnet-b"},
    ]
    assert said["return"]["blocked_by"] == [
        {**block, "direction": "egress", "detail": f"{detail} 40000 to 10.0.0.4 at subnet-b"},
        {**block, "direction": "ingress", "detail": f"{detail} 40000 from 10.0.1.20 at subnet-a"},
    ]
    assert said["return"]["blocked_source_ports"] == [[40000, 40000]]


def test_rule_09_a_public_address_of_the_same_vpc_goes_out_and_in_again() -> None:
    made = public_world().group("web", ingress=[rule("203.0.113.7/32")])
    made.interface("own", "10.0.0.9", groups=["fn"], public="203.0.113.7")
    made.interface("web", "10.0.0.20", groups=["web"], public="203.0.113.20")
    said = ask(made, "eni-own", "203.0.113.20")
    assert verdicts(said) == ("reachable",) * 3
    assert hops(said) == ["eni-own", "subnet-a", "igw-main", "subnet-a", "eni-web"]
    assert codes(ask(made, "eni-own", "10.0.0.20")) == ["ENI_SG_RULES_MISMATCH"]


def test_rule_09_the_group_of_the_sender_is_not_seen_through_its_public_address() -> None:
    made = public_world().group("web", ingress=[rule("sg-fn")])
    made.interface("own", "10.0.0.9", groups=["fn"], public="203.0.113.7")
    made.interface("web", "10.0.0.20", groups=["web"], public="203.0.113.20")
    assert codes(ask(made, "eni-own", "203.0.113.20")) == ["ENI_SG_RULES_MISMATCH"]
    assert ask(made, "eni-own", "10.0.0.20")["verdict"] == "reachable"


def test_rule_15_an_interface_sends_only_from_its_own_addresses() -> None:
    made = database().interface("own", "10.0.0.9", groups=["fn"])
    assert hops(ask(made, "10.0.0.9", "10.0.1.20", 5432))[0] == "eni-own"
    with pytest.raises(UsageError, match="starts at one address"):
        ask(made, "10.0.0.0/24", "10.0.1.20")


@pytest.mark.parametrize("state", ["stopped", "terminated", "running", "pending"])
def test_rule_35_only_running_instances_count(state: str) -> None:
    made = database().instance("one", "10.0.1.30", subnet="b", groups=["db"], state=state)
    made.interface("own", "10.0.0.9", groups=["fn"])
    expected = [] if state in ("running", "pending") else ["BAD_STATE"]
    assert codes(ask(made, "eni-own", "i-one", 5432)) == expected
    assert codes(ask(made, "i-one", "10.0.0.9", 5432))[:1] == (expected or ["SG_HAS_NO_RULES"])


def test_rule_35_an_interface_that_is_attached_to_nothing_neither_sends_nor_receives() -> None:
    made = database().interface("spare", "10.0.1.30", subnet="b", groups=["db"], Status="available", Attachment={})
    made.interface("own", "10.0.0.9", groups=["fn"])
    assert codes(ask(made, "eni-own", "eni-spare", 5432)) == ["UNASSOCIATED_COMPONENT"]
    assert codes(ask(made, "eni-spare", "eni-db", 5432))[0] == "UNASSOCIATED_COMPONENT"


def test_rule_38_a_function_is_a_matrix_of_its_subnets() -> None:
    made = nat_world().subnet("c").table("c", subnets=["c"]).function(subnets=["a", "c"])
    said = ask(made, "worker", "198.51.100.1")
    assert [(item["subnet"], item["verdict"]) for item in said["sources"]] == [
        ("subnet-a", "reachable"),
        ("subnet-c", "blocked"),
    ]
    assert verdicts(said) == ("blocked", "blocked", "unknown")
    assert codes(said) == ["NO_ROUTE_TO_DESTINATION"]
    one = ask(nat_world().function(subnets=["a"]), "worker", "198.51.100.1")
    assert [item["subnet"] for item in one["sources"]] == ["subnet-a"]


def test_rule_19_all_traffic_is_stopped_by_a_denial_of_one_protocol() -> None:
    entries = [acl_entry(n, egress=egress) for n, egress in ((100, True), (100, False))]
    made = database().changed("SecurityGroups", "sg-db", lambda group: group.update(IpPermissions=OPEN))
    assert (
        ask(made.acl("plain", *entries, subnets=["a"]), "subnet-a", "10.0.1.20", protocol="all")["verdict"]
        == "reachable"
    )
    made = database().changed("SecurityGroups", "sg-db", lambda group: group.update(IpPermissions=OPEN))
    made.acl("most", *entries, acl_entry(90, "deny", egress=True, ports=(22, 22)), subnets=["a"])
    said = ask(made, "subnet-a", "10.0.1.20", protocol="all")
    assert [(b["rule"], b["direction"]) for b in blockers(said)] == [(90, "egress")]
    shut = database().changed("SecurityGroups", "sg-db", lambda group: group.update(IpPermissions=OPEN))
    shut.acl("shut", entries[1], acl_entry(90, "deny", egress=True, ports=(22, 22)), subnets=["a"])
    said = ask(shut, "subnet-a", "10.0.1.20", protocol="all")
    assert [(b["rule"], b["direction"]) for b in said["forward"]["blocked_by"]] == [(90, "egress"), (None, "egress")]


def test_rule_39_a_partly_open_range_names_the_blocked_source_ports() -> None:
    entries = [
        acl_entry(100, egress=True),
        acl_entry(100, ports=(32768, 65535)),
        acl_entry(90, "deny", ports=(50000, 50009)),
    ]
    said = ask(database().acl("half", *entries, subnets=["a"]), "subnet-a", "10.0.1.20", 5432)
    assert verdicts(said) == ("blocked", "reachable", "blocked")
    assert said["return"]["blocked_source_ports"] == [[1024, 32767], [50000, 50009]]
    assert [(b["rule"], b["direction"]) for b in blockers(said)] == [(90, "ingress"), (None, "ingress")]
    assert (
        ask(database().acl("half", *entries, subnets=["a"]), "subnet-a", "10.0.1.20", 5432, source_port=40000)[
            "verdict"
        ]
        == "reachable"
    )
