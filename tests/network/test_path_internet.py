"""Rules 21 to 26 and 41 to 43: the internet, NAT of every kind, IPv6, Block Public Access."""

from __future__ import annotations

from typing import Any

import pytest

from tests.builders import World, acl_entry, rule, world
from tests.network.paths import Json, ask, blockers, codes, hops, nat_world, public_world, verdicts

OPEN = [rule(port=None, protocol="-1")]
OUTSIDE = "198.51.100.1"


def sixes() -> World:
    """A dual-stack function with an egress-only gateway for IPv6 and nothing for IPv4."""
    made = world().vpc().subnet("a").ipv6(a="2001:db8:0:1::/64").egress_only_gateway()
    made.group(egress=[rule("0.0.0.0/0", None, "-1"), rule("::/0", None, "-1")])
    return made.route("main", "::/0", "eigw-main").function(dual_stack=True)


def test_rule_21_a_function_in_a_public_subnet_has_no_internet() -> None:
    said = ask(public_world().function(), "worker", OUTSIDE)
    assert verdicts(said)[:2] == ("blocked", "blocked")
    assert said["forward"]["blocked_by"] == [
        {
            "code": "IGW_PUBLIC_IP_ASSOCIATION_FOR_EGRESS",
            "component": "igw-main",
            "rule": None,
            "direction": "egress",
            "detail": "a function in subnet-a has no public IPv4 address, so igw-main drops what it sends",
        }
    ]


def test_rule_21_an_interface_with_a_public_address_has_internet() -> None:
    made = public_world().interface("own", "10.0.0.9", groups=["fn"], public="192.0.2.1", more_addresses=["10.0.0.10"])
    said = ask(made, "eni-own", OUTSIDE)
    assert verdicts(said) == ("reachable",) * 3
    assert said["forward"]["exit"] == "internet"
    assert [hop["kind"] for hop in said["forward"]["hops"]] == [
        "network-interface",
        "subnet",
        "internet-gateway",
        "internet",
    ]
    assert codes(ask(made, "10.0.0.10", OUTSIDE)) == ["IGW_PUBLIC_IP_ASSOCIATION_FOR_EGRESS"]


def test_rule_21_filters_inside_see_the_private_address() -> None:
    made = public_world().group("web", ingress=OPEN).interface("web", "10.0.0.9", groups=["web"], public="192.0.2.1")
    made.acl("tight", acl_entry(100), acl_entry(100, egress=True, cidr="198.51.100.0/24"), subnets=["a"])
    assert ask(made, OUTSIDE, "192.0.2.1")["verdict"] == "reachable"
    assert ask(made, OUTSIDE, "eni-web")["verdict"] == "reachable"
    assert codes(ask(made, OUTSIDE, "10.0.0.9")) == ["IGW_PRIVATE_IP_ASSOCIATION_FOR_INGRESS"]
    assert codes(ask(made, OUTSIDE, "192.0.2.99")) == ["NO_POSSIBLE_DESTINATION"]


def test_rule_22_the_gateway_must_be_attached_here() -> None:
    made = public_world().interface("own", "10.0.0.9", groups=["fn"], public="192.0.2.1")
    made._find("InternetGateways", "igw-main")["Attachments"] = [{"VpcId": "vpc-other", "State": "available"}]
    assert codes(ask(made, "eni-own", OUTSIDE)) == ["BAD_STATE_ATTACHMENT"]
    assert codes(ask(made, OUTSIDE, "192.0.2.1")) == ["UNASSOCIATED_COMPONENT"]


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("192.168.7.7", "IGW_DESTINATION_ADDRESS_NOT_IN_RFC1918_EGRESS"),
        ("100.64.7.7", "IGW_DESTINATION_ADDRESS_NOT_IN_RFC6598_EGRESS"),
    ],
)
def test_rule_22_private_destinations_are_rejected(address: str, code: str) -> None:
    made = public_world().interface("own", "10.0.0.9", groups=["fn"], public="192.0.2.1")
    assert codes(ask(made, "eni-own", address)) == [code]


