"""Waiting with an open connection, so that requests which are to leave together do leave together.

Reading the trusted certificates takes the SDK some 15 ms of processor time for each connection: two hundred that are
opened one after the other, each just before its request, spread the requests over seconds. The SDK has no hook between
opening a connection and writing to it, so its pools are given connections that have one. Opening them early and leaving
them in the pool would not do: a TLS 1.3 server writes first, and what can be read is taken for a lost connection.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Any

__all__ = ["wait_when_connected"]

_SILENCE_S = 60


def wait_when_connected(client: Any, connected: Callable[[], None]) -> bool:
    """Have `connected` called in the thread of a request whenever a connection for it has been opened.

    False, with nothing changed, where the SDK is not built as expected or a proxy opens the connections.
    """
    try:
        session = client._endpoint.http_session
        if session._proxy_config.proxy_url_for(client.meta.endpoint_url):
            return False
        pools = session._manager.pool_classes_by_scheme
        session._manager.pool_classes_by_scheme = {scheme: _telling(pool, connected) for scheme, pool in pools.items()}
    except AttributeError:
        return False
    return True


def _keep_alive(sock: Any) -> None:
    """Have probes sent before the 350 s after which a NAT gateway forgets a silent connection.

    What the SDK calls tcp_keepalive leaves the first probe to the operating system, which sends it after two hours.
    https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-troubleshooting.html (read 2026-11-21)
    """
    with suppress(AttributeError, OSError):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, _SILENCE_S)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, _SILENCE_S)


def _telling(pool: Any, connected: Callable[[], None]) -> Any:
    class Connection(pool.ConnectionCls):  # type: ignore[misc]
        def connect(self) -> None:
            super().connect()
            _keep_alive(self.sock)
            connected()

    return type(pool.__name__, (pool,), {"ConnectionCls": Connection})
