"""What the plays need of the network they run on, whether it is one of namespaces or the loopback."""

from __future__ import annotations

from typing import Protocol

from runbook_lib.natlab.cases import Timers
from runbook_lib.natlab.workers import Worker

__all__ = ["Ground"]


class Ground(Protocol):
    """Hosts for clients, and servers behind a gateway; without `has_endpoint_route` there is no way around it."""

    has_endpoint_route: bool

    def client_host(self, sysctls: Timers) -> str:
        """The host of clients with these keepalive sysctls."""

    def start(self, host: str, program: str, job: dict[str, object]) -> Worker:
        """Start a program on a host."""

    def serve(self, program: str) -> tuple[str, int]:
        """Start a server behind the gateway; the address and port that clients use, once it listens."""

    def add_endpoint_route(self, host: str) -> None:
        """Give a host a way to the server around the gateway."""

    def counters(self) -> dict[str, int]:
        """What the gateway counted."""