def test_rule_22_a_set_is_cut_at_the_private_blocks() -> None:
    made = public_world().interface("own", "10.0.0.9", groups=["fn"], public="192.0.2.1")
    parts = ask(made, "eni-own", "100.0.0.0/8")["parts"]
    assert {part["to"]: part["verdict"] for part in parts}["100.64.0.0/10"] == "blocked"
    assert {part["to"]: part["verdict"] for part in parts}["100.128.0.0/9"] == "reachable"


# -- NAT ---------------------------------------------------------------------------------------------------------------


def test_rule_23_through_a_nat_gateway_and_back() -> None:
    assert ask(nat_world(), "subnet-a", OUTSIDE) == {
        "id": None,
        "verdict": "reachable",
        "forward": {
            "verdict": "reachable",
            "exit": "internet",
            "hops": [
                {"kind": "subnet", "id": "subnet-a"},
                {"kind": "nat-gateway", "id": "nat-main"},
                {"kind": "internet-gateway", "id": "igw-main"},
                {"kind": "internet", "id": "internet"},
            ],
            "blocked_by": [],
        },
        "return": {
            "verdict": "reachable",
            "hops": [{"kind": "subnet", "id": "subnet-public"}, {"kind": "subnet", "id": "subnet-a"}],
            "blocked_by": [],
            "blocked_source_ports": [],
        },
        "missing": [],
    }


def test_rule_23_the_acl_of_the_nats_subnet_blocks_sftp() -> None:
    """The trap of an incident: port 22 is closed in the public subnet, where nobody looks."""
    web = [acl_entry(n, egress=e, ports=(p, p)) for n, p in ((100, 80), (110, 443)) for e in (True, False)]
    answers = [acl_entry(120, egress=e, ports=(1024, 65535)) for e in (True, False)]
    made = nat_world().acl("public", *web, *answers, subnets=["public"])
    assert ask(made, "subnet-a", OUTSIDE)["verdict"] == "reachable"
    said = ask(made, "subnet-a", OUTSIDE, 22)
    assert [(b["component"], b["direction"], b["rule"]) for b in said["forward"]["blocked_by"]] == [
        ("acl-public", "ingress", None),
        ("acl-public", "egress", None),
    ]
    assert said["return"]["verdict"] == "reachable"


@pytest.mark.parametrize("closed", ["enter", "leave", "return in", "return out", "home"])
def test_rule_23_every_acl_on_the_way_counts(closed: str) -> None:
    """The NAT gateway's own leg is answered to its ports 1024-65535, the sender's to the port it uses."""
    out, back, own = (443, 443), (1024, 65535), (40000, 40000)
    passes = {"enter": (False, out), "leave": (True, out), "return in": (False, back), "return out": (True, own)}
    entries = [acl_entry(n, egress=e, ports=p) for n, (k, (e, p)) in enumerate(passes.items(), 100) if k != closed]
    made = nat_world().acl("public", *entries, subnets=["public"])
    made.acl("home", acl_entry(90, egress=True), *([] if closed == "home" else [acl_entry(90)]), subnets=["a"])
    said = ask(made, "subnet-a", OUTSIDE, source_port=40000)
    assert verdicts(said)[1:] == (
        ("blocked", "reachable") if closed in ("enter", "leave") else ("reachable", "blocked")
    )
    expected = {"return in": [[1024, 39999], [40001, 65535]], "enter": [], "leave": []}
    if closed != "return in":
        assert said["return"]["blocked_source_ports"] == expected.get(closed, [[40000, 40000]])
    else:
        assert codes(said) == ["SUBNET_ACL_RESTRICTION"]


