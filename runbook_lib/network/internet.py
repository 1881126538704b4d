"""Between a VPC and the internet: internet gateways, egress-only gateways, VPC Block Public Access, edge tables.

An internet gateway translates one address to one address and remembers nothing: what it lets out must be a public
address of the sender, and the answer has to leave through it again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from runbook_lib.errors import FactMissing
from runbook_lib.model.gateways import InternetGateway, VpcBlockPublicAccess, VpcBlockPublicAccessExclusion
from runbook_lib.model.kinds import action_of
from runbook_lib.model.vpc import RouteTable
from runbook_lib.network import special
from runbook_lib.network.flow import Addr, Exit, Packet, Place
from runbook_lib.network.tools import addr, is_rfc1918, is_rfc6598

if TYPE_CHECKING:
    from runbook_lib.network.walk import Walk

__all__ = ["ask_edge_table", "egress_only_gateway", "from_internet", "internet_gateway"]


def internet_gateway(walk: Walk, place: Place, packet: Packet, gateway_id: str) -> None:
    """Out through an internet gateway: attached, a public destination, a public address for the source."""
    gateway = walk.view.internet_gateway(gateway_id)
    walk.hop("internet-gateway", gateway_id)
    if place.vpc_id not in gateway.vpc_ids:
        walk.block("BAD_STATE_ATTACHMENT", gateway_id, f"{gateway.label} is not attached to {place.vpc_id}")
    if not walk.is_answer:
        _ask_public_access(walk, place, gateway_id, is_stateful=place.nat_id is not None)
    said = walk.text(packet.dst)
    if is_rfc1918(packet.dst):
        detail = f"{said} is a private address; internet gateways carry none"
        walk.block("IGW_DESTINATION_ADDRESS_NOT_IN_RFC1918_EGRESS", gateway_id, detail)
    if is_rfc6598(packet.dst):
        detail = f"{said} is in 100.64.0.0/10; internet gateways carry none"
        walk.block("IGW_DESTINATION_ADDRESS_NOT_IN_RFC6598_EGRESS", gateway_id, detail)
    _ask_public(walk, gateway_id, packet)
    source = packet.src if packet.src[0] == 6 else _public_source(walk, place, packet)
    if source is None:
        detail = f"{_sender(walk, place)} has no public IPv4 address, so {gateway_id} drops what it sends"
        walk.block("IGW_PUBLIC_IP_ASSOCIATION_FOR_EGRESS", gateway_id, detail)
    elif source[0] == 6:
        walk.ask_source(str(place.vpc_id), gateway_id, packet)
    if walk.is_answer or source is None or not walk.tools.has_public(packet.dst):
        if not walk.is_answer:
            _reject_nat_address(walk, packet)
        if source is not None and _is_public(packet.dst):
            walk.hop("internet", "internet")
        walk.finish(Exit("internet", gateway_id), "internet")
        return
    walk.end_leg(Exit("internet", gateway_id))
    from_internet(walk, packet._replace(src=source, shows_groups=False))


def from_internet(walk: Walk, packet: Packet) -> None:
    """A packet arrives from the internet for a public address of an interface (also a VPC's own, back through its
    gateway). Raises FactMissing when the gateways were not read."""
    found = walk.tools.public_owner(packet.dst)
    if found is None:
        if _reject_nat_address(walk, packet):
            return
        said = walk.text(packet.dst)
        private = is_rfc1918(packet.dst) or is_rfc6598(packet.dst)
        code = "IGW_PRIVATE_IP_ASSOCIATION_FOR_INGRESS" if private else "NO_POSSIBLE_DESTINATION"
        walk.block(code, said, f"no interface has the public address {said}", "ingress")
        return
    interface, private_ip = found
    vpc_id = str(interface.vpc_id)
    gateway = walk.tools.internet_gateway_of(vpc_id)
    if gateway is None:
        walk.view.need(InternetGateway, interface.scope)
        walk.block("UNASSOCIATED_COMPONENT", vpc_id, f"{vpc_id} has no internet gateway attached", "ingress")
        return
    walk.hop("internet-gateway", gateway.id)
    is_stateful = walk.tools.roles.nat_of(interface) is not None
    _ask_public_access(walk, Place(vpc_id, interface.subnet_id), gateway.id, is_stateful=is_stateful, inbound=True)
    arriving = packet._replace(dst=private_ip)
    walk.begin_leg(Place(None, None, gateway_id=gateway.id), arriving)
    ask_edge_table(walk, gateway.id, arriving)
    subnet = walk.view.subnet(str(interface.subnet_id))
    walk.ask_acl(subnet.id, False, arriving)
    walk.hop("subnet", subnet.id)
    walk.accept(interface, subnet, arriving)


def ask_edge_table(walk: Walk, gateway_id: str, packet: Packet) -> None:
    """A gateway (edge) route table may send arriving traffic to an appliance; what that does is not in the data.

    Raises FactMissing when it does.
    """
    table = walk.tools.edge_table_of(gateway_id)
    gateway = walk.view.find(InternetGateway, gateway_id)  # an egress-only gateway has no route table
    if table is None and gateway is not None:
        walk.view.need(RouteTable, gateway.scope)
    route = walk.tools.compiler.route(table, packet.dst) if table else None
    if table and route and not route.is_local:
        raise FactMissing(f"what {route.target} does with traffic that {table.id} sends it")


def egress_only_gateway(walk: Walk, place: Place, packet: Packet, gateway_id: str) -> None:
    """Out through an egress-only internet gateway: IPv6, stateful, from addresses of its own VPC."""
    gateway = walk.view.egress_only_gateway(gateway_id)
    walk.hop("egress-only-internet-gateway", gateway_id)
    if place.vpc_id not in gateway.vpc_ids:
        walk.block("BAD_STATE_ATTACHMENT", gateway_id, f"{gateway.label} is not attached to {place.vpc_id}")
    if packet.dst[0] == 4:
        walk.block("CANNOT_ROUTE", gateway_id, "an egress-only internet gateway carries IPv6 only")
    _ask_public(walk, gateway_id, packet)
    walk.ask_source(str(place.vpc_id), gateway_id, packet)
    _ask_public_access(walk, place, gateway_id, is_stateful=True)
    if _is_public(packet.dst):
        walk.hop("internet", "internet")
    walk.finish(Exit("internet", gateway_id), "internet")


def _ask_public(walk: Walk, gateway_id: str, packet: Packet) -> None:
    """The internet carries neither reserved nor private IPv6 addresses."""
    words = special.refused_by_internet(packet.dst)
    if words:
        walk.block(special.UNFORWARDED, gateway_id, f"{walk.text(packet.dst)} is {words}; the internet carries none")


def _is_public(address: Addr) -> bool:
    return not is_rfc1918(address) and not is_rfc6598(address) and special.refused_by_internet(address) is None


def _reject_nat_address(walk: Walk, packet: Packet) -> bool:
    nat = walk.tools.nat_with_public(packet.dst)
    if nat is None:
        return False
    detail = f"{walk.text(packet.dst)} belongs to {nat.label}, which accepts no new connections"
    walk.block("NGW_REQUIRES_SOURCE_IN_VPC", nat.id, detail, "ingress")
    return True


def _public_source(walk: Walk, place: Place, packet: Packet) -> Addr | None:
    if place.nat_id is None:
        return walk.tools.public_ip(place.interface, packet.src) if place.interface else None
    nat = walk.view.nat_gateway(place.nat_id)
    if not nat.is_public:
        return None
    listed = (a for a in nat.addresses if a.public_ip and addr(a.private_ip or a.public_ip) == packet.src)
    public = next((a.public_ip for a in listed), None)
    return addr(public) if public else None


def _sender(walk: Walk, place: Place) -> str:
    return place.nat_id or (walk.id_of(place.interface) if place.interface else f"a function in {place.subnet_id}")


def _ask_public_access(walk: Walk, place: Place, gateway_id: str, *, is_stateful: bool, inbound: bool = False) -> None:
    """VPC Block Public Access: block-bidirectional stops everything, block-ingress leaves only NAT and egress-only
    gateways, which let nothing in on their own (`is_stateful`). An exclusion lifts it, one for egress down to
    block-ingress. Source: https://docs.aws.amazon.com/vpc/latest/userguide/security-vpc-bpa.html

    Not asked where nobody read it and nobody was refused (saved data from before it existed).
    """
    options = walk.view.public_access_block(str(place.vpc_id))
    if options is None:
        refused = any(call.key == VpcBlockPublicAccess.KEY and call.error for call in walk.view.snapshot.calls)
        if refused:
            raise FactMissing("VPC Block Public Access", action_of(VpcBlockPublicAccess.KEY))
        return
    if options.mode not in ("block-bidirectional", "block-ingress"):
        return
    mode = (_exclusion(walk, place) if options.exclusions_allowed else None) or options.mode
    if mode == "allow-bidirectional" or (mode == "block-ingress" and is_stateful and not inbound):
        return
    detail = f"VPC Block Public Access is {options.mode} in this Region"
    walk.block("VPC_BLOCK_PUBLIC_ACCESS_ENABLED", gateway_id, detail, "ingress" if inbound else "egress")


def _exclusion(walk: Walk, place: Place) -> str | None:
    """What an exclusion of the VPC or subnet allows: allow-bidirectional, only block-ingress, or None."""
    walk.view.need(VpcBlockPublicAccessExclusion, walk.view.scope_of(str(place.vpc_id)))
    modes = {
        item.raw.get("InternetGatewayExclusionMode", "allow-bidirectional")
        for item in walk.view.snapshot.all(VpcBlockPublicAccessExclusion)
        if item.is_active and item.resource_id in (place.vpc_id, place.subnet_id)
    }
    if not modes:
        return None
    return "allow-bidirectional" if "allow-bidirectional" in modes else "block-ingress"
