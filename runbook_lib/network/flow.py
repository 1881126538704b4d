"""The words of a path question and its answer: ends, hops, blockers, directions."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from runbook_lib.model.fact import Network
from runbook_lib.model.interfaces import NetworkInterface
from runbook_lib.network.intervals import Ports

__all__ = [
    "Addr",
    "Answer",
    "Blocker",
    "Direction",
    "Exit",
    "Hop",
    "Leg",
    "Packet",
    "PathVerdict",
    "Place",
    "Traffic",
    "worst",
]

Addr = tuple[int, int]  # IP version, address as an integer

TCP, UDP, ICMP = 6, 17, 1
ALL_PORTS: Ports = (0, 65535)
EPHEMERAL: Ports = (1024, 65535)

PathVerdict = str  # "reachable", "blocked" or "unknown"
_RANK = {"blocked": 0, "unknown": 1, "reachable": 2}


def worst(verdicts: list[PathVerdict]) -> PathVerdict:
    """Blocked if any is blocked, else unknown if any is unknown, else reachable (also for no verdict at all)."""
    return min(verdicts, key=_RANK.__getitem__, default="reachable")


@dataclass(frozen=True, slots=True)
class Traffic:
    """What is sent: an IP protocol number (-1 = every protocol), its destination ports, or an ICMP type and code."""

    protocol: int
    ports: Ports = ALL_PORTS
    icmp: tuple[int, int] = (8, 0)

    @property
    def has_ports(self) -> bool:
        """True for TCP and UDP."""
        return self.protocol in (TCP, UDP)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a packet is sent from: an interface, a subnet with groups (a function), a NAT gateway, or the internet.

    `groups` is None for things without security groups; `table_id` is set for a regional NAT gateway, which has a
    route table of its own and no subnet.
    """

    vpc_id: str | None
    subnet_id: str | None
    groups: tuple[str, ...] | None = None
    interface: NetworkInterface | None = None
    nat_id: str | None = None
    table_id: str | None = None

    @property
    def is_internet(self) -> bool:
        """True when the sender is outside AWS."""
        return self.vpc_id is None


@dataclass(frozen=True, slots=True)
class Packet:
    """One packet of a flow. `sender_groups` are the groups a security group downstream can still see."""

    src: Addr
    dst: Addr
    traffic: Traffic
    sender_groups: tuple[str, ...] = ()
    sender_vpc: str | None = None


@dataclass(frozen=True, slots=True)
class Exit:
    """Where a leg left AWS's sight: the exit word, and the attachment for exits through a transit gateway."""

    kind: str
    transit_gateway_id: str | None = None
    attachment_id: str | None = None


@dataclass(frozen=True, slots=True)
class Leg:
    """A stretch without address translation: who sent, what, and where it ended. `ports` are the sender's own."""

    start: Place
    packet: Packet
    ports: Ports
    end: Place | Exit


@dataclass(frozen=True, slots=True)
class Hop:
    """One component a packet passes; `kind` is one of the contract's hop kinds."""

    kind: str
    id: str

    def to_json(self) -> dict[str, str]:
        """Mapping kind, id."""
        return {"kind": self.kind, "id": self.id}


@dataclass(frozen=True, slots=True)
class Blocker:
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
class Direction:
    """What one direction of a flow meets, filled while walking.

    `missing` are IAM actions (or words) of facts that were needed and not there; `exit` is how the packet left.
    """

    hops: list[Hop] = field(default_factory=list)
    blocked_by: list[Blocker] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    exit: str | None = None
    blocked_ports: list[Ports] = field(default_factory=list)
    is_reached: bool = True

    @property
    def verdict(self) -> PathVerdict:
        """Blocked when anything blocks; else unknown when a fact is missing; else reachable.

        Also unknown for the way back of a packet that found no end (`is_reached` False): there is no answer to judge.
        """
        if self.blocked_by:
            return "blocked"
        return "unknown" if self.missing or not self.is_reached else "reachable"

    def forward_json(self) -> dict[str, Any]:
        """The `forward` object of the contract."""
        return {
            "verdict": self.verdict,
            "exit": self.exit if self.verdict == "reachable" else None,
            "hops": [hop.to_json() for hop in self.hops],
            "blocked_by": [blocker.to_json() for blocker in self.blocked_by],
        }

    def return_json(self) -> dict[str, Any]:
        """The `return` object of the contract."""
        return {
            "verdict": self.verdict,
            "hops": [hop.to_json() for hop in self.hops],
            "blocked_by": [blocker.to_json() for blocker in self.blocked_by],
            "blocked_source_ports": [list(ports) for ports in sorted(set(self.blocked_ports))],
        }

    def shape(self) -> tuple[Any, ...]:
        """What makes two directions the same answer, without words that name single addresses."""
        return (
            self.verdict,
            self.exit,
            tuple(self.hops),
            tuple((b.code, b.component, b.rule, b.direction) for b in self.blocked_by),
            tuple(self.missing),
            tuple(sorted(set(self.blocked_ports))),
        )


@dataclass(slots=True)
class Answer:
    """The answer for one sender and one destination address (or a set that behaves alike)."""

    forward: Direction
    back: Direction
    to: tuple[Network, ...] = ()
    subnet_id: str | None = None

    @property
    def verdict(self) -> PathVerdict:
        """Worst of both directions."""
        return worst([self.forward.verdict, self.back.verdict])

    @property
    def missing(self) -> list[str]:
        """The missing facts of both directions, sorted, once each."""
        return sorted({*self.forward.missing, *self.back.missing})
