"""Function succeeds at the first attempt of every event.

What is verified
    Each event that was queued ran exactly once, and the log holds its REPORT and no error.
Why it matters
    Lambda tries an event that failed up to two more times. A retry that succeeds hides the failure from whoever only
    looks at the end, and doubles what the first attempt had already done.
How it is decided
    By the attempts that the log shows for the request id, which Lambda keeps from attempt to attempt. An attempt that
    failed is a failure, whatever came after it.
Unknown when
    Nobody consented, an event was never queued, it ran more than once without a visible failure (Lambda may deliver
    an event twice), or the log was not read or does not hold the REPORT (yet).
Sources
    How Lambda handles errors and retries with asynchronous invocation,
    https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html (read 2026-11-21)
"""

from __future__ import annotations

from collections.abc import Iterator

from runbook_lib.checks.base import Meta, Settings
from runbook_lib.checks.deploy.sent import EVENTS, SENT, Rows, judged, of_requests
from runbook_lib.model.deploy import Deploy
from runbook_lib.model.finding import Finding
from runbook_lib.model.interfaces import Function
from runbook_lib.model.status import Severity
from runbook_lib.network.view import View

__all__ = ["META", "check"]

META = Meta(
    id="DEP014",
    title="Function succeeds at the first attempt of every event",
    severity=Severity.CRITICAL,
    family="deploy",
    applies_to=Function.TYPE,
    needs=SENT,
    is_anywhere=True,
)


def check(view: View, settings: Settings) -> Iterator[Finding]:
    """One finding for the function."""

    def judge(function: Function, deploy: Deploy, rows: Rows) -> list[Finding]:
        return [judged(META, view, function, rows, deploy.events, "event")]

    return of_requests(META, view, settings, EVENTS, judge)
