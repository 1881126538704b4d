"""Addresses that no route decides about: those that never leave the host, and what AWS answers beside every interface.

IANA lists which blocks a router may forward (https://www.iana.org/assignments/iana-ipv4-special-registry and
https://www.iana.org/assignments/iana-ipv6-special-registry). A VPC keeps link-local addresses and `fd00:ec2::/32` for
services of AWS: https://docs.aws.amazon.com/vpc/latest/userguide/subnet-route-tables.html
"""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING, NamedTuple

from runbook_lib.errors import FactMissing
from runbook_lib.model.fact import network
from runbook_lib.model.interfaces import Instance, NetworkInterface
from runbook_lib.model.kinds import action_of
from runbook_lib.model.transit import TransitGateway, TransitGatewayVpcAttachment
from runbook_lib.model.vpc import Vpc, VpcAttributes
from runbook_lib.network.flow import TCP, UDP, Addr, Packet, Place
from runbook_lib.network.intervals import AddressSet
from runbook_lib.network.tools import addr, holds, is_rfc1918, is_rfc6598
from runbook_lib.network.view import View

if TYPE_CHECKING:
    from runbook_lib.network.walk import Walk

__all__ = ["BLOCKS", "PORTS", "UNFORWARDED", "host_kind", "is_unforwarded", "meets", "refused_by_internet"]

UNFORWARDED = "DESTINATION_NOT_FORWARDED"

_LOCAL = {
    "0.0.0.0/8": "an address of this host itself",
    "127.0.0.0/8": "a loopback address",
    "169.254.0.0/16": "a link-local address",
    "224.0.0.0/4": "a multicast address",
    "255.255.255.255/32": "the broadcast address",
    "::/128": "the unspecified address",
    "::1/128": "the loopback address",
    "fd00:ec2::/32": "an address of AWS services beside the interface",
    "fe80::/10": "a link-local address",
    "ff00::/8": "a multicast address",
}
_NOT_PUBLIC = {"240.0.0.0/4": "a reserved address", "fc00::/7": "a private IPv6 address"}

_RESOLVERS = ("169.254.169.253", "fd00:ec2::253")
_DNS = 53


class _Beside(NamedTuple):
    """A service that answers an EC2 instance beside its network interface; `options` are what turns it on."""

    name: str
    protocol: int
    port: int
    options: tuple[str, ...] = ()


_METADATA = "the instance metadata service"
_TIME = "the Amazon Time Sync Service"
_SERVICES = {
    "169.254.169.123": _Beside(_TIME, UDP, 123),
    "169.254.169.254": _Beside(_METADATA, TCP, 80, ("HttpEndpoint",)),
    "fd00:ec2::123": _Beside(_TIME, UDP, 123),
    "fd00:ec2::254": _Beside(_METADATA, TCP, 80, ("HttpEndpoint", "HttpProtocolIpv6")),
}

BLOCKS = (*_LOCAL, *_NOT_PUBLIC, *_RESOLVERS, *_SERVICES)
"""Every block and address that is told apart here."""

PORTS = (_DNS, *sorted({service.port for service in _SERVICES.values()}))
"""The ports that services beside an interface are asked on."""

_LOCAL_SETS = tuple((AddressSet.of([network(block)]), words) for block, words in _LOCAL.items())
_UNFORWARDED = AddressSet.of(map(network, _LOCAL))
_NOT_PUBLIC_SETS = tuple((AddressSet.of([network(block)]), words) for block, words in _NOT_PUBLIC.items())
_MULTICAST = AddressSet.of(map(network, ("224.0.0.0/4", "ff00::/8")))
_RESOLVER_ADDRESSES = frozenset(addr(ip_address(text)) for text in _RESOLVERS)
_BESIDE = {addr(ip_address(text)): service for text, service in _SERVICES.items()}


def is_unforwarded(address: Addr) -> bool:
    """True for an address that no packet of a VPC comes from or goes to over any route."""
    return holds(_UNFORWARDED, address)


def refused_by_internet(address: Addr) -> str | None:
    """What the address is, for a sentence, when it is none of the internet's although a route may carry it."""
    return next((words for block, words in _NOT_PUBLIC_SETS if holds(block, address)), None)


def host_kind(view: View, interface: NetworkInterface | None) -> str:
    """What tells interfaces apart for the services beside them: equal words, equal answers."""
    if interface is None or not interface.instance_id:
        return ""
    instance = view.find(Instance, interface.instance_id)
    if instance is None:
        return "unread"
    said = [_options(instance).get(name) for name in ("HttpEndpoint", "HttpProtocolIpv6")]
    return instance.id if "disabled" in said else f"{said[0]} {said[1]}"


