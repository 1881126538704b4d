"""Fixes for transit gateways: the attachment's zone, its association, the route of the transit gateway."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from runbook_lib.fixes.changes import Change, Limit, aws, resource
from runbook_lib.fixes.edits import changed
from runbook_lib.fixes.stops import Stop, is_inside
from runbook_lib.model.transit import (
    TransitGatewayAttachment,
    TransitGatewayRoutes,
    TransitGatewayRouteTable,
    TransitGatewayVpcAttachment,
)
from runbook_lib.model.vpc import Subnet, Vpc

__all__ = ["add_zone", "associate_attachment", "route_in_transit"]


def add_zone(stop: Stop) -> Iterator[Change]:
    """A subnet of the sender's Availability Zone for the VPC's attachment."""
    attachment = stop.view.find(TransitGatewayVpcAttachment, stop.component)
    sender = _sender(stop, attachment.vpc_id) if attachment else None
    if attachment is None or sender is None:
        return
    subnets = [*attachment.subnet_ids, sender.id]
    yield Change(
        title=f"Give {attachment.label} a subnet in {sender.az}: {sender.label}",
        terraform=f"# in aws_ec2_transit_gateway_vpc_attachment {attachment.id}: add {sender.id} to subnet_ids\n",
        cli=aws(
            "ec2 modify-transit-gateway-vpc-attachment",
            stop.region(),
            transit_gateway_attachment_id=attachment.id,
            add_subnet_ids=sender.id,
        ),
        edits=(changed(attachment, SubnetIds=subnets),),
        warnings=("A small subnet of its own for the attachment keeps its network ACL apart from the function's.",),
        limit=Limit.ROUTE,
    )


def _sender(stop: Stop, vpc_id: str) -> Subnet | None:
    """The subnet the packet left the attached VPC by."""
    passed = [stop.subnet_id, *(id_ for kind, id_ in stop.hops if kind == "subnet")]
    found = [stop.view.find(Subnet, id_) for id_ in passed if id_]
    return next((subnet for subnet in found if subnet is not None and subnet.vpc_id == vpc_id), None)


def associate_attachment(stop: Stop) -> Iterator[Change]:
    """Associate an attachment with its transit gateway's route table, when there is exactly one."""
    attachment = stop.view.find(TransitGatewayAttachment, stop.component)
    if attachment is None:
        return
    listed = stop.view.snapshot.all(TransitGatewayRouteTable)
    tables = [table for table in listed if table.transit_gateway_id == attachment.transit_gateway_id]
    if len(tables) == 1:
        names = {"transit_gateway_attachment_id": attachment.id, "transit_gateway_route_table_id": tables[0].id}
        association = {"TransitGatewayRouteTableId": tables[0].id, "State": "associated"}
        yield Change(
            title=f"Associate {attachment.label} with {tables[0].label}",
            terraform=resource("aws_ec2_transit_gateway_route_table_association", attachment.id, **names),
            cli=aws("ec2 associate-transit-gateway-route-table", stop.region(), **names),
            edits=(changed(attachment, Association=association),),
            limit=Limit.ROUTE,
        )


def route_in_transit(stop: Stop) -> Iterator[Change]:
    """A static route of the transit gateway to the attachment of the VPC that holds the destination."""
    routes, goal = stop.view.find(TransitGatewayRoutes, stop.component), stop.goal()
    if routes is None or not goal:
        return
    table = stop.view.find(TransitGatewayRouteTable, stop.component)
    gateway = table.transit_gateway_id if table else next((id_ for k, id_ in stop.hops if k == "transit-gateway"), "")
    for attachment in stop.view.snapshot.all(TransitGatewayVpcAttachment):
        vpc = stop.view.find(Vpc, attachment.vpc_id)
        if attachment.transit_gateway_id == gateway and vpc is not None and is_inside(goal, vpc.cidrs):
            yield _static(stop, routes, attachment)
            return


def _static(stop: Stop, routes: TransitGatewayRoutes, attachment: TransitGatewayVpcAttachment) -> Change:
    names = [str(cidr) for cidr in stop.goal()]
    entry = {
        "TransitGatewayAttachmentId": attachment.id,
        "ResourceType": "vpc",
        "ResourceId": attachment.vpc_id,
    }
    made: list[dict[str, Any]] = [
        {"DestinationCidrBlock": name, "Type": "static", "State": "active", "TransitGatewayAttachments": [entry]}
        for name in names
    ]
    old = [raw for raw in routes.raw.get("Routes") or () if raw.get("DestinationCidrBlock") not in names]
    replaced = {raw.get("DestinationCidrBlock") for raw in routes.raw.get("Routes") or ()}
    ids = {"transit_gateway_attachment_id": attachment.id, "transit_gateway_route_table_id": routes.id}
    return Change(
        title=f"Route {', '.join(names)} to {attachment.label} in {routes.id}",
        terraform="\n".join(
            resource("aws_ec2_transit_gateway_route", f"{routes.id}_{name}", destination_cidr_block=name, **ids)
            for name in names
        ),
        cli="".join(
            aws(
                f"ec2 {'replace' if name in replaced else 'create'}-transit-gateway-route",
                stop.region(),
                destination_cidr_block=name,
                **ids,
            )
            for name in names
        ),
        edits=(changed(routes, Routes=[*old, *made]),),
        warnings=(f"Every attachment associated with {routes.id} gets this route.",),
        limit=Limit.ROUTE,
    )
