"""The rules by which AWS forwards a packet, one test each, by the numbers of the rule list they came from."""

from __future__ import annotations

from ipaddress import ip_address, ip_network
from typing import Any

import pytest

from runbook_lib.checks.endpoints import end001_endpoint_exists as end001
from runbook_lib.checks.endpoints import end003_route_table_associated as end003
from runbook_lib.checks.endpoints import end005_egress_covers_service as end005
from runbook_lib.checks.endpoints import end006_acl_both_ways as end006
from runbook_lib.checks.endpoints import end010_endpoint_admits_target as end010
from runbook_lib.checks.endpoints import end011_private_dns as end011
from runbook_lib.errors import FactMissing
from runbook_lib.model.status import Status
from runbook_lib.network.filtering import EPHEMERAL, Peer, Traffic, blocked_parts, uncovered
from runbook_lib.network.path import tracer_of
from runbook_lib.network.question import question_of
from runbook_lib.network.routing import decide, lookup
from tests.builders import World, acl_entry, rule, world
from tests.checks.worlds import gateway, two_zones

ANY = ip_network("198.51.100.0/24")
HTTPS = Traffic(6, (443, 443))


def trace(made: World, to: str, **more: Any) -> dict[str, Any]:
    """The answer of the tracer for one flow from subnet a with the function's group."""
    asked = {"from": "subnet-a", "security_groups": ["sg-fn"], "to": to, "protocol": "tcp", "port": 443, **more}
    return tracer_of(made.view()).trace(question_of(asked))


def left(made: World, *groups: str, egress: bool = True, peer: Peer | None = None, traffic: Traffic = HTTPS) -> Any:
    view = made.view()
    return uncovered(view, view.groups(groups), egress, peer or Peer((ANY,)), traffic)


def target(made: World, address: str, subnet: str = "subnet-a") -> str | None:
    view = made.view()
    route = lookup(view, view.route_table_of(subnet), ip_address(address))
    return route.target if route else None


def test_rule_01_explicit_association_else_the_main_table() -> None:
    made = world().vpc().subnet(az="a").subnet(az="b").table("own", subnets=["b"]).route("main", "0.0.0.0/0", "nat-1")
    assert target(made, "198.51.100.1") == "nat-1"
    assert target(made, "198.51.100.1", "subnet-b") is None
    bare = world().vpc().subnet(az="a").changed("RouteTables", "rtb-main", lambda raw: raw.update(Associations=[]))
    with pytest.raises(FactMissing):
        target(bare, "198.51.100.1")


def test_rule_02_longest_prefix_and_one_route_per_cidr_of_a_list() -> None:
    made = gateway().route("main", "3.5.146.0/24", "tgw-1")
    assert [target(made, a) for a in ("3.5.146.9", "3.5.147.9", "52.219.40.1", "52.219.44.1")] == [
        "tgw-1",
        "vpce-s3",
        "vpce-s3",
        "nat-main",
    ]


def test_rule_03_a_blackhole_wins_and_drops() -> None:
    made = two_zones().route("main", "198.51.100.0/25", "nat-gone", "blackhole")
    view = made.view()
    parts = decide(view, view.route_table_of("subnet-a"), [ANY])
    assert [(str(part.cidrs[0]), part.route and part.route.is_blackhole) for part in parts] == [
        ("198.51.100.128/25", False),
        ("198.51.100.0/25", True),
    ]
    assert trace(made, "198.51.100.1")["forward"]["blocked_by"][0]["code"] == "BAD_STATE_ROUTE"


def test_rule_04_local_routes_cover_every_cidr_and_hide_the_default_route() -> None:
    made = world().vpc(cidrs=("10.0.0.0/16", "10.7.0.0/16")).subnet(az="a").group().route("main", "0.0.0.0/0", "nat-1")
    assert [str(cidr) for cidr in made.view().vpc("vpc-main").cidrs] == ["10.0.0.0/16", "10.7.0.0/16"]
    assert [target(made, a) for a in ("10.0.9.9", "10.7.9.9", "10.8.0.1")] == ["local", "local", "nat-1"]
    assert trace(made, "10.7.9.9")["forward"]["blocked_by"][0]["code"] == "NO_POSSIBLE_DESTINATION"


def test_rule_10_groups_are_a_union_and_no_rule_denies() -> None:
    made = world().vpc().group("one", egress=[rule("198.51.100.0/25")]).group("two", egress=[rule("198.51.100.128/25")])
    made.group("none", egress=[])
    assert left(made, "sg-one", "sg-two") == ()
    assert left(made, "sg-one") == (ip_network("198.51.100.128/25"),)
    assert left(made, "sg-none") == (ANY,)
    assert left(made, "sg-none", egress=False) == (ANY,)


def test_rule_11_answers_pass_without_a_rule_of_their_own() -> None:
    made = gateway()
    assert made.view().group("sg-fn").ingress == ()
    assert trace(made, "s3")["return"]["verdict"] == "reachable"
    assert left(made, "sg-fn", egress=False) == (ANY,)


