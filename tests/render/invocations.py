"""Small invocations and analyses for the tests of figures and tables."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from runbook_lib.invocations.analysis import Analysis, analyse
from runbook_lib.invocations.base import ErrorClass, Invocation, Outcome
from runbook_lib.invocations.known import Known

__all__ = ["HOSTILE", "NOON", "analysis", "failed", "ok", "open_ended"]

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
HOSTILE = "</script><img src=x onerror=alert(1)>\u202e{{7*7}}<b>"


def ok(second: float, took_s: float = 2, **more: Any) -> Invocation:
    """A success, so many seconds after noon."""
    return _made(second, took_s, Outcome.SUCCESS, more)


def failed(second: float, took_s: float = 180, **more: Any) -> Invocation:
    """A connect timeout."""
    told = {"error_class": ErrorClass.CONNECT_TIMEOUT, "destination": "s3.example.com:443", **more}
    return _made(second, took_s, Outcome.FAILURE, told)


def open_ended(second: float) -> Invocation:
    """One whose end was not seen."""
    return Invocation(request_id=f"open-{second:g}", start=NOON + timedelta(seconds=second))


def analysis(*invocations: Invocation) -> Analysis:
    """What they come to when nothing else is known."""
    return analyse(invocations, (), Known())


def _made(second: float, took_s: float, outcome: Outcome, more: dict[str, Any]) -> Invocation:
    start = NOON + timedelta(seconds=second)
    told = {
        "request_id": f"{outcome.value}-{second:g}",
        "start": start,
        "end": start + timedelta(seconds=took_s),
        "duration_ms": took_s * 1000,
        "outcome": outcome,
        **more,
    }
    return Invocation(**told)