def test_rule_23_an_answer_that_is_routed_into_a_nat_gateway_is_lost() -> None:
    """A public address in a private subnet: the request comes in, the answer would leave from another address."""
    made = nat_world().group("web", ingress=OPEN, egress=OPEN)
    made.interface("web", "10.0.0.9", groups=["web"], public="192.0.2.99")
    said = ask(made, OUTSIDE, "192.0.2.99")
    assert verdicts(said) == ("blocked", "reachable", "blocked")
    assert codes(said) == ["NGW_SOURCE_ADDRESS_REASSIGN"]


@pytest.mark.parametrize("state", ["pending", "failed", "deleting", "deleted"])
def test_rule_23_only_an_available_nat_gateway_carries(state: str) -> None:
    made = nat_world().changed("NatGateways", "nat-main", lambda nat: nat.update(State=state))
    assert codes(ask(made, "subnet-a", OUTSIDE)) == ["BAD_STATE"]


@pytest.mark.parametrize(("protocol", "blocked"), [("47", True), ("all", True), ("udp", False), ("icmp", False)])
def test_rule_24_a_nat_gateway_carries_tcp_udp_and_icmp(protocol: str, blocked: bool) -> None:
    said = ask(nat_world(), "subnet-a", OUTSIDE, protocol=protocol)
    assert codes(said) == (["PROTOCOL_RESTRICTION"] if blocked else [])


def test_rule_24_nothing_starts_a_connection_to_or_from_a_nat_gateway() -> None:
    made = nat_world()
    assert codes(ask(made, "subnet-a", "10.0.1.5")) == ["NGW_REQUIRES_SOURCE_IN_VPC"]
    assert codes(ask(made, OUTSIDE, "192.0.2.10")) == ["NGW_REQUIRES_SOURCE_IN_VPC"]
    assert codes(ask(made, "eni-nat-main", OUTSIDE)) == ["UNSUPPORTED_COMPONENT"]


def test_rule_24_a_nat_gateways_interface_is_known_by_its_listing_too() -> None:
    made = nat_world().changed("NetworkInterfaces", "eni-nat-main", lambda card: card.update(InterfaceType="interface"))
    assert codes(ask(made, "eni-nat-main", OUTSIDE)) == ["UNSUPPORTED_COMPONENT"]
    assert codes(ask(made, "subnet-a", "eni-nat-main")) == ["NGW_REQUIRES_SOURCE_IN_VPC"]


def test_rule_25_a_nat_gateway_behind_itself_is_a_loop() -> None:
    made = public_world().nat(subnet="a")
    made.changed("RouteTables", "rtb-main", lambda table: table["Routes"].pop())
    made.route("main", "0.0.0.0/0", "nat-main")
    assert codes(ask(made, "subnet-a", OUTSIDE)) == ["CANNOT_ROUTE"]


def test_rule_25_the_table_of_the_nats_subnet_decides() -> None:
    made = nat_world().changed("RouteTables", "rtb-public", lambda table: table["Routes"].pop())
    said = ask(made, "subnet-a", OUTSIDE)
    assert [(b["code"], b["component"]) for b in blockers(said)] == [("NO_ROUTE_TO_DESTINATION", "rtb-public")]


def test_rule_26_a_private_nat_gateway_has_no_internet_but_other_networks() -> None:
    def private(nat: Json) -> None:
        nat["ConnectivityType"] = "private"
        nat["NatGatewayAddresses"] = [{"PrivateIp": "10.0.1.5", "NetworkInterfaceId": "eni-nat-main"}]

    made = nat_world().changed("NatGateways", "nat-main", private).vpn_gateway().vpn()
    assert codes(ask(made, "subnet-a", OUTSIDE)) == ["IGW_PUBLIC_IP_ASSOCIATION_FOR_EGRESS"]
    made.route("public", "172.16.0.0/12", "vgw-main")
    assert ask(made, "subnet-a", "172.16.0.9")["forward"]["exit"] == "vpn"


