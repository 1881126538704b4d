"""Which route wins: longest prefix match over a route table, with prefix lists expanded.

Source of the rules: https://docs.aws.amazon.com/vpc/latest/userguide/route-tables-priority.html
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from runbook_lib.errors import FactMissing
from runbook_lib.model.fact import Address, Network, network
from runbook_lib.model.vpc import PrefixList, Route, RouteTable
from runbook_lib.network.intervals import AddressSet, Piece, span
from runbook_lib.network.view import View

__all__ = ["Candidate", "Decision", "candidates", "decide", "is_private", "lookup"]


@dataclass(frozen=True, slots=True)
class Decision:
    """One part of a destination set and the route that carries it; None when no route matches that part."""

    cidrs: tuple[Network, ...]
    route: Route | None


class Candidate(NamedTuple):
    """One prefix of a route (a prefix-list route has one per CIDR) with its rank among overlapping ones."""

    version: int
    first: int
    last: int
    rank: tuple[int, int]  # prefix length, then priority: larger wins
    route: Route


def lookup(view: View, table: RouteTable, address: Address) -> Route | None:
    """The winning route for one address, or None. Raises FactMissing when an unread prefix list could decide it."""
    value = int(address)
    best: Candidate | None = None
    for candidate in candidates(view, table, _is_private(address.version, value, value)):
        inside = candidate.version == address.version and candidate.first <= value <= candidate.last
        if inside and (best is None or candidate.rank > best.rank):
            best = candidate
    return best.route if best else None


def decide(view: View, table: RouteTable, cidrs: Iterable[Network]) -> tuple[Decision, ...]:
    """Partition a set of destinations by the route that wins for each part.

    The parts cover the set exactly and do not overlap; order follows the routes of the table, unrouted parts last.
    Raises FactMissing when an unread prefix list could decide some part.
    """
    wanted = AddressSet.of(cidrs)
    private = all(_is_private(*piece) for piece in wanted.pieces)
    prefixes = candidates(view, table, private)
    parts: dict[int | None, list[Piece]] = {}
    for version, first, last in wanted.pieces:
        near = [c for c in prefixes if c.version == version and c.first <= last and c.last >= first]
        edges = {first, last + 1} | {e for c in near for e in (c.first, c.last + 1) if first < e <= last}
        marks = sorted(edges)
        for low, high in pairwise(marks):
            over = [c for c in near if c.first <= low and c.last >= high - 1]
            best = max(over, key=lambda c: c.rank, default=None)
            parts.setdefault(best.route.index if best else None, []).append((version, low, high - 1))
    routes = {route.index: route for route in table.routes}
    return tuple(
        Decision(AddressSet.union(pieces).cidrs(), routes[index] if index is not None else None)
        for index, pieces in sorted(parts.items(), key=lambda item: (item[0] is None, item[0] or 0))
    )


def candidates(view: View, table: RouteTable, private: bool) -> list[Candidate]:
    """Every prefix a table routes; `private` says that only RFC 1918 destinations are asked about.

    Raises FactMissing when a prefix list was not read and could matter.
    """
    local = [span(route.cidr) for route in table.routes if route.is_local and route.cidr]
    found: list[Candidate] = []
    for route in table.routes:
        if route.state not in ("active", "blackhole"):
            raise FactMissing(f"what state {route.state} of the route {route.destination} in {table.id} means")
        for cidr in _expanded(view, route, private):
            piece = span(cidr)
            inside_local = any(p[0] == piece[0] and p[1] <= piece[1] and piece[2] <= p[2] for p in local)
            if _is_propagated(route) and inside_local:
                continue  # the local route is preferred even over a more specific propagated one
            found.append(Candidate(*piece, (cidr.prefixlen, _priority(route)), route))
    return found


def _expanded(view: View, route: Route, private: bool) -> tuple[Network, ...]:
    if route.cidr is not None:
        return (route.cidr,)
    listed = view.find(PrefixList, str(route.prefix_list))
    if listed is not None and listed.cidrs is not None:
        return listed.cidrs
    if private and (route.target or "").startswith("vpce-") and route.target_field == "GatewayId":
        return ()  # lists of AWS services hold public addresses only
    raise FactMissing(f"the entries of prefix list {route.prefix_list}", "ec2:DescribePrefixLists")


def _priority(route: Route) -> int:
    """Among equal prefixes: local, then static by CIDR, then static by prefix list, then propagated."""
    if route.is_local:
        return 3
    if _is_propagated(route):
        return 0
    return 2 if route.cidr is not None else 1


def _is_propagated(route: Route) -> bool:
    return route.origin == "EnableVgwRoutePropagation"


_PRIVATE = tuple(span(network(block)) for block in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"))


def is_private(address: tuple[int, int]) -> bool:
    """True for an RFC 1918 address given as (IP version, integer)."""
    return _is_private(address[0], address[1], address[1])


def _is_private(version: int, first: int, last: int) -> bool:
    return any(version == family and low <= first and last <= high for family, low, high in _PRIVATE)
