"""What must hold for the answers about any network, found by trying random ones."""

from __future__ import annotations

from ipaddress import ip_address, ip_network
from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from runbook_lib.errors import FactMissing, UsageError
from runbook_lib.model.filters import NetworkAcl, SecurityGroup
from runbook_lib.model.vpc import RouteTable
from runbook_lib.network.compiled import Compiler
from runbook_lib.network.filtering import Peer, Traffic, blocked_parts, uncovered
from runbook_lib.network.path import Tracer
from runbook_lib.network.question import question_of
from runbook_lib.network.routing import lookup
from tests.builders import World
from tests.network.path_strategies import ADDRESSES, build, filtered_plans, neighbours, plans, questions

Json = dict[str, Any]
KINDS = {
    "network-interface", "subnet", "nat-gateway", "internet-gateway", "egress-only-internet-gateway", "vpc-endpoint",
    "vpc-peering-connection", "transit-gateway", "transit-gateway-attachment", "vpn-gateway", "vpn-connection",
    "direct-connect", "load-balancer", "internet", "service",
}  # fmt: skip
EXITS = {None, "delivered", "internet", "gateway-endpoint", "interface-endpoint", "vpn", "direct-connect"}
RANK = {"blocked": 0, "unknown": 1, "reachable": 2}
few = settings(max_examples=60, derandomize=True)


def tracer(made: World) -> Tracer:
    return Tracer(made.view())


def ask(traced: Tracer, asked: Json) -> Json | str:
    """The answer, or the text of the usage error."""
    try:
        return traced.trace(question_of(asked))
    except UsageError as error:
        return str(error)


def flat(said: Json) -> Json:
    """An answer without the words that may name one of several equal addresses."""
    return {
        way: [(b["code"], b["component"], b["rule"], b["direction"]) for b in said[way]["blocked_by"]]
        for way in ("forward", "return")
    }


@few
@given(plans, st.lists(questions(), min_size=8, max_size=20))
def test_every_answer_has_the_shape_of_the_contract(plan: Any, asked: list[Json]) -> None:
    traced = tracer(build(plan))
    for question in asked:
        said = ask(traced, {**question, "id": "x"})
        if isinstance(said, str):
            continue
        assert said["id"] == "x"
        assert set(said) - {"sources", "parts"} == {"id", "verdict", "forward", "return", "missing"}
        pieces = [said, *said.get("sources", []), *said.get("parts", [])]
        for piece in pieces:
            assert set(piece["forward"]) == {"verdict", "exit", "hops", "blocked_by"}
            assert set(piece["return"]) == {"verdict", "hops", "blocked_by", "blocked_source_ports"}
            assert piece["forward"]["exit"] in EXITS
            assert (piece["forward"]["exit"] is not None) == (piece["forward"]["verdict"] == "reachable")
            assert piece["verdict"] == min((piece[w]["verdict"] for w in ("forward", "return")), key=RANK.__getitem__)
            for way in ("forward", "return"):
                assert (piece[way]["verdict"] == "blocked") == bool(piece[way]["blocked_by"])
                for hop in piece[way]["hops"]:
                    assert set(hop) == {"kind", "id"}
                    assert hop["kind"] in KINDS
                for blocker in piece[way]["blocked_by"]:
                    assert set(blocker) == {"code", "component", "rule", "direction", "detail"}
                    assert all(letter < "\ue000" for letter in blocker["detail"] + blocker["component"])
            ports = piece["return"]["blocked_source_ports"]
            assert all(low <= high for low, high in ports)
            assert all(one[1] + 1 < two[0] for one, two in pairwise(ports))
        assert said["verdict"] == min((piece["verdict"] for piece in pieces), key=RANK.__getitem__)
        assert said["verdict"] != "unknown" or said["missing"]


@settings(max_examples=60, derandomize=True)
@given(
    st.tuples(filtered_plans, neighbours()) | st.tuples(plans, st.lists(questions(), min_size=25, max_size=40)),
)
def test_shared_walks_answer_as_walks_of_their_own(drawn: tuple[Any, list[Json]]) -> None:
    plan, asked = drawn
    view = build(plan).view()
    warm = Tracer(view)
    for question in (*asked, *asked[::-3]):
        assert ask(warm, question) == ask(Tracer(view), question)


@few
@given(plans, st.lists(questions(), min_size=8, max_size=15), st.integers(0, 99))
def test_the_order_of_the_input_never_matters(plan: Any, asked: list[Json], seed: int) -> None:
    plain, mixed = tracer(build(plan)), tracer(build(plan).shuffled(seed))
    for question in asked:
        assert ask(plain, question) == ask(mixed, question)


