"""Function succeeds in every request of a burst.

What is verified
    Each request of the burst got the response that is asserted, and the log holds its REPORT and no error.
Why it matters
    What works alone may fail beside others: ports, addresses, connections and concurrency run out, and one of several
    subnets may lack a way. Nine good answers of ten are a fault that one caller in ten meets.
How it is decided
    Per request id, as for the smoke invocation. One failure is a failure, also of a burst that was interrupted.
Unknown when
    Nobody consented, a request was never sent, nothing was asserted, an answer was not waited for, the log was not read
    or does not hold the REPORT (yet), or requests were answered by different versions.
Sources
    Invoke, https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html (read 2026-11-21)
    Understanding Lambda function scaling,
    https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html (read 2026-11-21)
"""

from __future__ import annotations

from collections.abc import Iterator

from runbook_lib.checks.base import Meta, Settings
from runbook_lib.checks.deploy.sent import BURST, SENT, Rows, judged, of_requests
from runbook_lib.checks.deploy.versions import mixed
from runbook_lib.model.deploy import Deploy
from runbook_lib.model.finding import Finding
from runbook_lib.model.interfaces import Function
from runbook_lib.model.status import Severity
from runbook_lib.network.view import View

__all__ = ["META", "check"]

META = Meta(
    id="DEP008",
    title="Function succeeds in every request of a burst",
    severity=Severity.CRITICAL,
    family="deploy",
    applies_to=Function.TYPE,
    needs=SENT,
    is_anywhere=True,
)


def check(view: View, settings: Settings) -> Iterator[Finding]:
    """One finding for the function, and one when not a single version answered."""

    def judge(function: Function, deploy: Deploy, rows: Rows) -> Iterator[Finding]:
        yield judged(META, view, function, rows, deploy.burst, "request of the burst")
        if found := mixed(META, view, function):
            yield found

    return of_requests(META, view, settings, BURST, judge)
