"""Transit gateways: attachments, route tables, peering.

Network ACLs at an attachment: from the VPC to the transit gateway the inbound rules of the attachment's subnet apply,
from the transit gateway into the VPC its outbound rules, neither when sender and attachment share the subnet on the
way in. Source: https://docs.aws.amazon.com/vpc/latest/tgw/tgw-nacls.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from runbook_lib.errors import FactMissing
from runbook_lib.model.fact import Network
from runbook_lib.model.gateways import VpnConnection
from runbook_lib.model.kinds import action_of
from runbook_lib.model.transit import (
    TransitGateway,
    TransitGatewayAttachment,
    TransitGatewayPropagations,
    TransitGatewayRoutes,
    TransitGatewayVpcAttachment,
    VirtualInterface,
)
from runbook_lib.model.vpc import Subnet, Vpc
from runbook_lib.network.flow import Addr, Exit, Packet, Place

if TYPE_CHECKING:
    from runbook_lib.network.walk import Walk

__all__ = ["from_attachment", "transit_gateway"]

# AWS order among equal prefixes: static, then VPC, Direct Connect, VPN, peering propagation
_PREFERENCE = {"static": 5, "vpc": 4, "direct-connect-gateway": 3, "vpn": 2, "connect": 1, "peering": 0}


class _Route(NamedTuple):
    attachment: tuple[str, str, str | None] | None
    is_blackhole: bool


# -- into and through ----------------------------------------------------------------------------------------------


def transit_gateway(walk: Walk, place: Place, packet: Packet, gateway_id: str) -> None:
    """From a VPC into a transit gateway: attached, in the sender's availability zone, then by its route table."""
    attachment = walk.tools.vpc_attachment(gateway_id, str(place.vpc_id))
    if attachment is None:
        walk.view.need(TransitGatewayVpcAttachment, walk.view.scope_of(str(place.vpc_id)))
        walk.hop("transit-gateway", gateway_id)
        walk.block("UNASSOCIATED_COMPONENT", gateway_id, f"{place.vpc_id} is not attached to {gateway_id}")
        return
    walk.hop("transit-gateway-attachment", attachment.id)
    walk.hop("transit-gateway", gateway_id)
    if attachment.state != "available":
        walk.block("BAD_STATE_ATTACHMENT", attachment.id, f"{attachment.label} is {attachment.state}")
    subnet = walk.view.subnet(str(place.subnet_id)) if place.subnet_id else None
    near = _attached_subnet(walk, attachment, subnet, strict=True)
    if near is None and subnet is not None:
        detail = f"{attachment.label} has no subnet in {subnet.az}, where {subnet.label} is"
        walk.block("TGW_ROUTE_AZ_RESTRICTION", attachment.id, detail)
    elif near is not None:
        walk.ask_acl(near.id, False, packet)
    seen = packet.shows_groups and _keeps_groups(walk, gateway_id, attachment)
    _by_table(walk, gateway_id, attachment.id, _seen(packet, seen), subnet.az if subnet else None)


def from_attachment(walk: Walk, gateway_id: str, attachment_id: str, packet: Packet) -> None:
    """A packet (an answer) arrives at a transit gateway from a VPN or Direct Connect attachment."""
    walk.hop("transit-gateway-attachment", attachment_id)
    walk.hop("transit-gateway", gateway_id)
    _by_table(walk, gateway_id, attachment_id, packet, None)


def _seen(packet: Packet, shows_groups: bool | None) -> Packet:
    return Packet(packet.src, packet.dst, packet.traffic, shows_groups)


def _keeps_groups(walk: Walk, gateway_id: str, attachment: TransitGatewayVpcAttachment) -> bool | None:
    """Whether the gateway and the attachment let groups be referred to; None when the gateway was not read.

    Off by default on a gateway, on by default on an attachment; inbound rules only. Source:
    https://docs.aws.amazon.com/vpc/latest/tgw/tgw-vpc-attachments.html
    """
    options = attachment.raw.get("Options") or {}
    if options.get("SecurityGroupReferencingSupport", "enable") != "enable":
        return False
    gateway = walk.view.find(TransitGateway, gateway_id)
    return None if gateway is None else gateway.references_groups


