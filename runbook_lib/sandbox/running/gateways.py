"""NAT gateways while invocations really run: who gets a port, and what CloudWatch counts about it.

The ports that other workloads hold to every destination are staged on the gateway (`HeldPorts`). As long as anybody
asks for a port, whatever becomes free is taken by the connections of those workloads; they end when nobody asks.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from runbook_lib.sandbox.load.quiet import quiet_minute
from runbook_lib.sandbox.load.records import MINUTE_S, Numbers
from runbook_lib.sandbox.load.ways import Nat, Tenant

__all__ = ["Gateways"]

_SYN_S = (0.0, 1.0, 3.0, 7.0, 15.0, 31.0, 63.0)
_WAITING = 600
_Destination = tuple[str, str, int]

Count = Callable[[str, str, Mapping[str, str], str, Numbers], None]


class Gateways:
    """The gateways of all Regions, one book of ports per destination."""

    def __init__(self, count: Count) -> None:
        self._count = count
        self._lock = threading.Lock()
        self._books: dict[_Destination, Nat] = {}
        self._asking: dict[_Destination, set[int]] = {}

    def opens(self, gateway: Any, address: str, port: int, invocation: int, patience_s: float) -> bool:
        """Whether a client gets a port, who repeats its SYN for as long as it has patience."""
        destination = (gateway.id, address, port)
        with self._lock:
            book = self._book(gateway, destination)
            self._asking.setdefault(destination, set()).add(invocation)
            now_s = time.time()
            opened = any(book.opens(now_s, 0) for wait_s in _SYN_S if wait_s < patience_s)
            self._report(gateway, book, now_s)
            return opened

    def closed(self, gateway: Any, address: str, port: int) -> None:
        """A connection that was open has ended."""
        with self._lock:
            self._book(gateway, (gateway.id, address, port)).closed(time.time())

    def done(self, invocation: int) -> None:
        """An invocation has ended: it asks for no further port."""
        with self._lock:
            for destination, asking in self._asking.items():
                asking.discard(invocation)
                if not asking:
                    self._books[destination].let_go()

    def _book(self, gateway: Any, destination: _Destination) -> Nat:
        held = int(getattr(gateway, "held_ports", 0))
        others = Tenant(name="others", ports=held, since_s=0.0, until_s=math.inf, waiting=_WAITING)
        book = self._books.setdefault(destination, Nat(nat_gateway_id=gateway.id))
        book.addresses, book.tenants = max(1, len(gateway.address_set)), (others,) if held else ()
        return book

    def _report(self, gateway: Any, book: Nat, now_s: float) -> None:
        minute = int(now_s) - int(now_s) % MINUTE_S
        region, dimensions = gateway.ec2_backend.region_name, {"NatGatewayId": gateway.id}
        for _, metric in book.happened:
            self._count(region, "AWS/NATGateway", dimensions, metric, Numbers.one(1.0))
        quiet = quiet_minute("ActiveConnectionCount", minute)
        most = max(level for _, level in book.levels) + (quiet.total if quiet else 0.0)
        self._count(region, "AWS/NATGateway", dimensions, "ActiveConnectionCount", Numbers.one(most))
        book.happened.clear()
        book.levels.clear()
