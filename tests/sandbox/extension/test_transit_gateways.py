from typing import Any, NamedTuple

import pytest

from runbook_lib.sandbox import transit
from runbook_lib.sandbox.world import World
from tests.sandbox.asking import one, refused


class Backbone(NamedTuple):
    gateway: str
    left: str
    right: str
    table: str


@pytest.fixture
def backbone(world: World) -> Backbone:
    gateway = transit.gateway(world, "backbone")
    attachments = []
    for number, name in enumerate(("left", "right"), start=1):
        vpc = world.vpc(name, f"10.{number}.0.0/16")
        subnet = world.subnet(name, vpc, f"10.{number}.0.0/24", "a")
        attachments.append(transit.attachment(world, name, gateway, vpc, [subnet]))
    left, right = attachments
    return Backbone(gateway, left, right, transit.table(world, "table", gateway, [left], [right]))


def _search(ec2: Any, table: str, **filters: str) -> list[tuple[str, str, str]]:
    wanted = [{"Name": name.replace("_", "-"), "Values": [value]} for name, value in filters.items()]
    return _routes(ec2, table, wanted)


def _routes(ec2: Any, table: str, wanted: list[dict[str, Any]]) -> list[tuple[str, str, str]]:
    answer = ec2.search_transit_gateway_routes(TransitGatewayRouteTableId=table, Filters=wanted)
    return [
        (
            route["DestinationCidrBlock"],
            route["Type"],
            "".join(item["TransitGatewayAttachmentId"] for item in route["TransitGatewayAttachments"]),
        )
        for route in answer["Routes"]
    ]


def test_propagated_blocks_are_routes(ec2: Any, backbone: Backbone) -> None:
    assert _search(ec2, backbone.table, state="active") == [("10.2.0.0/16", "propagated", backbone.right)]
    assert _search(ec2, backbone.table, state="blackhole") == []
    assert _search(ec2, backbone.table, type="static") == []


def test_static_route_names_its_attachment_and_wins_over_a_propagated_one(ec2: Any, backbone: Backbone) -> None:
    for cidr in ("0.0.0.0/0", "10.2.0.0/16"):
        ec2.create_transit_gateway_route(
            TransitGatewayRouteTableId=backbone.table,
            DestinationCidrBlock=cidr,
            TransitGatewayAttachmentId=backbone.left,
        )
    assert _search(ec2, backbone.table, state="active") == [
        ("0.0.0.0/0", "static", backbone.left),
        ("10.2.0.0/16", "static", backbone.left),
    ]


def test_blackhole_route_names_no_attachment(ec2: Any, backbone: Backbone) -> None:
    ec2.create_transit_gateway_route(
        TransitGatewayRouteTableId=backbone.table, DestinationCidrBlock="192.0.2.0/24", Blackhole=True
    )
    assert _search(ec2, backbone.table, state="blackhole") == [("192.0.2.0/24", "static", "")]


@pytest.mark.parametrize(
    ("name", "value", "found"),
    [
        ("route-search.exact-match", "10.2.0.0/16", True),
        ("route-search.exact-match", "10.2.0.0/24", False),
        ("route-search.longest-prefix-match", "10.2.3.4", True),
        ("route-search.longest-prefix-match", "10.3.0.1", False),
        ("route-search.subnet-of-match", "10.0.0.0/8", True),
        ("route-search.subnet-of-match", "10.2.0.0/24", False),
        ("route-search.supernet-of-match", "10.2.0.0/24", True),
        ("route-search.supernet-of-match", "10.0.0.0/8", False),
        ("attachment.resource-type", "vpc", True),
        ("attachment.resource-type", "vpn", False),
    ],
)
def test_search_filters(ec2: Any, backbone: Backbone, name: str, value: str, found: bool) -> None:
    assert bool(_routes(ec2, backbone.table, [{"Name": name, "Values": [value]}])) is found


def test_search_refuses_unknown_filters_tables_and_attachments(ec2: Any, backbone: Backbone) -> None:
    with refused("InvalidParameterValue", "no-such-filter"):
        _routes(ec2, backbone.table, [{"Name": "no-such-filter", "Values": ["x"]}])
    with refused("InvalidRouteTableID.NotFound"):
        _search(ec2, "tgw-rtb-0123456789abcdef0", state="active")
    with refused("InvalidTransitGatewayAttachmentID.NotFound"):
        ec2.create_transit_gateway_route(
            TransitGatewayRouteTableId=backbone.table,
            DestinationCidrBlock="0.0.0.0/0",
            TransitGatewayAttachmentId="tgw-attach-0123456789abcdef0",
        )


def test_association_is_told_where_it_exists_only(ec2: Any, backbone: Backbone) -> None:
    listed = {
        item["TransitGatewayAttachmentId"]: item.get("Association")
        for item in ec2.describe_transit_gateway_attachments()["TransitGatewayAttachments"]
    }
    assert listed[backbone.left] == {"TransitGatewayRouteTableId": backbone.table, "State": "associated"}
    assert listed[backbone.right] is None


def test_default_table_exists_unless_switched_off(ec2: Any, backbone: Backbone, world: World) -> None:
    tables = ec2.describe_transit_gateway_route_tables()["TransitGatewayRouteTables"]
    assert [table["TransitGatewayRouteTableId"] for table in tables] == [backbone.table]
    ec2.create_transit_gateway(Description="with defaults")
    assert len(ec2.describe_transit_gateway_route_tables()["TransitGatewayRouteTables"]) == 2


def test_default_table_takes_attachments_and_their_blocks(ec2: Any, world: World) -> None:
    gateway = ec2.create_transit_gateway(Description="with defaults")["TransitGateway"]["TransitGatewayId"]
    vpc = world.vpc("v", "10.5.0.0/16")
    attachment = transit.attachment(world, "v", gateway, vpc, [world.subnet("s", vpc, "10.5.0.0/24", "a")])
    table = one(ec2.describe_transit_gateway_route_tables(), "TransitGatewayRouteTables")["TransitGatewayRouteTableId"]
    assert _search(ec2, table, state="active") == [("10.5.0.0/16", "propagated", attachment)]
    found = ec2.get_transit_gateway_route_table_propagations(TransitGatewayRouteTableId=table)
    propagated = found["TransitGatewayRouteTablePropagations"]
    assert [item["TransitGatewayAttachmentId"] for item in propagated] == [attachment]


def test_two_subnets_in_one_zone_are_refused(ec2: Any, world: World) -> None:
    gateway, vpc = transit.gateway(world, "g"), world.vpc("v", "10.0.0.0/16")
    subnets = [world.subnet(f"s{number}", vpc, f"10.0.{number}.0/24", "a") for number in range(2)]
    with refused("DuplicateSubnetsInSameZone"):
        transit.attachment(world, "v", gateway, vpc, subnets)