def test_rule_26_secondary_addresses_belong_to_the_nat_gateway() -> None:
    more = {"PrivateIp": "10.0.1.6", "PublicIp": "192.0.2.77", "IsPrimary": False}
    made = nat_world().changed("NatGateways", "nat-main", lambda nat: nat["NatGatewayAddresses"].insert(0, more))
    assert ask(made, "subnet-a", OUTSIDE)["verdict"] == "reachable"
    assert codes(ask(made, OUTSIDE, "192.0.2.77")) == ["NGW_REQUIRES_SOURCE_IN_VPC"]
    made.acl(
        "primary", acl_entry(100), acl_entry(100, egress=True), acl_entry(90, "deny", "10.0.0.0/16"), subnets=["a"]
    )
    assert ask(made, "subnet-a", OUTSIDE)["verdict"] == "reachable"


def test_rule_26_an_answer_to_the_address_of_another_nat_gateway_is_not_a_new_connection() -> None:
    """Out through NAT and back in to a public address of the same network: the answer returns to the NAT's address."""
    made = nat_world().group("web", ingress=[rule("192.0.2.10/32")])
    made.interface("web", "10.0.1.9", subnet="public", groups=["web"], public="192.0.2.99")
    assert verdicts(ask(made, "subnet-a", "192.0.2.99")) == ("reachable",) * 3


# -- regional NAT gateways, NAT instances ------------------------------------------------------------------------------


def regional(*zones: str, **more: Any) -> World:
    """Subnets a and b behind a regional NAT gateway with addresses in some zones and a route table of its own."""
    made = world().vpc().subnet("a").subnet("b", az="b").internet_gateway().group().table("nat")
    made.route("nat", "0.0.0.0/0", "igw-main").route("main", "0.0.0.0/0", "nat-regional")
    listed = [
        {"PublicIp": f"192.0.2.{n}", "AvailabilityZone": f"ap-southeast-1{zone}"} for n, zone in enumerate(zones, 1)
    ]
    base = {"NatGatewayId": "nat-regional", "VpcId": "vpc-main", "State": "available", "RouteTableId": "rtb-nat"}
    return made.item("NatGateways", **base, AvailabilityMode="regional", NatGatewayAddresses=listed, **more)


def test_rule_42_a_regional_nat_gateway_has_a_table_and_no_subnet() -> None:
    said = ask(regional("a", "b"), "subnet-b", OUTSIDE)
    assert verdicts(said) == ("reachable",) * 3
    assert hops(said) == ["subnet-b", "nat-regional", "igw-main", "internet"]
    made = regional("a", "b").changed("RouteTables", "rtb-nat", lambda table: table["Routes"].pop())
    assert codes(ask(made, "subnet-b", OUTSIDE)) == ["NO_ROUTE_TO_DESTINATION"]


def test_rule_42_a_regional_nat_gateway_serves_other_zones_only_when_it_adds_them_itself() -> None:
    assert ask(regional("a"), "subnet-b", OUTSIDE)["verdict"] == "reachable"
    made = regional("a", AutoProvisionZones="disabled")
    assert codes(ask(made, "subnet-b", OUTSIDE)) == ["REGIONAL_NGW_ROUTE_AZ_RESTRICTION"]
    assert ask(made, "subnet-a", OUTSIDE)["verdict"] == "reachable"


def test_rule_42_the_table_of_a_regional_nat_gateway_may_be_unread() -> None:
    made = regional("a").changed("NatGateways", "nat-regional", lambda nat: nat.pop("RouteTableId"))
    said = ask(made, "subnet-a", OUTSIDE)
    assert (said["verdict"], said["missing"]) == ("unknown", ["ec2:DescribeRouteTables"])