_blocks = st.sampled_from(
    [
        "10.0.0.0/29",
        "10.0.0.8/29",
        "169.254.169.248/29",
        "239.255.255.248/29",
        "10.0.1.16/28",
        "10.0.2.24/29",
        "10.1.0.16/28",
        "198.51.100.0/30",
        "192.0.2.76/30",
    ]
)


@few
@given(plans, questions(_blocks))
def test_the_answer_for_a_set_is_the_answer_for_each_address(plan: Any, asked: Json) -> None:
    traced = tracer(build(plan))
    whole = ask(traced, asked)
    if isinstance(whole, str):
        return
    for address in ip_network(asked["to"]):
        one = ask(traced, {**asked, "to": str(address)})
        assert isinstance(one, dict)
        parts = [part for part in whole.get("parts", [whole]) if address in ip_network(part.get("to", asked["to"]))]
        assert len(parts) == 1
        assert (parts[0]["verdict"], flat(parts[0])) == (one["verdict"], flat(one)), address


@few
@given(plans, st.lists(questions(), min_size=8, max_size=15), st.sampled_from(["fn", "web"]), st.integers(0, 3))
def test_taking_away_a_group_rule_opens_nothing(plan: Any, asked: list[Json], group: str, which: int) -> None:
    """A removed rule never turns an answer into reachable."""

    def less(raw: Json) -> None:
        for key in ("IpPermissions", "IpPermissionsEgress"):
            raw[key] = [rule for at, rule in enumerate(raw[key]) if at != which]

    before, after = tracer(build(plan)), tracer(build(plan).changed("SecurityGroups", f"sg-{group}", less))
    for question in asked:
        was, now = ask(before, question), ask(after, question)
        assert isinstance(now, str) or now["verdict"] != "reachable" or was["verdict"] == "reachable"  # type: ignore[index]


@few
@given(plans, st.lists(questions(st.sampled_from(ADDRESSES)), min_size=8, max_size=15), st.integers(0, 9))
def test_taking_away_a_route_changes_nothing_for_addresses_it_does_not_name(
    plan: Any, asked: list[Json], which: int
) -> None:
    named = [cidr for cidr in sorted(plan["routes"]) if cidr not in ("0.0.0.0/0", "10.0.2.0/24")]
    if not named:
        return
    gone = ip_network(named[which % len(named)])
    less = {**plan, "routes": {cidr: target for cidr, target in plan["routes"].items() if cidr != str(gone)}}
    before, after = tracer(build(plan)), tracer(build(less))
    for question in asked:
        ends = [question["to"], *([question["from"]] if question["from"][0].isdigit() else [])]
        outside = question["from"] == "eni-db" and gone.overlaps(ip_network("10.1.0.0/24"))
        if not outside and not any(ip_address(end) in gone for end in ends):
            assert ask(before, question) == ask(after, question)


@few
@given(plans, st.sampled_from(["tcp", "udp", "icmp", "all"]), st.sampled_from([22, 443, 1024, 65535]))
def test_compiled_answers_equal_the_plain_ones(plan: Any, protocol: str, port: int) -> None:
    view = build(plan).view()
    compiler = Compiler(view)
    number = {"tcp": 6, "udp": 17, "icmp": 1, "all": -1}[protocol]
    traffic = Traffic(number, (port, port)) if number in (6, 17) else Traffic(number)
    wide = Traffic(number, (1024, 65535)) if number in (6, 17) else traffic
    for text in ADDRESSES:
        address, block = ip_address(text), ip_network(text)
        packed = (address.version, int(address))
        for table in view.snapshot.all(RouteTable):
            assert _or_gap(lambda t=table, p=packed: compiler.route(t, p)) == _or_gap(
                lambda t=table, a=address: lookup(view, t, a)
            )
        for acl in view.snapshot.all(NetworkAcl):
            for egress in (True, False):
                steps = compiler.acl_denies(acl, egress, packed, wide)
                parts = blocked_parts(acl, egress, [block], wide)
                assert sorted((s.ports, s.entry.number if s.entry else 0) for s in steps) == sorted(
                    (p.ports or (0, 65535), p.entry.number if p.entry else 0) for p in parts
                )
        for group in view.snapshot.all(SecurityGroup):
            for egress in (True, False):
                rules = compiler.group_rules(group, egress, traffic)
                left = _or_gap(lambda g=group, e=egress, b=block: uncovered(view, [g], e, Peer((b,)), traffic))
                fast: Any = () if rules.covers(packed) else ("gap" if rules.unread else (block,))
                assert fast == left


def _or_gap(ask_: Any) -> Any:
    try:
        return ask_()
    except FactMissing:
        return "gap"
