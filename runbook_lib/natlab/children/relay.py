"""A relay on the loopback that forgets idle connections as the gateway does, and has as many slots as that has ports.

A relay does not see keepalive probes, the kernel answers them; but TCP_INFO counts every segment of a socket, bare ones
too. Once the slots are taken its accept queue is filled with connections of its own: the kernel then drops further
SYNs, as a gateway without a free port does.
Source: https://github.com/torvalds/linux/blob/master/include/uapi/linux/tcp.h (struct tcp_info; read 2026-11-21)
"""

from __future__ import annotations

import select
import socket
import struct
import threading
import time

from runbook_lib.natlab.children.speech import Orders, say
from runbook_lib.natlab.segments import segments

__all__ = ["main"]

_LOOK_S = 0.05


def main() -> None:
    """Relay until nobody wants it any more."""
    job = Orders().job
    listener = socket.create_server((job["host"], 0), backlog=512)
    say(port=listener.getsockname()[1])
    for _ in range(job["slots"]):
        client, _ = listener.accept()
        server = socket.create_connection((job["host"], job["to"]))
        threading.Thread(target=_relay, args=(client, server, job["limit_s"]), daemon=True).start()
    _fill(listener)
    threading.Event().wait()


def _fill(listener: socket.socket) -> None:
    """Take the rest of the queue of the listening socket, so that it has no room for anybody else."""
    listener.listen(0)
    held = []
    while True:
        own = socket.socket()
        own.settimeout(0.2)
        held.append(own)
        try:
            own.connect(listener.getsockname())
        except TimeoutError:
            threading.Event().wait()


def _relay(client: socket.socket, server: socket.socket, limit_s: float) -> None:
    """Pass on what either side sends, until no segment has come or gone for so long; then lose what the server sends.

    The first segment of the client after that is answered with RST.
    """
    counted, since = segments(client), time.monotonic()
    with client, server:
        while True:
            readable, _, _ = select.select([client, server], [], [], _LOOK_S)
            now, is_forgotten = segments(client), time.monotonic() - since >= limit_s
            if is_forgotten and now[0] != counted[0]:
                # Closing with nothing left to linger for is what sends RST.
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                return
            try:
                if not _passed_on(readable, client, server, is_forgotten):
                    return
            except OSError:
                return
            if not is_forgotten and (now := segments(client)) != counted:
                counted, since = now, time.monotonic()


def _passed_on(readable: list[socket.socket], client: socket.socket, server: socket.socket, is_lost: bool) -> bool:
    """Whether both sides are still there, after what they sent went to the other one."""
    for side, other in ((client, server), (server, client)):
        if side in readable:
            part = side.recv(65_536)
            if not part:
                return False
            if not is_lost:
                other.sendall(part)
    return True


if __name__ == "__main__":
    main()
