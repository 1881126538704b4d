"""From facts to a result: the checks that apply, their verdict, and what the run was."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from runbook_lib import __version__
from runbook_lib.checks import CHECKS
from runbook_lib.checks.base import Check, Settings
from runbook_lib.engine import evaluate, keys_of, select_checks
from runbook_lib.errors import UsageError
from runbook_lib.facade.choosing import needs_a_call_per_function
from runbook_lib.facade.passive import is_passive, why_held_back
from runbook_lib.model.observations import MetricSeries
from runbook_lib.model.result import RunResult
from runbook_lib.model.snapshot import Snapshot
from runbook_lib.model.status import Severity

__all__ = ["Judgement", "check_titles", "keys_needed", "new_run_id", "severity_of", "tool"]

_PER_FUNCTION = "needs a call per function; select it to run it"
_PLANNED = "what a plan makes was never measured"
_UNMEASURED = "no metrics were collected; select it to be told what it needs"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What a run is called and how it judges; `select` holds check ids and families, empty means the default ones."""

    runbook: str
    started_at: datetime
    parameters: Mapping[str, Any]
    select: tuple[str, ...] = ()
    fail_on: Severity = Severity.MEDIUM

    def of(self, snapshot: Snapshot, settings: Settings) -> RunResult:
        """The result for a target on a snapshot. UsageError for a check or family that does not exist."""
        select, held_back = self.select, {}
        if not select:
            chosen, _ = select_checks(())
            held_back = dict(_held_back(snapshot, settings, chosen, is_planned="plan" in self.parameters))
            select = tuple(check.META.id for check in chosen if check.META.id not in held_back)
        found = evaluate(snapshot, settings, select=select, fail_on=self.fail_on)
        return RunResult(
            runbook=self.runbook,
            run_id=new_run_id(self.runbook, self.started_at),
            started_at=self.started_at,
            finished_at=datetime.now(UTC),
            tool=tool(),
            origin=snapshot.origin,
            parameters=self.parameters,
            target=settings.target,
            verdict=found.verdict,
            headline=found.headline,
            fail_on=self.fail_on,
            findings=found.findings,
            calls=snapshot.calls,
            gaps=snapshot.gaps,
            not_run={**found.not_run, **held_back},
        )


def _held_back(
    snapshot: Snapshot, settings: Settings, chosen: Iterable[Check], *, is_planned: bool
) -> Iterator[tuple[str, str]]:
    """The checks that do not run unless they are selected, each with the reason."""
    asked = {key for _, key in snapshot.listings} | {call.key for call in snapshot.calls}
    for check in chosen:
        if why := why_held_back(check.META, settings.target, asked):
            yield check.META.id, why
        elif settings.target.kind == "all" and needs_a_call_per_function(check.META.needs):
            yield check.META.id, _PER_FUNCTION
        elif MetricSeries.KEY in check.META.needs and (is_planned or MetricSeries.KEY not in asked):
            yield check.META.id, _PLANNED if is_planned else _UNMEASURED


def keys_needed(select: Iterable[str]) -> frozenset[str]:
    """The snapshot keys that the selected checks read; with none selected, those of the default ones that are run.

    UsageError for a check or family that does not exist.
    """
    words = [word for word in select if word.strip()]
    chosen, _ = select_checks(words)
    return keys_of(check for check in chosen if words or is_passive(check.META))


def check_titles() -> dict[str, str]:
    """Mapping check id → title (the passing case)."""
    return {check.META.id: check.META.title for check in CHECKS}


def severity_of(word: str) -> Severity:
    """The severity with this name. UsageError when there is none."""
    try:
        return Severity(word.lower())
    except ValueError:
        raise UsageError(f"unknown severity {word!r}; expected one of {', '.join(Severity)}") from None


def new_run_id(runbook: str, started_at: datetime) -> str:
    """A run id that sorts by time and is a plain file name."""
    return f"{started_at.astimezone(UTC):%Y%m%dT%H%M%SZ}-{runbook}-{secrets.token_hex(2)}"


@lru_cache(maxsize=1)
def tool() -> dict[str, str]:
    """Version of the kit, and its commit when it runs from a clone."""
    commit = _commit(Path(__file__).resolve().parents[2] / ".git")
    return {"version": __version__} | ({"commit": commit} if commit else {})


def _commit(git: Path) -> str:
    """The commit a clone stands at, read from its files; empty when this is no clone."""
    try:
        head = (git / "HEAD").read_text(encoding="utf-8").strip()
        if not head.startswith("ref: "):
            return head[:12]
        ref = head.removeprefix("ref: ")
        loose = git / ref
        if loose.exists():
            return loose.read_text(encoding="utf-8").strip()[:12]
        packed = re.search(rf"^([0-9a-f]{{40}}) {re.escape(ref)}$", (git / "packed-refs").read_text(), re.MULTILINE)
        return packed[1][:12] if packed else ""
    except OSError:
        return ""
