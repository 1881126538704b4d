"""The doors of a VPC that a route can name: internet, NAT and egress-only gateways, endpoints, peering, appliances.

Each door takes the walk, the place the packet leaves from, the packet and the id the route names; each may raise
FactMissing, which the walk turns into "unknown".
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from runbook_lib.errors import FactMissing
from runbook_lib.model.fact import network
from runbook_lib.model.gateways import InternetGateway, NatAddress, NatGateway, PeerVpc, VpcBlockPublicAccess
from runbook_lib.model.interfaces import NetworkInterface
from runbook_lib.model.kinds import action_of
from runbook_lib.model.vpc import RouteTable, Subnet
from runbook_lib.network.flow import ICMP, TCP, UDP, Addr, Exit, Packet, Place
from runbook_lib.network.intervals import AddressSet
from runbook_lib.network.tools import addr, text

if TYPE_CHECKING:
    from runbook_lib.network.walk import Walk

__all__ = [
    "appliance",
    "appliance_instance",
    "egress_only_gateway",
    "endpoint",
    "from_internet",
    "internet_gateway",
    "is_private",
    "nat_gateway",
    "peering",
    "stays_in_subnet",
]

_RFC1918 = AddressSet.of(network(block) for block in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"))
_RFC6598 = AddressSet.of([network("100.64.0.0/10")])


def _in(addresses: AddressSet, address: Addr) -> bool:
    version, value = address
    return any(v == version and first <= value <= last for v, first, last in addresses.pieces)


def is_private(address: Addr) -> bool:
    """True for RFC 1918 and RFC 6598 addresses, which no internet gateway carries."""
    return _in(_RFC1918, address) or _in(_RFC6598, address)


def stays_in_subnet(walk: Walk, place: Place, target: str) -> bool:
    """True when the route's target has its interface in the sender's own subnet, so that no NACL is crossed."""
    if place.subnet_id is None:
        return True
    if target.startswith("nat-"):
        nat = walk.view.find(NatGateway, target)
        return nat is not None and nat.subnet_id == place.subnet_id
    if target.startswith("eni-"):
        interface = walk.view.find(NetworkInterface, target)
        return interface is not None and interface.subnet_id == place.subnet_id
    return False


# -- internet ------------------------------------------------------------------------------------------------------


def internet_gateway(walk: Walk, place: Place, packet: Packet, gateway_id: str) -> None:
    """Out through an internet gateway: attached, a public destination, a public address for the source."""
    gateway = walk.view.internet_gateway(gateway_id)
    walk.hop("internet-gateway", gateway_id)
    if place.vpc_id not in gateway.vpc_ids:
        walk.block("BAD_STATE_ATTACHMENT", gateway_id, f"{gateway.label} is not attached to {place.vpc_id}")
    _ask_public_access(walk, place, gateway_id, inbound=False)
    if _in(_RFC1918, packet.dst):
        detail = f"{text(packet.dst)} is a private address; internet gateways carry none"
        walk.block("IGW_DESTINATION_ADDRESS_NOT_IN_RFC1918_EGRESS", gateway_id, detail)
    if _in(_RFC6598, packet.dst):
        detail = f"{text(packet.dst)} is in 100.64.0.0/10; internet gateways carry none"
        walk.block("IGW_DESTINATION_ADDRESS_NOT_IN_RFC6598_EGRESS", gateway_id, detail)
    source = packet.src if packet.src[0] == 6 else _public_source(walk, place, packet)
    if source is None:
        detail = f"{_sender(place, packet)} has no public IPv4 address, so {gateway_id} drops what it sends"
        walk.block("IGW_PUBLIC_IP_ASSOCIATION_FOR_EGRESS", gateway_id, detail)
    inside = walk.tools.public_owner(packet.dst)
    if inside is None or walk.answer or source is None:
        _reject_nat_address(walk, packet)
        if source is not None and not is_private(packet.dst):
            walk.hop("internet", "internet")
        walk.finish(Exit("internet"), "internet")
        return
    walk.end_leg(Exit("internet"))
    from_internet(walk, replace(packet, src=source, sender_groups=(), sender_vpc=None))


def from_internet(walk: Walk, packet: Packet) -> None:
    """A packet arrives from the internet for a public address of an interface (also a VPC's own, back through its
    gateway). Raises FactMissing when the gateways were not read."""
    found = walk.tools.public_owner(packet.dst)
    if found is None:
        if _reject_nat_address(walk, packet):
            return
        code = "IGW_PRIVATE_IP_ASSOCIATION_FOR_INGRESS" if is_private(packet.dst) else "NO_POSSIBLE_DESTINATION"
        walk.block(code, text(packet.dst), f"no interface has the public address {text(packet.dst)}", "ingress")
        return
    interface, private = found
    vpc_id = str(interface.vpc_id)
    gateway = next((g for g in walk.view.snapshot.all(InternetGateway) if vpc_id in g.vpc_ids), None)
    if gateway is None:
        walk.view.need(InternetGateway, interface.scope)
        walk.block("UNASSOCIATED_COMPONENT", vpc_id, f"{vpc_id} has no internet gateway attached", "ingress")
        return
    walk.hop("internet-gateway", gateway.id)
    _ask_public_access(walk, Place(vpc_id, interface.subnet_id), gateway.id, inbound=True)
    arriving = replace(packet, dst=private)
    walk.begin_leg(Place(None, None), arriving)
    _ask_edge_table(walk, gateway.id, vpc_id, arriving)
    subnet = walk.view.subnet(str(interface.subnet_id))
    walk.ask_acl(subnet.id, False, arriving)
    walk.hop("subnet", subnet.id)
    walk.accept(interface, subnet, arriving)


def _ask_edge_table(walk: Walk, gateway_id: str, vpc_id: str, packet: Packet) -> None:
    """A gateway (edge) route table may send arriving traffic to an appliance; what that does is not in the data."""
    table = next((t for t in walk.view.snapshot.all(RouteTable) if gateway_id in t.gateways), None)
    route = walk.tools.compiler.route(table, packet.dst) if table else None
    if table and route and not route.is_local:
        raise FactMissing(f"what {route.target} does with traffic that {table.id} sends it")


def _reject_nat_address(walk: Walk, packet: Packet) -> bool:
    nat = walk.tools.nat_with_public(packet.dst)
    if nat is None:
        return False
    detail = f"{text(packet.dst)} belongs to {nat.label}, which accepts no new connections"
    walk.block("NGW_REQUIRES_SOURCE_IN_VPC", nat.id, detail, "ingress")
    return True


def _public_source(walk: Walk, place: Place, packet: Packet) -> Addr | None:
    if place.nat_id is not None:
        nat = walk.view.nat_gateway(place.nat_id)
        listed = [item for item in nat.addresses if item.private_ip and addr(item.private_ip) == packet.src]
        public = next((item.public_ip for item in listed), None)
        return addr(public) if public and nat.is_public else None
    return walk.tools.public_ip(place.interface, packet.src) if place.interface else None


def _sender(place: Place, packet: Packet) -> str:
    return place.nat_id or (place.interface.label if place.interface else f"a function in {place.subnet_id}")


def _ask_public_access(walk: Walk, place: Place, gateway_id: str, inbound: bool) -> None:
    """VPC Block Public Access; not asked where nobody read it and nobody was refused (saved data from before it)."""
    options = walk.view.public_access_block(str(place.vpc_id))
    if options is None:
        refused = any(call.key == VpcBlockPublicAccess.KEY and call.error for call in walk.view.snapshot.calls)
        if refused:
            raise FactMissing("VPC Block Public Access", action_of(VpcBlockPublicAccess.KEY))
        return
    blocks = options.mode == "block-bidirectional" or (options.mode == "block-ingress" and inbound)
    if not blocks or (walk.answer and options.mode == "block-ingress"):
        return
    if options.exclusions_allowed and walk.view.public_access_exclusion(str(place.vpc_id), place.subnet_id):
        return
    detail = f"VPC Block Public Access is {options.mode} in this Region"
    walk.block("VPC_BLOCK_PUBLIC_ACCESS_ENABLED", gateway_id, detail, "ingress" if inbound else "egress")


def egress_only_gateway(walk: Walk, place: Place, packet: Packet, gateway_id: str) -> None:
    """Out through an egress-only internet gateway (IPv6)."""
    gateway = walk.view.egress_only_gateway(gateway_id)
    walk.hop("egress-only-internet-gateway", gateway_id)
    if place.vpc_id not in gateway.vpc_ids:
        walk.block("BAD_STATE_ATTACHMENT", gateway_id, f"{gateway.label} is not attached to {place.vpc_id}")
    if packet.dst[0] == 4:
        walk.block("CANNOT_ROUTE", gateway_id, "an egress-only internet gateway carries IPv6 only")
    _ask_public_access(walk, place, gateway_id, inbound=False)
    walk.hop("internet", "internet")
    walk.finish(Exit("internet"), "internet")


# -- NAT -----------------------------------------------------------------------------------------------------------


def nat_gateway(walk: Walk, place: Place, packet: Packet, nat_id: str) -> None:
    """Through a NAT gateway: enter its subnet, become its address, and be routed again by its own table."""
    nat = walk.view.nat_gateway(nat_id)
    walk.hop("nat-gateway", nat_id)
    if nat.state != "available":
        walk.block("BAD_STATE", nat_id, f"{nat.label} is {nat.state}")
    if place.nat_id == nat_id:
        detail = f"the route table of {nat.label}'s own subnet sends traffic back to it"
        walk.block("CANNOT_ROUTE", nat_id, detail)
        return
    if walk.answer:
        detail = f"the answer is routed through {nat.label}, which would give it another address"
        walk.block("NGW_SOURCE_ADDRESS_REASSIGN", nat_id, detail)
        return
    if packet.traffic.protocol not in (TCP, UDP, ICMP):
        walk.block("PROTOCOL_RESTRICTION", nat_id, "a NAT gateway carries only TCP, UDP and ICMP")
    if nat.subnet_id and nat.subnet_id != place.subnet_id:
        walk.ask_acl(nat.subnet_id, False, packet)
    own = _nat_address(walk, nat, place)
    if own.private_ip is None:
        raise FactMissing(f"the private address of {nat_id}", action_of(NatGateway.KEY))
    here = Place(nat.vpc_id, nat.subnet_id, None, None, nat_id, nat.route_table_id)
    walk.translate(here, here, replace(packet, src=addr(own.private_ip), sender_groups=(), sender_vpc=nat.vpc_id))


def _nat_address(walk: Walk, nat: NatGateway, place: Place) -> NatAddress:
    """The address a NAT gateway uses: the primary one; a regional one prefers the sender's availability zone."""
    if not nat.addresses:
        raise FactMissing(f"the addresses of {nat.id}", action_of(NatGateway.KEY))
    subnet = walk.view.find(Subnet, place.subnet_id) if place.subnet_id else None
    zonal = [a for a in nat.addresses if subnet and a.az and a.az in (subnet.az, subnet.az_id)]
    primary = [a for a in nat.addresses if a.is_primary]
    return (zonal or primary or list(nat.addresses))[0]


