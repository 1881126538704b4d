"""What stands behind a route: internet and NAT gateways, endpoints, peerings and transit gateways.

The explanation codes are those of https://docs.aws.amazon.com/vpc/latest/reachability/explanation-codes.html
(read 2026-11-21).
"""

from __future__ import annotations

import ipaddress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from runbook_lib.sandbox.analyzing import shapes
from runbook_lib.sandbox.analyzing.packets import End, NotModelled, Packet, Spot

if TYPE_CHECKING:
    from runbook_lib.sandbox.analyzing.walk import Walk

__all__ = ["from_attachment", "is_in_subnet", "is_public", "through"]

_PRIVATE = tuple(ipaddress.IPv4Network(text) for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"))
_SHARED = ipaddress.IPv4Network("100.64.0.0/10")
_NAT_PORTS = ((1024, 65535),)
_ONE_WAY = [{"AdditionalDetailType": "UNIDIRECTIONAL_PATH_ANALYSIS_ONLY"}]


def is_public(address: ipaddress.IPv4Address) -> bool:
    """Whether an internet gateway carries traffic to an address."""
    return not any(address in network for network in (*_PRIVATE, _SHARED))


def is_in_subnet(route: Any, subnet: Any) -> bool:
    """Whether a route's target stands in the subnet itself, so that no network ACL is crossed on the way to it."""
    return route.nat_gateway is not None and subnet is not None and route.nat_gateway.subnet_id == subnet.id


def through(walk: Walk, spot: Spot, packet: Packet, route: Any) -> End:
    """Where the target of an active route takes a packet. Raises Blocked, and NotModelled for other targets."""
    if walk.is_answer and route.vpc_pcx is None:
        raise _astray(walk, packet)
    target = str(route.gateway_id or "")
    if target.startswith("igw-"):
        return _internet(walk, spot, packet, target)
    if target.startswith("vpce-"):
        return _gateway_endpoint(walk, packet, target)
    if route.nat_gateway is not None:
        return _nat(walk, spot, packet, walk.facts.ec2.nat_gateways[route.nat_gateway.id])
    if route.vpc_pcx is not None:
        return _peering(walk, spot, packet, walk.facts.ec2.vpc_pcxs[route.vpc_pcx.id])
    if route.transit_gateway is not None:
        return _transit(walk, spot, packet, route.transit_gateway)
    if target in walk.stops:
        walk.add(target)
        return walk.finish(target, packet)
    raise NotModelled(f"what happens behind the route to {packet.destination} of {route.route_table.id}")


# -- the internet --------------------------------------------------------------------------------------------------


def _internet(walk: Walk, spot: Spot, packet: Packet, gateway_id: str) -> End:
    named = {"InternetGateway": walk.named(gateway_id), "Component": walk.named(gateway_id)}
    if walk.facts.is_edge(gateway_id):
        raise NotModelled(f"the route table of {gateway_id}")
    if _is_shut(walk, spot):
        raise walk.block("VPC_BLOCK_PUBLIC_ACCESS_ENABLED", Direction="egress", **named, **walk.place(spot))
    if any(packet.destination in network for network in _PRIVATE):
        raise walk.block("IGW_DESTINATION_ADDRESS_NOT_IN_RFC1918_EGRESS", **named, Address=f"{packet.destination}/32")
    if packet.destination in _SHARED:
        raise walk.block("IGW_DESTINATION_ADDRESS_NOT_IN_RFC6598_EGRESS", **named, Address=f"{packet.destination}/32")
    public = spot.public if spot.nat else spot.interface.association.get("publicIp") if spot.interface else ""
    if not public:
        source = {"NetworkInterface": walk.named(spot.interface.id)} if spot.interface else {}
        said = {"Address": f"{packet.source}/32", "Vpc": walk.named(spot.vpc_id)}
        raise walk.block("IGW_PUBLIC_IP_ASSOCIATION_FOR_EGRESS", **named, **source, **said)
    if gateway_id not in walk.stops and walk.facts.interface_with(packet.destination) is not None:
        raise walk.block("IGW_NAT_REFLECTION", **named, Address=f"{packet.destination}/32")
    leaving = {"SourceAddresses": [f"{public}/32"]}
    walk.add(gateway_id, InboundHeader=shapes.header(packet), OutboundHeader=leaving, Vpc=walk.named(spot.vpc_id))
    return walk.finish(gateway_id, packet)


def _is_shut(walk: Walk, spot: Spot) -> bool:
    """VPC Block Public Access: an exclusion for egress, like block-ingress, leaves NAT gateways alone.

    https://docs.aws.amazon.com/vpc/latest/userguide/security-vpc-bpa.html
    """
    mode = getattr(walk.facts.ec2, "block_public_access", {}).get("InternetGatewayBlockMode", "off")
    places = {spot.vpc_id, spot.subnet.id if spot.subnet else ""}
    for item in getattr(walk.facts.ec2, "block_public_access_exclusions", ()):
        if item["ResourceArn"].rpartition("/")[2] in places and mode != "off":
            mode = "off" if item["InternetGatewayExclusionMode"] == "allow-bidirectional" else "block-ingress"
            if mode == "off":
                break
    return bool(mode == "block-bidirectional" or (mode == "block-ingress" and spot.nat is None))


def _nat(walk: Walk, spot: Spot, packet: Packet, nat: Any) -> End:
    if spot.nat is nat:
        table, _ = walk.decided or (None, ())
        said = {"RouteTable": walk.named(table.id), "NatGateway": walk.named(nat.id)} if table else {}
        raise walk.block("NO_ROUTE_TO_DESTINATION", **said, **walk.place(spot))
    subnet = walk.facts.subnet(nat.subnet_id) if nat.subnet_id else None
    if subnet is not None and subnet is not spot.subnet:
        packet = walk.ask_acl(subnet, packet, egress=False)
    address = _address_of(nat, spot)
    interface = walk.facts.ec2.enis.get(address.get("NetworkInterfaceId"))
    public = str(address.get("PublicIp") or "")
    here = Spot(vpc_id=nat.vpc_id, subnet=subnet, interface=interface, nat=nat, public=public)
    if interface is not None:
        walk.add_interface(here, InboundHeader=shapes.header(packet))
        if interface.id in walk.stops:
            return walk.finish(interface.id, packet, here)
    own = ipaddress.IPv4Address(address.get("PrivateIp") or public)
    onward = replace(packet, source=own, source_ports=_NAT_PORTS, groups=frozenset())
    walk.add(nat.id, InboundHeader=shapes.header(packet), OutboundHeader=shapes.header(onward), **walk.place(here))
    walk.finish(nat.id, packet, here)
    walk.begin(here, onward)
    return walk.leave(here, onward)


def _address_of(nat: Any, spot: Spot) -> dict[str, Any]:
    """The primary address of a zonal NAT gateway, the one in the sender's zone of a regional one."""
    if nat.subnet_id:
        return dict(nat.address_set[0])
    zone = spot.subnet.availability_zone if spot.subnet else ""
    for address in nat.address_set:
        if address.get("AvailabilityZone") == zone:
            return dict(address)
    raise NotModelled(f"{nat.id} in {zone or 'no zone'}, where it has no address yet")


# -- endpoints and peerings ----------------------------------------------------------------------------------------


def _gateway_endpoint(walk: Walk, packet: Packet, endpoint_id: str) -> End:
    endpoint = walk.facts.ec2.vpc_end_points[endpoint_id]
    if endpoint.vpc_endpoint_type != "Gateway":
        raise NotModelled(f"the appliances behind {endpoint_id}")
    named = {"VpcEndpoint": walk.named(endpoint_id), "Component": walk.named(endpoint_id)}
    if endpoint.state != "available":
        raise walk.block("BAD_STATE", **named, State=endpoint.state)
    if packet.protocol != "tcp":
        raise walk.block("VPCE_GATEWAY_PROTOCOL_RESTRICTION", Direction="egress", **named, Protocols=[packet.protocol])
    walk.add(endpoint_id, InboundHeader=shapes.header(packet), ServiceName=endpoint.service_name)
    return walk.finish(endpoint_id, packet)


def _peering(walk: Walk, spot: Spot, packet: Packet, peering: Any) -> End:
    near, far = peering.vpc.id, peering.peer_vpc.id
    other = far if near == spot.vpc_id else near
    vpcs = {"SourceVpc": walk.named(spot.vpc_id), "DestinationVpc": walk.named(other)}
    walk.add(peering.id, **vpcs)
    if peering.id in walk.stops:
        return walk.finish(peering.id, packet)
    if other not in walk.facts.ec2.vpcs:
        raise NotModelled(f"{other} behind {peering.id}")
    blocks = walk.facts.blocks(other)
    if not any(packet.destination in block for block in blocks):
        said = {"VpcPeeringConnection": walk.named(peering.id), "Cidrs": [str(block) for block in blocks]}
        raise walk.block("PCX_REQUIRES_ADDRESS_IN_VPC_CIDR", **said, **vpcs)
    return walk.deliver(other, packet, came_from=None)


def _astray(walk: Walk, packet: Packet) -> Exception:
    """The answer takes a way that does not lead back to where it is expected."""
    table, _ = walk.decided or (None, ())
    said = {"RouteTable": walk.named(table.id), "Vpc": walk.named(table.vpc_id)} if table else {}
    expected = [walk.named(id_) for id_ in sorted(walk.stops)]
    where = {"Destination": expected[0]} if expected else {}
    return walk.block("NO_ROUTE_TO_DESTINATION", **said, **where, Address=f"{packet.destination}/32")


# -- transit gateways ----------------------------------------------------------------------------------------------


def _transit(walk: Walk, spot: Spot, packet: Packet, gateway: Any) -> End:
    """In through the attachment's subnet in the sender's zone.

    https://docs.aws.amazon.com/vpc/latest/tgw/tgw-nacls.html
    """
    attachment = walk.facts.attachment(gateway.id, spot.vpc_id)
    if attachment is None:
        raise NotModelled(f"{gateway.id} in {spot.vpc_id}, which is not attached to it")
    named = {"TransitGateway": walk.named(gateway.id), "TransitGatewayAttachment": walk.named(attachment.id)}
    zone = spot.subnet.availability_zone if spot.subnet else ""
    near = [subnet for subnet in _subnets(walk, attachment) if subnet.availability_zone == zone]
    if not near:
        said = {"AvailabilityZones": [zone], "Component": walk.named(attachment.id)}
        raise walk.block("TGW_ROUTE_AZ_RESTRICTION", **named, **said, **walk.place(spot))
    if near[0] is not spot.subnet:
        packet = walk.ask_acl(near[0], packet, egress=False)
    walk.is_one_way = True
    walk.add(attachment.id, TransitGateway=walk.named(gateway.id), Vpc=walk.named(spot.vpc_id))
    if attachment.id in walk.stops:
        return walk.finish(attachment.id, packet)
    if not _keeps_groups(gateway, attachment):
        packet = replace(packet, groups=frozenset())
    return from_attachment(walk, attachment, packet, zone)


def _subnets(walk: Walk, attachment: Any) -> list[Any]:
    return [walk.facts.subnet(subnet_id) for subnet_id in attachment.subnet_ids]


def _keeps_groups(gateway: Any, attachment: Any) -> bool:
    both = (gateway.options, attachment.options)
    return all(options.get("SecurityGroupReferencingSupport") == "enable" for options in both)


def from_attachment(walk: Walk, attachment: Any, packet: Packet, zone: str) -> End:
    """From an attachment on, by the transit gateway route table that it is associated with."""
    walk.is_one_way = True
    walk.add(attachment.transit_gateway_id)
    if attachment.transit_gateway_id in walk.stops:
        return walk.finish(attachment.transit_gateway_id, packet)
    named = {"TransitGateway": walk.named(attachment.transit_gateway_id)}
    table_id = (attachment.association or {}).get("TransitGatewayRouteTableId")
    if table_id is None:
        said = {"TransitGatewayAttachment": walk.named(attachment.id), "Component": walk.named(attachment.id)}
        raise walk.block("TGW_ATTACH_MISSING_TGW_RTB_ASSOCIATION", **named, **said)
    table = {"TransitGatewayRouteTable": walk.named(table_id), "Component": walk.named(table_id)}
    found = _longest(walk.facts.ec2.search_transit_gateway_routes(table_id, {}), packet)
    if found is None:
        address = f"{packet.destination}/32"
        raise walk.block("TGW_RTB_NO_ROUTE_TO_TGW_ATTACHMENT", **named, **table, Address=address)
    shaped = _shaped(found)
    if found["state"] != "active" or not found["transitGatewayAttachments"]:
        raise walk.block("TGW_RTB_BAD_STATE_ROUTE", **named, **table, TransitGatewayRouteTableRoute=shaped)
    walk.add(table_id, TransitGatewayRouteTableRoute=shaped, AdditionalDetails=_ONE_WAY, **named)
    return _out_of(walk, found["transitGatewayAttachments"][0]["transitGatewayAttachmentId"], packet, zone)


def _longest(routes: list[Any], packet: Packet) -> Any:
    blocks = [(ipaddress.ip_network(route["destinationCidrBlock"]), route) for route in routes]
    matching = [(block.prefixlen, route) for block, route in blocks if packet.destination in block]
    return max(matching, key=lambda item: item[0])[1] if matching else None


def _shaped(route: Any) -> dict[str, Any]:
    attached = route["transitGatewayAttachments"][0] if route["transitGatewayAttachments"] else {}
    return {
        "DestinationCidr": route["destinationCidrBlock"],
        "State": route["state"],
        "RouteOrigin": route["type"],
        **({"AttachmentId": attached["transitGatewayAttachmentId"]} if attached else {}),
        **({"ResourceId": attached["resourceId"], "ResourceType": attached["resourceType"]} if attached else {}),
    }


def _out_of(walk: Walk, attachment_id: str, packet: Packet, zone: str) -> End:
    attachment = walk.facts.ec2.transit_gateway_attachments[attachment_id]
    walk.add(attachment_id, TransitGateway=walk.named(attachment.transit_gateway_id))
    if attachment_id in walk.stops:
        return walk.finish(attachment_id, packet)
    if attachment.resource_type != "vpc":
        raise NotModelled(f"what is behind {attachment_id}")
    subnets = _subnets(walk, attachment)
    subnet = next((item for item in subnets if item.availability_zone == zone), subnets[0])
    return walk.leave(Spot(vpc_id=subnet.vpc_id, subnet=subnet), packet)
