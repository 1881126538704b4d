"""Function's log of the requests holds their REPORT and no error.

What is verified
    For every request that Lambda took, the log holds the REPORT of each attempt, and no attempt shows a failure.
Why it matters
    A handler that catches an error and answers all the same looks well to its caller. And lines that are not there
    (yet) are no sign of health: the log of an invocation may come minutes after it.
How it is decided
    By request id, over the log and the tail of it that came with the response. One failure is a failure: what Lambda
    or the runtime calls one, and a line at ERROR or above that names an error of the network or of AWS.
Unknown when
    The log was not read or not whole, the REPORT of a request is not in it (AWS speaks of 5 to 10 minutes until it
    must be), or it holds an error of which nothing tells whether it was handled, such as `ERROR: upload failed`.
Sources
    Viewing CloudWatch logs for Lambda functions,
    https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-view.html (read 2026-11-21)
    Sending Lambda function logs to CloudWatch Logs,
    https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html (read 2026-11-21)
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from runbook_lib.checks.base import Meta, Settings
from runbook_lib.checks.deploy.sent import ALL, SENT, Rows, ids_of, many, of_requests, remedy, seen
from runbook_lib.invocations.base import Outcome
from runbook_lib.invocations.requests import Delivery, Request
from runbook_lib.model.finding import Finding
from runbook_lib.model.interfaces import Function
from runbook_lib.model.status import Severity
from runbook_lib.network.view import View

__all__ = ["META", "check"]

META = Meta(
    id="DEP007",
    title="Function's log of the requests holds their REPORT and no error",
    severity=Severity.HIGH,
    family="deploy",
    applies_to=Function.TYPE,
    needs=SENT,
    is_anywhere=True,
)


def check(view: View, settings: Settings) -> Iterator[Finding]:
    """One finding for the function."""
    return of_requests(META, view, settings, ALL, lambda function, _, rows: [_judge(view, function, rows)])


def _judge(view: View, function: Function, rows: Rows) -> Finding:
    evidence = seen(view, function, rows)
    due = [row for row in rows if row.delivery is not Delivery.NOT_DUE]
    failing = [row for row in due if _has(row, Outcome.FAILURE)]
    unseen = [row for row in due if row.delivery is not Delivery.DELIVERED or _has(row, Outcome.UNKNOWN)]
    if failing:
        classes = sorted({row.error_class.value if row.error_class else "an error" for row in failing})
        said = f"{function.id}: the log of {_of(failing, due)} shows {', '.join(classes)}: {ids_of(failing)}."
        return META.failed(function, said, *evidence, code="LOG_SHOWS_ERRORS")
    if unseen:
        state = ", ".join(sorted({_state(row) for row in unseen}))
        said = f"{function.id}: the log of {_of(unseen, due)} does not tell, {state}: {ids_of(unseen)}{remedy(unseen)}."
        return META.unknown(function, said, *evidence, code="LOG_NOT_WHOLE")
    if not due:
        said = f"{function.id}: Lambda took none of the requests, so no log tells of them."
        return META.unknown(function, said, *evidence, code="NO_LOG_DUE")
    return META.passed(function, f"{function.id}: the log of {_of(due, due)} holds a REPORT and no error.", *evidence)


_WORDS = {
    Delivery.AWAITED: "a REPORT may still arrive",
    Delivery.MISSING: "a REPORT never arrived",
    Delivery.NOT_READ: "it was not read",
}


def _state(row: Request) -> str:
    if row.has_doubtful_line:
        return "it holds an error that may or may not have been handled"
    return _WORDS.get(row.delivery, "some of its lines are missing")


def _has(row: Request, outcome: Outcome) -> bool:
    tail = (row.tail,) if row.tail and outcome is Outcome.FAILURE else ()
    return any(item.outcome is outcome for item in (*row.attempts, *tail))


def _of(some: Sequence[Request], every: Sequence[Request]) -> str:
    return f"{len(some):,} of {many(len(every), 'request')}"
