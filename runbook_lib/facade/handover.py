"""From the kernel of a headless run to the process that started it: the result and the facts, in a private folder.

A kernel that dies leaves what it has kept so far; what it had invoked or asked by then and since stands in its journal.
"""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from runbook_lib.act.analyzed import ANALYZE
from runbook_lib.act.journal import Doing
from runbook_lib.model.actions import InvokeResult
from runbook_lib.model.insights import NetworkInsightsAnalysis
from runbook_lib.model.result import RunResult
from runbook_lib.model.snapshot import Gap, Snapshot
from runbook_lib.model.status import Verdict

__all__ = ["keep", "kept", "leave", "take", "with_doings"]

_FILE = "result.pickle"
_SO_FAR = "so_far.pickle"


def leave(folder: Path, result: RunResult, snapshot: Snapshot) -> None:
    """Leave the result in the folder, whole or not at all."""
    _write(folder / _FILE, result, snapshot)


def keep(folder: Path, result: RunResult, snapshot: Snapshot) -> None:
    """Keep what is known so far in the folder, in place of what was kept before."""
    _write(folder / _SO_FAR, result, snapshot)


def take(folder: Path) -> tuple[RunResult, Snapshot] | None:
    """What the kernel left, or None; both sides are this interpreter and the folder is this user's alone."""
    return _read(folder / _FILE)


def kept(folder: Path) -> tuple[RunResult, Snapshot] | None:
    """What a kernel that left nothing had kept, or None: it had not ended, so that this is a FAIL or UNKNOWN."""
    found = _read(folder / _SO_FAR)
    return found and (_no_pass(found[0]), found[1])


def with_doings(result: RunResult, doings: Sequence[Doing]) -> RunResult:
    """A result that no notebook left, with what its journal says was or may have been invoked: never a pass.

    What came of it is told as far as it was kept; the rest is a gap.
    """
    if not doings:
        return result
    lost = [doing for doing in doings if not doing.is_kept]
    done = ""
    if lost:
        function, sent = lost[-1].consent.get("function_arn"), ", ".join(doing.short for doing in lost)
        did = "had AWS analyse paths of" if _is_analysis(lost[-1]) else "invoked"
        done = f"Before that it {did} {function}: {sent}; their answers are lost."
    return replace(
        _no_pass(result),
        headline=f"{result.headline} {done}".strip(),
        parameters={**result.parameters, "journal": [doing.to_json() for doing in doings]},
        gaps=(*result.gaps, *(Gap(what=_key_of(doing), reason=doing.text) for doing in lost)),
    )


def _key_of(doing: Doing) -> str:
    return NetworkInsightsAnalysis.KEY if _is_analysis(doing) else InvokeResult.KEY


def _is_analysis(doing: Doing) -> bool:
    return doing.consent.get("action") == ANALYZE


def _no_pass(result: RunResult) -> RunResult:
    return result if result.verdict is Verdict.FAIL else replace(result, verdict=Verdict.UNKNOWN)


def _write(path: Path, result: RunResult, snapshot: Snapshot) -> None:
    aside = path.with_name(f"{path.name}.partial")
    aside.write_bytes(pickle.dumps((result, snapshot)))
    aside.replace(path)


def _read(path: Path) -> tuple[RunResult, Snapshot] | None:
    try:
        result, snapshot = pickle.loads(path.read_bytes())
    except FileNotFoundError:
        return None
    return result, snapshot
