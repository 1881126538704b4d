"""Worlds in which one thing stops a flow, shared by the tests of path fixes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from runbook_lib.fixes.path import remedies
from runbook_lib.model.finding import Fix
from runbook_lib.network.path import tracer_of
from runbook_lib.network.question import question_of
from runbook_lib.network.view import View
from tests.builders import REGION, World, rule, world

__all__ = ["ANY", "HOST", "answer_of", "behind_nat", "healed", "interface", "other_vpc", "peered", "transit"]

HOST = "203.0.113.10"
ANY = "0.0.0.0/0"
_NAT = {"NatGatewayAddresses": [{"PrivateIp": "10.0.1.50", "PublicIp": "192.0.2.10", "IsPrimary": True}]}


def behind_nat(
    egress: Iterable[Any] | None = None, *, table: Iterable[str] = (), target: str | None = "nat-main"
) -> World:
    """A function in subnet-a on the main table, a NAT gateway in subnet-pub on rtb-pub, which leaves by igw-main."""
    made = world().vpc().subnet("a").subnet("pub").table("pub", subnets=["pub", *table])
    made.group(egress=[rule()] if egress is None else egress).function(subnets=["a"])
    made.internet_gateway().nat(subnet="pub").changed("NatGateways", "nat-main", lambda nat: nat.update(_NAT))
    made.route("pub", ANY, "igw-main")
    return made.route("main", ANY, target) if target else made


def interface(made: World, name: str, subnet: str, address: str, groups: Iterable[str] = (), **more: Any) -> World:
    """A network interface `eni-<name>`."""
    return made.item(
        "NetworkInterfaces",
        NetworkInterfaceId=f"eni-{name}",
        VpcId=made.vpc_id,
        SubnetId=f"subnet-{subnet}",
        InterfaceType="interface",
        Groups=[{"GroupId": f"sg-{group}"} for group in groups],
        PrivateIpAddresses=[{"PrivateIpAddress": address, "Primary": True}],
        **more,
    )


def other_vpc(ingress: Iterable[Any] | None = None) -> World:
    """A function in vpc-near and a database `eni-db` in vpc-far, not connected."""
    made = world().vpc("near").subnet("near").group(egress=[rule("10.0.0.0/8", 5432)]).function()
    made.vpc("far", ["10.1.0.0/16"]).subnet("far", cidr="10.1.0.0/24")
    made.group("db", ingress=[rule("10.0.0.0/16", 5432)] if ingress is None else ingress)
    return interface(made, "db", "far", "10.1.0.20", ["db"])


def peered(ingress: Iterable[Any] | None = None, status: str = "active") -> World:
    """`other_vpc` with a peering connection and no route."""
    sides = {
        side: {"VpcId": f"vpc-{name}", "CidrBlock": cidr, "Region": REGION}
        for side, name, cidr in (("RequesterVpcInfo", "near", "10.0.0.0/16"), ("AccepterVpcInfo", "far", "10.1.0.0/16"))
    }
    return other_vpc(ingress).item(
        "VpcPeeringConnections", VpcPeeringConnectionId="pcx-1", Status={"Code": status}, **sides
    )


def transit(*, near_zone: str = "a", near_table: bool = True, routes: Iterable[str] = ("near", "far")) -> World:
    """`other_vpc` over a transit gateway, both VPCs routed to it; `routes` are the VPCs its table has a route to."""
    made = other_vpc()
    made.vpc_id = "vpc-near"
    made.subnet("spare", az=near_zone, cidr="10.0.9.0/24").route("near", "10.1.0.0/16", "tgw-1")
    made.route("far", "10.0.0.0/16", "tgw-1").item("TransitGateways", TransitGatewayId="tgw-1", State="available")
    made.item("TransitGatewayRouteTables", TransitGatewayRouteTableId="tgw-rtb-1", TransitGatewayId="tgw-1")
    cidrs = {"near": "10.0.0.0/16", "far": "10.1.0.0/16"}
    for name, subnet in (("near", "spare"), ("far", "far")):
        fields = {"TransitGatewayAttachmentId": f"tgw-attach-{name}", "TransitGatewayId": "tgw-1", "State": "available"}
        made.item("TransitGatewayVpcAttachments", **fields, VpcId=f"vpc-{name}", SubnetIds=[f"subnet-{subnet}"])
        table = {"TransitGatewayRouteTableId": "tgw-rtb-1", "State": "associated"}
        association = {"Association": table} if near_table or name == "far" else {}
        made.item("TransitGatewayAttachments", **fields, ResourceType="vpc", ResourceId=f"vpc-{name}", **association)
    listed = [
        {
            "DestinationCidrBlock": cidrs[name],
            "Type": "static",
            "State": "active",
            "TransitGatewayAttachments": [
                {"TransitGatewayAttachmentId": f"tgw-attach-{name}", "ResourceType": "vpc", "ResourceId": f"vpc-{name}"}
            ],
        }
        for name in routes
    ]
    return made.item("TransitGatewayStaticRoutes", TransitGatewayRouteTableId="tgw-rtb-1", Routes=listed)


def answer_of(view: View, **asked: Any) -> dict[str, Any]:
    """The traced answer for a question of the contract; from the function `worker` unless said."""
    return tracer_of(view).trace(question_of({"from": "worker", **asked}))


def healed(made: World, **asked: Any) -> tuple[Fix, ...]:
    """The remedies for a flow of a world."""
    view = made.view()
    return remedies(view, question_of({"from": "worker", **asked}), answer_of(view, **asked))