def appliance_instance(walk: Walk, place: Place, packet: Packet, instance_id: str) -> None:
    """A route to an instance means its primary network interface."""
    interface_ids = walk.view.instance(instance_id).interface_ids
    if not interface_ids:
        raise FactMissing(f"the network interface of {instance_id}", action_of("Instances"))
    appliance(walk, place, packet, interface_ids[0])


def appliance(walk: Walk, place: Place, packet: Packet, interface_id: str) -> None:
    """A route to an interface: a NAT instance or other appliance. What it forwards is decided inside it: unknown."""
    interface = walk.view.interface(interface_id)
    walk.hop("network-interface", interface_id)
    if interface.source_dest_check:
        detail = f"{interface.label} has SourceDestCheck on and drops what is not addressed to it"
        walk.block("ENI_SOURCE_DEST_CHECK_RESTRICTION", interface_id, detail, "ingress")
    if interface.subnet_id and interface.subnet_id != place.subnet_id:
        walk.ask_acl(interface.subnet_id, False, packet)
    if interface.group_ids and not walk.answer:
        walk.ask_groups(interface.group_ids, False, packet, interface)
    raise FactMissing(f"what {interface.label} does with traffic routed to it")


# -- endpoints and peering -----------------------------------------------------------------------------------------


def endpoint(walk: Walk, place: Place, packet: Packet, endpoint_id: str) -> None:
    """Through a gateway endpoint; a Gateway Load Balancer endpoint is unknown (its appliances decide)."""
    found = walk.view.endpoint(endpoint_id)
    walk.hop("vpc-endpoint", endpoint_id)
    if found.state != "available":
        walk.block("BAD_STATE", endpoint_id, f"{found.label} is {found.state}")
    if found.kind.lower() != "gateway":
        raise FactMissing(f"what the appliances behind {found.label} do with the traffic")
    if packet.traffic.protocol not in (TCP, ICMP):
        walk.block(
            "VPCE_GATEWAY_PROTOCOL_RESTRICTION", endpoint_id, "a gateway endpoint carries TCP and ICMP echo only"
        )
    if not _in(walk.tools.vpc_addresses(str(place.vpc_id)), packet.src):
        detail = f"{text(packet.src)} is not an address of {place.vpc_id}; gateway endpoints serve their own VPC only"
        walk.block("VPCE_GATEWAY_EGRESS_SOURCE_ADDRESS_RESTRICTION", endpoint_id, detail)
    walk.hop("service", found.service)
    walk.finish(Exit("gateway-endpoint"), "gateway-endpoint")


