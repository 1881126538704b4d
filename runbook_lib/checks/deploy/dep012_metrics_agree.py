"""Function's metrics agree with what was seen of the requests.

What is verified
    In the minutes of the requests CloudWatch counts at least as many invocations as there were attempts, no error and
    no throttled request.
Why it matters
    The metrics are counted by Lambda itself, apart from the log and from the client. They also count what nobody here
    sees: requests of others that fail beside these, and attempts that Lambda repeats.
How it is decided
    By the sums of Invocations, Errors and Throttles over the periods that the requests touch, with 5 seconds for
    clocks that differ. One error or throttled request is a failure, whosever request it was.
Unknown when
    Nobody consented, a metric was not read or not whole, or CloudWatch does not show yet what was seen otherwise: it
    may come minutes later.
Sources
    Types of metrics for Lambda functions,
    https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html (read 2026-11-21)
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from runbook_lib.checks.base import Meta, Settings
from runbook_lib.checks.deploy.sent import ALL, SENT, Rows, many, of_requests
from runbook_lib.errors import FactMissing
from runbook_lib.model.finding import Finding
from runbook_lib.model.interfaces import Function
from runbook_lib.model.kinds import action_of
from runbook_lib.model.observations import MetricSeries
from runbook_lib.model.status import Severity
from runbook_lib.network.view import View

__all__ = ["META", "check"]

META = Meta(
    id="DEP012",
    title="Function's metrics agree with what was seen of the requests",
    severity=Severity.MEDIUM,
    family="deploy",
    applies_to=Function.TYPE,
    needs=SENT,
    is_anywhere=True,
)

_METRICS = ("Invocations", "Errors", "Throttles")
_SKEW = timedelta(seconds=5)
_THROTTLED = 429

Span = tuple[datetime, datetime]


def check(view: View, settings: Settings) -> Iterator[Finding]:
    """One finding for the function."""
    return of_requests(META, view, settings, ALL, lambda function, _, rows: [_judge(view, function, rows)])


def _judge(view: View, function: Function, rows: Rows) -> Finding:
    series = [_series(view, function, metric) for metric in _METRICS]
    spans = [(row.result.started, row.result.ended or row.result.started) for row in rows]
    spans += [(item.start, item.end or item.start) for row in rows for item in row.attempts if item.start]
    invocations, errors, throttles = (_values(item, spans) for item in series)
    # Lambda counts every attempt, also one that it repeats.
    ran = sum(max(row.result.error_code is None, len(row.attempts)) for row in rows)
    total, failed, refused = (sum(values.values()) for values in (invocations, errors, throttles))
    evidence = [item.cite("Values") for item in series]
    said = (
        f"{function.id}: in the minutes of {many(len(rows), 'request')}, which ran {many(ran, 'time')}, CloudWatch "
        f"counts Invocations {total:,.0f}, Errors {failed:,.0f} and Throttles {refused:,.0f}"
    )
    if failed or refused:
        return META.failed(function, f"{said}.", *evidence, code="METRICS_SHOW_FAILURES")
    # With a request that failed, sums of zero are not all there is yet.
    is_zero = not any(row.result.function_error or row.result.status_code == _THROTTLED for row in rows)
    is_there = is_zero and total >= ran and invocations.keys() <= errors.keys() & throttles.keys()
    if is_there and all(item.is_complete for item in series):
        return META.passed(function, f"{said}.", *evidence)
    return META.unknown(function, f"{said}, which is not all yet: read them again.", *evidence, code="METRICS_LACK")


def _series(view: View, function: Function, metric: str) -> MetricSeries:
    wanted = ("AWS/Lambda", metric, "Sum", (("FunctionName", function.id),), function.scope)
    for item in view.snapshot.all(MetricSeries):
        if (item.namespace, item.metric, item.stat, item.dimensions, item.scope) == wanted:
            return item
    raise FactMissing(f"{metric} of {function.id}", action_of(MetricSeries.KEY))


def _values(series: MetricSeries, spans: list[Span]) -> dict[datetime, float]:
    """The values of the periods that the spans touch."""
    step = timedelta(seconds=series.period_s)
    listed = zip(series.timestamps, series.values, strict=True)
    return {at: value for at, value in listed if any(a - _SKEW < at + step and at <= z + _SKEW for a, z in spans)}