def _attached_subnet(
    walk: Walk, attachment: TransitGatewayVpcAttachment, near: Subnet | None, *, strict: bool
) -> Subnet | None:
    """The attachment's subnet in the zone of `near`, else (unless strict) its first."""
    subnets = walk.tools.attached_subnets(attachment)
    same = [s for s in subnets if near is not None and s.az == near.az]
    found = same if strict else same or subnets
    return found[0] if found else None


def _by_table(walk: Walk, gateway_id: str, attachment_id: str, packet: Packet, az: str | None) -> None:
    known = walk.tools.attachment(attachment_id, gateway_id)
    if known is None:
        raise FactMissing(f"transit gateway attachment {attachment_id}", action_of(TransitGatewayAttachment.KEY))
    if known.route_table_id is None:
        detail = f"{known.label} is associated with no transit gateway route table"
        walk.block("TGW_ATTACH_MISSING_TGW_RTB_ASSOCIATION", attachment_id, detail)
        return
    route = _lookup(walk, known.route_table_id, packet.dst)
    if route is None:
        detail = f"{known.route_table_id} has no route to {walk.text(packet.dst)}"
        walk.block("TGW_RTB_NO_ROUTE_TO_TGW_ATTACHMENT", known.route_table_id, detail)
        return
    if route.is_blackhole or route.attachment is None:
        detail = f"the winning route to {walk.text(packet.dst)} in {known.route_table_id} is a blackhole"
        walk.block("TGW_RTB_BAD_STATE_ROUTE", known.route_table_id, detail)
        return
    _leave_by(walk, gateway_id, route.attachment, packet, az)


def _leave_by(
    walk: Walk, gateway_id: str, attachment: tuple[str, str, str | None], packet: Packet, az: str | None
) -> None:
    attachment_id, kind, resource_id = attachment
    walk.hop("transit-gateway-attachment", attachment_id)
    known = walk.tools.attachment(attachment_id, gateway_id)
    if known is not None and known.state != "available":
        walk.block("BAD_STATE_ATTACHMENT", attachment_id, f"{known.label} is {known.state}")
    if kind == "vpc":
        _arrive(walk, gateway_id, str(resource_id), packet, az)
    elif kind == "peering":
        _cross(walk, gateway_id, attachment_id, str(resource_id), packet)
    elif kind == "vpn":
        walk.hop("vpn-connection", str(resource_id))
        vpn = walk.view.find(VpnConnection, str(resource_id))
        if vpn is not None and vpn.state != "available":
            walk.block("TGW_BAD_STATE_VPN", vpn.id, f"{vpn.label} is {vpn.state}")
        walk.finish(Exit("vpn", gateway_id, attachment_id), "vpn")
    elif kind == "direct-connect-gateway":
        walk.hop("direct-connect", str(resource_id))
        walk.finish(Exit("direct-connect", gateway_id, attachment_id), "direct-connect")
    else:
        raise FactMissing(f"what lies behind transit gateway attachment {attachment_id} ({kind or 'unknown kind'})")


def _arrive(walk: Walk, gateway_id: str, vpc_id: str, packet: Packet, az: str | None) -> None:
    """Into a VPC: the table of the attachment's subnet decides where the packet goes on to."""
    attachment = walk.tools.vpc_attachment(gateway_id, vpc_id)
    if attachment is None:
        raise FactMissing(f"the attachment of {vpc_id} to {gateway_id}", action_of(TransitGatewayVpcAttachment.KEY))
    subnets = walk.tools.attached_subnets(attachment)
    chosen = next((s for s in subnets if s.az == az), subnets[0] if subnets else None)
    if chosen is None:
        raise FactMissing(f"the subnets of {attachment.id}", action_of(TransitGatewayVpcAttachment.KEY))
    if attachment.state != "available":
        walk.block("BAD_STATE_ATTACHMENT", attachment.id, f"{attachment.label} is {attachment.state}")
    seen = packet.shows_groups and _keeps_groups(walk, gateway_id, attachment)
    walk.hop("subnet", chosen.id)
    walk.leave(Place(vpc_id, chosen.id), _seen(packet, seen))


def _cross(walk: Walk, gateway_id: str, attachment_id: str, far_id: str, packet: Packet) -> None:
    """Over a transit gateway peering: the far side uses the table associated with the peering attachment there."""
    far = walk.tools.attachment(attachment_id, far_id)
    if far is None:
        raise FactMissing(f"transit gateway {far_id} on the far side of {attachment_id}", action_of("TransitGateways"))
    walk.hop("transit-gateway", far_id)
    _by_table(walk, far_id, attachment_id, _seen(packet, False), None)


