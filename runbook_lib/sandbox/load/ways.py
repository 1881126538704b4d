"""Where a connection attempt ends: at the far side, at a NAT gateway without a free port, or nowhere.

A NAT gateway has 55,000 ports per address and unique destination; a free port goes to whoever asks first.
https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-basics.html
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

__all__ = ["IDLE_LIMIT_S", "PORTS_PER_ADDRESS", "Answers", "Dropped", "Hole", "Nat", "Tenant", "Way"]

PORTS_PER_ADDRESS = 55_000
IDLE_LIMIT_S = 350.0


class Way(Protocol):
    """How packets get from a subnet to one destination."""

    def opens(self, at_s: float, source_port: int) -> bool:
        """Whether a SYN sent at a moment, from a port of the client, is answered."""

    def closed(self, at_s: float) -> None:
        """A connection that was open has ended."""

    def idle_limit_s(self) -> float | None:
        """After how long without a packet the connection is dropped; None for never."""

    def reset(self, at_s: float) -> None:
        """A packet came in on a connection that was dropped at a moment before."""


@dataclass(slots=True)
class Answers:
    """The far side answers, and nothing in between is ever full: for example a gateway endpoint."""

    def opens(self, at_s: float, source_port: int) -> bool:
        return True

    def closed(self, at_s: float) -> None:
        """Nothing to give back."""

    def idle_limit_s(self) -> float | None:
        return None

    def reset(self, at_s: float) -> None:
        """Never dropped."""


@dataclass(slots=True)
class Dropped(Answers):
    """No answer ever comes: no route, a rule that drops, or a far side that is not there."""

    def opens(self, at_s: float, source_port: int) -> bool:
        return False


@dataclass(slots=True)
class Hole(Answers):
    """Answers come back only to source ports from `first` to `last`."""

    first: int
    last: int

    def opens(self, at_s: float, source_port: int) -> bool:
        return self.first <= source_port <= self.last


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenant:
    """Another workload behind the gateway: it holds ports to the same destination from one moment to another.

    `waiting` more of its connections take whatever port becomes free while it runs.
    """

    name: str
    ports: int
    since_s: float
    until_s: float
    waiting: int = 0

    def holds(self, at_s: float) -> int:
        """How many ports it holds at a moment."""
        return self.ports if self.since_s <= at_s < self.until_s else 0


@dataclass(slots=True, kw_only=True)
class Nat:
    """A NAT gateway, as one destination sees it. `answers` False means that the far side is silent.

    `happened` lists what CloudWatch counts: moment, metric. `levels` lists how many ports are taken, by moment.
    """

    nat_gateway_id: str
    addresses: int = 1
    tenants: tuple[Tenant, ...] = ()
    answers: bool = True
    happened: list[tuple[float, str]] = field(default_factory=list)
    levels: list[tuple[float, int]] = field(default_factory=list)
    _own: int = 0
    _taken_over: int = 0

    @property
    def capacity(self) -> int:
        """Ports towards one destination."""
        return self.addresses * PORTS_PER_ADDRESS

    def taken(self, at_s: float) -> int:
        """Ports towards the destination that are in use at a moment."""
        held = self.held_by_tenants(at_s)
        return held + self._own + (self._taken_over if held else 0)

    def held_by_tenants(self, at_s: float) -> int:
        """Ports that other workloads hold at a moment, without those they took over since."""
        return sum(tenant.holds(at_s) for tenant in self.tenants)

    def opens(self, at_s: float, source_port: int) -> bool:
        self._count(at_s, "ConnectionAttemptCount")
        if self.taken(at_s) >= self.capacity:
            self._count(at_s, "ErrorPortAllocation")
            return False
        if not self.answers:
            return False
        self._own += 1
        self._count(at_s, "ConnectionEstablishedCount")
        return True

    def closed(self, at_s: float) -> None:
        self._own -= 1
        eager = sum(tenant.waiting for tenant in self.tenants if tenant.holds(at_s))
        if self._taken_over < eager:
            self._taken_over += 1
        self._count(at_s, "")

    def let_go(self) -> None:
        """The connections of other workloads that took ports over since have ended."""
        self._taken_over = 0

    def idle_limit_s(self) -> float | None:
        return IDLE_LIMIT_S

    def reset(self, at_s: float) -> None:
        self._own -= 1
        self._count(at_s, "IdleTimeoutCount")

    def _count(self, at_s: float, metric: str) -> None:
        if metric:
            self.happened.append((at_s, metric))
        self.levels.append((at_s, self.taken(at_s)))
