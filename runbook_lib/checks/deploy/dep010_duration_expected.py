"""Function takes as long as is expected.

What is verified
    The duration that the REPORT of each synchronous request tells lies in the expected window, its ends included.
Why it matters
    A function that is right but slow waits for something: a retry, a name, another way through the network. One that
    is much too fast may not have done its work.
How it is decided
    By the Duration of the REPORT: what the code took, without the time to start an execution environment and without
    the caller's network. One outside the window is a failure.
Unknown when
    Nobody consented, or the REPORT of a request was not seen and none of the others lies outside.
Sources
    Viewing CloudWatch logs for Lambda functions,
    https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-view.html (read 2026-11-21)
"""

from __future__ import annotations

from collections.abc import Iterator

from runbook_lib.checks.base import Meta, Settings
from runbook_lib.checks.deploy.sent import SENT, Rows, Sort, ids_of, many, of_requests, remedy, seen
from runbook_lib.model.deploy import Deploy
from runbook_lib.model.finding import Finding
from runbook_lib.model.interfaces import Function
from runbook_lib.model.status import Severity
from runbook_lib.network.view import View

__all__ = ["META", "check"]

META = Meta(
    id="DEP010",
    title="Function takes as long as is expected",
    severity=Severity.MEDIUM,
    family="deploy",
    applies_to=Function.TYPE,
    needs=SENT,
    is_anywhere=True,
)


def _is_asked(deploy: Deploy) -> bool:
    return deploy.shortest_ms > 0 or deploy.longest_ms is not None


_TIMED = Sort(
    holds=lambda purpose: purpose not in {"event", "wake"}, noun="duration", is_asked=_is_asked, only_asked=True
)


def check(view: View, settings: Settings) -> Iterator[Finding]:
    """One finding for the function."""
    return of_requests(
        META, view, settings, _TIMED, lambda function, deploy, rows: [_judge(view, function, deploy, rows)]
    )


def _judge(view: View, function: Function, deploy: Deploy, rows: Rows) -> Finding:
    evidence, shortest, longest = seen(view, function, rows), deploy.shortest_ms, deploy.longest_ms
    told = {row: ms for row in rows if row.attempts and (ms := row.attempts[0].duration_ms) is not None}
    window = f"{_number(shortest)} ms" + (" or more" if longest is None else f" to {_number(longest)} ms")
    ends = dict.fromkeys(_number(end(told.values())) for end in (min, max)) if told else ()
    range_ms = f"took {' to '.join(ends)} ms" if ends else "told no duration"
    outside = [row for row, ms in told.items() if ms < shortest or (longest is not None and ms > longest)]
    if outside:
        said = f"{function.id}: {len(outside):,} of {many(len(rows), 'request')} did not take the expected {window}"
        said = f"{said}, all {range_ms}: {ids_of(outside)}."
        return META.failed(function, said, *evidence, code="DURATION_OUTSIDE")
    unseen = [row for row in rows if row not in told]
    if unseen:
        said = f"{function.id}: the REPORT of {len(unseen):,} of {many(len(rows), 'request')} was not seen"
        said = f"{said}, the others {range_ms}: {ids_of(unseen)}{remedy(unseen)}."
        return META.unknown(function, said, *evidence, code="DURATION_UNKNOWN")
    return META.passed(
        function, f"{function.id}: {many(len(rows), 'request')} {range_ms}, expected {window}.", *evidence
    )


def _number(ms: float) -> str:
    return f"{ms:,.2f}".rstrip("0").rstrip(".")
