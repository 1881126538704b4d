"""The one sentence about a deployment that passes: how many requests succeeded, and how much that shows."""

from __future__ import annotations

from collections.abc import Iterable

from runbook_lib.invocations.base import Outcome
from runbook_lib.invocations.bounds import lower_bound, percent
from runbook_lib.invocations.requests import Request
from runbook_lib.model.result import RunResult
from runbook_lib.model.status import Verdict

__all__ = ["deployment_headline"]


def deployment_headline(result: RunResult, rows: Iterable[Request]) -> str:
    """The headline of a result, and where it passes the requests of the burst (of everything else without one)."""
    listed = list(rows)
    counted = [row for row in listed if row.result.purpose == "burst"] or listed
    if result.verdict is not Verdict.PASS or not counted:
        return result.headline
    good = sum(row.outcome is Outcome.SUCCESS for row in counted)
    name = f"{result.target.name}: "
    noun = "request" if len(counted) == 1 else "requests"
    shown = percent(lower_bound(good, len(counted)))
    said = f"{name}{good:,} of {len(counted):,} {noun} succeeded: at least {shown} with 95% confidence"
    return f"{said}; {result.headline.removeprefix(name)}"
