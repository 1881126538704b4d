"""Transit gateways, and a spoke VPC whose traffic a hub VPC takes to the internet."""

from __future__ import annotations

from collections.abc import Sequence

from runbook_lib.sandbox.layout import Network, network
from runbook_lib.sandbox.rules import tags
from runbook_lib.sandbox.world import World

__all__ = ["attachment", "gateway", "spoke_and_hub", "table"]

_SPOKE_CIDR = "10.20.0.0/16"


def gateway(world: World, name: str) -> str:
    """A transit gateway without default route tables."""
    off = {"DefaultRouteTableAssociation": "disable", "DefaultRouteTablePropagation": "disable"}
    made = world.ec2.create_transit_gateway(Description=name, Options=off, **tags("transit-gateway", name))
    return str(made["TransitGateway"]["TransitGatewayId"])


def attachment(world: World, name: str, gateway_id: str, vpc_id: str, subnets: Sequence[str]) -> str:
    """An attachment of a VPC, with one subnet per zone."""
    made = world.ec2.create_transit_gateway_vpc_attachment(
        TransitGatewayId=gateway_id, VpcId=vpc_id, SubnetIds=list(subnets)
    )
    attachment_id = str(made["TransitGatewayVpcAttachment"]["TransitGatewayAttachmentId"])
    world.name(attachment_id, name)
    return attachment_id


def table(world: World, name: str, gateway_id: str, associated: Sequence[str], propagated: Sequence[str] = ()) -> str:
    """A transit gateway route table used by some attachments, holding the VPC blocks of others."""
    made = world.ec2.create_transit_gateway_route_table(TransitGatewayId=gateway_id)
    table_id = str(made["TransitGatewayRouteTable"]["TransitGatewayRouteTableId"])
    world.name(table_id, name)
    for item in associated:
        world.ec2.associate_transit_gateway_route_table(
            TransitGatewayRouteTableId=table_id, TransitGatewayAttachmentId=item
        )
    for item in propagated:
        world.ec2.enable_transit_gateway_route_table_propagation(
            TransitGatewayRouteTableId=table_id, TransitGatewayAttachmentId=item
        )
    return table_id


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
    backbone = gateway(world, "company-backbone")
    to_spoke = attachment(world, name, backbone, vpc, transit)
    to_hub = attachment(world, "central-egress", backbone, hub.vpc, hub.private)
    spokes = table(world, "spokes", backbone, [to_spoke])
    world.ec2.create_transit_gateway_route(
        TransitGatewayRouteTableId=spokes, DestinationCidrBlock="0.0.0.0/0", TransitGatewayAttachmentId=to_hub
    )
    table(world, "hub", backbone, [to_hub], [to_spoke])
    for private_table in tables:
        world.route(private_table, "0.0.0.0/0", TransitGatewayId=backbone)
    _lead_back(world, hub, backbone)
    return vpc, private, tables


def _lead_back(world: World, hub: Network, gateway_id: str) -> None:
    for table_id in (hub.public_table, *hub.private_tables):
        world.route(table_id, _SPOKE_CIDR, TransitGatewayId=gateway_id)
