"""Rules 29 to 34: peering, transit gateways, virtual private gateways, Direct Connect."""

from __future__ import annotations

from typing import Any

import pytest

from runbook_lib.model.fact import Scope
from runbook_lib.network.path import tracer_of
from runbook_lib.network.question import question_of
from runbook_lib.network.view import View
from tests.builders import World, acl_entry, rule, world
from tests.network.paths import ask, blockers, codes, hops, two_vpcs, verdicts

OPEN = [rule(port=None, protocol="-1")]
DB = "10.1.0.20"


def peered(**more: Any) -> World:
    """Two VPCs with a peering connection and a route on each side."""
    made = two_vpcs().peering("p", "main", "far", **more)
    return made.route("main", "10.1.0.0/16", "pcx-p").route("far", "10.0.0.0/16", "pcx-p")


def hub(**more: Any) -> World:
    """Two VPCs attached to a transit gateway in zone a, routes everywhere."""
    made = two_vpcs().transit_gateway(**more).attach("main", subnets=["a"]).attach("far", subnets=["far"])
    return made.route("main", "10.0.0.0/8", "tgw-hub").route("far", "10.0.0.0/8", "tgw-hub")


def egress_hub() -> World:
    """Central egress: VPC `main` sends everything to VPC `out`, whose attachment subnet leads to a NAT gateway."""
    made = world().vpc().subnet("a").group().vpc("out", ["10.9.0.0/16"])
    made.subnet("inside", cidr="10.9.0.0/24").subnet("public", cidr="10.9.1.0/24").internet_gateway()
    made.nat(subnet="public").route("out", "0.0.0.0/0", "nat-main").table("public", subnets=["public"])
    made.route("public", "0.0.0.0/0", "igw-main").route("public", "10.0.0.0/8", "tgw-hub")
    made.transit_gateway().attach("main", subnets=["a"]).attach("out", subnets=["inside"])
    return made.transit_route("0.0.0.0/0", "out").route("main", "0.0.0.0/0", "tgw-hub")


# -- peering ----------------------------------------------------------------------------------------------------------


def test_rule_29_over_a_peering_connection_and_back() -> None:
    said = ask(peered(), "subnet-a", DB)
    assert verdicts(said) == ("reachable",) * 3
    assert hops(said) == ["subnet-a", "pcx-p", "subnet-far", "eni-db"]
    assert hops(said, "return") == ["eni-db", "subnet-far", "pcx-p", "subnet-a"]


def test_rule_29_each_side_needs_a_route() -> None:
    made = two_vpcs().peering("p", "main", "far").route("main", "10.1.0.0/16", "pcx-p")
    said = ask(made, "subnet-a", DB)
    assert verdicts(said) == ("blocked", "reachable", "blocked")
    assert [(b["code"], b["component"]) for b in blockers(said)] == [("NO_ROUTE_TO_DESTINATION", "rtb-far")]


@pytest.mark.parametrize("status", ["pending-acceptance", "expired", "deleted", "rejected"])
def test_rule_29_only_an_active_connection_carries(status: str) -> None:
    assert codes(ask(peered(status=status), "subnet-a", DB)) == ["BAD_STATE"] * 2


def test_rule_29_only_addresses_of_the_peer_and_no_transit() -> None:
    made = peered().route("main", "198.51.100.0/24", "pcx-p").route("far", "0.0.0.0/0", "igw-far")
    assert codes(ask(made, "subnet-a", "198.51.100.1")) == ["PCX_REQUIRES_ADDRESS_IN_VPC_CIDR"]
    assert codes(ask(made, "subnet-a", "10.1.7.7")) == ["NO_POSSIBLE_DESTINATION"]


def test_rule_29_a_third_vpc_does_not_pass_through() -> None:
    made = peered().transit_gateway().attach("main", subnets=["a"]).vpc("third", ["10.3.0.0/16"])
    made.subnet("third", cidr="10.3.0.0/24").group("third", egress=OPEN).attach("third", subnets=["third"])
    made.route("third", "10.1.0.0/16", "tgw-hub").transit_route("10.1.0.0/16", "main")
    said = ask(made, "subnet-third", DB, security_groups=["sg-third"])
    assert codes(said) == ["PCX_REQUIRES_ADDRESS_IN_VPC_CIDR"]


