"""A spoke VPC without any gateway of its own, and a hub VPC that takes its traffic to the internet."""

from __future__ import annotations

from runbook_lib.sandbox.layout import Network, network
from runbook_lib.sandbox.world import World

__all__ = ["spoke_and_hub"]

_SPOKE_CIDR = "10.20.0.0/16"


def spoke_and_hub(world: World, attached_zones: str = "ab") -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    """Build both VPCs and the transit gateway between them.

    `attached_zones` are the zones in which the spoke's attachment has a subnet. Returns the spoke's VPC, its private
    subnets in zones a and b, and their route tables.
    """
    name = "documents-prod"
    vpc = world.vpc(name, _SPOKE_CIDR)
    private = tuple(world.subnet(f"{name}-private-{z}", vpc, f"10.20.{100 + i}.0/24", z) for i, z in enumerate("ab"))
    tables = tuple(
        world.route_table(f"{name}-private-{z}", vpc, [subnet]) for z, subnet in zip("ab", private, strict=True)
    )
    transit = [
        world.subnet(f"{name}-transit-{z}", vpc, f"10.20.{200 + i}.0/28", z) for i, z in enumerate(attached_zones)
    ]
    hub = network(world, "central-egress", block=90)
    gateway = world.transit_gateway("company-backbone")
    to_spoke = world.transit_attachment(name, gateway, vpc, transit)
    to_hub = world.transit_attachment("central-egress", gateway, hub.vpc, hub.private)
    spokes = world.transit_table("spokes", gateway, [to_spoke])
    world.ec2.create_transit_gateway_route(
        TransitGatewayRouteTableId=spokes, DestinationCidrBlock="0.0.0.0/0", TransitGatewayAttachmentId=to_hub
    )
    world.transit_table("hub", gateway, [to_hub], [to_spoke])
    for table in tables:
        world.route(table, "0.0.0.0/0", TransitGatewayId=gateway)
    _lead_back(world, hub, gateway)
    return vpc, private, tables


def _lead_back(world: World, hub: Network, gateway: str) -> None:
    for table in (hub.public_table, *hub.private_tables):
        world.route(table, _SPOKE_CIDR, TransitGatewayId=gateway)