@pytest.mark.parametrize("check", [True, False])
def test_rule_42_a_nat_instance_is_blocked_by_its_source_check_or_decided_inside_it(check: bool) -> None:
    made = public_world().group("nat", ingress=OPEN, egress=OPEN)
    made.changed("RouteTables", "rtb-main", lambda table: table["Routes"].pop())
    made.instance("nat", "10.0.0.9", groups=["nat"], public="192.0.2.1", SourceDestCheck=check)
    made.route("main", "0.0.0.0/0", "i-nat")
    said = ask(made, "subnet-a", OUTSIDE)
    assert said["verdict"] == ("blocked" if check else "unknown")
    assert codes(said) == (["ENI_SOURCE_DEST_CHECK_RESTRICTION"] if check else [])
    assert said["missing"] == ["what eni-nat does with traffic routed to it"]


# -- IPv6 --------------------------------------------------------------------------------------------------------------


def test_rule_41_an_egress_only_gateway_carries_ipv6_of_its_own_vpc() -> None:
    said = ask(sixes(), "worker", "2600::1")
    assert verdicts(said) == ("reachable",) * 3
    assert [hop["kind"] for hop in said["forward"]["hops"]][-2:] == ["egress-only-internet-gateway", "internet"]
    assert codes(ask(sixes(), "worker", OUTSIDE)) == ["NO_ROUTE_TO_DESTINATION"]


def test_rule_41_an_egress_only_gateway_lets_nothing_in() -> None:
    made = sixes().group("web", ingress=[rule("::/0", None, "-1")]).internet_gateway()
    made.interface("web", "10.0.0.9", groups=["web"], six="2001:db8:0:1::9")
    assert codes(ask(made, "2600::1", "2001:db8:0:1::9")) == ["CANNOT_ROUTE"]
    made.changed("RouteTables", "rtb-main", lambda table: table["Routes"].pop()).route("main", "::/0", "igw-main")
    assert ask(made, "2600::1", "2001:db8:0:1::9")["verdict"] == "reachable"


def test_rule_41_a_function_needs_to_be_allowed_dual_stack() -> None:
    made = sixes().function("four")
    assert codes(ask(made, "four", "2600::1")) == ["ENI_ADDRESS_RESTRICTION"]
    made.interface("four", "10.0.0.9", groups=["fn"])
    assert codes(ask(made, "eni-four", "2600::1")) == ["ENI_ADDRESS_RESTRICTION"]


def test_rule_41_ipv6_needs_rules_and_entries_of_its_own() -> None:
    made = (
        sixes()
        .group("four", egress=[rule(port=None, protocol="-1")])
        .function("shut", groups=["four"], dual_stack=True)
    )
    assert codes(ask(made, "shut", "2600::1")) == ["ENI_SG_RULES_MISMATCH"]
    made = sixes().acl("four", acl_entry(100), acl_entry(100, egress=True), subnets=["a"])
    assert codes(ask(made, "worker", "2600::1")) == ["SUBNET_ACL_RESTRICTION"] * 2


def test_rule_41_an_ipv4_gateway_endpoint_does_not_carry_a_dual_stack_name() -> None:
    made = sixes().gateway_endpoint("s3", tables=["main"])
    host = "s3.dualstack.ap-southeast-1.amazonaws.com"
    parts = ask(made, "worker", host)["parts"]
    assert {(":" in part["to"], part["forward"]["exit"]) for part in parts} == {
        (False, "gateway-endpoint"),
        (True, "internet"),
    }
    made.changed("RouteTables", "rtb-main", lambda table: table["Routes"].pop(-2))
    assert {(":" in part["to"], part["verdict"]) for part in ask(made, "worker", host)["parts"]} == {
        (False, "reachable"),
        (True, "blocked"),
    }
    assert ask(made.function("four"), "four", host)["verdict"] == "reachable"


# -- Block Public Access -----------------------------------------------------------------------------------------------