def test_rule_29_a_peer_that_was_not_read_is_unknown() -> None:
    made = peered()
    for key in ("Vpcs", "Subnets", "NetworkInterfaces"):
        made._items[key] = [item for item in made._items[key] if item["VpcId"] != "vpc-far"]
    said = ask(made, "subnet-a", DB)
    assert (said["verdict"], said["missing"]) == ("unknown", ["ec2:DescribeVpcs"])


@pytest.mark.parametrize(("regions", "verdict"), [((), "reachable"), (("eu-west-1", "eu-west-2"), "blocked")])
def test_rule_29_groups_are_seen_over_peering_in_one_region(regions: tuple[str, ...], verdict: str) -> None:
    made = peered(regions=regions).changed("SecurityGroups", "sg-db", lambda g: g.update(IpPermissions=[rule("sg-fn")]))
    assert ask(made, "subnet-a", DB)["verdict"] == verdict


def test_rule_29_an_egress_rule_may_name_a_group_of_the_peer() -> None:
    made = peered().group("out", egress=[rule("sg-db")])
    made.vpc_id = "vpc-main"
    made.group("near", egress=[rule("sg-db")])
    assert ask(made, "subnet-a", DB, security_groups=["sg-near"])["verdict"] == "reachable"
    made = hub()
    made.vpc_id = "vpc-main"
    made.group("near", egress=[rule("sg-db")])
    assert codes(ask(made, "subnet-a", DB, security_groups=["sg-near"])) == ["ENI_SG_RULES_MISMATCH"]


# -- transit gateways -------------------------------------------------------------------------------------------------


def test_rule_30_through_a_transit_gateway_and_back() -> None:
    said = ask(hub(), "subnet-a", DB)
    assert verdicts(said) == ("reachable",) * 3
    assert hops(said) == ["subnet-a", "tgw-attach-main", "tgw-hub", "tgw-attach-far", "subnet-far", "eni-db"]
    assert [hop["kind"] for hop in said["forward"]["hops"]][1:3] == ["transit-gateway-attachment", "transit-gateway"]


def test_rule_30_the_senders_zone_needs_an_attachment_the_receivers_does_not() -> None:
    made = hub()
    made.vpc_id = "vpc-main"
    made.subnet("b", az="b", cidr="10.0.9.0/24").interface("near", "10.0.9.9", subnet="b", groups=["fn"])
    said = ask(made, "subnet-b", DB)
    assert codes(said) == ["TGW_ROUTE_AZ_RESTRICTION"]
    back = ask(made.group("any", ingress=OPEN, egress=OPEN), "eni-db", "eni-near")
    assert back["forward"]["blocked_by"][0]["code"] == "SG_HAS_NO_RULES"
    assert "TGW_ROUTE_AZ_RESTRICTION" not in [b["code"] for b in back["forward"]["blocked_by"]]
    assert [b["code"] for b in back["return"]["blocked_by"]] == ["TGW_ROUTE_AZ_RESTRICTION"]


@pytest.mark.parametrize(("what", "code"), [("none", "UNASSOCIATED_COMPONENT"), ("state", "BAD_STATE_ATTACHMENT")])
def test_rule_30_the_vpc_must_be_attached(what: str, code: str) -> None:
    made = two_vpcs().transit_gateway().attach("far", subnets=["far"]).route("main", "10.0.0.0/8", "tgw-hub")
    if what == "state":
        made.attach("main", subnets=["a"], state="pendingAcceptance").route("far", "10.0.0.0/8", "tgw-hub")
    assert code in codes(ask(made, "subnet-a", DB))


def test_rule_31_association_and_propagation_are_independent() -> None:
    made = two_vpcs().transit_gateway().transit_gateway("spare")
    made.attach("main", subnets=["a"]).attach("far", subnets=["far"], table="spare", to="hub")
    made.route("main", "10.0.0.0/8", "tgw-hub").route("far", "10.0.0.0/8", "tgw-hub")
    assert codes(ask(made, "subnet-a", DB)) == ["TGW_RTB_NO_ROUTE_TO_TGW_ATTACHMENT"]
    made.transit_route("10.1.0.0/16", "far")
    said = ask(made, "subnet-a", DB)
    assert verdicts(said) == ("blocked", "reachable", "blocked")
    assert [(b["code"], b["component"]) for b in blockers(said)] == [
        ("TGW_RTB_NO_ROUTE_TO_TGW_ATTACHMENT", "tgw-rtb-spare")
    ]