def meets(walk: Walk, place: Place, packet: Packet) -> bool:
    """True when the destination is answered, or dropped, before any rule or route is asked; the walk is told which.

    Security groups and network ACLs do not filter traffic to the Amazon resolver, instance metadata and time: sources
    https://docs.aws.amazon.com/vpc/latest/userguide/vpc-security-groups.html and
    https://docs.aws.amazon.com/vpc/latest/userguide/nacl-basics.html. Raises FactMissing.
    """
    traffic = packet.traffic
    if traffic.protocol in (TCP, UDP) and traffic.ports == (_DNS, _DNS) and _is_resolver(walk, place, packet.dst):
        _ask_resolver(walk, str(place.vpc_id))
        return True
    if not is_unforwarded(packet.dst):
        return False
    service = _BESIDE.get(packet.dst)
    if service and (traffic.protocol, traffic.ports) == (service.protocol, (service.port, service.port)):
        _ask_host(walk, place, service)
        return True
    if holds(_MULTICAST, packet.dst):
        _need_no_multicast(walk, str(place.vpc_id))
    words = next(words for block, words in _LOCAL_SETS if holds(block, packet.dst))
    detail = f"{walk.text(packet.dst)} is {words}, which no VPC forwards"
    walk.block(UNFORWARDED, place.subnet_id or str(place.vpc_id), detail)
    return True


def _is_resolver(walk: Walk, place: Place, address: Addr) -> bool:
    """True for the addresses of the Amazon resolver: link-local, and the base of the VPC's primary block plus two.

    Source: https://docs.aws.amazon.com/vpc/latest/userguide/AmazonDNS-concepts.html
    """
    if address in _RESOLVER_ADDRESSES:
        return True
    vpc = walk.view.find(Vpc, str(place.vpc_id))
    if vpc is None:
        if (is_rfc1918(address) or is_rfc6598(address)) and not walk.tools.owners_of(address):
            walk.view.vpc(str(place.vpc_id))
        return False
    if vpc.primary is None and address in {addr(cidr[2]) for cidr in vpc.cidrs if cidr.version == 4}:
        raise FactMissing(f"the primary CIDR block of {vpc.id}", action_of(vpc.KEY))
    return vpc.primary is not None and address == addr(vpc.primary[2])


def _ask_resolver(walk: Walk, vpc_id: str) -> None:
    attributes = walk.view.vpc_attributes(vpc_id)
    if attributes.dns_support is None:
        raise FactMissing(f"EnableDnsSupport of {vpc_id}", action_of(VpcAttributes.KEY))
    walk.hop("service", "AmazonProvidedDNS")
    if attributes.dns_support:
        walk.trail.exit = "delivered"
    else:
        detail = f"{vpc_id} has DNS support off, so the Amazon resolver answers nobody there"
        walk.block("DNS_SUPPORT_DISABLED", vpc_id, detail, "ingress")


def _ask_host(walk: Walk, place: Place, service: _Beside) -> None:
    """Only EC2 instances are promised these services; a function has others of its own (source
    https://docs.aws.amazon.com/lambda/latest/dg/configuration-metadata-endpoint.html).
    """
    interface = place.interface
    if interface is None or not interface.instance_id:
        raise FactMissing(f"whether {service.name} answers what is no EC2 instance")
    instance = walk.view.instance(interface.instance_id)
    for option in service.options:
        state = _options(instance).get(option)
        if state == "disabled":
            walk.block("BAD_STATE", instance.id, f"{service.name} of {instance.label} is disabled", "ingress")
            return
        if state != "enabled":
            raise FactMissing(f"{option} of {instance.id}", action_of(Instance.KEY))
    walk.hop("service", service.name.removeprefix("the "))
    walk.trail.exit = "delivered"


def _options(instance: Instance) -> dict[str, str]:
    return instance.raw.get("MetadataOptions") or {}


def _need_no_multicast(walk: Walk, vpc_id: str) -> None:
    """Multicast is carried only inside a multicast domain of a transit gateway, which the kit does not read. Source:
    https://docs.aws.amazon.com/vpc/latest/tgw/tgw-multicast-overview.html. Raises FactMissing where one may be.
    """
    for attachment in walk.view.snapshot.all(TransitGatewayVpcAttachment):
        gateway = walk.view.find(TransitGateway, attachment.transit_gateway_id)
        carries = gateway is not None and (gateway.raw.get("Options") or {}).get("MulticastSupport") == "enable"
        if attachment.vpc_id == vpc_id and carries:
            raise FactMissing(
                f"the multicast groups of {attachment.transit_gateway_id}", "ec2:SearchTransitGatewayMulticastGroups"
            )
