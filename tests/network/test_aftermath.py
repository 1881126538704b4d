"""What follows by itself when something is deleted on a copy: as AWS does it, the answer is blocked, not unknown."""

from __future__ import annotations

from typing import Any

import pytest

from runbook_lib.network.path import Tracer
from runbook_lib.network.question import question_of
from runbook_lib.network.view import View
from runbook_lib.network.whatif import apply, edits_of
from tests.builders import World, rule, world
from tests.network.paths import Json, ask, codes, nat_world, two_vpcs

OPEN = [rule(port=None, protocol="-1")]
OUTSIDE = "198.51.100.1"


def changed(made: World, document: Json, **asked: Any) -> Json:
    """The answer after a change; a bare subnet sends with the group `fn`."""
    before = made.snapshot()
    groups = {"security_groups": ["sg-fn"]} if asked["from"].startswith("subnet-") else {}
    return Tracer(View(apply(before, edits_of(before, document)))).trace(question_of({**groups, **asked}))


def peered() -> World:
    made = two_vpcs().peering("p", "main", "far").route("main", "10.1.0.0/16", "pcx-p")
    return made.route("far", "10.0.0.0/16", "pcx-p")


def hub(*, static: bool = False) -> World:
    made = two_vpcs().transit_gateway()
    made.attach("main", subnets=["a"]).attach("far", subnets=["far"], propagates=not static)
    if static:
        made.transit_route("10.1.0.0/16", "far")
    return made.route("main", "10.0.0.0/8", "tgw-hub").route("far", "10.0.0.0/8", "tgw-hub")


def public() -> World:
    made = world().vpc().subnet("a").internet_gateway().route("main", "0.0.0.0/0", "igw-main").group()
    return made.interface("own", "10.0.0.9", groups=["fn"], public="192.0.2.1")


def sixes() -> World:
    made = world().vpc().subnet("a").ipv6(a="2001:db8:0:1::/64").egress_only_gateway()
    made.group(egress=[rule("::/0", None, "-1")]).route("main", "::/0", "eigw-main")
    return made.function(dual_stack=True)


@pytest.mark.parametrize(
    ("made", "source", "to", "gone", "code"),
    [
        (nat_world(), "subnet-a", OUTSIDE, {"NatGateways": ["nat-main"]}, "BAD_STATE_ROUTE"),
        (nat_world(), "subnet-a", OUTSIDE, {"InternetGateways": ["igw-main"]}, "BAD_STATE_ROUTE"),
        (public(), "eni-own", OUTSIDE, {"InternetGateways": ["igw-main"]}, "BAD_STATE_ROUTE"),
        (sixes(), "worker", "2600::1", {"EgressOnlyInternetGateways": ["eigw-main"]}, "BAD_STATE_ROUTE"),
        (peered(), "subnet-a", "eni-db", {"VpcPeeringConnections": ["pcx-p"]}, "BAD_STATE_ROUTE"),
        (hub(), "subnet-a", "eni-db", {"TransitGateways": ["tgw-hub"]}, "BAD_STATE_ROUTE"),
        (hub(), "subnet-a", "eni-db", {"TransitGatewayVpcAttachments": ["tgw-attach-main"]}, "BAD_STATE_ROUTE"),
        (hub(), "subnet-a", "eni-db", {"TransitGatewayAttachments": ["tgw-attach-main"]}, "BAD_STATE_ROUTE"),
        (
            hub(),
            "subnet-a",
            "eni-db",
            {"TransitGatewayVpcAttachments": ["tgw-attach-far"]},
            "TGW_RTB_NO_ROUTE_TO_TGW_ATTACHMENT",
        ),
        (
            hub(static=True),
            "subnet-a",
            "eni-db",
            {"TransitGatewayAttachments": ["tgw-attach-far"]},
            "TGW_RTB_BAD_STATE_ROUTE",
        ),
    ],
)
def test_a_door_that_is_deleted_leaves_a_blackhole(made: World, source: str, to: str, gone: Json, code: str) -> None:
    assert ask(made, source, to)["verdict"] == "reachable"
    said = changed(made, {"delete": gone}, **{"from": source, "to": to})
    assert (said["verdict"], codes(said), said["missing"]) == ("blocked", [code], [])