@pytest.mark.parametrize(
    ("made", "traffic", "allowed"),
    [
        (rule(port=None, protocol="-1"), Traffic(17, (53, 53)), True),
        ({**rule(), "IpProtocol": "6"}, HTTPS, True),
        ({**rule(), "IpProtocol": "tcp", "FromPort": -1, "ToPort": -1}, HTTPS, True),
        (rule(port=None), HTTPS, True),
        ({**rule(port=(80, 90)), "IpProtocol": "-1"}, HTTPS, True),
        (rule(port=(444, 500)), HTTPS, False),
        (rule(port=443, protocol="udp"), HTTPS, False),
        (rule(port=(8, 0), protocol="icmp"), Traffic(1, icmp=(8, 0)), True),
        (rule(port=(8, -1), protocol="icmp"), Traffic(1, icmp=(8, 3)), True),
        (rule(port=(-1, -1), protocol="icmp"), Traffic(1, icmp=(3, 4)), True),
        (rule(port=(-1, 4), protocol="icmp"), Traffic(1, icmp=(3, 4)), False),
        (rule(port=(0, 0), protocol="icmp"), Traffic(1, icmp=(8, 0)), False),
        ({**rule(port=None), "IpProtocol": "icmpv6"}, Traffic(1, icmp=(8, 0)), False),
        (rule(port=None, protocol="50"), Traffic(50), True),
        ({**rule(port=(1, 2)), "IpProtocol": "50"}, Traffic(50), True),
    ],
)
def test_rule_12_protocols_ports_and_icmp(made: dict[str, Any], traffic: Traffic, allowed: bool) -> None:
    assert (left(world().vpc().group(egress=[made]), "sg-fn", traffic=traffic) == ()) is allowed


def test_rule_13_a_group_means_the_interfaces_that_carry_it() -> None:
    made = world().vpc().group("one", egress=[rule("sg-two")]).group("self", egress=[rule("sg-self")])
    address = ip_network("10.0.0.9/32")
    assert left(made, "sg-one", peer=Peer((address,), ("sg-two", "sg-three"))) == ()
    assert left(made, "sg-one", peer=Peer((address,), ("sg-three",))) == (address,)
    assert left(made, "sg-self", peer=Peer((address,), ("sg-self",))) == ()
    assert left(made, "sg-one") == (ANY,)


def test_rule_14_prefix_lists_expand_in_both_directions() -> None:
    made = world().vpc().group("both", egress=[rule("pl-s3")], ingress=[rule("pl-s3")])
    made.group("stale", egress=[rule("pl-gone")])
    s3 = Peer((ip_network("3.5.146.0/24"),))
    assert left(made, "sg-both", peer=s3) == left(made, "sg-both", egress=False, peer=s3) == ()
    assert left(made, "sg-both") == (ANY,)
    assert left(made, "sg-stale", peer=s3) == s3.cidrs


def test_rule_15_group_then_route_then_acl_and_all_are_named() -> None:
    made = two_zones().group("shut", egress=[]).acl("shut", subnets=["a"])
    blocked = trace(made, "198.51.100.1", security_groups=["sg-shut"])["forward"]["blocked_by"]
    assert [item["code"] for item in blocked][:2] == ["SG_HAS_NO_RULES", "SUBNET_ACL_RESTRICTION"]


def test_rule_16_groups_hold_on_functions_and_on_interface_endpoints() -> None:
    made = two_zones().group("endpoint").group("shut", egress=[]).function(subnets=["a"], groups=["shut"])
    made.interface_endpoint("sqs")
    assert made.ask(end005, "sqs")[0].status is Status.FAIL
    assert made.ask(end010, "sqs")[0].status is Status.FAIL


def test_rule_17_entries_are_tried_by_number_and_the_default_acl_serves_the_rest() -> None:
    listed = (acl_entry(200), acl_entry(100, "deny", ports=(443, 443)), acl_entry(150, egress=True))
    view = world().vpc().subnet(az="a").subnet(az="b").acl("own", *listed, subnets=["a"]).view()
    (part,) = blocked_parts(view.acl_of("subnet-a"), False, [ANY], HTTPS)
    assert part.entry is not None
    assert part.entry.number == 100
    assert view.acl_of("subnet-b").is_default
    assert blocked_parts(view.acl_of("subnet-a"), False, [ANY], Traffic(6, (80, 80))) == ()
    bare = world().vpc().subnet(az="a").acl("none", subnets=["a"]).view()
    (nothing,) = blocked_parts(bare.acl_of("subnet-a"), True, [ANY], HTTPS)
    assert nothing.entry is None


def test_rule_18_answers_need_entries_of_their_own_for_their_destination_port() -> None:
    made = gateway().acl("out", acl_entry(100, egress=True), subnets=["a"])
    assert made.ask(end006)[0].status is Status.FAIL
    answer = trace(made, "s3")
    assert (answer["forward"]["blocked_by"], answer["return"]["verdict"]) == ([], "blocked")
    assert answer["return"]["blocked_source_ports"] == [[1024, 65535]]


