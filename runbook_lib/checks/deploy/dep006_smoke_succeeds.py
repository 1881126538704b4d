"""Function succeeds when it is invoked once.

What is verified
    The smoke invocation got the response that is asserted, and the log holds its REPORT and no error.
Why it matters
    A deployment that Terraform and the API call good may still not run: the code fails, the answer is wrong, or the
    network does not carry. A status of 200 only says that Lambda took the call.
How it is decided
    Per request id, from both sides: no FunctionError, the assertion passed, exactly one attempt in the log with its
    REPORT and without an error line. An invocation that only woke an inactive function counts, since its caller gets
    the failure.
Unknown when
    Nobody consented, nothing was asserted, the answer was not waited for, or the log was not read or does not hold
    the REPORT (yet).
Sources
    Invoke, https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html (read 2026-11-21)
    Viewing CloudWatch logs for Lambda functions,
    https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-view.html (read 2026-11-21)
"""

from __future__ import annotations

from collections.abc import Iterator

from runbook_lib.checks.base import Meta, Settings
from runbook_lib.checks.deploy.sent import ALONE, SENT, Rows, in_short, of_requests, remedy, seen
from runbook_lib.invocations.base import Outcome
from runbook_lib.invocations.requests import Request
from runbook_lib.model.finding import Finding
from runbook_lib.model.interfaces import Function
from runbook_lib.model.status import Severity
from runbook_lib.network.view import View

__all__ = ["META", "check"]

META = Meta(
    id="DEP006",
    title="Function succeeds when it is invoked once",
    severity=Severity.CRITICAL,
    family="deploy",
    applies_to=Function.TYPE,
    needs=SENT,
    is_anywhere=True,
)


def check(view: View, settings: Settings) -> Iterator[Finding]:
    """One finding per smoke invocation."""

    def judge(function: Function, _: object, rows: Rows) -> Iterator[Finding]:
        return (_of_request(view, function, row) for row in rows)

    return of_requests(META, view, settings, ALONE, judge)


def _of_request(view: View, function: Function, row: Request) -> Finding:
    result = row.result
    evidence = (result.cite("RequestId"), *seen(view, function, (row,)))
    version = f" of version {result.executed_version}" if result.executed_version else ""
    named = f"{result.id} ({result.request_id or 'without request id'}){version}"
    why, scope = in_short(row.reason), result.id
    if row.outcome is Outcome.FAILURE:
        said = f"{function.id}: {named} failed, because {why}."
        return META.failed(function, said, *evidence, code="SMOKE_FAILED", scope=scope)
    if row.outcome is Outcome.UNKNOWN:
        said = f"{function.id}: {named} is not known to have succeeded, because {why}{remedy((row,))}."
        return META.unknown(function, said, *evidence, code="SMOKE_UNKNOWN", scope=scope)
    return META.passed(function, f"{function.id}: {named} succeeded: {why}.", *evidence, scope=scope)
