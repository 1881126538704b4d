"""What a change opens and closes: representative flows asked on two snapshots, and the difference in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from ipaddress import IPv4Address, IPv6Address, ip_network
from typing import Any

from runbook_lib.errors import FactMissing, UsageError
from runbook_lib.model.interfaces import Function, NetworkInterface
from runbook_lib.model.vpc import Subnet
from runbook_lib.network import names
from runbook_lib.network.flow import ICMP, TCP, UDP, Traffic
from runbook_lib.network.intervals import AddressSet
from runbook_lib.network.path import tracer_of
from runbook_lib.network.question import Question
from runbook_lib.network.tools import Tools
from runbook_lib.network.view import View

__all__ = ["Flow", "Probes", "ReachDiff", "difference", "probes", "traffic_words"]

CAP = 4_000
_Source = tuple[int, str, tuple[str, ...]]  # distance from the question, word, security groups
_PER_KIND = 40
_PORTS = (22, 80, 443, 3306, 5432, 6379)
_SILENT = ("lambda", "nat_gateway", "vpc_endpoint")  # placed by subnet, or never the first to send
_OUTSIDE = "198.51.100.7"  # addresses reserved for documentation stand for the internet
_ELSEWHERE = "203.0.113.200"


@dataclass(frozen=True, slots=True, order=True)
class Flow:
    """One probed flow in words; `port` is `tcp/443`, `icmp` or `all`. `groups` matter when the source is a subnet."""

    source: str
    destination: str
    port: str
    groups: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """`source -> destination port`, with the groups of a source that is a subnet."""
        where = f" with {'+'.join(self.groups)}" if self.groups else ""
        return f"{self.source}{where} -> {self.destination} {self.port}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Probes:
    """The flows to compare, the asked one first; `left_out` counts those that the cap dropped."""

    questions: tuple[Question, ...]
    left_out: int = 0

    def __iter__(self) -> Iterator[Question]:
        return iter(self.questions)

    def __len__(self) -> int:
        return len(self.questions)

    @property
    def text(self) -> str:
        """How many flows were compared and how many were not, for people."""
        more = f"; {self.left_out} more were left out" if self.left_out else ""
        return f"{len(self.questions)} representative flows compared{more}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReachDiff:
    """Flows whose verdict changes: `opened` to reachable, `closed` from reachable to blocked, `unknown` to unknown."""

    opened: tuple[Flow, ...] = ()
    closed: tuple[Flow, ...] = ()
    unknown: tuple[Flow, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.opened or self.closed or self.unknown)

    def lines(self) -> tuple[str, ...]:
        """One line per flow: `opens …`, `closes …`, `makes unknown …`."""
        marks = (("opens", self.opened), ("closes", self.closed), ("makes unknown", self.unknown))
        return tuple(f"{mark} {flow.text}" for mark, flows in marks for flow in flows)


def probes(view: View, question: Question, cap: int = CAP) -> Probes:
    """Flows that stand for all others of the network, nearest to the question first.

    Sources are the asked one and one of every kind of placement and interface (subnet, groups, public address), and
    the internet; destinations the asked one, its neighbours just outside, public addresses, services and interfaces;
    ports the asked one, its neighbours and usual ones. At most `cap` flows are kept.
    """
    finder = _Finder(view, question)
    sources, destinations, kinds = finder.sources(), finder.destinations(), _kinds(question.traffic)
    ranked = sorted(
        (far + distance + strange, index, at, which)
        for index, (far, _, _) in enumerate(sources)
        for at, (distance, _) in enumerate(destinations)
        for which, strange in enumerate(min(n, 2) for n in range(len(kinds)))
    )
    chosen = tuple(
        _asked(question, sources[index], destinations[at][1], kinds[which])
        for _, index, at, which in ranked[:cap]
        if sources[index][1] != destinations[at][1]
    )
    return Probes(questions=chosen, left_out=max(0, len(ranked) - cap))


def _asked(question: Question, source: _Source, to: str, traffic: Traffic) -> Question:
    _, word, groups = source
    if (word, groups) == (question.source, question.groups):
        return replace(question, to=to, traffic=traffic, id=None)
    return Question(source=word, to=to, traffic=traffic, source_ports=question.source_ports, groups=groups)


def difference(before: View, after: View, asked: Iterable[Question]) -> ReachDiff:
    """What changes between two snapshots for the flows asked, each set sorted.

    A flow that one side does not know (a source that is not there) counts as blocked there.
    """
    changes: dict[str, set[Flow]] = {"reachable": set(), "blocked": set(), "unknown": set()}
    for question in asked:
        was, now = _verdict(before, question), _verdict(after, question)
        if was == now:
            continue
        if now != "blocked" or was == "reachable":
            flow = Flow(question.source, question.to, traffic_words(question.traffic), question.groups)
            changes[now].add(flow)
    return ReachDiff(
        opened=tuple(sorted(changes["reachable"])),
        closed=tuple(sorted(changes["blocked"])),
        unknown=tuple(sorted(changes["unknown"])),
    )


def traffic_words(traffic: Traffic) -> str:
    """`tcp/443`, `udp/53`, `icmp`, `all` or `protocol 47`."""
    name = {-1: "all", ICMP: "icmp", TCP: "tcp", UDP: "udp"}.get(traffic.protocol, f"protocol {traffic.protocol}")
    if not traffic.has_ports:
        return name
    low, high = traffic.ports
    return f"{name}/{low}" if low == high else f"{name}/{low}-{high}"


def _verdict(view: View, question: Question) -> str:
    try:
        return str(tracer_of(view).trace(question)["verdict"])
    except UsageError:
        return "blocked"


def _kinds(asked: Traffic) -> tuple[Traffic, ...]:
    """The asked traffic, its nearest neighbours, usual ports, then other protocols."""
    low, high = asked.ports
    protocol = asked.protocol if asked.has_ports else TCP
    near = (port for port in (low - 1, high + 1) if asked.has_ports and 0 <= port <= 65535)
    listed = [Traffic(protocol, (port, port)) for port in (*near, *_PORTS)]
    other = Traffic(UDP if protocol == TCP else TCP, asked.ports if asked.has_ports else (443, 443))
    return tuple(dict.fromkeys((asked, *listed, other, Traffic(ICMP))))


@dataclass(slots=True)
class _Finder:
    """Representative ends, each with its distance from the question (0 asked, 1 near, 2 same VPC, 3 elsewhere)."""

    view: View
    question: Question
    home: set[str] = field(default_factory=set)
    vpc_ids: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        for word in (self.question.source, self.question.to, *self.question.groups):
            for fact in (NetworkInterface, Subnet, Function):
                found: Any = self.view.find(fact, word)
                if found is not None:
                    ids = (getattr(found, "subnet_id", None), *getattr(found, "subnet_ids", ()), word)
                    self.home.update(str(id_) for id_ in (*ids, *getattr(found, "group_ids", ())) if id_)
                    self.vpc_ids.add(str(found.vpc_id))
        self.home.update(self.question.groups)

    def sources(self) -> list[_Source]:
        """Distance, word and groups of every source."""
        asked = (0, self.question.source, self.question.groups)
        placed = [
            (self._distance(vpc_id, (subnet_id, *groups)), subnet_id, groups)
            for vpc_id, subnet_id, groups in self._placements()
        ]
        listed = self._interfaces(self.question.source)
        others = [(self._of(item), item.id, ()) for item in listed if item.kind not in _SILENT]
        found = sorted({*placed, *others} - {asked})[:_PER_KIND]
        return [asked, *found, (2, _OUTSIDE, ())]

    def destinations(self) -> list[tuple[int, str]]:
        """Distance and word of every destination."""
        near = [(1, str(address)) for address in self._neighbours()]
        fixed = [(1, _OUTSIDE), (2, _ELSEWHERE), (2, "s3"), (2, "dynamodb")]
        others = sorted((self._of(item), item.id) for item in self._interfaces(self.question.to))[:_PER_KIND]
        listed = [(0, self.question.to), *near, *fixed, *others]
        return list({word: (distance, word) for distance, word in reversed(listed)}.values())[::-1]

    def _of(self, item: NetworkInterface) -> int:
        return self._distance(str(item.vpc_id), (str(item.subnet_id), *item.group_ids))

    def _distance(self, vpc_id: str, ids: tuple[str, ...]) -> int:
        if not self.home.isdisjoint(ids):
            return 1
        return 2 if vpc_id in self.vpc_ids else 3

    def _placements(self) -> set[tuple[str, str, tuple[str, ...]]]:
        return {
            (str(function.vpc_id), subnet_id, tuple(sorted(function.group_ids)))
            for function in self.view.snapshot.all(Function)
            if function.vpc_id and function.id != self.question.source
            for subnet_id in function.subnet_ids
        }

    def _interfaces(self, asked: str) -> list[NetworkInterface]:
        """One interface of every kind beside the one asked about, by id or address, which the other end may be too."""
        kinds: dict[tuple[Any, ...], NetworkInterface] = {}
        for item in self.view.snapshot.all(NetworkInterface):
            if item.private_ips and asked not in (item.id, *map(str, item.private_ips)):
                kind = (item.subnet_id, tuple(sorted(item.group_ids)), item.kind, bool(item.public_ips))
                kinds.setdefault(kind, item)
                if item.id in (self.question.source, self.question.to):
                    kinds[item.id,] = item
        return list(kinds.values())

    def _neighbours(self) -> Iterator[IPv4Address | IPv6Address]:
        pieces = self._asked().pieces
        for version, first, last in (*pieces[:3], *pieces[3:][-1:]):
            top = 2 ** (32 if version == 4 else 128) - 1
            for value in (first - 1, last + 1):
                if 0 < value < top:
                    yield IPv4Address(value) if version == 4 else IPv6Address(value)

    def _asked(self) -> AddressSet:
        word = self.question.to
        interface = self.view.find(NetworkInterface, word)
        if interface is not None:
            return AddressSet.of(ip_network(ip) for ip in interface.private_ips[:1])
        try:
            return AddressSet.of([ip_network(word, strict=False)])
        except ValueError:
            pass
        try:
            named = [names.resolve(Tools(self.view), vpc_id, word) for vpc_id in sorted(self.vpc_ids)]
        except FactMissing:
            return AddressSet()
        return AddressSet.union(p for item in named if item and not item.is_guess for p in item.addresses.pieces)
