"""What a function can reach from its VPC and from nowhere else: neighbours there, and ways to other networks."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address, ip_network

from runbook_lib.checks.base import Settings
from runbook_lib.checks.function.databases import host_of, hosts_logged
from runbook_lib.model.finding import Evidence
from runbook_lib.model.interfaces import Function, NetworkInterface
from runbook_lib.model.vpc import Route, RouteTable
from runbook_lib.network.tools import addr, is_rfc1918, is_rfc6598
from runbook_lib.network.view import View

__all__ = ["Way", "nat_interfaces", "neighbours", "private_names", "tables_of", "ways_out"]

_NAT = "nat_gateway"
# What Lambda makes for functions, and what only passes packets on.
_OWN = ("lambda", _NAT)
_PUBLIC = ("nat-", "eigw-")
_UNIQUE_LOCAL = ip_network("fc00::/7")


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """A route of a function's subnets that leads out of the VPC; `is_private` tells that it leads to a network."""

    target: str
    is_private: bool
    evidence: Evidence


def neighbours(view: View, vpc_id: str) -> tuple[NetworkInterface, ...]:
    """The network interfaces of a VPC that belong to something else than functions and NAT gateways, by id.

    Raises FactMissing when not all were read.
    """
    found = view.in_vpc(NetworkInterface, vpc_id)
    return tuple(sorted((item for item in found if item.kind not in _OWN), key=lambda item: item.id))


def nat_interfaces(view: View, vpc_id: str) -> tuple[NetworkInterface, ...]:
    """The network interfaces of the NAT gateways of a VPC, by id. Raises FactMissing when not all were read."""
    found = view.in_vpc(NetworkInterface, vpc_id)
    return tuple(sorted((item for item in found if item.kind == _NAT), key=lambda item: item.id))


def private_names(view: View, settings: Settings, function: Function) -> tuple[str, ...]:
    """The private addresses and interfaces among what was named as a destination and what the log names; sorted."""
    hosts = {host_of(word) for word in settings.destinations} | hosts_logged(view, function)
    return tuple(sorted(host for host in hosts if _is_private(host)))


def tables_of(view: View, function: Function) -> tuple[RouteTable, ...]:
    """The route tables of a function's subnets, by id. Raises FactMissing."""
    found = {table.id: table for subnet_id in function.subnet_ids for table in (view.route_table_of(subnet_id),)}
    return tuple(found[id_] for id_ in sorted(found))


def ways_out(view: View, function: Function) -> tuple[Way, ...]:
    """The routes by which packets of a function leave its VPC, by target. Raises FactMissing.

    An internet gateway is none: a function has no public address, which packets need to pass it.
    https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc-internet.html (read 2026-11-21)
    """
    found = [
        Way(target=route.target, is_private=_leads_in(view, route.target), evidence=table.cite("Routes", route.index))
        for table in tables_of(view, function)
        for route in table.routes
        if route.target and not _is_closed(route)
    ]
    return tuple(sorted(found, key=lambda way: way.target))


def _is_closed(route: Route) -> bool:
    return route.is_local or route.is_blackhole or str(route.target).startswith("igw-")


def _leads_in(view: View, target: str) -> bool:
    if target.startswith("vpce-"):
        return view.endpoint(target).kind.lower() != "gateway"
    return not target.startswith(_PUBLIC)


def _is_private(host: str) -> bool:
    if host.startswith("eni-"):
        return True
    try:
        address = ip_address(host)
    except ValueError:
        return False
    if address.version == 6:
        return address in _UNIQUE_LOCAL
    return is_rfc1918(addr(address)) or is_rfc6598(addr(address))
