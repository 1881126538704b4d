"""Function may run as often at once as it is asked to.

What is verified
    The function has executions left: none were refused, those at once stayed below 90 percent of what it may have, and
    what was said to be wanted at once fits.
Why it matters
    What exceeds the concurrency is refused with 429 and never starts: its caller retries and waits, and the function's
    log shows nothing wrong. A reserved concurrency of 0 switches a function off.
How it is decided
    Its limit is the reserved concurrency, or what the account has unreserved, which all functions without one share.
    Against it stand Throttles and the peak of ConcurrentExecutions. The 90 percent are the kit's, not AWS's.
Unknown when
    The reserved concurrency, the limits of the account or the metrics were not read whole.
Sources
    Understanding Lambda function scaling,
    https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html (read 2026-11-21)
    Configuring reserved concurrency,
    https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html (read 2026-11-21)
"""

from __future__ import annotations

from collections.abc import Iterator

from runbook_lib.checks.base import Meta, Settings
from runbook_lib.checks.function.common import executions_of, of_function, series_of
from runbook_lib.checks.logs.common import LOGGED
from runbook_lib.checks.nat.measured import Measured, near
from runbook_lib.errors import FactMissing
from runbook_lib.model.finding import Finding
from runbook_lib.model.interfaces import Function
from runbook_lib.model.kinds import action_of
from runbook_lib.model.observations import AccountLimit, FunctionConcurrency, MetricSeries
from runbook_lib.model.status import Severity
from runbook_lib.network.view import View

__all__ = ["META", "check"]

META = Meta(
    id="FUN006",
    title="Function may run as often at once as it is asked to",
    severity=Severity.HIGH,
    family="function",
    applies_to=Function.TYPE,
    needs=(FunctionConcurrency.KEY, AccountLimit.KEY, *LOGGED),  # its metrics are read beside its log
    is_anywhere=True,
)


def check(view: View, settings: Settings) -> Iterator[Finding]:
    """One finding for the function."""
    return of_function(META, view, settings, lambda function: _judge(view, function, settings.concurrency))


def _judge(view: View, function: Function, wanted: int) -> Iterator[Finding]:
    allowed = executions_of(view, function)
    limit, words, cited = allowed.count, allowed.words, allowed.evidence
    if limit == 0:
        yield META.failed(function, f"{function.id} has {words}: every invocation is refused.", cited, code="NONE_LEFT")
        return
    if wanted > limit:
        said = f"{function.id} has {words}, and {wanted:,} are wanted at once."
        yield META.failed(function, said, cited, code="CONCURRENCY_TOO_LOW")
        return
    refused, running = (series_of(view, function, metric) for metric in ("Throttles", "ConcurrentExecutions"))
    peak, window = max(running.values, default=0), Measured("", (running,), None).window
    seen = (cited, refused.cite("Values"), running.cite("Values"))
    ran = f"{function.id} has {words}, and at most {peak:,.0f} ran at once {window}"
    if sum(refused.values):
        yield META.failed(function, f"{ran}; {sum(refused.values):,.0f} were refused.", *seen, code="THROTTLED")
    elif near(peak, limit):
        near_by = "more than it has now" if peak > limit else "near the end of them"
        yield META.failed(function, f"{ran}, {near_by}.", *seen, code="CONCURRENCY_NEAR")
    elif not (refused.is_complete and running.is_complete):
        raise FactMissing(f"the whole of the metrics of {function.id}", action_of(MetricSeries.KEY))
    elif not running.values:
        yield META.not_applicable(function, f"CloudWatch counted no execution of {function.id} {window}.")
    else:
        yield META.passed(function, f"{ran}; none was refused.", *seen)
