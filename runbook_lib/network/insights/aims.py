"""What an analysis is aimed at: the resource or address that stands for what a person wrote.

Instances, internet gateways, network interfaces, transit gateways and their attachments, VPC endpoints and endpoint
services, VPC peering connections, virtual private gateways and IPv4 addresses can be a destination; of resources with
both, only the IPv4 address is analysed.
https://docs.aws.amazon.com/vpc/latest/reachability/how-reachability-analyzer-works.html (read 2026-11-21)
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, ip_address, ip_network

from runbook_lib.errors import FactMissing, UsageError, unknown_name
from runbook_lib.model.fact import Fact
from runbook_lib.model.gateways import InternetGateway, VpcEndpoint, VpcPeeringConnection, VpnGateway
from runbook_lib.model.interfaces import Instance, NetworkInterface
from runbook_lib.model.transit import TransitGateway, TransitGatewayAttachment
from runbook_lib.model.vpc import Route
from runbook_lib.network import names
from runbook_lib.network.ends import Sender
from runbook_lib.network.intervals import AddressSet
from runbook_lib.network.routing import lookup
from runbook_lib.network.tools import Tools, addr, is_rfc1918, is_rfc6598

__all__ = ["DESTINATIONS", "Aim", "aim_at", "is_component", "route_for"]

DESTINATIONS = (
    "an IPv4 address, a host or service name, or the id of a network interface, instance, internet gateway, transit "
    "gateway or attachment of one, VPC endpoint or endpoint service, VPC peering connection or virtual private gateway"
)
_ID = re.compile(r"(?:arn:[\w-]+:ec2:[\w-]*:\d{12}:[\w-]+/)?(?P<kind>tgw-attach|tgw-rtb|vpce-svc|[a-z]+)-[\w-]+")
_KINDS: Mapping[str, type[Fact] | None] = {
    "eni": NetworkInterface,
    "i": Instance,
    "igw": InternetGateway,
    "tgw": TransitGateway,
    "tgw-attach": TransitGatewayAttachment,
    "vpce": VpcEndpoint,
    "vpce-svc": None,
    "pcx": VpcPeeringConnection,
    "vgw": VpnGateway,
}
_OTHER_IDS = frozenset(
    {"acl", "cgw", "eigw", "nat", "rtb", "sg", "subnet", "tgw-rtb", "vpc", "vpn", "pl", "lgw", "eipalloc"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Aim:
    """Where an analysis ends: a resource, an address, or a resource reached for that address.

    `note` says how that is narrower or wider than what was asked for.
    """

    destination: str | None = None
    address: IPv4Address | None = None
    note: str = ""


def aim_at(tools: Tools, word: str, sender: Sender) -> Aim:
    """The aim for a destination as a sender sees it.

    Raises UsageError for what cannot be a destination, FactMissing when the facts do not tell.
    """
    address = _address(word)
    if address:
        return _at_address(tools, address, sender)
    kind = _kind_of(word)
    if kind in _KINDS:
        return _at_resource(tools, word, word.rpartition("/")[2], _KINDS[kind])
    if kind in _OTHER_IDS:
        raise _no_destination(word, "; of a NAT gateway name the network interface" * (kind == "nat"))
    if tools.view.function_called(word) is not None:
        raise _no_destination(word, "; a Lambda function accepts no connections")
    named = names.resolve(tools, str(sender.place.vpc_id), word)
    if named is None:
        raise _no_destination(word)
    return _at_name(tools, word, named, sender)


def is_component(word: str) -> bool:
    """True for an ARN, and the id of a gateway, endpoint or attachment: the way to it is analysed, but not traced."""
    kind = _kind_of(word)
    return kind in _KINDS and (kind not in ("eni", "i") or word.startswith("arn:"))


def route_for(tools: Tools, subnet_id: str, aim: Aim) -> Route | None:
    """The route that traffic to an aim takes out of a subnet; the default route for any public address.

    Raises FactMissing.
    """
    table = tools.table_of(subnet_id)
    if aim.address:
        return lookup(tools.view, table, aim.address)
    if aim.destination and aim.destination.startswith("igw-"):
        return next((route for route in table.routes if str(route.cidr) == "0.0.0.0/0"), None)
    return None


def _kind_of(word: str) -> str:
    """How an id begins, that in an ARN too; empty for what is none."""
    match = _ID.fullmatch(word)
    return match["kind"] if match else ""


def _no_destination(word: str, hint: str = "") -> UsageError:
    return UsageError(f"{word} cannot be a destination of Reachability Analyzer; {DESTINATIONS} can{hint}")


def _address(word: str) -> IPv4Address | None:
    """The one IPv4 address that a word is, None for another word. Raises UsageError for other addresses."""
    try:
        found = ip_network(word, strict=False)
    except ValueError:
        return None
    if not isinstance(found, IPv4Network):
        raise UsageError(f"Reachability Analyzer analyses IPv4 only, not {word}")
    if found.num_addresses != 1:
        raise UsageError(f"Reachability Analyzer analyses one address at a time, not {word}")
    return found.network_address


def _at_address(tools: Tools, address: IPv4Address, sender: Sender) -> Aim:
    """Who owns an address, else the gateway that leads to it; an address alone where the facts tell neither."""
    place, key = sender.place, addr(address)
    route = lookup(tools.view, tools.table_of(str(place.subnet_id)), address)
    target = (route.target if route else None) or ""
    others = tools.owners_of(key)
    owner = tools.owner_of(str(place.vpc_id), key) or (others[0] if len(others) == 1 else None)
    if target.startswith("vgw-"):
        return Aim(destination=target, address=address)
    if owner:
        return Aim(destination=owner.id, address=address)
    if not is_rfc1918(key) and not is_rfc6598(key):
        gateway = None if target.startswith("tgw-") else _internet_gateway(tools, sender)
        return Aim(destination=gateway, address=address)
    return Aim(destination=target if target.startswith("tgw-") else None, address=address)


def _internet_gateway(tools: Tools, sender: Sender) -> str | None:
    vpc_id = str(sender.place.vpc_id)
    found = tools.internet_gateway_of(vpc_id)
    if found is None:
        tools.view.need(InternetGateway, tools.view.scope_of(vpc_id))
    return found.id if found else None


def _at_resource(tools: Tools, word: str, id_: str, fact: type[Fact] | None) -> Aim:
    known = tools.view.find(fact, id_) if fact else None
    if fact and known is None and not word.startswith("arn:"):
        scopes = tools.view.snapshot.scopes
        if scopes and all(tools.view.is_complete(fact, scope) for scope in scopes):
            raise unknown_name("destination", word, [item.id for item in tools.view.snapshot.all(fact)])
    if isinstance(known, Instance):
        known = tools.primary_of(known)
    if not isinstance(known, NetworkInterface):
        return Aim(destination=word)
    own = [address for address in known.private_ips if isinstance(address, IPv4Address)]
    if not own:
        raise UsageError(f"Reachability Analyzer analyses IPv4 only, and {word} has no IPv4 address")
    return Aim(destination=word, address=own[0])


def _at_name(tools: Tools, word: str, named: names.Named, sender: Sender) -> Aim:
    """The endpoint that takes a name, the interface behind it, or the internet gateway on the way to it."""
    if named.is_guess:
        gateway = _internet_gateway(tools, sender)
        if gateway is None:
            raise FactMissing(f"the addresses of {word}: not in the snapshot; resolve it live or give an address")
        note = f"the addresses of {word} are not known, so any public address will do for AWS"
        return Aim(destination=gateway, note=note)
    address = _first(named.addresses)
    if address is None:
        raise FactMissing(f"the IPv4 addresses of {word}: what was read lists none")
    endpoint = _endpoint_of(tools, address, sender)
    if endpoint:
        return endpoint
    listed = sum(last - first + 1 for _, first, last in named.addresses.pieces)
    found = _at_address(tools, address, sender)
    note = f"{address} stands for the {listed:,} addresses of {word}" if listed > 1 else ""
    return Aim(destination=found.destination, address=address, note=note)


def _first(addresses: AddressSet) -> IPv4Address | None:
    """The first address that a host may have: not that of the block itself."""
    pieces = [(first, last) for version, first, last in addresses.pieces if version == 4]
    return ip_address(pieces[0][0] + (pieces[0][0] < pieces[0][1])) if pieces else None  # type: ignore[return-value]


def _endpoint_of(tools: Tools, address: IPv4Address, sender: Sender) -> Aim | None:
    """The endpoint that carries an address: by its interface, by the route to it, or as the only way there could be."""
    vpc_id, subnet_id = str(sender.place.vpc_id), str(sender.place.subnet_id)
    endpoints = tools.view.endpoints_in(vpc_id)
    owner = tools.owner_of(vpc_id, addr(address))
    for endpoint in endpoints:
        if owner and owner.id in endpoint.interface_ids:
            return Aim(destination=endpoint.id, address=address)
    route = lookup(tools.view, tools.table_of(subnet_id), address)
    if route and (route.target or "").startswith("vpce-"):
        return Aim(destination=route.target, address=address)
    for endpoint in endpoints if route is None else ():
        if endpoint.kind == "Gateway" and _carries(tools, endpoint, address):
            return Aim(destination=endpoint.id, address=address)
    return None


def _carries(tools: Tools, endpoint: VpcEndpoint, address: IPv4Address) -> bool:
    listed = tools.view.service_prefix_list(str(endpoint.vpc_id), endpoint.service_short).cidrs or ()
    return any(address in cidr for cidr in listed)
