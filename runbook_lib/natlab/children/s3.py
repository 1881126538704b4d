"""S3 as moto answers it, with connections that stay open and objects that take their time.

moto's own server closes every connection after one answer, and a closed connection holds no port; so this one serves.
A key that begins with `slow-<seconds>/` is answered after so long.
"""

from __future__ import annotations

import io
import logging
import re
import socketserver
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import unquote, urlsplit
from wsgiref.handlers import SimpleHandler

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

from runbook_lib.natlab.children.aws import SEEN_FROM, make_bucket
from runbook_lib.natlab.children.speech import Orders, say

__all__ = ["main"]

_SLOW = re.compile(r"/slow-(\d+)/")


class _Answer(SimpleHandler):
    """Runs moto for one request; the connection stays."""

    http_version = "1.1"


class _Handler(BaseHTTPRequestHandler):
    """Hands requests to moto, one connection per thread."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def do_PUT(self) -> None:
        """Answer a request, now or after the time its key asks for."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        slow = _SLOW.search(self.path)
        time.sleep(int(slow[1]) if slow else 0)
        written = io.BytesIO()
        environ = self._environ(len(body))
        _Answer(io.BytesIO(body), written, io.StringIO(), environ, multithread=True).run(self._answer)
        self.wfile.write(written.getvalue())

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: clients say what they saw."""

    def _answer(self, environ: dict[str, Any], start: Callable[..., Any]) -> list[bytes]:
        """moto's answer as one block, so that its length is told, and whom it went to."""
        source = "{}:{}".format(*self.client_address)

        def begin(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            return start(status, [*headers, (SEEN_FROM, source)], *rest)

        return [b"".join(self.server.application(environ, begin))]

    def _environ(self, length: int) -> dict[str, Any]:
        url = urlsplit(self.path)
        names = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in self.headers.items()}
        host, port = self.server.server_address[:2]
        return names | {
            "REQUEST_METHOD": self.command,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote(url.path),
            "QUERY_STRING": url.query,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(length),
            "SERVER_PROTOCOL": self.request_version,
            "SERVER_NAME": str(host),
            "SERVER_PORT": str(port),
            "REMOTE_ADDR": self.client_address[0],
        }


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 512
    application: Any = None

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Nothing: a client that is gone is what the lab is about."""


def main() -> None:
    """Serve until nobody wants it any more; the bucket is there from the start."""
    orders = Orders()
    logging.disable(logging.WARNING)
    with _Server((orders.job["host"], 0), _Handler) as server:
        server.application = DomainDispatcherApplication(create_backend_app)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        host, port = server.server_address[:2]
        make_bucket(f"http://{host!s}:{port}")
        say(port=port)
        threading.Event().wait()


if __name__ == "__main__":
    main()