def test_rule_31_without_an_association_nothing_can_be_sent() -> None:
    made = two_vpcs().transit_gateway().attach("main", subnets=["a"], table=None).attach("far", subnets=["far"])
    made.route("main", "10.0.0.0/8", "tgw-hub").route("far", "10.0.0.0/8", "tgw-hub")
    assert codes(ask(made, "subnet-a", DB)) == ["TGW_ATTACH_MISSING_TGW_RTB_ASSOCIATION"]


def test_rule_31_longest_prefix_then_static_before_propagated_and_blackholes_drop() -> None:
    assert codes(ask(hub().transit_route("10.1.0.0/24", None), "subnet-a", DB)) == ["TGW_RTB_BAD_STATE_ROUTE"]
    assert ask(hub().transit_route("10.0.0.0/8", None), "subnet-a", DB)["verdict"] == "reachable"
    assert codes(ask(hub().transit_route("10.1.0.0/16", None), "subnet-a", DB)) == ["TGW_RTB_BAD_STATE_ROUTE"]


def test_rule_31_what_was_not_read_is_unknown() -> None:
    for key in ("TransitGatewayVpcAttachments", "TransitGatewayAttachments", "TransitGatewayStaticRoutes"):
        said = ask(hub().denied(key), "subnet-a", DB)
        assert said["verdict"] == "unknown", key
        assert said["missing"], key
    made = hub().changed(
        "TransitGatewayStaticRoutes", "tgw-rtb-hub", lambda t: t.update(AdditionalRoutesAvailable=True)
    )
    assert ask(made, "subnet-a", "10.200.0.1")["missing"] == ["ec2:SearchTransitGatewayRoutes"]


def test_rule_31_the_owners_view_of_an_attachment_counts() -> None:
    """The account of the VPC does not see the association; the gateway's owner does."""
    made = hub()
    ids = {"TransitGatewayAttachmentId": "tgw-attach-main", "TransitGatewayId": "tgw-hub"}
    owner = made._find("TransitGatewayAttachments", "tgw-attach-main")
    owner["TransitGatewayOwnerId"] = made.scope.account
    snapshot = made.snapshot()
    stranger = {**ids, "ResourceType": "vpc", "ResourceId": "vpc-main", "TransitGatewayOwnerId": made.scope.account}
    for account in ("000000000000", "999999999999"):
        both = snapshot.with_items("TransitGatewayAttachments", Scope(account, made.scope.region), [stranger])
        question = question_of({"from": "subnet-a", "to": DB, "security_groups": ["sg-fn"]})
        assert tracer_of(View(both)).trace(question)["verdict"] == "reachable"


def test_rule_32_over_a_transit_gateway_peering_by_static_routes_on_both_sides() -> None:
    made = two_vpcs().transit_gateway("hub").transit_gateway("there")
    made.attach("main", subnets=["a"]).attach("far", to="there", table="there", subnets=["far"])
    link = {"TransitGatewayAttachmentId": "tgw-attach-link", "ResourceType": "peering", "State": "available"}
    for here, there in (("hub", "there"), ("there", "hub")):
        association = {"TransitGatewayRouteTableId": f"tgw-rtb-{here}", "State": "associated"}
        ids = {"TransitGatewayId": f"tgw-{here}", "ResourceId": f"tgw-{there}", "Association": association}
        made.item("TransitGatewayAttachments", **link, **ids)
    made.route("main", "10.0.0.0/8", "tgw-hub").route("far", "10.0.0.0/8", "tgw-there")
    assert codes(ask(made, "subnet-a", DB)) == ["TGW_RTB_NO_ROUTE_TO_TGW_ATTACHMENT"]
    via = {"TransitGatewayAttachmentId": "tgw-attach-link", "ResourceType": "peering"}
    for here, there, cidr in (("hub", "there", "10.1.0.0/16"), ("there", "hub", "10.0.0.0/16")):
        route = {"DestinationCidrBlock": cidr, "Type": "static", "State": "active"}
        listed = made._find("TransitGatewayStaticRoutes", f"tgw-rtb-{here}")["Routes"]
        listed.append({**route, "TransitGatewayAttachments": [{**via, "ResourceId": f"tgw-{there}"}]})
    said = ask(made, "subnet-a", DB)
    assert verdicts(said) == ("reachable",) * 3
    assert hops(said)[2:6] == ["tgw-hub", "tgw-attach-link", "tgw-there", "tgw-attach-far"]
    made._items["TransitGatewayAttachments"].pop()
    assert ask(made, "subnet-a", DB)["missing"] == ["ec2:DescribeTransitGateways"]


