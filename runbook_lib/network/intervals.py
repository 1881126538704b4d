"""Exact arithmetic over sets of addresses and over address-by-port rectangles.

Addresses are integers, IPv4 and IPv6 in separate spaces (the family is part of every piece), so that a set is a
sorted tuple of disjoint closed intervals and nothing is ever approximated.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, summarize_address_range

from runbook_lib.model.fact import Network

__all__ = ["AddressSet", "Piece", "Ports", "Rectangle", "cut", "span"]

Ports = tuple[int, int]
Piece = tuple[int, int, int]  # IP version, first address, last address
Rectangle = tuple[Piece, Ports]


def span(cidr: Network) -> Piece:
    """The piece that one CIDR block is."""
    first = int(cidr.network_address)
    return (cidr.version, first, first + cidr.num_addresses - 1)


@dataclass(frozen=True, slots=True)
class AddressSet:
    """A set of addresses; `pieces` are sorted, disjoint and merged."""

    pieces: tuple[Piece, ...] = ()

    @classmethod
    def of(cls, cidrs: Iterable[Network]) -> AddressSet:
        """The union of CIDR blocks."""
        return cls.union(span(cidr) for cidr in cidrs)

    @classmethod
    def union(cls, pieces: Iterable[Piece]) -> AddressSet:
        """The union of pieces in any order."""
        merged: list[Piece] = []
        for version, first, last in sorted(pieces):
            if merged and merged[-1][0] == version and first <= merged[-1][2] + 1:
                merged[-1] = (version, merged[-1][1], max(last, merged[-1][2]))
            else:
                merged.append((version, first, last))
        return cls(tuple(merged))

    def __bool__(self) -> bool:
        return bool(self.pieces)

    def __or__(self, other: AddressSet) -> AddressSet:
        return self.union((*self.pieces, *other.pieces))

    def __sub__(self, other: AddressSet) -> AddressSet:
        left = list(self.pieces)
        for version, first, last in other.pieces:
            left = [part for piece in left for part in _without(piece, version, first, last)]
        return AddressSet(tuple(left))

    def __and__(self, other: AddressSet) -> AddressSet:
        return self.union(
            (version, max(first, low), min(last, high))
            for version, first, last in self.pieces
            for family, low, high in other.pieces
            if version == family and max(first, low) <= min(last, high)
        )

    def __contains__(self, address: IPv4Address | IPv6Address) -> bool:
        value = int(address)
        return any(version == address.version and low <= value <= high for version, low, high in self.pieces)

    @property
    def size(self) -> int:
        """Number of addresses."""
        return sum(last - first + 1 for _, first, last in self.pieces)

    def cidrs(self) -> tuple[Network, ...]:
        """The smallest list of CIDR blocks that makes up the set, sorted."""
        blocks: list[Network] = []
        for version, first, last in self.pieces:
            if version == 4:
                blocks.extend(summarize_address_range(IPv4Address(first), IPv4Address(last)))
            else:
                blocks.extend(summarize_address_range(IPv6Address(first), IPv6Address(last)))
        return tuple(blocks)


def _without(piece: Piece, version: int, first: int, last: int) -> Iterator[Piece]:
    family, low, high = piece
    if family != version or last < low or first > high:
        yield piece
        return
    if low < first:
        yield (family, low, first - 1)
    if last < high:
        yield (family, last + 1, high)


def cut(rectangles: Iterable[Rectangle], piece: Piece, ports: Ports) -> tuple[list[Rectangle], list[Rectangle]]:
    """Split rectangles (addresses x ports) by one more rectangle into (inside, outside), both exact and disjoint."""
    version, first, last = piece
    inside: list[Rectangle] = []
    outside: list[Rectangle] = []
    for (family, low, high), (port_low, port_high) in rectangles:
        if family != version or last < low or first > high or ports[1] < port_low or ports[0] > port_high:
            outside.append(((family, low, high), (port_low, port_high)))
            continue
        if low < first:
            outside.append(((family, low, first - 1), (port_low, port_high)))
        if last < high:
            outside.append(((family, last + 1, high), (port_low, port_high)))
        middle = (family, max(low, first), min(high, last))
        if port_low < ports[0]:
            outside.append((middle, (port_low, ports[0] - 1)))
        if ports[1] < port_high:
            outside.append((middle, (ports[1] + 1, port_high)))
        inside.append((middle, (max(port_low, ports[0]), min(port_high, ports[1]))))
    return inside, outside
