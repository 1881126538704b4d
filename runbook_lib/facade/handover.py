"""From the kernel of a headless run to the process that started it: the result and the facts, in a private folder.

A kernel that dies leaves neither; what it had invoked by then stands in its journal.
"""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from runbook_lib.act.journal import Doing
from runbook_lib.model.actions import InvokeResult
from runbook_lib.model.result import RunResult
from runbook_lib.model.snapshot import Gap, Snapshot
from runbook_lib.model.status import Verdict

__all__ = ["leave", "take", "with_doings"]

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


def with_doings(result: RunResult, doings: Sequence[Doing]) -> RunResult:
    """A result that no notebook left, with what its journal says was or may have been invoked: never a pass."""
    if not doings:
        return result
    function = doings[-1].consent.get("function_arn")
    done = f"Before that it invoked {function}: {', '.join(doing.short for doing in doings)}; their answers are lost."
    return replace(
        result,
        verdict=Verdict.FAIL if result.verdict is Verdict.FAIL else Verdict.UNKNOWN,
        headline=f"{result.headline} {done}".strip(),
        parameters={**result.parameters, "journal": [doing.to_json() for doing in doings]},
        gaps=(*result.gaps, *(Gap(what=InvokeResult.KEY, reason=doing.text) for doing in doings)),
    )
