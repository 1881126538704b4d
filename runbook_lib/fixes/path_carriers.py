"""What a route could point at: the doors that exist already and lead to a destination."""

from __future__ import annotations

from dataclasses import dataclass

from runbook_lib.fixes.stops import ANYWHERE, Stop, is_inside
from runbook_lib.model.fact import Network
from runbook_lib.model.gateways import (
    EgressOnlyInternetGateway,
    InternetGateway,
    NatGateway,
    PeerVpc,
    VpcPeeringConnection,
    VpnConnection,
    VpnGateway,
)
from runbook_lib.model.transit import TransitGatewayVpcAttachment
from runbook_lib.model.vpc import RouteTable, Subnet, Vpc
from runbook_lib.network.routing import is_private
from runbook_lib.network.view import View

__all__ = ["Carrier", "carriers", "is_public_table", "zone_of"]


@dataclass(frozen=True, slots=True)
class Carrier:
    """Something a route may point at; `wide` is the block that such a route usually names."""

    field: str
    id: str
    label: str
    wide: Network
    warning: str = ""


def carriers(stop: Stop, table: RouteTable, goal: tuple[Network, ...]) -> list[Carrier]:
    """What exists already and could carry packets from a table to a destination; several only when none is nearer."""
    cidr = goal[0]
    private = cidr.version == 4 and is_private((4, int(cidr.network_address)))
    far = _peerings(stop.view, table, goal) + _transit(stop.view, table, goal) + _vpns(stop.view, table, goal)
    if private or far:
        return far
    return _internet(stop, table, cidr.version)


def _internet(stop: Stop, table: RouteTable, version: int) -> list[Carrier]:
    """To the internet: directly for what has a public address, else by a NAT gateway, the one of the zone first."""
    view = stop.view
    if version == 6:
        doors = [g for g in view.snapshot.all(EgressOnlyInternetGateway) if table.vpc_id in g.vpc_ids]
        return [Carrier("EgressOnlyInternetGatewayId", g.id, g.label, ANYWHERE[6]) for g in doors]
    interface = stop.asked.interface
    if stop.is_answer or stop.is_past_nat or (interface is not None and interface.public_ips):
        gateways = [g for g in view.snapshot.all(InternetGateway) if table.vpc_id in g.vpc_ids]
        return [Carrier("GatewayId", g.id, g.label, ANYWHERE[4]) for g in gateways]
    usable = [nat for nat in view.snapshot.all(NatGateway) if _carries(view, nat, table)]
    home = view.find(Subnet, stop.subnet_id) if stop.subnet_id else None
    same = [nat for nat in usable if home is not None and zone_of(view, nat) in (None, home.az)]
    crossing = "" if same else "The NAT gateway is in another Availability Zone: traffic is billed and shares its fate."
    return [Carrier("NatGatewayId", nat.id, nat.label, ANYWHERE[4], crossing) for nat in same or usable]


def _carries(view: View, nat: NatGateway, table: RouteTable) -> bool:
    """Available, public, of this VPC, and in a subnet that leaves by an internet gateway rather than by this table."""
    if nat.vpc_id != table.vpc_id or nat.state != "available" or not nat.is_public:
        return False
    if nat.subnet_id is None:
        return nat.route_table_id != table.id
    own = view.route_table_of(nat.subnet_id)
    return own.id != table.id and is_public_table(own)


def is_public_table(table: RouteTable) -> bool:
    """True when the table has a live IPv4 default route to an internet gateway."""
    default = [route for route in table.routes if route.cidr == ANYWHERE[4] and not route.is_blackhole]
    return any((route.target or "").startswith("igw-") for route in default)


def zone_of(view: View, nat: NatGateway | None) -> str | None:
    """The Availability Zone of a zonal NAT gateway, or None."""
    subnet = view.find(Subnet, nat.subnet_id) if nat is not None and nat.subnet_id else None
    return subnet.az if subnet else None


def _peerings(view: View, table: RouteTable, goal: tuple[Network, ...]) -> list[Carrier]:
    found = []
    for pcx in view.snapshot.all(VpcPeeringConnection):
        for near, far in ((pcx.requester, pcx.accepter), (pcx.accepter, pcx.requester)):
            blocks = _blocks(view, far)
            if near.vpc_id == table.vpc_id and pcx.status == "active" and is_inside(goal, blocks):
                wide = next(block for block in blocks if is_inside(goal[:1], (block,)))
                found.append(Carrier("VpcPeeringConnectionId", pcx.id, pcx.label, wide))
    return found


def _blocks(view: View, side: PeerVpc) -> tuple[Network, ...]:
    vpc = view.find(Vpc, side.vpc_id) if side.vpc_id else None
    return side.cidrs or (vpc.cidrs if vpc else ())


def _transit(view: View, table: RouteTable, goal: tuple[Network, ...]) -> list[Carrier]:
    """Transit gateways that this VPC and the VPC that holds the destination are both attached to."""
    attached = [a for a in view.snapshot.all(TransitGatewayVpcAttachment) if a.state == "available"]
    here = {a.transit_gateway_id for a in attached if a.vpc_id == table.vpc_id}
    found: dict[str, Carrier] = {}
    for other in attached:
        vpc = view.find(Vpc, other.vpc_id)
        if other.transit_gateway_id in here and vpc is not None and vpc.id != table.vpc_id:
            wide = next((block for block in vpc.cidrs if is_inside(goal, (block,))), None)
            if wide is not None:
                id_ = other.transit_gateway_id
                found[id_] = Carrier("TransitGatewayId", id_, id_, wide)
    return list(found.values())


def _vpns(view: View, table: RouteTable, goal: tuple[Network, ...]) -> list[Carrier]:
    found = []
    for gateway in view.snapshot.all(VpnGateway):
        routes = [
            cidr
            for vpn in view.snapshot.all(VpnConnection)
            if vpn.vpn_gateway_id == gateway.id and vpn.state == "available"
            for cidr in vpn.static_routes
        ]
        wide = next((cidr for cidr in routes if is_inside(goal, (cidr,))), None)
        if table.vpc_id in gateway.vpc_ids and wide is not None:
            found.append(Carrier("GatewayId", gateway.id, gateway.label, wide))
    return found
