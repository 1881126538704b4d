"""Function was invoked as often at once as the burst says.

What is verified
    At one moment at least 90 percent of the requests that were to be under way together were: all of the burst, or as
    many as were asked for at the same time; and as many were at work in Lambda at one moment.
Why it matters
    Ten requests one after the other prove nothing about ten at once, and a client that waits for a free connection
    sends them so without a word. Nor do ten open requests of which Lambda ran one after the other.
How it is decided
    By the smaller of two numbers: requests that had left and whose answers had not come whole, on the clock of the
    client, where one without an answer does not count; and invocations by the times in the log, from the start of their
    execution environment on. 90 percent is the kit's own share. Of invocations of less than 100 ms it is not asked:
    they start further apart than they last.
Unknown when
    Nobody consented, part of the burst was never sent or its answers were not awaited, or requests were open at once
    and the log that would show how many of them ran was not read or lacks some.
Sources
    Understanding Lambda function scaling,
    https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html (read 2026-11-21)
"""

from __future__ import annotations

from collections.abc import Iterator

from runbook_lib.checks.base import Meta, Settings
from runbook_lib.checks.deploy.sent import BURST, SENT, Rows, many, of_requests, remedy, seen
from runbook_lib.invocations.requests import Delivery, longest_run_ms, overlap, overlap_in_log
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

_SHORT_MS = 100
_TOO_SHORT = f"each ran for less than {_SHORT_MS} ms, too short to meet another"
_LONGER = "take a payload that takes longer, so that none ends before another starts"
_UNSEEN = frozenset({Delivery.AWAITED, Delivery.MISSING, Delivery.NOT_READ})


def check(view: View, settings: Settings) -> Iterator[Finding]:
    """One finding for the function."""
    return of_requests(META, view, settings, BURST, lambda *sent: [_judge(view, *sent)])


def _judge(view: View, function: Function, deploy: Deploy, rows: Rows) -> Finding:
    asked, evidence = max(deploy.burst, len(rows)), seen(view, function, rows)
    wanted, unseen = min(deploy.at_once or asked, asked), [row for row in rows if row.delivery in _UNSEEN]
    peak, in_log = overlap(rows).peak, overlap_in_log(rows).peak
    is_unread = all(row.delivery is Delivery.NOT_READ for row in rows)
    by_log = "the log was not read" if is_unread else f"{in_log:,} by the times in the log"
    said = f"{function.id}: {peak:,} of {wanted:,} requests were under way at once ({by_log})"
    if all(row.result.ended is None for row in rows):
        more = f", {asked - len(rows):,} more were never sent" if asked > len(rows) else ""
        none = f"{function.id}: none of {many(len(rows), 'request')} that were sent was answered{more}"
        said = f"{none}: nothing tells how many were under way at once ({by_log})."
        return META.unknown(function, said, *evidence, code="BURST_INTERRUPTED")
    if _is_enough(peak, wanted):
        if _is_enough(in_log, wanted):
            return META.passed(function, f"{said}.", *evidence)
        if _is_enough(in_log + len(unseen), wanted):
            lack = f"the log of {many(len(unseen), 'request')} would tell whether Lambda ran them at once"
            return META.unknown(function, f"{said}; {lack}{remedy(unseen)}.", *evidence, code="LOG_NOT_WHOLE")
        if (longest_ms := longest_run_ms(rows)) is not None and longest_ms < _SHORT_MS:
            return META.not_applicable(function, f"{said}; {_TOO_SHORT}: {_LONGER}.")
        said = f"{said}, fewer than 90 percent ran at once: {_why_apart(rows)}."
        return META.failed(function, said, *evidence, code="RAN_NOT_AT_ONCE")
    counts = (
        (asked - len(rows), "were never sent"),
        (sum(row.result.ended is None for row in rows), "have an answer that was not awaited"),
    )
    if left := [f"{count:,} {what}" for count, what in counts if count]:
        return META.unknown(function, f"{said}, and {', '.join(left)}.", *evidence, code="BURST_INTERRUPTED")
    return META.failed(function, f"{said}, fewer than 90 percent.", *evidence, code="BURST_NOT_AT_ONCE")


def _why_apart(rows: Rows) -> str:
    refused = sum(row.result.error_code is not None for row in rows)
    return f"Lambda refused {refused:,} of them" if refused else _LONGER


def _is_enough(count: int, wanted: int) -> bool:
    return 10 * count >= 9 * wanted
