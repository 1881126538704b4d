"""Security groups and network ACLs over sets agree with one packet at a time, by two implementations and by hand."""

from __future__ import annotations

from ipaddress import ip_network
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runbook_lib.errors import FactMissing
from runbook_lib.network.compiled import Compiler
from runbook_lib.network.filtering import Peer, Traffic, acl_parts, blocked_parts, uncovered
from runbook_lib.network.intervals import AddressSet
from runbook_lib.network.view import View
from tests.builders import World, rule, world
from tests.network.strategies import ADDRESSES, BLOCK, acl_entries, ports, rules

LISTS = {"pl-one": ["203.0.113.0/30", "203.0.113.16/29"], "pl-two": ["203.0.113.0/28"]}


def base() -> World:
    made = world().vpc().subnet(az="a")
    for name, listed in LISTS.items():
        made.prefix_list(name, listed)
    return made


def groups_view(listed: list[Any]) -> View:
    half = len(listed) // 2
    return base().group("one", egress=listed[:half]).group("two", egress=listed[half:]).view()


@given(st.lists(rules, max_size=6), ports)
def test_uncovered_agrees_with_single_addresses(listed: list[Any], asked: tuple[int, int]) -> None:
    view = groups_view(listed)
    groups = view.groups(["sg-one", "sg-two"])
    traffic = Traffic(6, asked)
    left = AddressSet.of(uncovered(view, groups, True, Peer((BLOCK,), ("sg-peer",)), traffic))
    for address in ADDRESSES:
        single = all(_allows(listed, address, port) for port in range(asked[0], asked[1] + 1))
        assert (address not in left) == single


def _allows(listed: list[Any], address: Any, port: int) -> bool:
    for one in listed:
        if one["IpProtocol"] == "udp" or not one.get("FromPort", 0) <= port <= one.get("ToPort", 65535):
            continue
        cidrs = [item["CidrIp"] for item in one["IpRanges"]]
        cidrs += [cidr for item in one["PrefixListIds"] for cidr in LISTS[item["PrefixListId"]]]
        if any(pair["GroupId"] == "sg-peer" for pair in one["UserIdGroupPairs"]):
            return True
        if address in AddressSet.of(_nets(cidrs)):
            return True
    return False


def _nets(cidrs: list[str]) -> list[Any]:
    return [ip_network(cidr) for cidr in cidrs]


@given(st.lists(rules, max_size=6), st.integers(0, 40))
def test_the_compiled_groups_agree(listed: list[Any], port: int) -> None:
    view = groups_view(listed)
    groups, traffic, compiler = view.groups(["sg-one", "sg-two"]), Traffic(6, (port, port)), Compiler(view)
    left = AddressSet.of(uncovered(view, groups, True, Peer((BLOCK,), ("sg-peer",)), traffic))
    for address in ADDRESSES:
        compiled = [compiler.group_rules(group, True, traffic) for group in groups]
        allowed = any(one.covers((4, int(address))) or "sg-peer" in one.references for one in compiled)
        assert allowed is (address not in left)


@given(acl_entries, ports)
def test_acl_parts_are_first_match_for_every_packet(entries: list[Any], asked: tuple[int, int]) -> None:
    acl = base().acl("own", *entries, subnets=["a"]).view().acl_of("subnet-a")
    parts = acl_parts(acl, False, [BLOCK], Traffic(6, asked))
    seen: dict[tuple[Any, int], tuple[bool, int | None]] = {}
    for part in parts:
        low, high = part.ports or (0, 0)
        for address in AddressSet.of(part.cidrs).cidrs():
            for host in address:
                for port in range(low, high + 1):
                    assert (host, port) not in seen
                    seen[host, port] = (part.allowed, part.entry.number if part.entry else None)
    assert len(seen) == BLOCK.num_addresses * (asked[1] - asked[0] + 1)
    ordered = sorted(entries, key=lambda entry: entry["RuleNumber"])
    for (host, port), said in list(seen.items())[:: max(1, len(seen) // 97)]:
        first = next((entry for entry in ordered if _matches(entry, host, port)), None)
        assert said == ((first["RuleAction"] == "allow", first["RuleNumber"]) if first else (False, None))


def _matches(entry: Any, host: Any, port: int) -> bool:
    ports_ = entry.get("PortRange") or {"From": 0, "To": 65535}
    in_ports = entry["Protocol"] == "-1" or ports_["From"] <= port <= ports_["To"]
    return entry["Protocol"] in ("6", "-1") and in_ports and host in AddressSet.of(_nets([entry["CidrBlock"]]))


@given(acl_entries, ports)
def test_the_compiled_acl_agrees(entries: list[Any], asked: tuple[int, int]) -> None:
    view = base().acl("own", *entries, subnets=["a"]).view()
    acl, traffic, compiler = view.acl_of("subnet-a"), Traffic(6, asked), Compiler(view)
    blocked = blocked_parts(acl, False, [BLOCK], traffic)
    for address in ADDRESSES:
        wanted = {
            (port, part.entry)
            for part in blocked
            if address in AddressSet.of(part.cidrs) and part.ports
            for port in range(part.ports[0], part.ports[1] + 1)
        }
        steps = compiler.acl_denies(acl, False, (4, int(address)), traffic)
        assert {(port, step.entry) for step in steps for port in range(step.ports[0], step.ports[1] + 1)} == wanted


@given(st.lists(rules, max_size=6), st.integers(0, 2**16))
def test_the_order_of_rules_does_not_matter(listed: list[Any], seed: int) -> None:
    straight, mixed = groups_view(listed), list(listed)
    Random(seed).shuffle(mixed)
    peer, traffic = Peer((BLOCK,), ("sg-peer",)), Traffic(6, (10, 20))
    one = uncovered(straight, straight.groups(["sg-one", "sg-two"]), True, peer, traffic)
    other = groups_view(mixed)
    assert uncovered(other, other.groups(["sg-two", "sg-one"]), True, peer, traffic) == one


def test_an_unread_list_matters_only_for_what_is_left() -> None:
    made = base().prefix_list("secret", None)
    made.group("open", egress=[rule("pl-secret"), rule("0.0.0.0/0")]).group("tight", egress=[rule("pl-secret")])
    view, peer, traffic = made.view(), Peer((BLOCK,)), Traffic(6, (443, 443))
    assert uncovered(view, view.groups(["sg-open"]), True, peer, traffic) == ()
    with pytest.raises(FactMissing, match="pl-secret"):
        uncovered(view, view.groups(["sg-tight"]), True, peer, traffic)


def test_a_list_that_is_known_to_be_gone_matches_nothing() -> None:
    view = base().group("tight", egress=[rule("pl-gone")]).view()
    left = uncovered(view, view.groups(["sg-tight"]), True, Peer((BLOCK,)), Traffic(6, (443, 443)))
    assert left == (BLOCK,)