def test_rule_33_central_egress_follows_the_table_of_the_attachments_subnet() -> None:
    said = ask(egress_hub(), "subnet-a", "198.51.100.1")
    assert verdicts(said) == ("reachable",) * 3
    assert hops(said) == [
        "subnet-a", "tgw-attach-main", "tgw-hub", "tgw-attach-out", "subnet-inside", "nat-main", "igw-main", "internet",
    ]  # fmt: skip
    made = egress_hub().changed("RouteTables", "rtb-public", lambda table: table["Routes"].pop())
    said = ask(made, "subnet-a", "198.51.100.1")
    assert verdicts(said) == ("blocked", "reachable", "blocked")
    assert codes(said)[0] == "IGW_DESTINATION_ADDRESS_NOT_IN_RFC1918_EGRESS"


@pytest.mark.parametrize(
    ("entries", "blocked"),
    [
        ([acl_entry(100), acl_entry(100, egress=True)], []),
        ([acl_entry(100, egress=True)], ["ingress"]),
        ([acl_entry(100)], ["egress"]),
    ],
)
def test_rule_33_the_acl_of_the_attachments_subnet_counts(entries: list[dict[str, Any]], blocked: list[str]) -> None:
    """Inbound rules for what the VPC sends, outbound rules for what it receives."""
    made = two_vpcs().transit_gateway().attach("far", subnets=["far"])
    made.vpc_id = "vpc-main"
    made.subnet("link", cidr="10.0.9.0/24").acl("link", *entries, subnets=["link"]).attach("main", subnets=["link"])
    made.route("main", "10.0.0.0/8", "tgw-hub").route("far", "10.0.0.0/8", "tgw-hub")
    assert [b["direction"] for b in blockers(ask(made, "subnet-a", DB))] == blocked


def test_rule_33_in_the_attachments_own_subnet_only_what_is_sent_is_filtered() -> None:
    """Source: https://docs.aws.amazon.com/vpc/latest/tgw/tgw-nacls.html"""
    made = hub()
    made.vpc_id = "vpc-main"
    said = ask(made.acl("shut", subnets=["a"]), "subnet-a", DB, source_port=40000)
    assert [(b["code"], b["direction"]) for b in said["forward"]["blocked_by"]] == [
        ("SUBNET_ACL_RESTRICTION", "egress"),
        ("SUBNET_ACL_RESTRICTION", "ingress"),
    ]
    assert said["return"]["blocked_by"] == []


@pytest.mark.parametrize(
    ("references", "option", "verdict"),
    [(False, "enable", "blocked"), (True, "enable", "reachable"), (True, "disable", "blocked")],
)
def test_rule_33_groups_are_seen_through_a_transit_gateway_only_where_enabled(
    references: bool, option: str, verdict: str
) -> None:
    made = two_vpcs().transit_gateway(references=references)
    made.attach("main", subnets=["a"], SecurityGroupReferencingSupport=option).attach("far", subnets=["far"])
    made.route("main", "10.0.0.0/8", "tgw-hub").route("far", "10.0.0.0/8", "tgw-hub")
    made.changed("SecurityGroups", "sg-db", lambda g: g.update(IpPermissions=[rule("sg-fn")]))
    assert ask(made, "subnet-a", DB)["verdict"] == verdict
    said = ask(made.denied("TransitGateways"), "subnet-a", DB)
    expected = "blocked" if option == "disable" else "unknown"
    assert said["forward"]["verdict"] == expected
    assert said["missing"] == ([] if option == "disable" else ["ec2:DescribeTransitGateways"])


