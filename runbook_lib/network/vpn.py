"""Virtual private gateways: out of a VPC over a VPN or Direct Connect."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runbook_lib.model.gateways import VpnConnection, VpnGateway
from runbook_lib.model.transit import DirectConnectGatewayAssociation, VirtualInterface
from runbook_lib.network.flow import Addr, Exit, Packet, Place
from runbook_lib.network.intervals import span

if TYPE_CHECKING:
    from runbook_lib.network.walk import Walk

__all__ = ["vpn_gateway"]


def vpn_gateway(walk: Walk, place: Place, packet: Packet, gateway_id: str) -> None:
    """Out through a virtual private gateway: the VPN's static routes decide; with BGP the far side does.

    A default route to it is not internet. Direct Connect is preferred to VPN.
    """
    gateway = walk.view.get(VpnGateway, gateway_id)
    walk.hop("vpn-gateway", gateway_id)
    if gateway.state != "available":
        walk.block("BAD_STATE", gateway_id, f"{gateway.label} is {gateway.state}")
    if place.vpc_id not in gateway.vpc_ids:
        walk.block("BAD_STATE_ATTACHMENT", gateway_id, f"{gateway.label} is not attached to {place.vpc_id}")
    walk.ask_source(str(place.vpc_id), gateway_id, packet)
    door = _direct_connect(walk, gateway_id)
    if door is not None:
        walk.hop("direct-connect", door)
        walk.finish(Exit("direct-connect", gateway_id), "direct-connect")
        return
    connections = [v for v in walk.view.snapshot.all(VpnConnection) if v.vpn_gateway_id == gateway_id]
    live = [v for v in connections if v.state == "available"]
    if not live:
        walk.view.need(VpnConnection, gateway.scope)
        if not connections:
            walk.view.need(VirtualInterface, gateway.scope)
        walk.block("NO_POSSIBLE_DESTINATION", gateway_id, f"{gateway.label} has no VPN or Direct Connect that is up")
        return
    carrier = next((v for v in live if not v.static_only or _covers(v, packet.dst)), None)
    if carrier is None:
        detail = f"no static VPN route of {gateway.label} covers {walk.text(packet.dst)}"
        walk.block("NO_POSSIBLE_DESTINATION", gateway_id, detail)
        return
    walk.hop("vpn-connection", carrier.id)
    walk.finish(Exit("vpn", gateway_id), "vpn")


def _direct_connect(walk: Walk, gateway_id: str) -> str | None:
    interfaces = walk.view.snapshot.all(VirtualInterface)
    direct = [v.id for v in interfaces if v.virtual_gateway_id == gateway_id and v.state in ("available", "up")]
    if direct:
        return direct[0]
    for association in walk.view.snapshot.all(DirectConnectGatewayAssociation):
        if association.gateway_id == gateway_id and association.state == "associated":
            return association.direct_connect_gateway_id
    return None


def _covers(vpn: VpnConnection, address: Addr) -> bool:
    version, value = address
    return any(v == version and a <= value <= b for v, a, b in (span(cidr) for cidr in vpn.static_routes))
