"""The partition of a set of destinations agrees with asking for every address by itself."""

from __future__ import annotations

from ipaddress import ip_address, ip_network
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runbook_lib.errors import FactMissing
from runbook_lib.model.vpc import Route
from runbook_lib.network.compiled import Compiler
from runbook_lib.network.intervals import AddressSet
from runbook_lib.network.routing import decide, lookup
from runbook_lib.network.view import View
from tests.builders import World, world
from tests.network.strategies import ADDRESSES, BLOCK, destinations


def _possible(made: tuple[str, str, str, str]) -> tuple[str, str, str, str]:
    """Propagated routes never name a prefix list."""
    destination, target, state, origin = made
    return destination, target, state, "CreateRoute" if destination.startswith("pl-") else origin


routes = st.lists(
    st.tuples(
        destinations,
        st.sampled_from(["nat-1", "igw-1", "vpce-s3", "tgw-1"]),
        st.sampled_from(["active", "blackhole"]),
        st.sampled_from(["CreateRoute", "EnableVgwRoutePropagation"]),
    ).map(_possible),
    max_size=6,
    unique_by=lambda made: (made[0], made[3]),
)


def built(made: list[Any]) -> World:
    given_world = (
        world().prefix_list("one", ["203.0.113.0/30", "203.0.113.16/29"]).prefix_list("two", ["203.0.113.0/28"])
    )
    given_world.vpc().subnet(az="a")
    for destination, target, state, origin in made:
        given_world.route("main", destination, target, state, Origin=origin)
    return given_world


def same(one: Route | None, other: Route | None) -> bool:
    return (one and (one.destination, one.target, one.origin)) == (
        other and (other.destination, other.target, other.origin)
    )


@given(routes)
def test_parts_cover_the_set_and_agree_with_single_lookups(made: list[Any]) -> None:
    view = built(made).view()
    table = view.route_table_of("subnet-a")
    parts = decide(view, table, [BLOCK])
    assert sum(AddressSet.of(part.cidrs).size for part in parts) == BLOCK.num_addresses
    for part in parts:
        for address in ADDRESSES:
            if address in AddressSet.of(part.cidrs):
                assert lookup(view, table, address) == part.route


@given(routes)
def test_the_compiled_table_agrees(made: list[Any]) -> None:
    view = built(made).view()
    table = view.route_table_of("subnet-a")
    compiler = Compiler(view)
    for address in ADDRESSES:
        assert compiler.route(table, (4, int(address))) == lookup(view, table, address)


@given(routes, st.integers(0, 2**16))
def test_the_order_of_routes_does_not_matter(made: list[Any], seed: int) -> None:
    straight = built(made).view()
    mixed = list(made)
    Random(seed).shuffle(mixed)
    other = built(mixed).view()
    for address in ADDRESSES:
        one = lookup(straight, straight.route_table_of("subnet-a"), address)
        two = lookup(other, other.route_table_of("subnet-a"), address)
        prefixes = [d for d, *_ in made if d.startswith("pl-")]
        assert same(one, two) or len(prefixes) > 1  # two lists may hold one CIDR; AWS promises no order then


def test_several_families_are_decided_apart() -> None:
    made = world().vpc().subnet(az="a").route("main", "0.0.0.0/0", "nat-1").route("main", "::/0", "eigw-1").view()
    table = made.route_table_of("subnet-a")
    parts = decide(made, table, [ip_network("198.51.100.0/24"), ip_network("2001:db8::/32")])
    assert [(part.route.target if part.route else None) for part in parts] == ["nat-1", "eigw-1"]
    assert lookup(made, table, ip_address("2001:db8::1")).target == "eigw-1"  # type: ignore[union-attr]


def test_an_unread_list_stops_the_answer() -> None:
    made = world().vpc().subnet(az="a").prefix_list("own", None).route("main", "pl-own", "tgw-1").view()
    with pytest.raises(FactMissing, match="pl-own"):
        decide(made, made.route_table_of("subnet-a"), [BLOCK])


def test_an_unread_list_of_a_gateway_endpoint_does_not_matter_for_private_addresses() -> None:
    made = world().vpc().subnet(az="a").gateway_endpoint("s3", tables=["main"]).denied("PrefixLists")
    view: View = made.view()
    table = view.route_table_of("subnet-a")
    assert lookup(view, table, ip_address("10.0.3.4")).target == "local"  # type: ignore[union-attr]
    with pytest.raises(FactMissing):
        lookup(view, table, ip_address("3.5.146.1"))