# -- virtual private gateways -----------------------------------------------------------------------------------------


def on_premises(**more: Any) -> World:
    """A default route to a virtual private gateway."""
    return world().vpc().subnet().group().vpn_gateway().vpn(**more).route("main", "0.0.0.0/0", "vgw-main")


def test_rule_34_a_default_route_to_a_vpn_is_not_internet() -> None:
    made = on_premises(static=["192.168.0.0/16"])
    said = ask(made, "subnet-a", "192.168.7.7")
    assert (said["forward"]["exit"], hops(said)) == ("vpn", ["subnet-a", "vgw-main", "vpn-main"])
    assert codes(ask(made, "subnet-a", "198.51.100.1")) == ["NO_POSSIBLE_DESTINATION"]
    assert ask(on_premises(), "subnet-a", "198.51.100.1")["forward"]["exit"] == "vpn"


def test_rule_34_gateway_and_connection_must_be_up_and_attached() -> None:
    assert codes(ask(on_premises(state="deleted"), "subnet-a", "192.168.7.7")) == ["NO_POSSIBLE_DESTINATION"]
    made = on_premises().changed("VpnGateways", "vgw-main", lambda gateway: gateway.update(VpcAttachments=[]))
    assert codes(ask(made, "subnet-a", "192.168.7.7")) == ["BAD_STATE_ATTACHMENT"]
    made = on_premises().changed("VpnGateways", "vgw-main", lambda gateway: gateway.update(State="deleting"))
    assert codes(ask(made, "subnet-a", "192.168.7.7")) == ["BAD_STATE"]


def test_rule_34_direct_connect_is_an_exit_of_its_own() -> None:
    made = on_premises(static=[]).item(
        "VirtualInterfaces",
        virtualInterfaceId="dxvif-1",
        virtualInterfaceType="private",
        virtualInterfaceState="available",
        virtualGatewayId="vgw-main",
    )
    said = ask(made, "subnet-a", "192.168.7.7")
    assert (said["forward"]["exit"], hops(said)[-1]) == ("direct-connect", "dxvif-1")


def test_rule_34_what_a_gateway_receives_from_another_network_it_does_not_pass_on() -> None:
    made = hub()
    made.vpn_gateway().vpn().route("far", "192.168.0.0/16", "vgw-main").route("main", "192.168.0.0/16", "tgw-hub")
    made.transit_route("192.168.0.0/16", "far")
    assert "GATEWAY_REJECTS_SPOOFED_TRAFFIC" in codes(ask(made, "subnet-a", "192.168.7.7"))


def test_rule_34_a_vpn_attached_to_a_transit_gateway() -> None:
    made = hub().item(
        "VpnConnections",
        VpnConnectionId="vpn-dc",
        TransitGatewayId="tgw-hub",
        State="available",
        Options={"StaticRoutesOnly": True},
        Routes=[{"DestinationCidrBlock": "192.168.0.0/16"}],
    )
    made.attach("dc", kind="vpn").route("main", "192.168.0.0/16", "tgw-hub")
    said = ask(made, "subnet-a", "192.168.7.7")
    assert (verdicts(said), said["forward"]["exit"]) == (("reachable",) * 3, "vpn")
    assert hops(said)[-2:] == ["tgw-attach-dc", "vpn-dc"]
    assert hops(said, "return")[:2] == ["tgw-attach-dc", "tgw-hub"]
    made.changed("VpnConnections", "vpn-dc", lambda vpn: vpn.update(State="deleted"))
    assert codes(ask(made, "subnet-a", "192.168.7.7")) == ["TGW_BAD_STATE_VPN"]


def test_rule_31_a_table_that_a_whole_list_of_routes_does_not_hold_has_only_propagated_ones() -> None:
    made = hub()
    made._items["TransitGatewayStaticRoutes"].clear()
    assert ask(made, "subnet-a", DB)["verdict"] == "reachable"
    said = ask(made.truncated("TransitGatewayStaticRoutes"), "subnet-a", DB)
    assert (said["verdict"], said["missing"]) == ("unknown", ["ec2:SearchTransitGatewayRoutes"])
