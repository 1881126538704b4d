"""Clients with plain sockets, all at once: each is connected, then idle, then seen to be alive or not."""

from __future__ import annotations

import socket
import threading
import time

from runbook_lib.model.keepalive import IdleOutcome, Situation
from runbook_lib.natlab.cases import Case
from runbook_lib.natlab.children.speech import Orders, say

__all__ = ["main"]

_CONNECT_S = 20


def main() -> None:
    """Play all cases of the job and say what each saw."""
    orders = Orders()
    address = (str(orders.job["host"]), int(orders.job["port"]))
    players = [
        threading.Thread(target=_play, args=(number, Case.read(raw), address)) for number, raw in orders.job["cases"]
    ]
    for player in players:
        player.start()
    for player in players:
        player.join()


def _play(number: int, case: Case, address: tuple[str, int]) -> None:
    asked_at = time.monotonic()
    is_connected = False
    outcome: IdleOutcome | None = None
    source = None
    try:
        with socket.socket() as link:
            _prepare(link, case)
            link.settimeout(_CONNECT_S)
            link.connect(address)
            _ask(link, "PING")
            say(connected=number)
            is_connected = True
            link.settimeout(case.read_timeout_s)
            if case.situation is Situation.REUSE:
                time.sleep(case.idle_s)
            asked_at = time.monotonic()
            said = _ask(link, "PING" if case.situation is Situation.REUSE else f"SLOW {case.idle_s}")
            outcome, source = IdleOutcome.OK, said.partition(" ")[2]
    except OSError as error:
        said = f"{type(error).__name__}: {error}"
        if is_connected:
            outcome = _meaning(error)
    waited_s = time.monotonic() - asked_at
    say(seen=number, outcome=outcome, said=said, waited_s=waited_s, source=source)


def _prepare(link: socket.socket, case: Case) -> None:
    link.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, int(case.so_keepalive))
    if case.options is not None:
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, case.options.time_s)
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, case.options.interval_s)
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, case.options.probes)


def _ask(link: socket.socket, question: str) -> str:
    link.sendall(f"{question}\n".encode())
    answer = b""
    while not answer.endswith(b"\n"):
        part = link.recv(200)
        if not part:
            raise ConnectionError("the server closed the connection")
        answer += part
    return answer.decode().strip()


def _meaning(error: OSError) -> IdleOutcome | None:
    """A timeout with a number comes from the client's own kernel, which ended the connection after its last probe."""
    if isinstance(error, TimeoutError):
        return IdleOutcome.HANGS if error.errno is None else IdleOutcome.RESET
    return IdleOutcome.RESET if isinstance(error, ConnectionResetError | BrokenPipeError) else None


if __name__ == "__main__":
    main()
