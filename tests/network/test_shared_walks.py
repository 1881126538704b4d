"""Flows that share a walk differ only where they may: one tracer answers neighbours apart, in any order."""

from __future__ import annotations

import gc
from itertools import permutations
from typing import Any

import pytest

from runbook_lib.network.path import Tracer, steady
from runbook_lib.network.question import question_of
from tests.builders import World, acl_entry, rule, world
from tests.network.paths import Json, codes, hops

OPEN = [rule(port=None, protocol="-1")]


def two_subnets(*entries: Json) -> World:
    """Two interfaces in each of two subnets; the ACL of subnet b has entries before it allows everything."""
    made = world().vpc().subnet("a").subnet("b").group(ingress=OPEN).group("shut", ingress=[rule("10.9.0.0/16")])
    rest = [acl_entry(1000), acl_entry(1000, egress=True)]
    made.acl("b", *entries, *rest, subnets=["b"])
    made.interface("a1", "10.0.0.9", groups=["fn"]).interface("a2", "10.0.0.40", groups=["fn"])
    return made.interface("b1", "10.0.1.9", subnet="b", groups=["fn"]).interface(
        "b2", "10.0.1.40", subnet="b", groups=["shut"]
    )


def flow(source: str = "eni-a1", to: str = "eni-b1", port: int = 443, **more: Any) -> Json:
    return {"from": source, "to": to, "port": port, **more}


@pytest.mark.parametrize(
    ("entries", "asked", "expected"),
    [
        ([], [flow(), flow("eni-a2"), flow(to="eni-b2")], [[], [], ["ENI_SG_RULES_MISMATCH"]]),
        ([acl_entry(90, "deny", "10.0.0.8/29")], [flow(), flow("eni-a2")], [["SUBNET_ACL_RESTRICTION"], []]),
        ([acl_entry(90, "deny", ports=(443, 443))], [flow(), flow(port=444)], [["SUBNET_ACL_RESTRICTION"], []]),
        (
            [acl_entry(90, "deny", egress=True, ports=(40000, 40009))],
            [flow(source_port=p) for p in (39999, 40000, 40009, 40010)] + [flow()],
            [[], ["SUBNET_ACL_RESTRICTION"], ["SUBNET_ACL_RESTRICTION"], [], ["SUBNET_ACL_RESTRICTION"]],
        ),
    ],
)
def test_neighbours_are_told_apart(entries: list[Json], asked: list[Json], expected: list[list[str]]) -> None:
    view = two_subnets(*entries).view()
    for order in permutations(range(len(asked))):
        traced = Tracer(view)
        for at in order:
            said = traced.trace(question_of(asked[at]))
            assert codes(said) == expected[at]
            assert hops(said)[0] == asked[at]["from"]


def test_answers_name_their_own_ends_and_ports() -> None:
    shut = [acl_entry(90, "deny", ports=(443, 450)), acl_entry(90, "deny", egress=True, ports=(40000, 40009))]
    traced = Tracer(two_subnets(*shut).view())
    for source, to, port, own in (("a1", "b1", 443, 40000), ("a2", "b1", 444, 40001), ("a2", "b2", 450, 40009)):
        address = {"a1": "10.0.0.9", "a2": "10.0.0.40", "b1": "10.0.1.9", "b2": "10.0.1.40"}
        said = traced.trace(question_of(flow(f"eni-{source}", f"eni-{to}", port, source_port=own)))
        there = f"acl-b, rule 90: denies tcp {port} from {address[source]} at subnet-b"
        back = f"acl-b, rule 90: denies tcp {own} to {address[source]} at subnet-b"
        assert said["forward"]["blocked_by"][0]["detail"] == there
        assert said["return"]["blocked_by"][0]["detail"] == back
        assert said["return"]["blocked_source_ports"] == [[own, own]]
        assert (hops(said)[-1], hops(said, "return")[0]) == (f"eni-{to}", f"eni-{to}")


def test_functions_of_one_placement_share_an_answer() -> None:
    made = two_subnets().function("one").function("two").function("other", groups=["shut"])
    traced = Tracer(made.view())
    one, two, other = (traced.trace(question_of(flow(name, "10.0.1.9"))) for name in ("one", "two", "other"))
    assert one == two
    assert one["forward"] is two["forward"]
    assert other["forward"] is not one["forward"]


def test_tracing_many_flows_leaves_the_collector_as_it_was() -> None:
    with steady():
        assert not gc.isenabled()
    assert gc.isenabled()
