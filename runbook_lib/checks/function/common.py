"""What the checks of a function's configuration share: which function they are about, and its Timeout."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from runbook_lib.checks.base import Meta, Settings
from runbook_lib.checks.logs.common import functions_of
from runbook_lib.errors import FactMissing
from runbook_lib.model.finding import Evidence, Finding
from runbook_lib.model.functions import FunctionConfiguration
from runbook_lib.model.interfaces import Function
from runbook_lib.model.kinds import action_of
from runbook_lib.model.observations import AccountLimit, FunctionConcurrency, MetricSeries
from runbook_lib.network.view import View

__all__ = ["Executions", "executions_of", "of_function", "series_of", "timeout_of", "was_not_called"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Executions:
    """How many executions of a function may run at once, for a sentence too, and where that stands."""

    count: int
    is_reserved: bool
    words: str
    evidence: Evidence


def of_function(
    meta: Meta, view: View, settings: Settings, judge: Callable[[Function], Iterable[Finding]]
) -> Iterator[Finding]:
    """Judge the one function of the target: what the checks read is collected for a single function only."""
    names, target = functions_of(settings), settings.target
    if not names:
        yield meta.not_applicable(target.ref, f"{target.name} names no function whose configuration could be judged.")
    elif len(names) > 1:
        said = f"{target.name} has {len(names)} functions: pick the one to be judged."
        yield meta.unknown(target.ref, said, code="SEVERAL_FUNCTIONS")
    else:
        yield from meta.each(names, lambda name: view.ref(Function, name), lambda name: judge(view.function(name)))


def timeout_of(view: View, function: Function) -> tuple[int, Evidence]:
    """The Timeout of a function in seconds, and where it stands. Raises FactMissing when it was not told."""
    known = view.find(FunctionConfiguration, function.id)
    if known is not None and known.timeout_s is not None:
        return known.timeout_s, known.cite("Timeout")
    if function.timeout_s is not None:
        return function.timeout_s, function.cite("Timeout")
    raise FactMissing(f"the Timeout of {function.id}", action_of(FunctionConfiguration.KEY))


def series_of(view: View, function: Function, metric: str) -> MetricSeries:
    """One of Lambda's metrics of a function. Raises FactMissing when it was not read."""
    own = (metric, (("FunctionName", function.id),), function.scope)
    for item in view.snapshot.all(MetricSeries):
        if item.is_standard and (item.metric, item.dimensions, item.scope) == own:
            return item
    raise FactMissing(f"{metric} of {function.id}", action_of(MetricSeries.KEY))


def executions_of(view: View, function: Function) -> Executions:
    """The executions reserved for a function, else those that the account has left. Raises FactMissing."""
    own = view.get(FunctionConcurrency, function.id)
    if own.reserved is not None:
        words, seen = f"{own.reserved:,} executions reserved", own.cite("ReservedConcurrentExecutions")
        return Executions(count=own.reserved, is_reserved=True, words=words, evidence=seen)
    account = next((item for item in view.snapshot.all(AccountLimit) if item.scope == function.scope), None)
    if account is None:
        raise FactMissing("the concurrency of the account", action_of(AccountLimit.KEY))
    free, seen = account.unreserved_concurrent_executions, account.cite("UnreservedConcurrentExecutions")
    words = f"{free:,} executions that it shares with every function without reserved ones"
    return Executions(count=free, is_reserved=False, words=words, evidence=seen)


def was_not_called(view: View, function: Function) -> bool:
    """Whether CloudWatch is known to have counted no invocation: Lambda publishes none while a function is not called.

    https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html (read 2026-11-21)
    """
    try:
        series = series_of(view, function, "Invocations")
    except FactMissing:
        return False
    return series.is_complete and not sum(series.values)