def test_a_gateway_endpoint_takes_its_routes_along() -> None:
    made = world().vpc().subnet("a").group().gateway_endpoint("s3", tables=["main"])
    assert ask(made, "subnet-a", "s3")["forward"]["exit"] == "gateway-endpoint"
    said = changed(made, {"delete": {"VpcEndpoints": ["vpce-s3"]}}, **{"from": "subnet-a", "to": "s3"})
    assert (said["verdict"], codes(said)) == ("blocked", ["NO_ROUTE_TO_DESTINATION"])


def test_without_its_gateway_endpoint_traffic_takes_the_next_route() -> None:
    made = nat_world().gateway_endpoint("s3", tables=["main"])
    said = changed(made, {"delete": {"VpcEndpoints": ["vpce-s3"]}}, **{"from": "subnet-a", "to": "s3"})
    assert (said["verdict"], said["forward"]["exit"]) == ("reachable", "internet")


def test_an_interface_endpoint_takes_its_interfaces_along() -> None:
    made = world().vpc().subnet("a").group().group("endpoint", ingress=OPEN).interface_endpoint("sqs")
    gone = {"delete": {"VpcEndpoints": ["vpce-sqs"]}}
    assert ask(made, "subnet-a", "10.0.0.10")["verdict"] == "reachable"
    assert codes(changed(made, gone, **{"from": "subnet-a", "to": "10.0.0.10"})) == ["NO_POSSIBLE_DESTINATION"]
    assert codes(changed(made, gone, **{"from": "subnet-a", "to": "sqs"})) == ["NO_ROUTE_TO_DESTINATION"]


def test_the_interface_of_a_deleted_nat_gateway_is_gone() -> None:
    said = changed(nat_world(), {"delete": {"NatGateways": ["nat-main"]}}, **{"from": "subnet-a", "to": "10.0.1.5"})
    assert codes(said) == ["NO_POSSIBLE_DESTINATION"]


def test_a_route_changed_away_from_what_is_deleted_lives_on() -> None:
    made = nat_world().nat("spare", subnet="public")
    table = made.view().route_table_of("subnet-a")
    routes = [
        {**route, "NatGatewayId": "nat-spare"} if "NatGatewayId" in route else route for route in table.raw["Routes"]
    ]
    document = {
        "RouteTables": [{"RouteTableId": "rtb-main", "Routes": routes}],
        "delete": {"NatGateways": ["nat-main"]},
    }
    said = changed(made, document, **{"from": "subnet-a", "to": OUTSIDE})
    assert (said["verdict"], "nat-spare" in [hop["id"] for hop in said["forward"]["hops"]]) == ("reachable", True)


def test_what_shares_a_table_with_the_dead_route_is_untouched() -> None:
    made = peered().route("main", "10.2.0.0/16", "tgw-hub")
    before = made.snapshot()
    after = View(apply(before, edits_of(before, {"delete": {"VpcPeeringConnections": ["pcx-p"]}})))
    states = {route.destination: route.state for route in after.route_table_of("subnet-a").routes}
    assert states == {"10.0.0.0/16": "active", "10.1.0.0/16": "blackhole", "10.2.0.0/16": "active"}


def test_a_new_gateway_of_a_change_is_taken_to_be_ready() -> None:
    made = nat_world()
    old = dict(made.view().nat_gateway("nat-main").raw)
    new = {key: value for key, value in old.items() if key != "State"} | {"NatGatewayId": "nat-new"}
    routes = [{"DestinationCidrBlock": "0.0.0.0/0", "NatGatewayId": "nat-new", "State": "active"}]
    document = {"NatGateways": [new], "RouteTables": [{"RouteTableId": "rtb-main", "Routes": routes}]}
    assert changed(made, document, **{"from": "subnet-a", "to": OUTSIDE})["verdict"] == "reachable"
