"""The doors inside AWS that a route can name: NAT gateways, appliances, endpoints, peering.

Each door takes the walk, the place the packet leaves from, the packet and the id the route names; each may raise
FactMissing, which the walk turns into "unknown".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from runbook_lib.errors import FactMissing
from runbook_lib.model.gateways import NatAddress, NatGateway, PeerVpc, VpcEndpoint, VpcPeeringConnection
from runbook_lib.model.interfaces import NetworkInterface
from runbook_lib.model.kinds import action_of
from runbook_lib.model.vpc import Route, RouteTable, Subnet
from runbook_lib.network.flow import ICMP, TCP, UDP, Exit, Packet, Place
from runbook_lib.network.intervals import AddressSet
from runbook_lib.network.tools import addr, holds

if TYPE_CHECKING:
    from runbook_lib.network.walk import Walk

__all__ = [
    "appliance",
    "appliance_instance",
    "endpoint",
    "nat_gateway",
    "need_available",
    "peering",
    "stays_in_subnet",
    "unsupported",
]

# Route targets whose own configuration the kit does not read, and what would have to be read
_UNREAD = {
    "lgw": "ec2:DescribeLocalGateways",
    "cagw": "ec2:DescribeCarrierGateways",
    "arn:aws:networkmanager": "networkmanager:GetCoreNetwork",
    "odb": "odb:GetOdbPeeringConnection",
}


def unsupported(table_id: str, route: Route) -> FactMissing:
    """The gap that a route leaves whose target the kit cannot follow."""
    target = route.target or ""
    actions = [action for prefix, action in _UNREAD.items() if target.startswith(prefix)]
    what = f"what lies behind route target {target or 'unknown'} of {table_id}"
    return FactMissing(what, *(actions or [action_of(RouteTable.KEY)]))


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


# -- NAT -----------------------------------------------------------------------------------------------------------


def nat_gateway(walk: Walk, place: Place, packet: Packet, nat_id: str) -> None:
    """Through a NAT gateway: enter its subnet, become its address, and be routed again by its own table."""
    nat = walk.view.nat_gateway(nat_id)
    walk.hop("nat-gateway", nat_id)
    if not nat.state:
        raise FactMissing(f"the state of {nat.label}", action_of(NatGateway.KEY))
    if nat.state != "available":
        walk.block("BAD_STATE", nat_id, f"{nat.label} is {nat.state}")
    if place.nat_id == nat_id:
        detail = f"the route table of {nat.label}'s own subnet sends traffic back to it"
        walk.block("CANNOT_ROUTE", nat_id, detail)
        return
    if walk.is_answer:
        detail = f"the answer is routed through {nat.label}, which would give it another address"
        walk.block("NGW_SOURCE_ADDRESS_REASSIGN", nat_id, detail)
        return
    if packet.traffic.protocol not in (TCP, UDP, ICMP):
        walk.block("PROTOCOL_RESTRICTION", nat_id, "a NAT gateway carries only TCP, UDP and ICMP")
    if packet.src[0] == 6:
        walk.block("CANNOT_ROUTE", nat_id, f"{nat.label} translates IPv4 only (or IPv6 to 64:ff9b::/96)")
    if nat.subnet_id and nat.subnet_id != place.subnet_id:
        walk.ask_acl(nat.subnet_id, False, packet)
    address = _nat_address(walk, nat, place)
    own = address.private_ip or (address.public_ip if nat.is_regional else None)
    if own is None:
        raise FactMissing(f"the private address of {nat_id}", action_of(NatGateway.KEY))
    here = Place(nat.vpc_id, nat.subnet_id, None, None, nat_id, nat.route_table_id)
    walk.translate(here, packet._replace(src=addr(own), shows_groups=False))


def _nat_address(walk: Walk, nat: NatGateway, place: Place) -> NatAddress:
    """The address a NAT gateway uses: the primary one; a regional one uses those of the sender's availability zone.

    One that does not add zones by itself serves only those it lists: source
    https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateways-regional.html
    """
    if not nat.addresses:
        raise FactMissing(f"the addresses of {nat.id}", action_of(NatGateway.KEY))
    subnet = walk.view.find(Subnet, place.subnet_id) if nat.is_regional and place.subnet_id else None
    zonal = [a for a in nat.addresses if subnet and a.az and a.az in (subnet.az, subnet.az_id)]
    if subnet and not zonal and nat.raw.get("AutoProvisionZones") == "disabled":
        detail = f"{nat.label} has no address in {subnet.az} and does not add zones by itself"
        walk.block("REGIONAL_NGW_ROUTE_AZ_RESTRICTION", nat.id, detail)
    primary = [a for a in nat.addresses if a.is_primary]
    return (zonal or primary or list(nat.addresses))[0]


# -- appliances ----------------------------------------------------------------------------------------------------


def appliance_instance(walk: Walk, place: Place, packet: Packet, instance_id: str) -> None:
    """A route to an instance means its primary network interface."""
    appliance(walk, place, packet, walk.tools.primary_of(walk.view.instance(instance_id)).id)


def appliance(walk: Walk, place: Place, packet: Packet, interface_id: str) -> None:
    """A route to an interface: a NAT instance or other appliance. What it forwards is decided inside it: unknown."""
    interface = walk.view.interface(interface_id)
    walk.hop("network-interface", interface_id)
    if interface.source_dest_check:
        detail = f"{interface.label} has SourceDestCheck on and drops what is not addressed to it"
        walk.block("ENI_SOURCE_DEST_CHECK_RESTRICTION", interface_id, detail, "ingress")
    if interface.subnet_id and interface.subnet_id != place.subnet_id:
        walk.ask_acl(interface.subnet_id, False, packet)
    walk.ask_groups(interface, packet)
    raise FactMissing(f"what {interface.label} does with traffic routed to it")


# -- endpoints and peering -----------------------------------------------------------------------------------------


def endpoint(walk: Walk, place: Place, packet: Packet, endpoint_id: str) -> None:
    """Through a gateway endpoint; a Gateway Load Balancer endpoint is unknown (its appliances decide)."""
    found = walk.view.endpoint(endpoint_id)
    walk.hop("vpc-endpoint", endpoint_id)
    need_available(walk, found)
    if found.kind.lower() != "gateway":
        raise FactMissing(f"what the appliances behind {found.label} do with the traffic")
    if packet.traffic.protocol not in (TCP, ICMP):
        walk.block(
            "VPCE_GATEWAY_PROTOCOL_RESTRICTION", endpoint_id, "a gateway endpoint carries TCP and ICMP echo only"
        )
    if packet.dst[0] == 6 and found.ip_address_type == "ipv4":
        walk.block("CANNOT_ROUTE", endpoint_id, f"{found.label} carries IPv4 only")
    if not holds(walk.tools.vpc_addresses(str(place.vpc_id)), packet.src):
        source = walk.text(packet.src)
        detail = f"{source} is not an address of {place.vpc_id}; gateway endpoints serve their own VPC only"
        walk.block("VPCE_GATEWAY_EGRESS_SOURCE_ADDRESS_RESTRICTION", endpoint_id, detail)
    walk.hop("service", found.service)
    walk.finish(Exit("gateway-endpoint", endpoint_id), "gateway-endpoint")


def need_available(walk: Walk, endpoint: VpcEndpoint, direction: str = "egress") -> None:
    """An endpoint carries traffic in the state available only.

    Raises FactMissing where its state does not tell, for example partial: some of its interfaces work.
    """
    if endpoint.works is None:
        said = f"what {endpoint.label} carries in the state {endpoint.state or 'that was not told'}"
        raise FactMissing(said, action_of(VpcEndpoint.KEY))
    if not endpoint.works:
        walk.block("BAD_STATE", endpoint.id, f"{endpoint.label} is {endpoint.state}", direction)


def peering(walk: Walk, place: Place, packet: Packet, peering_id: str) -> None:
    """Into the peer VPC: active, an address of the peer, a source of this VPC, and no transit beyond."""
    pcx = walk.view.peering(peering_id)
    walk.hop("vpc-peering-connection", peering_id)
    if not pcx.status:
        raise FactMissing(f"the status of {pcx.label}", action_of(VpcPeeringConnection.KEY))
    if pcx.status != "active":
        walk.block("BAD_STATE", peering_id, f"{pcx.label} is {pcx.status}")
    near, far = pcx.requester, pcx.accepter
    if near.vpc_id != place.vpc_id:
        near, far = far, near
    for side, address in ((far, packet.dst), (near, packet.src)):
        if not holds(_peer_addresses(walk, side), address):
            detail = f"{walk.text(address)} is not an address of {side.vpc_id}; a peering connection carries no transit"
            walk.block("PCX_REQUIRES_ADDRESS_IN_VPC_CIDR", peering_id, detail)
            return
    seen = packet.shows_groups if near.region == far.region else False
    walk.deliver(str(far.vpc_id), packet._replace(shows_groups=seen))


def _peer_addresses(walk: Walk, side: PeerVpc) -> AddressSet:
    if side.cidrs:
        return walk.tools.addresses(side.cidrs)
    return walk.tools.vpc_addresses(str(side.vpc_id))