# -- transit gateway route tables ----------------------------------------------------------------------------------


def _lookup(walk: Walk, table_id: str, address: Addr) -> _Route | None:
    propagated = walk.view.find(TransitGatewayPropagations, table_id)
    routes = _routes(walk, table_id, propagated)
    levels = _table(walk, routes, propagated)
    found = (nets.get(address[1] >> shift) for version, shift, nets in levels if version == address[0])
    best = next((route for route in found if route is not None), None)
    if best is None and not routes.complete:
        raise FactMissing(f"all routes of {table_id}", action_of(TransitGatewayRoutes.KEY))
    if best is None and propagated is not None:
        unknown = [a for a in propagated.enabled if _learned(walk, a) is None]
        if unknown and not _lists_propagated(routes):
            raise FactMissing(f"the prefixes {unknown[0][2]} propagates", action_of(TransitGatewayRoutes.KEY))
    return best


def _routes(walk: Walk, table_id: str, propagated: TransitGatewayPropagations | None) -> TransitGatewayRoutes:
    """The routes read for a table; none for one that only a whole list of propagations knows. Raises FactMissing."""
    routes = walk.view.find(TransitGatewayRoutes, table_id)
    if routes is None and propagated is not None and walk.view.is_complete(TransitGatewayRoutes, propagated.scope):
        raw = {"TransitGatewayRouteTableId": table_id, "Routes": []}
        routes = TransitGatewayRoutes.read(raw, propagated.scope, propagated.pointer)
    if routes is None:
        raise FactMissing(f"the routes of {table_id}", action_of(TransitGatewayRoutes.KEY))
    return routes


_Level = tuple[int, int, dict[int, _Route]]  # IP version, host bits, routes by network number


def _table(
    walk: Walk, routes: TransitGatewayRoutes, propagated: TransitGatewayPropagations | None
) -> tuple[_Level, ...]:
    """The routes of a table by prefix length, longest first; of equal prefixes the one AWS prefers, then by id."""
    kept: tuple[_Level, ...] | None = walk.tools.transit_tables.get(routes.id)
    if kept is not None:
        return kept
    found: list[tuple[Network, str, _Route]] = []
    for route in routes.routes:
        attachment = min(route.attachments, key=lambda a: a[0]) if route.attachments else None
        kind = "static" if route.kind == "static" else (attachment[1] if attachment else "")
        cidrs = (route.cidr,) if route.cidr else (walk.view.prefix_list(str(route.prefix_list)).cidrs or ())
        found.extend((cidr, kind, _Route(attachment, route.state == "blackhole")) for cidr in cidrs)
    if propagated is not None and not _lists_propagated(routes):
        for enabled in propagated.enabled:
            found.extend((cidr, enabled[1], _Route(enabled, False)) for cidr in _learned(walk, enabled) or ())
    levels: dict[tuple[int, int], dict[int, _Route]] = {}
    for cidr, _, leading in sorted(found, key=_preference):
        shift = cidr.max_prefixlen - cidr.prefixlen
        levels.setdefault((cidr.version, shift), {}).setdefault(int(cidr.network_address) >> shift, leading)
    ordered = tuple((version, shift, nets) for (version, shift), nets in sorted(levels.items()))
    walk.tools.transit_tables[routes.id] = ordered
    return ordered


def _preference(found: tuple[Network, str, _Route]) -> tuple[int, str]:
    _, kind, route = found
    return -_PREFERENCE.get(kind, 0), route.attachment[0] if route.attachment else ""


def _lists_propagated(routes: TransitGatewayRoutes) -> bool:
    return any(route.kind == "propagated" for route in routes.routes)


def _learned(walk: Walk, attachment: tuple[str, str, str | None]) -> tuple[Network, ...] | None:
    """The prefixes an attachment propagates, or None when the data does not tell (routes learned over BGP)."""
    _, kind, resource_id = attachment
    if kind == "vpc":
        return walk.view.get(Vpc, str(resource_id)).cidrs
    if kind == "vpn":
        vpn = walk.view.get(VpnConnection, str(resource_id))
        return vpn.static_routes if vpn.static_only else None
    if kind == "direct-connect-gateway":
        interfaces = walk.view.snapshot.all(VirtualInterface)
        learned = tuple(c for v in interfaces if v.direct_connect_gateway_id == resource_id for c in v.routes)
        return learned or None
    return None
