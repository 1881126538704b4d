"""What the checks of logs share: the functions of a target, and what was read of each log."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from runbook_lib.checks.base import Meta, Settings
from runbook_lib.invocations.observed import Observed, observed
from runbook_lib.model.finding import Evidence, Finding
from runbook_lib.model.functions import FunctionConfiguration
from runbook_lib.model.interfaces import Function
from runbook_lib.model.kinds import KINDS
from runbook_lib.model.observations import EVENTS_KEY, MetricSeries
from runbook_lib.network.view import View

__all__ = ["LOGGED", "each_function", "events_seen", "functions_of"]

LOGGED = (EVENTS_KEY, MetricSeries.KEY, FunctionConfiguration.KEY, Function.KEY)
"""The snapshot keys that a check of logs may read."""


def each_function(
    meta: Meta, view: View, settings: Settings, judge: Callable[[Function, Observed], Iterable[Finding]]
) -> Iterator[Finding]:
    """Judge every function of the target with what its log shows."""
    names = functions_of(settings)
    if not names:
        said = f"{settings.target.name} names no function: there is no log to read."
        yield meta.not_applicable(settings.target.ref, said)

    def of_name(name: str) -> Iterator[Finding]:
        function = view.function(name)
        yield from judge(function, observed(view, function))

    yield from meta.each(names, lambda name: view.ref(Function, name), of_name)


def functions_of(settings: Settings) -> list[str]:
    """The names of the target's functions, those outside any VPC too, sorted."""
    placed = {name for placement in settings.target.placements for name in placement.functions}
    return sorted(placed | set(settings.target.outside_vpc))


def events_seen(function: Function, found: Observed) -> Evidence:
    """The log events behind an answer, counted by how the invocations ended."""
    outcomes = [item.outcome.value for item in found.invocations]
    return Evidence(
        operation=KINDS[EVENTS_KEY].operation,
        pointer=f"{function.scope.pointer}/{EVENTS_KEY}",
        value={"logGroupName": found.log_group, **{word: outcomes.count(word) for word in sorted({*outcomes})}},
    )
