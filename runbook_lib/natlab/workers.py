"""Programs of the lab as child processes, and one stream of what they say."""

from __future__ import annotations

import json
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from typing import Any

from runbook_lib.errors import LabError

__all__ = ["Worker", "Workers"]

_START_S = 60.0


class Worker:
    """A running program; `said` is what it has told that nobody took yet, None when it has ended."""

    def __init__(self, name: str, process: subprocess.Popen[str], everything: queue.Queue[dict[str, Any]]) -> None:
        self.name = name
        self._process = process
        self.said: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self._everything = everything
        threading.Thread(target=self._listen, daemon=True).start()

    def tell(self, order: Any) -> None:
        """Give it its job, or the next order."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()

    def next(self, wait_s: float = _START_S) -> dict[str, Any]:
        """What it says next. LabError when it ends or is silent for so long."""
        try:
            told = self.said.get(timeout=wait_s)
        except queue.Empty:
            raise LabError(f"{self.name} of the lab said nothing for {wait_s:.0f} s") from None
        if told is None:
            raise LabError(f"{self.name} of the lab ended (exit code {self._process.wait()})")
        return told

    def require_running(self) -> None:
        """LabError when it has ended."""
        if self._process.poll() is not None:
            raise LabError(f"{self.name} of the lab ended before its clients (exit code {self._process.returncode})")

    def kill(self) -> None:
        """End it at once."""
        self._process.kill()
        self._process.wait()

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            told = json.loads(line)
            self.said.put(told)
            self._everything.put(told)
        self.said.put(None)
        self._everything.put({"gone": self.name})


class Workers:
    """Starts programs, each behind a command that puts it into its network namespace, and ends them."""

    def __init__(self) -> None:
        self._running: list[Worker] = []
        self._everything: queue.Queue[dict[str, Any]] = queue.Queue()

    def start(self, program: str, job: dict[str, Any], prefix: Sequence[str] = ()) -> Worker:
        """Start `natlab/children/<program>.py` with its job."""
        command = [*prefix, sys.executable, "-m", f"runbook_lib.natlab.children.{program}"]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        worker = Worker(program, process, self._everything)
        self._running.append(worker)
        worker.tell(job)
        return worker

    def require_running(self, name: str) -> None:
        """LabError when a program of that name has ended."""
        for worker in self._running:
            if worker.name == name:
                worker.require_running()

    def heard(self, until: float) -> Iterator[dict[str, Any] | None]:
        """What programs say, as they say it, until a moment of the monotonic clock; None twice a second if nothing.

        The last thing about a program is `{"gone": name}`.
        """
        while (left_s := until - time.monotonic()) > 0:
            try:
                yield self._everything.get(timeout=min(0.5, left_s))
            except queue.Empty:
                yield None

    def end(self) -> None:
        """End all that still run."""
        for worker in self._running:
            worker.kill()
