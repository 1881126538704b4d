"""Starts the nursery and orders execution environments from it; nothing runs before the first one is wanted."""

from __future__ import annotations

import hashlib
import io
import json
import os
import socket
import subprocess
import sys
import threading
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import runbook_lib
from runbook_lib.errors import SandboxError
from runbook_lib.holding import HeldFolder

__all__ = ["Nursery"]

_KIT = str(Path(runbook_lib.__file__).parents[1])
_START = (
    "import sys; sys.path.insert(0, sys.argv[1]);"
    "from runbook_lib.sandbox.running.child.nursery import main; main(int(sys.argv[2]), sys.argv[3])"
)
_STOP_TIMEOUT_S = 5.0
_ANSWER_BYTES = 1024


class Nursery:
    """The child process in which environments are forked. Its children end with it, and it with this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held = HeldFolder("runbook-sandbox-", what="code of functions of the sandbox")
        self._folder = str(self._held.path)
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._born = 0

    def unpack(self, package: bytes) -> str:
        """The folder that holds the contents of a deployment package; BadZipFile when it is none."""
        folder = Path(self._folder, hashlib.sha256(package).hexdigest()[:32])
        with self._lock:
            if not folder.exists():
                unfinished = folder.with_suffix(".part")
                with zipfile.ZipFile(io.BytesIO(package)) as archive:
                    archive.extractall(unfinished)
                unfinished.rename(folder)
        return str(folder)

    def fork(self, root: str, order: Mapping[str, Any]) -> tuple[int, socket.socket]:
        """A new environment in a folder of unpacked code: its number, and the socket to it."""
        ours, theirs = socket.socketpair()
        with self._lock, theirs:
            control = self._started()
            self._born += 1
            whole = {**order, "environment": self._born, "root": root, "kit": _KIT}
            try:
                socket.send_fds(control, [json.dumps(whole).encode()], [theirs.fileno()])
                control.recv(_ANSWER_BYTES)
            except OSError as error:
                ours.close()
                raise SandboxError(f"no execution environment could be started: {error}") from None
            return self._born, ours

    def end(self, number: int) -> int:
        """End an environment; its exit code, negative for a signal that it had already met."""
        with self._lock:
            if self._control is None:
                return 0
            try:
                self._control.send(json.dumps({"end": number}).encode())
                return int(json.loads(self._control.recv(_ANSWER_BYTES))["status"])
            except (OSError, ValueError):
                return 0

    def close(self) -> None:
        """End every environment; a second call does nothing."""
        with self._lock:
            if self._control is not None:
                self._control.close()
                self._control = None
            if self._process is not None:
                try:
                    self._process.wait(_STOP_TIMEOUT_S)
                except subprocess.TimeoutExpired:
                    self._process.kill()
                    self._process.wait()
                self._process = None
            self._held.close()

    def _started(self) -> socket.socket:
        if self._control is None:
            self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            with theirs:
                self._process = subprocess.Popen(
                    [sys.executable, "-I", "-S", "-c", _START, _KIT, str(theirs.fileno()), self._folder],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    pass_fds=[theirs.fileno()],
                    env={"PATH": os.defpath},
                    # Ctrl-C is for the one who started the sandbox to deal with.
                    start_new_session=True,
                )
        return self._control
