"""Function was invoked as often at once as the burst says.

What is verified
    At one moment at least 90 percent of the requests that were to be under way together were: all of the burst, or as
    many as were asked for at the same time.
Why it matters
    Ten requests one after the other prove nothing about ten at once, and a client that waits for a free connection
    sends them so without a word.
How it is decided
    By the times at which requests left and answers had come whole, on the clock of the client; a request without an
    answer does not count. What Lambda's own times show is told beside it. 90 percent is the kit's own share.
Unknown when
    Nobody consented, or part of the burst was never sent or its answers were not awaited.
Sources
    Understanding Lambda function scaling,
    https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html (read 2026-11-21)
"""

from __future__ import annotations

from collections.abc import Iterator

from runbook_lib.checks.base import Meta, Settings
from runbook_lib.checks.deploy.sent import BURST, SENT, Rows, of_requests, seen
from runbook_lib.invocations.requests import overlap, overlap_in_log
from runbook_lib.model.deploy import Deploy
from runbook_lib.model.finding import Finding
from runbook_lib.model.interfaces import Function
from runbook_lib.model.status import Severity
from runbook_lib.network.view import View

__all__ = ["META", "check"]

META = Meta(
    id="DEP009",
    title="Function was invoked as often at once as the burst says",
    severity=Severity.MEDIUM,
    family="deploy",
    applies_to=Function.TYPE,
    needs=SENT,
    is_anywhere=True,
)


def check(view: View, settings: Settings) -> Iterator[Finding]:
    """One finding for the function."""
    return of_requests(
        META, view, settings, BURST, lambda function, deploy, rows: [_judge(view, function, deploy, rows)]
    )


def _judge(view: View, function: Function, deploy: Deploy, rows: Rows) -> Finding:
    asked = max(deploy.burst, len(rows))
    wanted = min(deploy.at_once or asked, asked)
    peak, in_log = overlap(rows).peak, overlap_in_log(rows).peak
    evidence = seen(view, function, rows)
    said = f"{function.id}: {peak:,} of {wanted:,} requests were under way at once ({in_log:,} by the times in the log)"
    if 10 * peak >= 9 * wanted:
        return META.passed(function, f"{said}.", *evidence)
    counts = (
        (asked - len(rows), "were never sent"),
        (sum(row.result.ended is None for row in rows), "have an answer that was not awaited"),
    )
    if left := [f"{count:,} {what}" for count, what in counts if count]:
        return META.unknown(function, f"{said}, and {', '.join(left)}.", *evidence, code="BURST_INTERRUPTED")
    return META.failed(function, f"{said}, fewer than 90 percent.", *evidence, code="BURST_NOT_AT_ONCE")
