"""S3 as moto serves it, with connections that stay open and objects that take their time.

A key that begins with `slow-<seconds>/` is answered after so long.
"""

from __future__ import annotations

import logging
import re
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import WSGIRequestHandler, make_server

from runbook_lib.natlab.children.aws import SEEN_FROM, make_bucket
from runbook_lib.natlab.children.speech import Orders, say

__all__ = ["main"]

_SLOW = re.compile(r"/slow-(\d+)/")


class _KeepAlive(WSGIRequestHandler):
    """Leaves out the `Connection: close` that werkzeug adds to every answer: a closed connection holds no port."""

    def send_header(self, keyword: str, value: str) -> None:
        if keyword.lower() != "connection":
            super().send_header(keyword, value)

    def log(self, type: str, message: str, *args: Any) -> None:
        """Nothing: clients say what they saw."""


def _taking_time(application: Callable[..., Iterable[bytes]]) -> Callable[..., Iterable[bytes]]:
    def answer(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        slow = _SLOW.search(environ.get("PATH_INFO", ""))
        source = f"{environ['REMOTE_ADDR']}:{environ['REMOTE_PORT']}"

        def begin(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            return start(status, [*headers, (SEEN_FROM, source)], *rest)

        # The body is read first: a server that does not read looks like a slow network.
        answered = list(application(environ, begin))
        time.sleep(int(slow[1]) if slow else 0)
        return answered

    return answer


def main() -> None:
    """Serve until nobody wants it any more; the bucket is there from the start."""
    orders = Orders()
    logging.disable(logging.WARNING)
    application = DomainDispatcherApplication(create_backend_app)
    host = orders.job["host"]
    server = make_server(host, 0, _taking_time(application), threaded=True, request_handler=_KeepAlive)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    make_bucket(f"http://{host}:{server.server_port}")
    say(port=server.server_port)
    threading.Event().wait()


if __name__ == "__main__":
    main()
