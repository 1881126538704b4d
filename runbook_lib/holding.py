"""Folders and files that a process holds while it lives, so that what a killed one left can be told from the rest.

A lock is let go of by the operating system when its process ends, however it ends. That is a better sign of life than a
process id, which is used again.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any

__all__ = ["HeldFolder", "hold", "is_held", "marked"]

_MARK = "held-by.json"


class HeldFolder:
    """A private temporary folder that is held until it is closed, and then gone; `told` says what it is for."""

    def __init__(self, prefix: str, **told: str) -> None:
        self.path = Path(tempfile.mkdtemp(prefix=prefix))
        self._lock = hold(self.path)
        said = {"pid": os.getpid(), "since": datetime.now(UTC).isoformat(timespec="seconds"), **told}
        # Only what bears the mark is ever taken for a leftover, and the mark comes after the lock.
        (self.path / _MARK).write_text(json.dumps(said), encoding="utf-8")

    def __enter__(self) -> Path:
        return self.path

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Remove the folder and let go of it; a second call does nothing."""
        shutil.rmtree(self.path, ignore_errors=True)
        lock, self._lock = self._lock, -1
        if lock >= 0:
            os.close(lock)


def hold(path: Path) -> int:
    """Hold a file or folder until the descriptor that is returned is closed, at the latest when this process ends."""
    handle = os.open(path, os.O_RDONLY)
    # Some network file systems have no such locks; then `is_held` cannot tell either, and takes it for held.
    with suppress(OSError):
        fcntl.flock(handle, fcntl.LOCK_EX)
    return handle


def is_held(path: Path) -> bool:
    """Whether a process that lives holds it, or that cannot be told; False when there is no such thing."""
    try:
        handle = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(handle)
    return False


def marked(folder: Path) -> Mapping[str, Any] | None:
    """What a folder was made for, with `pid` and `since`; None when it is none of these folders."""
    try:
        said = json.loads((folder / _MARK).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return said if isinstance(said, Mapping) else None
