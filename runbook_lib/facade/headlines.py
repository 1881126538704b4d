"""The one sentence about a deployment that passes: how many requests succeeded, and how much that shows."""

from __future__ import annotations

from collections.abc import Iterable

from runbook_lib.invocations.base import Outcome
from runbook_lib.invocations.bounds import lower_bound, percent
from runbook_lib.invocations.requests import Request
from runbook_lib.model.result import RunResult
from runbook_lib.model.status import Verdict

__all__ = ["deployment_headline"]

_WHERE = {"network_path_blocked": "network_path"}


def deployment_headline(result: RunResult, rows: Iterable[Request]) -> str:
    """The headline of a result: with the requests of the burst where it passes, with the next step where some failed.

    Without a burst every request counts.
    """
    listed = list(rows)
    counted = [row for row in listed if row.result.purpose == "burst"] or listed
    if result.verdict is not Verdict.PASS or not counted:
        return f"{result.headline}{_next(result, listed)}"
    good = sum(row.outcome is Outcome.SUCCESS for row in counted)
    name = f"{result.target.name}: "
    noun = "request" if len(counted) == 1 else "requests"
    shown = percent(lower_bound(good, len(counted)))
    said = f"{name}{good:,} of {len(counted):,} {noun} succeeded: at least {shown} with 95% confidence"
    return f"{said}; {result.headline.removeprefix(name)}"


def _next(result: RunResult, rows: list[Request]) -> str:
    """What to look at next, as a sentence; empty when no request failed."""
    failed = [row for row in rows if row.outcome is Outcome.FAILURE]
    if not failed:
        return ""
    if not any(row.result.error_code or row.result.function_error or row.error_class for row in failed):
        return " Next: compare the response with the assertion, then the code and its variables."
    if all(row.result.error_code for row in failed):
        return ""
    first = str(result.hypotheses[0]["cause"]) if result.hypotheses else ""
    return f" Next: `runbook run {_WHERE.get(first, 'nat_gateway')} -p function_name {result.target.name}` weighs why."
