"""A Terraform plan laid over the facts: what the checks would say after apply, and what changes."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from runbook_lib.errors import UsageError
from runbook_lib.model.result import RunResult
from runbook_lib.model.snapshot import Gap, Snapshot
from runbook_lib.model.status import Status
from runbook_lib.network.plan import overlay

__all__ = ["Planned", "judge_plan", "read_json"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """The result after apply, and the keys of findings that the plan breaks, heals or leaves undecided."""

    result: RunResult
    breaks: tuple[str, ...]
    heals: tuple[str, ...]
    undecided: tuple[str, ...]


def judge_plan(snapshot: Snapshot, plan: Any, judge: Callable[[Snapshot], RunResult]) -> Planned:
    """Judge a target as it would be after a plan (`terraform show -json`), beside what it is now.

    Values known only after apply are gaps: what rests on them is UNKNOWN. Raises UsageError for something that is no
    plan.
    """
    laid = overlay(snapshot, plan)
    gaps = [Gap(what="Terraform plan", reason=text) for text in (*laid.undecided, *laid.notes)]
    before = {finding.key: finding.status for finding in judge(snapshot).findings}
    after = judge(replace(laid.snapshot, gaps=(*laid.snapshot.gaps, *gaps)))
    moved = {f.key: (before.get(f.key), f.status) for f in after.findings if before.get(f.key) is not f.status}
    breaks = tuple(sorted(key for key, (_, now) in moved.items() if now is Status.FAIL))
    undecided = tuple(sorted(key for key, (_, now) in moved.items() if now is Status.UNKNOWN))
    heals = tuple(
        sorted(key for key, (was, now) in moved.items() if now is Status.PASS and was in (Status.FAIL, Status.UNKNOWN))
    )
    words = [
        f"{word} {', '.join(keys)}"
        for word, keys in (("breaks", breaks), ("heals", heals), ("leaves undecided", undecided))
        if keys
    ]
    headline = f"With the plan applied: {after.headline} The plan {'; '.join(words) or 'changes no answer'}."
    return Planned(result=replace(after, headline=headline), breaks=breaks, heals=heals, undecided=undecided)


def read_json(path: Path) -> Any:
    """The JSON in a file. UsageError with file and line when it cannot be read."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror or error}") from error
    except ValueError as error:
        where = f", line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        raise UsageError(f"{path}{where}: not JSON") from error
