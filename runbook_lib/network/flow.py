"""The words of a path question and its answer: ends, hops, blockers, directions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from runbook_lib.model.interfaces import NetworkInterface
from runbook_lib.network.intervals import AddressSet, Ports

__all__ = [
    "NOT_REACHED",
    "Addr",
    "Answer",
    "Blocker",
    "Direction",
    "Exit",
    "GroupQuestion",
    "Hop",
    "HopJson",
    "Leg",
    "Packet",
    "PathVerdict",
    "Place",
    "Traffic",
    "Trail",
    "worst",
]

Addr = tuple[int, int]  # IP version, address as an integer

TCP, UDP, ICMP = 6, 17, 1
ALL_PORTS: Ports = (0, 65535)
EPHEMERAL: Ports = (1024, 65535)

HopJson = dict[str, str]  # kind, id
PathVerdict = str  # "reachable", "blocked" or "unknown"
_RANK = {"blocked": 0, "unknown": 1, "reachable": 2}


def worst(verdicts: Iterable[PathVerdict]) -> PathVerdict:
    """Blocked if any is blocked, else unknown if any is unknown, else reachable (also for no verdict at all)."""
    return min(verdicts, key=_RANK.__getitem__, default="reachable")


class Traffic(NamedTuple):
    """What is sent: an IP protocol number (-1 = every protocol), its destination ports, or an ICMP type and code."""

    protocol: int
    ports: Ports = ALL_PORTS
    icmp: tuple[int, int] = (8, 0)

    @property
    def has_ports(self) -> bool:
        """True for TCP and UDP."""
        return self.protocol in (TCP, UDP)


class Place(NamedTuple):
    """Where a packet is sent from: an interface, a subnet with groups (a function), a NAT gateway, or the internet.

    `groups` is None for things without security groups; `table_id` is set for a regional NAT gateway, which has a
    route table of its own and no subnet; `gateway_id` is the gateway through which the internet sends.
    """

    vpc_id: str | None
    subnet_id: str | None
    groups: tuple[str, ...] | None = None
    interface: NetworkInterface | None = None
    nat_id: str | None = None
    table_id: str | None = None
    gateway_id: str | None = None

    @property
    def is_internet(self) -> bool:
        """True when the sender is outside AWS."""
        return self.vpc_id is None


class Packet(NamedTuple):
    """One packet of a flow.

    `shows_groups` tells whether a security group downstream can still see the groups of the sender; None when a fact
    that was not read would tell. Translation and some doors hide them.
    """

    src: Addr
    dst: Addr
    traffic: Traffic
    shows_groups: bool | None = False


class Exit(NamedTuple):
    """Where a leg left AWS's sight: the exit word, the gateway, and the attachment for a transit gateway."""

    kind: str
    gateway_id: str | None = None
    attachment_id: str | None = None


class Leg(NamedTuple):
    """A stretch without address translation: who sent, what, and where it ended. `ports` are the sender's own.

    `is_tracked` marks a stretch whose answer goes straight back to its start, whatever the routes say (a load
    balancer that keeps the client's address).
    """

    start: Place
    packet: Packet
    ports: Ports
    end: Place | Exit
    is_tracked: bool = False


class GroupQuestion(NamedTuple):
    """A question to security groups that a walk leaves open.

    Flows that differ only in their interfaces share one walk; each answers these questions for itself. `groups` None
    means those of the sender (egress) or of the interface reached (ingress), `other` None the other end's address,
    `traffic` None the flow's own.
    """

    egress: bool
    traffic: Traffic | None = None
    groups: tuple[str, ...] | None = None
    other: Addr | None = None
    shows_groups: bool | None = False
    vpc_id: str | None = None


class Hop(NamedTuple):
    """One component a packet passes; `kind` is one of the contract's hop kinds."""

    kind: str
    id: str


class Blocker(NamedTuple):
    """What stops a packet. `rule` is the number of the NACL entry that denies, None for an implicit deny."""

    code: str
    component: str
    detail: str
    direction: str = "egress"
    rule: int | None = None

    def to_json(self) -> dict[str, Any]:
        """The object under `blocked_by`."""
        return {
            "code": self.code,
            "component": self.component,
            "rule": self.rule,
            "direction": self.direction,
            "detail": self.detail,
        }


@dataclass(slots=True)
class Trail:
    """What a walk found on its way, in order; `stops` are blockers and open questions to security groups.

    `missing` are IAM actions (or words) of facts that were needed and not there; `exit` is how the packet left.
    """

    hops: list[Hop] = field(default_factory=list)
    stops: list[Blocker | GroupQuestion] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    exit: str | None = None
    blocked_ports: list[Ports] = field(default_factory=list)


@dataclass(slots=True)
class Direction:
    """One direction of one flow, judged: blocked when anything blocks; else unknown when a fact is missing.

    `hops` are those of the contract, shared between answers. `is_reached` False is the way back of a packet that found
    no end: there is no answer to judge, so unknown.
    """

    hops: list[HopJson] = field(default_factory=list)
    blocked_by: Sequence[Blocker] = ()
    missing: Sequence[str] = ()
    exit: str | None = None
    blocked_ports: Sequence[Ports] = ()
    is_reached: bool = True
    verdict: PathVerdict = field(init=False)

    def __post_init__(self) -> None:
        if self.blocked_by:
            self.verdict = "blocked"
        else:
            self.verdict = "unknown" if self.missing or not self.is_reached else "reachable"

    def forward_json(self) -> dict[str, Any]:
        """The `forward` object of the contract."""
        return {
            "verdict": self.verdict,
            "exit": self.exit if self.verdict == "reachable" else None,
            "hops": self.hops,
            "blocked_by": [blocker.to_json() for blocker in self.blocked_by],
        }

    def return_json(self) -> dict[str, Any]:
        """The `return` object of the contract; the blocked ports as disjoint intervals."""
        return {
            "verdict": self.verdict,
            "hops": self.hops,
            "blocked_by": [blocker.to_json() for blocker in self.blocked_by],
            "blocked_source_ports": [list(ports) for ports in _merged(self.blocked_ports)],
        }

    def shape(self) -> tuple[Any, ...]:
        """What makes two directions the same answer, without words that name single addresses."""
        return (
            self.verdict,
            self.exit,
            tuple((hop["kind"], hop["id"]) for hop in self.hops),
            tuple((b.code, b.component, b.rule, b.direction) for b in self.blocked_by),
            tuple(self.missing),
            tuple(_merged(self.blocked_ports)),
        )


def _merged(intervals: Sequence[Ports]) -> list[Ports]:
    if len(intervals) < 2:
        return list(intervals)
    merged: list[Ports] = []
    for low, high in sorted(intervals):
        if merged and low <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(high, merged[-1][1]))
        else:
            merged.append((low, high))
    return merged


NOT_REACHED = Direction(is_reached=False)


@dataclass(slots=True)
class Answer:
    """The answer for one sender and one destination address (or the set `to` that behaves alike)."""

    forward: Direction
    back: Direction
    to: AddressSet = field(default_factory=AddressSet)

    @property
    def verdict(self) -> PathVerdict:
        """Worst of both directions."""
        one, other = self.forward.verdict, self.back.verdict
        return one if one == other else worst((one, other))
