"""Function was not throttled in the window.

What is verified
    Throttles, the metric of the function, is zero over the window.
Why it matters
    An invocation that is throttled never starts: it leaves no line in the log, and its caller gets a 429. A log in
    which every invocation ended well says nothing about those.
How it is decided
    The sum of Throttles. Lambda publishes it only while the function is called, so minutes without a value are normal;
    without any value the question does not arise, and LOG001 says that no invocation was seen.
Unknown when
    The metric was not read, or its answer was cut short and what is there counts none.
Sources
    Types of metrics for Lambda functions,
    https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html (read 2026-11-21)
    Understanding Lambda function scaling,
    https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html (read 2026-11-21)
"""

from __future__ import annotations

from collections.abc import Iterator

from runbook_lib.checks.base import Meta, Settings
from runbook_lib.checks.logs.common import functions_of
from runbook_lib.checks.nat.measured import Measured
from runbook_lib.errors import FactMissing
from runbook_lib.model.finding import Finding
from runbook_lib.model.interfaces import Function
from runbook_lib.model.kinds import action_of
from runbook_lib.model.observations import MetricSeries
from runbook_lib.model.status import Severity
from runbook_lib.network.view import View

__all__ = ["META", "check"]

META = Meta(
    id="LOG003",
    title="Function was not throttled in the window",
    severity=Severity.HIGH,
    family="logs",
    applies_to=Function.TYPE,
    needs=(MetricSeries.KEY, Function.KEY),
    is_anywhere=True,
)

_METRIC = "Throttles"


def check(view: View, settings: Settings) -> Iterator[Finding]:
    """One finding per function."""
    names = functions_of(settings)
    if not names:
        said = f"{settings.target.name} names no function that could be throttled."
        yield META.not_applicable(settings.target.ref, said)
    yield from META.each(names, lambda name: view.ref(Function, name), lambda name: _judge(view, view.function(name)))


def _judge(view: View, function: Function) -> Iterator[Finding]:
    series = _throttles(view, function)
    count = sum(series.values)
    window = Measured(_METRIC, (series,), None).window
    if count:
        times = "time" if count == 1 else "times"
        said = f"{function.id} was throttled {count:,.0f} {times} {window}: those invocations never started."
        yield META.failed(function, said, series.cite("Values"), code="THROTTLED")
    elif not series.is_complete:
        raise FactMissing(f"the whole of {_METRIC} of {function.id}", action_of(MetricSeries.KEY))
    elif not series.values:
        yield META.not_applicable(function, f"CloudWatch counted no request for {function.id} {window}.")
    else:
        yield META.passed(function, f"{function.id} was not throttled {window}.", series.cite("Values"))


def _throttles(view: View, function: Function) -> MetricSeries:
    for item in view.snapshot.all(MetricSeries):
        known = (item.metric, item.dimensions, item.scope)
        if item.is_standard and known == (_METRIC, (("FunctionName", function.id),), function.scope):
            return item
    raise FactMissing(f"{_METRIC} of {function.id}", action_of(MetricSeries.KEY))
