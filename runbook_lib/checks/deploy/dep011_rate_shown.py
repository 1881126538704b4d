"""Function's success rate is shown to be as high as is wanted.

What is verified
    With 95 percent confidence the success rate in bursts like this one is at least the wanted one.
Why it matters
    Ten successes of ten are also what a function that fails one time in five brings about now and then. How much a
    number of runs shows can be computed; it is less than it looks.
How it is decided
    By the one-sided lower bound of Clopper and Pearson for the successes among the requests that were sent; one whose
    outcome is unknown is no success. It holds for bursts like this one: its requests share a network and a moment.
Unknown when
    Nobody consented, or nothing failed and the runs are too few, or too few of them are known, to show the rate.
Sources
    Clopper and Pearson 1934, https://doi.org/10.1093/biomet/26.4.404 (read 2026-11-21)
    Invoke, https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html (read 2026-11-21)
"""

from __future__ import annotations

from collections.abc import Iterator

from runbook_lib.checks.base import Meta, Settings
from runbook_lib.checks.deploy.sent import BURST, SENT, Rows, Sort, many, of_requests, seen
from runbook_lib.invocations.base import Outcome
from runbook_lib.invocations.bounds import lower_bound, percent, runs_needed
from runbook_lib.model.deploy import Deploy
from runbook_lib.model.finding import Finding
from runbook_lib.model.interfaces import Function
from runbook_lib.model.status import Severity
from runbook_lib.network.view import View

__all__ = ["META", "check"]

META = Meta(
    id="DEP011",
    title="Function's success rate is shown to be as high as is wanted",
    severity=Severity.MEDIUM,
    family="deploy",
    applies_to=Function.TYPE,
    needs=SENT,
    is_anywhere=True,
)


_RATED = Sort(
    holds=BURST.holds,
    noun="success rate of a burst",
    is_asked=lambda deploy: deploy.wanted_rate > 0,
    only_asked=True,
)


def check(view: View, settings: Settings) -> Iterator[Finding]:
    """One finding for the function."""
    return of_requests(
        META, view, settings, _RATED, lambda function, deploy, rows: [_judge(view, function, deploy, rows)]
    )


def _judge(view: View, function: Function, deploy: Deploy, rows: Rows) -> Finding:
    runs, wanted = len(rows), deploy.wanted_rate
    successes = sum(row.outcome is Outcome.SUCCESS for row in rows)
    bound, needed = lower_bound(successes, runs), runs_needed(wanted)
    evidence = seen(view, function, rows)
    said = (
        f"{function.id}: {many(successes, 'success')} in {many(runs, 'request')} of the burst show a success rate of "
        f"at least {percent(bound)} with 95 percent confidence"
    )
    if bound >= wanted:
        return META.passed(function, f"{said}; {percent(wanted)} is wanted.", *evidence)
    need = f"{said}; {percent(wanted)} is wanted and needs {needed:,} runs without a failure."
    if any(row.outcome is Outcome.FAILURE for row in rows):
        return META.failed(function, need, *evidence, code="RATE_NOT_REACHED")
    return META.unknown(function, need, *evidence, code="TOO_FEW_RUNS")
