"""Many boto3 clients that connect one after the other and keep their connections, as frozen environments do."""

from __future__ import annotations

import logging
import os
import threading
import time
import traceback
from typing import Any

import botocore.exceptions

from runbook_lib.natlab.children import aws
from runbook_lib.natlab.children.speech import Orders, say

__all__ = ["main"]

_ESTABLISHED, _SYN_SENT = "01", "02"
_LOOK_AGAIN_S, _SETTLED_S = 0.002, 0.02


class _Log(logging.Handler):
    """The log of the clients, apart by the thread that writes."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.setFormatter(logging.Formatter("[%(levelname)s]\t%(message)s"))
        self.lines: dict[str, list[str]] = {}

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a record as Lambda's Python runtime writes it, without time and request id."""
        self.lines.setdefault(str(record.threadName), []).append(self.format(record))


def main() -> None:
    """Build all clients, then play one step per order: `{"step": name, "clients": [their numbers]}`."""
    orders = Orders()
    log = _Log()
    if orders.job["debug"]:
        logging.getLogger().addHandler(log)
        logging.getLogger().setLevel(logging.DEBUG)
    session, endpoint_url = aws.session(), f"http://{orders.job['host']}:{orders.job['port']}"
    # Held connections stay in use by their probes, whatever the limit.
    limits: dict[str, Any] = {"tcp_keepalive": True, "connect_timeout_s": orders.job["connect_timeout_s"]}
    clients = {number: aws.s3_client(session, endpoint_url, **limits) for number in range(1, orders.job["clients"] + 1)}
    say(ready=True)
    while True:
        order = orders.next()
        _play(order["step"], {number: clients[number] for number in order["clients"]}, log)
        say(ended=order["step"], live=len(_own_sockets(int(orders.job["port"]), _ESTABLISHED)))


def _play(step: str, clients: dict[int, Any], log: _Log) -> None:
    players = []
    for number, client in clients.items():
        port = int(client.meta.endpoint_url.rpartition(":")[2])
        before = _own_sockets(port, _SYN_SENT)
        player = threading.Thread(name=f"{step}-{number}", target=_put, args=(step, number, client, log))
        player.start()
        players.append(player)
        _until_under_way(player, port, before)
    for player in players:
        player.join()


def _until_under_way(player: threading.Thread, port: int, before: frozenset[str]) -> None:
    """Wait until a client has its answer, or is seen to get none: the order of the clients is that of their packets."""
    since = None
    while player.is_alive() and (since is None or time.monotonic() - since < _SETTLED_S):
        is_waiting = bool(_own_sockets(port, _SYN_SENT) - before)
        since = (since or time.monotonic()) if is_waiting else None
        player.join(_LOOK_AGAIN_S)


def _own_sockets(port: int, state: str) -> frozenset[str]:
    """Local ends of the sockets of this process to the port that are in a state, a number of the kernel."""
    own = set()
    for descriptor in os.listdir("/proc/self/fd"):
        try:
            own.add(os.readlink(f"/proc/self/fd/{descriptor}").removeprefix("socket:[").rstrip("]"))
        except OSError:
            continue
    with open("/proc/self/net/tcp", encoding="ascii") as table:
        rows = [line.split() for line in table][1:]
    asked = f":{port:04X}"
    return frozenset(row[1] for row in rows if row[2].endswith(asked) and row[3] == state and row[9] in own)


def _put(step: str, number: int, client: Any, log: _Log) -> None:
    began = time.monotonic()
    try:
        _, source = aws.put(client, f"{step}/{number:03}")
        told = {"error": "", "said": "answered", "source": source}
    except botocore.exceptions.BotoCoreError as error:
        told = {"error": type(error).__name__, "said": str(error), "traceback": traceback.format_exc()}
    lines = "\n".join(log.lines.get(f"{step}-{number}", []))
    say(step=step, client=number, waited_s=time.monotonic() - began, log=lines, **told)


if __name__ == "__main__":
    main()
