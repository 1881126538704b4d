"""Where addresses stop behaving alike: the boundaries that routes, rules, subnets, peers and interfaces draw."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from functools import cached_property
from itertools import pairwise

from runbook_lib.model.fact import Network, network
from runbook_lib.model.filters import NetworkAcl, SecurityGroup
from runbook_lib.model.gateways import VpcPeeringConnection, VpnConnection
from runbook_lib.model.interfaces import NetworkInterface
from runbook_lib.model.transit import TransitGatewayRoutes, VirtualInterface
from runbook_lib.model.vpc import PrefixList, RouteTable, Subnet, Vpc
from runbook_lib.network import special
from runbook_lib.network.flow import Addr
from runbook_lib.network.intervals import AddressSet, Piece, span
from runbook_lib.network.tools import addr
from runbook_lib.network.view import View

__all__ = ["Atoms"]

_Edges = dict[int, list[int]]
_SPECIAL = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", *special.BLOCKS)


class Atoms:
    """Cuts address sets of one view into pieces within which every address behaves alike."""

    def __init__(self, view: View) -> None:
        self.view = view

    def index(self, address: Addr) -> tuple[int, int]:
        """The class of an address for everything on the way (routes, ACLs, subnets, peers), not for groups."""
        version, value = address
        return version, bisect_right(self._ways.get(version, []), value)

    def of_destination(self, addresses: AddressSet) -> list[Piece]:
        """Pieces that any rule treats alike and that no interface divides."""
        return _cut(addresses, self._all)

    def of_source(self, addresses: AddressSet) -> list[Piece]:
        """Pieces that any rule treats alike."""
        return _cut(addresses, self._rules)

    @cached_property
    def _ways(self) -> _Edges:
        return _edges(span(cidr) for cidr in set(_way_cidrs(self.view)))

    @cached_property
    def _rules(self) -> _Edges:
        groups = self.view.snapshot.all(SecurityGroup)
        cidrs = {cidr for group in groups for rule in (*group.ingress, *group.egress) for cidr in rule.cidrs}
        return _edges(span(cidr) for cidr in cidrs | set(_way_cidrs(self.view)))

    @cached_property
    def _all(self) -> _Edges:
        listed = self.view.snapshot.all(NetworkInterface)
        own = {addr(ip) for item in listed for ip in (*item.private_ips, *(public for _, public in item.public_ips))}
        single = {version: {edge for v, a in own if v == version for edge in (a, a + 1)} for version in (4, 6)}
        return {version: sorted(single[version].union(self._rules.get(version, ()))) for version in (4, 6)}


def _cut(addresses: AddressSet, edges: _Edges) -> list[Piece]:
    pieces: list[Piece] = []
    for version, first, last in addresses.pieces:
        if first == last:
            pieces.append((version, first, last))
            continue
        known = edges.get(version, [])
        inner = known[bisect_right(known, first) : bisect_left(known, last + 1)]
        pieces.extend((version, low, high - 1) for low, high in pairwise((first, *inner, last + 1)))
    return pieces


def _edges(pieces: Iterable[Piece]) -> _Edges:
    found: dict[int, set[int]] = {}
    for version, first, last in pieces:
        found.setdefault(version, set()).update((first, last + 1))
    return {version: sorted(marks) for version, marks in found.items()}


def _way_cidrs(view: View) -> Iterator[Network]:
    facts = view.snapshot
    yield from (network(block) for block in _SPECIAL)
    for vpc in facts.all(Vpc):
        yield from vpc.cidrs
        yield from (network(str(cidr[2])) for cidr in vpc.cidrs if cidr.version == 4)  # where the resolver may answer
    for subnet in facts.all(Subnet):
        yield from subnet.cidrs
    for table in facts.all(RouteTable):
        yield from (route.cidr for route in table.routes if route.cidr)
    for listed in facts.all(PrefixList):
        yield from listed.cidrs or ()
    for acl in facts.all(NetworkAcl):
        yield from (entry.cidr for entry in (*acl.ingress, *acl.egress))
    for pcx in facts.all(VpcPeeringConnection):
        yield from (*pcx.requester.cidrs, *pcx.accepter.cidrs)
    for vpn in facts.all(VpnConnection):
        yield from vpn.static_routes
    for routes in facts.all(TransitGatewayRoutes):
        yield from (route.cidr for route in routes.routes if route.cidr)
    for interface in facts.all(VirtualInterface):
        yield from interface.routes
