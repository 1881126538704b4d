"""What AWS changes by itself when something is deleted: routes, interfaces, and what a transit gateway keeps of it.

Routes to a target that is gone stay as blackholes, those of a gateway endpoint go with it: sources
https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-basics.html,
https://docs.aws.amazon.com/vpc/latest/peering/create-vpc-peering-connection.html and
https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteVpcEndpoints.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from runbook_lib.model.fact import Raw, Scope
from runbook_lib.model.kinds import KINDS
from runbook_lib.model.snapshot import Snapshot

__all__ = ["Consequence", "consequences"]

Consequence = tuple[str, Scope, str, Raw | None]
"""Snapshot key, scope, id, and the object as it is afterwards (None: gone)."""

_ROUTED = frozenset(
    {
        "EgressOnlyInternetGateways",
        "Instances",
        "InternetGateways",
        "NatGateways",
        "NetworkInterfaces",
        "TransitGateways",
        "VpcPeeringConnections",
        "VpnGateways",
    }
)
_ATTACHMENTS = ("TransitGatewayAttachments", "TransitGatewayVpcAttachments")


def consequences(snapshot: Snapshot, key: str, id_: str) -> Iterator[Consequence]:
    """Everything else that changes when the object `id_` of a key is deleted; nothing for kinds that carry nothing."""
    if key in _ROUTED:
        yield from _dead_routes(snapshot, id_)
    if key == "NatGateways":
        yield from _dropped(snapshot, id_, key, lambda raw: _ids(raw.get("NatGatewayAddresses"), "NetworkInterfaceId"))
    elif key == "VpcEndpoints":
        yield from _without_endpoint(snapshot, id_)
    elif key in _ATTACHMENTS:
        yield from _without_attachment(snapshot, id_)


def _dead_routes(snapshot: Snapshot, target: str, vpc_id: str | None = None) -> Iterator[Consequence]:
    """Routes to a target that is gone win as before and drop; `vpc_id` when it is gone for that VPC only."""
    for scope, raw in _all(snapshot, "RouteTables"):
        routes = raw.get("Routes") or ()
        if any(target in route.values() for route in routes) and vpc_id in (None, raw.get("VpcId")):
            dead = [{**route, "State": "blackhole"} if target in route.values() else route for route in routes]
            yield "RouteTables", scope, str(raw["RouteTableId"]), {**raw, "Routes": dead}


def _without_endpoint(snapshot: Snapshot, id_: str) -> Iterator[Consequence]:
    """A gateway endpoint takes its routes along, every other one its interfaces."""
    kinds = {raw.get("VpcEndpointType") or "Gateway" for _, raw in _all(snapshot, "VpcEndpoints", id_)}
    if "Gateway" not in kinds:
        yield from _dead_routes(snapshot, id_)
        yield from _dropped(snapshot, id_, "VpcEndpoints", lambda raw: list(raw.get("NetworkInterfaceIds") or ()))
        return
    for scope, raw in _all(snapshot, "RouteTables"):
        kept = [route for route in raw.get("Routes") or () if id_ not in route.values()]
        if len(kept) < len(raw.get("Routes") or ()):
            yield "RouteTables", scope, str(raw["RouteTableId"]), {**raw, "Routes": kept}


def _without_attachment(snapshot: Snapshot, id_: str) -> Iterator[Consequence]:
    """A transit gateway forgets what an attachment propagated, keeps static routes to it as blackholes, and the VPC's
    routes to the gateway are dead."""
    for key in _ATTACHMENTS:
        for scope, raw in _all(snapshot, key, id_):
            yield key, scope, id_, None
            if key == "TransitGatewayVpcAttachments":
                yield from _dead_routes(snapshot, str(raw.get("TransitGatewayId")), raw.get("VpcId"))
    field = "TransitGatewayRouteTablePropagations"
    for scope, raw in _all(snapshot, "TransitGatewayPropagations"):
        kept = [item for item in raw.get(field) or () if item.get("TransitGatewayAttachmentId") != id_]
        if len(kept) < len(raw.get(field) or ()):
            yield "TransitGatewayPropagations", scope, str(raw["TransitGatewayRouteTableId"]), {**raw, field: kept}
    for scope, raw in _all(snapshot, "TransitGatewayStaticRoutes"):
        routes = raw.get("Routes") or ()
        left = [_left(route) if _leads_to(route, id_) else route for route in routes]
        if any(_leads_to(route, id_) for route in routes):
            table_id = str(raw["TransitGatewayRouteTableId"])
            yield "TransitGatewayStaticRoutes", scope, table_id, {**raw, "Routes": [r for r in left if r is not None]}


def _leads_to(route: Raw, attachment_id: str) -> bool:
    return attachment_id in _ids(route.get("TransitGatewayAttachments"), "TransitGatewayAttachmentId")


def _left(route: Raw) -> Raw | None:
    is_static = str(route.get("Type") or "static").lower() == "static"
    return {**route, "State": "blackhole", "TransitGatewayAttachments": []} if is_static else None


def _dropped(snapshot: Snapshot, id_: str, key: str, pick: Callable[[Raw], list[str]]) -> Iterator[Consequence]:
    """The interfaces that go with the object they were made for."""
    gone = {interface_id for _, raw in _all(snapshot, key, id_) for interface_id in pick(raw)}
    for scope, raw in _all(snapshot, "NetworkInterfaces"):
        if raw.get("NetworkInterfaceId") in gone:
            yield "NetworkInterfaces", scope, str(raw["NetworkInterfaceId"]), None


def _ids(items: Any, field: str) -> list[str]:
    return [item[field] for item in items or () if item.get(field)]


def _all(snapshot: Snapshot, key: str, id_: str | None = None) -> Iterator[tuple[Scope, Raw]]:
    field = KINDS[key].id_field
    for (scope, listed), listing in snapshot.listings.items():
        if listed == key:
            yield from ((scope, raw) for raw in listing.raws if id_ is None or raw.get(field) == id_)
