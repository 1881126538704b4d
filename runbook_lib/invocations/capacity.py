"""How many connections a NAT gateway has room for, and how many invocations ask for.

The limit counts simultaneous connections to one unique destination, that is address, port and protocol: 55,000 for
each address of the gateway. ActiveConnectionCount counts all destinations together, so a destination never holds more
than it shows; far below the limit it speaks against full ports, but above the limit it does not prove them.

Sources
    NAT gateway basics, https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-basics.html (read 2026-11-21)
    NAT gateway metrics, https://docs.aws.amazon.com/vpc/latest/userguide/metrics-dimensions-nat-gateway.html (the same)
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from runbook_lib.errors import UsageError

__all__ = ["PORTS_PER_ADDRESS", "Capacity", "demand"]

PORTS_PER_ADDRESS = 55_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Capacity:
    """Room for connections to one unique destination (address, port, protocol)."""

    addresses: int
    ports_per_address: int = PORTS_PER_ADDRESS

    def __post_init__(self) -> None:
        if self.addresses < 1:
            raise UsageError(f"a NAT gateway has at least 1 address, not {self.addresses}")

    @property
    def ports(self) -> int:
        """Simultaneous connections to one unique destination."""
        return self.addresses * self.ports_per_address

    def share(self, connections: float) -> float:
        """The part of the room that connections to one destination take; above 1 they do not fit."""
        return connections / self.ports

    def concurrency_to_fill(self, connections_per_invocation: int) -> int | None:
        """How many invocations at once fill the room; None when an invocation opens no connection."""
        if not demand(1, connections_per_invocation):
            return None
        return math.ceil(self.ports / connections_per_invocation)


def demand(concurrency: int, connections_per_invocation: int) -> int:
    """The connections that invocations hold at once when all of them go to one destination."""
    if concurrency < 0 or connections_per_invocation < 0:
        asked = f"{concurrency} invocations with {connections_per_invocation} connections each"
        raise UsageError(f"numbers of invocations and connections cannot be negative: {asked}")
    return concurrency * connections_per_invocation