@pytest.mark.parametrize(
    ("entry", "traffic", "allowed"),
    [
        (acl_entry(1, protocol="6"), HTTPS, True),
        (acl_entry(1, protocol="17"), HTTPS, False),
        (acl_entry(1, protocol="-1"), Traffic(50), True),
        (acl_entry(1, cidr="::/0"), HTTPS, False),
        ({**acl_entry(1, protocol="1"), "IcmpTypeCode": {"Type": -1, "Code": -1}}, Traffic(1, icmp=(8, 0)), True),
        ({**acl_entry(1, protocol="1"), "IcmpTypeCode": {"Type": 0, "Code": 0}}, Traffic(1, icmp=(8, 0)), False),
    ],
)
def test_rule_19_protocol_numbers_and_families(entry: dict[str, Any], traffic: Traffic, allowed: bool) -> None:
    acl = world().vpc().subnet(az="a").acl("own", entry, subnets=["a"]).view().acl_of("subnet-a")
    assert (not blocked_parts(acl, False, [ANY], traffic)) is allowed


def test_rule_20_missing_acls_are_a_gap() -> None:
    (finding,) = two_zones().function(subnets=["a"]).denied("NetworkAcls").ask(end006)
    assert finding.status is Status.UNKNOWN
    assert trace(two_zones().denied("NetworkAcls"), "s3")["verdict"] == "unknown"


def test_rule_27_a_gateway_endpoint_is_reached_by_its_list_route_alone() -> None:
    assert trace(gateway(), "s3")["forward"]["exit"] == "gateway-endpoint"
    assert trace(two_zones().gateway_endpoint("s3"), "s3")["forward"]["exit"] != "gateway-endpoint"
    assert trace(gateway(), "dynamodb")["forward"]["exit"] != "gateway-endpoint"
    assert trace(two_zones().gateway_endpoint("s3", tables=["main"], State="pending"), "s3")["verdict"] != "reachable"


def test_rule_28_an_interface_endpoint_admits_by_its_groups_and_dns_leads_there() -> None:
    made = (
        two_zones().group("endpoint", ingress=[rule("10.0.0.0/24")]).function(subnets=["a"]).interface_endpoint("sqs")
    )
    assert made.ask(end010, "sqs")[0].status is Status.PASS
    assert made.ask(end011, "sqs")[0].status is Status.PASS
    address = str(made.view().interface("eni-sqs-a").private_ips[0])
    assert trace(made, address)["verdict"] == "reachable"
    assert trace(made, address, port=444)["forward"]["blocked_by"][0]["code"] == "ENI_SG_RULES_MISMATCH"


def test_rule_37_a_function_without_an_interface_is_judged_by_subnets_and_groups() -> None:
    made = two_zones().function(subnets=["a", "b"]).gateway_endpoint("s3", tables=["main"])
    assert made.view().interfaces_in("subnet-a") == ()
    assert {finding.status for check in (end001, end003, end005, end006) for finding in made.ask(check)} == {
        Status.PASS
    }
    answer = tracer_of(two_zones().function(subnets=["public"]).view()).trace(
        question_of({"from": "worker", "to": "198.51.100.1", "port": 443})
    )
    assert answer["forward"]["blocked_by"][0]["code"] == "IGW_PUBLIC_IP_ASSOCIATION_FOR_EGRESS"


def test_rule_38_a_function_is_all_its_subnets() -> None:
    made = two_zones().table("own", subnets=["b"]).function(subnets=["a", "b"]).gateway_endpoint("s3", tables=["main"])
    assert [(f.resource.id, f.status) for f in made.ask(end003)] == [
        ("subnet-a", Status.PASS),
        ("subnet-b", Status.FAIL),
    ]


def test_rule_39_return_ports_are_intervals_with_a_share() -> None:
    listed = (acl_entry(90, "deny", ports=(20000, 29999)), acl_entry(100, ports=(1024, 50000)))
    made = two_zones().function(subnets=["a"]).acl("own", *listed, acl_entry(100, egress=True), subnets=["a"])
    parts = blocked_parts(made.view().acl_of("subnet-a"), False, [ANY], Traffic(6, EPHEMERAL))
    assert sorted(part.ports for part in parts if part.ports) == [(20000, 29999), (50001, 65535)]
    (finding,) = made.ask(end006)
    assert "denies 40% of the return ports from it (TCP 20000-29999, 50001-65535)" in finding.message


def test_rule_40_a_path_must_hold_for_every_cidr_of_the_list() -> None:
    made = two_zones().group("half", egress=[rule("3.5.146.0/23")]).function(subnets=["a"], groups=["half"])
    assert made.ask(end005)[0].message == "sg-half blocks TCP 443 to s3 (pl-s3): 52.219.40.0/22."
    made.acl("half", acl_entry(100), acl_entry(100, cidr="3.5.146.0/23", egress=True), subnets=["a"])
    assert "acl-half denies TCP 443 to 52.219.40.0/22" in made.ask(end006)[0].message
