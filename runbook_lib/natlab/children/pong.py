"""A server that answers at once or slowly, and says whom it sees."""

from __future__ import annotations

import socketserver
import time

from runbook_lib.natlab.children.speech import Orders, say

__all__ = ["main"]


class _Handler(socketserver.StreamRequestHandler):
    """`PING` is answered at once, `SLOW <seconds>` after so long; the answer ends with the address of the peer."""

    def handle(self) -> None:
        source = "{}:{}".format(*self.client_address[:2])
        try:
            for line in self.rfile:
                word, _, seconds = line.decode().strip().partition(" ")
                time.sleep(float(seconds or 0))
                self.wfile.write(f"{'DONE' if word == 'SLOW' else 'PONG'} {source}\n".encode())
        except ConnectionError:
            return


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 512


def main() -> None:
    """Serve until nobody wants it any more."""
    orders = Orders()
    with _Server((orders.job["host"], 0), _Handler) as server:
        say(port=server.server_address[1])
        server.serve_forever()


if __name__ == "__main__":
    main()
