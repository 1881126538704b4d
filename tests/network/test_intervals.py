"""Sets of addresses and rectangles agree with sets of single points."""

from __future__ import annotations

from ipaddress import IPv4Address, ip_address, ip_network
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from runbook_lib.network.intervals import AddressSet, Ports, Rectangle, cut, span
from tests.network.strategies import ADDRESSES, BLOCK, cidrs, ports

sets = st.lists(cidrs, max_size=6).map(AddressSet.of)


def points(made: AddressSet) -> set[IPv4Address]:
    return {address for address in ADDRESSES if address in made}


@given(sets, sets)
def test_algebra_is_that_of_single_addresses(one: AddressSet, other: AddressSet) -> None:
    assert points(one | other) == points(one) | points(other)
    assert points(one & other) == points(one) & points(other)
    assert points(one - other) == points(one) - points(other)


@given(sets, sets)
def test_results_are_disjoint_and_merged(one: AddressSet, other: AddressSet) -> None:
    for made in (one | other, one & other, one - other):
        assert all(a[0] == b[0] and a[2] + 1 < b[1] for a, b in pairwise(made.pieces))
        assert made.size == len(points(made))
        assert bool(made) == bool(points(made))


@given(sets)
def test_cidrs_give_the_set_back(made: AddressSet) -> None:
    assert AddressSet.of(made.cidrs()) == made
    assert sum(cidr.num_addresses for cidr in made.cidrs()) == made.size


@given(st.lists(cidrs, max_size=6), st.randoms())
def test_order_does_not_matter(made: list[object], mix: object) -> None:
    straight = AddressSet.of(made)  # type: ignore[arg-type]
    mix.shuffle(made)  # type: ignore[attr-defined]
    assert AddressSet.of(made) == straight  # type: ignore[arg-type]


def test_the_families_are_apart() -> None:
    six, four = ip_network("::/0"), ip_network("0.0.0.0/0")
    assert (AddressSet.of([six]) & AddressSet.of([four])).size == 0
    assert AddressSet.of([six, four]).cidrs() == (four, six)
    assert ip_address("::1") in AddressSet.of([six])
    assert ip_address("::1") not in AddressSet.of([four])


def cells(rectangles: list[Rectangle]) -> list[tuple[int, int]]:
    return [
        (address, port)
        for (_, first, last), (low, high) in rectangles
        for address in range(first, last + 1)
        for port in range(low, high + 1)
    ]


@given(st.lists(st.tuples(cidrs, ports), max_size=5))
def test_cutting_loses_nothing_and_doubles_nothing(cuts: list[tuple[object, Ports]]) -> None:
    left: list[Rectangle] = [(span(BLOCK), (0, 40))]
    taken: list[Rectangle] = []
    for cidr, ports_ in cuts:
        inside, left = cut(left, span(cidr), ports_)  # type: ignore[arg-type]
        taken += inside
    both = cells(taken) + cells(left)
    assert len(both) == len(set(both)) == BLOCK.num_addresses * 41
    wanted = {cell for cidr, ports_ in cuts for cell in cells([(span(cidr), ports_)])}  # type: ignore[arg-type]
    assert set(cells(taken)) == wanted