def guarded(mode: str, exclusion: str | None = None, subnet: str = "public", allowed: str = "allowed") -> World:
    """The NAT world and a public interface, with Block Public Access."""
    made = nat_world().group("web", ingress=OPEN, egress=OPEN)
    made.interface("web", "10.0.1.9", subnet="public", groups=["web"], public="192.0.2.99")
    options = {"InternetGatewayBlockMode": mode, "ExclusionsAllowed": allowed}
    made.item("VpcBlockPublicAccessOptions", AwsRegion="ap-southeast-1", **options)
    if exclusion:
        made.item(
            "VpcBlockPublicAccessExclusions",
            ExclusionId="x",
            ResourceArn=f"arn:aws:ec2:r:1:subnet/subnet-{subnet}",
            InternetGatewayExclusionMode=exclusion,
        )
    return made


BLOCKED = "VPC_BLOCK_PUBLIC_ACCESS_ENABLED"


@pytest.mark.parametrize(
    ("mode", "exclusion", "nat", "out", "into"),
    [
        ("off", None, [], [], []),
        ("block-bidirectional", None, [BLOCKED], [BLOCKED], [BLOCKED]),
        ("block-ingress", None, [], [BLOCKED], [BLOCKED]),
        ("block-bidirectional", "allow-bidirectional", [], [], []),
        ("block-bidirectional", "allow-egress", [], [BLOCKED], [BLOCKED]),
        ("block-ingress", "allow-bidirectional", [], [], []),
    ],
)
def test_rule_43_block_public_access(
    mode: str, exclusion: str | None, nat: list[str], out: list[str], into: list[str]
) -> None:
    made = guarded(mode, exclusion)
    assert codes(ask(made, "subnet-a", OUTSIDE)) == nat
    assert codes(ask(made, "eni-web", OUTSIDE)) == out
    assert codes(ask(made, OUTSIDE, "192.0.2.99")) == into


def test_rule_43_an_exclusion_of_another_subnet_or_one_not_allowed_changes_nothing() -> None:
    assert codes(ask(guarded("block-bidirectional", "allow-bidirectional", "a"), "subnet-a", OUTSIDE)) == [BLOCKED]
    made = guarded("block-bidirectional", "allow-bidirectional", allowed="not-allowed")
    assert codes(ask(made, "subnet-a", OUTSIDE)) == [BLOCKED]


@pytest.mark.parametrize("key", ["VpcBlockPublicAccessOptions", "VpcBlockPublicAccessExclusions"])
def test_rule_43_block_public_access_that_was_refused_is_unknown(key: str) -> None:
    said = ask(guarded("block-bidirectional").denied(key), "subnet-a", OUTSIDE)
    assert (said["verdict"], said["missing"]) == ("unknown", [f"ec2:Describe{key}"])


def test_rule_43_block_public_access_stops_egress_only_gateways_too() -> None:
    made = sixes().item("VpcBlockPublicAccessOptions", InternetGatewayBlockMode="block-bidirectional")
    assert codes(ask(made, "worker", "2600::1")) == [BLOCKED]


def test_rule_43_a_gateway_load_balancer_endpoint_is_decided_by_its_appliances() -> None:
    made = nat_world().interface_endpoint("firewall", groups=[], VpcEndpointType="GatewayLoadBalancer")
    made.changed("RouteTables", "rtb-main", lambda table: table["Routes"].pop())
    made.route("main", "0.0.0.0/0", "vpce-firewall")
    said = ask(made, "subnet-a", OUTSIDE)
    assert (said["verdict"], said["missing"]) == (
        "unknown",
        ["what the appliances behind vpce-firewall do with the traffic"],
    )


def test_rule_43_a_shared_subnet_without_its_owners_table_is_unknown() -> None:
    made = nat_world()
    for item in made._items["RouteTables"]:
        item["VpcId"] = "vpc-elsewhere"
    said = ask(made, "subnet-a", OUTSIDE)
    assert (said["verdict"], said["missing"]) == ("unknown", ["ec2:DescribeRouteTables"])