def peering(walk: Walk, place: Place, packet: Packet, peering_id: str) -> None:
    """Into the peer VPC: active, an address of the peer, a source of this VPC, and no transit beyond."""
    pcx = walk.view.peering(peering_id)
    walk.hop("vpc-peering-connection", peering_id)
    if pcx.status != "active":
        walk.block("BAD_STATE", peering_id, f"{pcx.label} is {pcx.status}")
    near, far = pcx.requester, pcx.accepter
    if near.vpc_id != place.vpc_id:
        near, far = far, near
    if not _in(_peer_addresses(walk, far), packet.dst):
        detail = f"{text(packet.dst)} is not an address of {far.vpc_id}; a peering connection carries no transit"
        walk.block("PCX_REQUIRES_ADDRESS_IN_VPC_CIDR", peering_id, detail)
        return
    if not _in(_peer_addresses(walk, near), packet.src):
        detail = f"{text(packet.src)} is not an address of {near.vpc_id}; a peering connection carries no transit"
        walk.block("PCX_REQUIRES_ADDRESS_IN_VPC_CIDR", peering_id, detail)
    seen = packet.sender_groups if near.region == far.region else ()
    walk.deliver(str(far.vpc_id), replace(packet, sender_groups=seen))


def _peer_addresses(walk: Walk, side: PeerVpc) -> AddressSet:
    if side.cidrs:
        return AddressSet.of(side.cidrs)
    return walk.tools.vpc_addresses(str(side.vpc_id))
