"""The stand-in where network namespaces are refused: servers on the loopback, each behind a relay that forgets."""

from __future__ import annotations

from runbook_lib.errors import LabError
from runbook_lib.natlab.cases import Timers
from runbook_lib.natlab.workers import Worker, Workers

__all__ = ["Loopback"]

_HOST = "127.0.0.1"


class Loopback:
    """Clients with the sysctls of this machine, a relay with as many slots as the gateway would have ports."""

    has_endpoint_route = False

    def __init__(self, workers: Workers, limit_s: int, ports: int) -> None:
        self._workers = workers
        self._limit_s = limit_s
        self._ports = ports

    def client_host(self, sysctls: Timers) -> str:
        """The machine itself: it has one setting for all."""
        return ""

    def start(self, host: str, program: str, job: dict[str, object]) -> Worker:
        """Start a program."""
        return self._workers.start(program, job)

    def serve(self, program: str) -> tuple[str, int]:
        """Start a server and a relay in front of it."""
        server = self._workers.start(program, {"host": _HOST}).next()["port"]
        job = {"host": _HOST, "to": server, "limit_s": self._limit_s, "slots": self._ports}
        return _HOST, int(self._workers.start("relay", job).next()["port"])

    def add_endpoint_route(self, host: str) -> None:
        """LabError: the loopback has no routes to choose from."""
        raise LabError("the relay has no second way to the server")

    def counters(self) -> dict[str, int]:
        """Nothing: a relay drops no packets, the kernel does."""
        return {}
