"""From the kernel of a headless run to the process that started it: the result and the facts, in a private folder."""

from __future__ import annotations

import pickle
from pathlib import Path

from runbook_lib.model.result import RunResult
from runbook_lib.model.snapshot import Snapshot

__all__ = ["leave", "take"]

_FILE = "result.pickle"


def leave(folder: Path, result: RunResult, snapshot: Snapshot) -> None:
    """Leave the result in the folder, whole or not at all."""
    aside = folder / f"{_FILE}.partial"
    aside.write_bytes(pickle.dumps((result, snapshot)))
    aside.replace(folder / _FILE)


def take(folder: Path) -> tuple[RunResult, Snapshot] | None:
    """What the kernel left, or None; both sides are this interpreter and the folder is this user's alone."""
    try:
        result, snapshot = pickle.loads((folder / _FILE).read_bytes())
    except FileNotFoundError:
        return None
    return result, snapshot
