"""How a program of the lab and the one that started it talk: lines of JSON; the end of standard input ends it."""

from __future__ import annotations

import json
import os
import queue
import sys
import threading
from typing import Any

__all__ = ["Orders", "say"]

_LOCK = threading.Lock()


def say(**fields: Any) -> None:
    """Tell something to whoever started this program."""
    with _LOCK:
        sys.stdout.write(json.dumps(fields) + "\n")
        sys.stdout.flush()


class Orders:
    """What this program is told: `job`, the first line, and then one order after the other.

    When nobody can give orders any more, killed or not, the process ends at once.
    """

    def __init__(self) -> None:
        self._lines: queue.Queue[str] = queue.Queue()
        threading.Thread(target=self._listen, daemon=True).start()
        self.job: dict[str, Any] = self.next()

    def next(self) -> Any:
        """The next order; waits for it."""
        return json.loads(self._lines.get())

    def _listen(self) -> None:
        """Read without sys.stdin: a thread that waits in there stops the interpreter from ending."""
        rest = b""
        while part := os.read(0, 65_536):
            *lines, rest = (rest + part).split(b"\n")
            for line in lines:
                self._lines.put(line.decode())
        os._exit(0)
