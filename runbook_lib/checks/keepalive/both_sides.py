"""A function's log beside the log of its caller, for the checks that need both."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from runbook_lib.checks.base import Meta, Settings
from runbook_lib.checks.keepalive.common import READ, idle_of
from runbook_lib.checks.logs.common import LOGGED, functions_of
from runbook_lib.errors import FactMissing
from runbook_lib.invocations.base import Outcome
from runbook_lib.invocations.callers import Joined, join
from runbook_lib.invocations.observed import observed
from runbook_lib.keepalive.verdict import USUAL_LIMIT_S
from runbook_lib.model.callers import CallerRequest
from runbook_lib.model.finding import Evidence, Finding
from runbook_lib.model.interfaces import Function
from runbook_lib.model.kinds import KINDS, action_of
from runbook_lib.model.observations import EVENTS_KEY
from runbook_lib.network.view import View

__all__ = ["CALLED", "Sides", "each_called"]

CALLED = tuple(dict.fromkeys((CallerRequest.KEY, *LOGGED, *READ)))
"""The snapshot keys that a check of both sides may read."""

_MOST = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """Both sides of the calls of a function.

    `joined` are the caller's calls with their invocations; `long` those whose invocation succeeded after more than
    `limit_s` seconds of work. `unheard` counts such invocations that no call is known of.
    """

    function: Function
    limit_s: float
    joined: tuple[Joined, ...]
    long: tuple[Joined, ...]
    unheard: int

    def evidence(self, items: Iterable[Joined]) -> tuple[Evidence, ...]:
        """The calls as their caller's log tells them, and what Lambda's log says of the same; the first few."""
        listed = tuple(items)[:_MOST]
        calls = [item.call.cite() for item in listed]
        told = [item.invocation.to_json() for item in listed if item.invocation is not None]
        log = Evidence(
            operation=KINDS[EVENTS_KEY].operation,
            pointer=f"{self.function.scope.pointer}/{EVENTS_KEY}",
            value=told,
        )
        return (*calls, *((log,) if told else ()))


def each_called(
    meta: Meta, view: View, settings: Settings, judge: Callable[[Function, Sides], Iterable[Finding]]
) -> Iterator[Finding]:
    """Judge every function of the target with both sides of its calls; without a caller's log there is no question."""
    asked = settings.keepalive
    if asked is None or not asked.caller_log:
        said = f"{settings.target.name}: no log of a caller was given, so what callers got is not asked."
        yield meta.not_applicable(settings.target.ref, said)
        return
    names = [asked.function] if asked.function else functions_of(settings)
    if not names:
        said = f"{settings.target.name}: name the function whose caller wrote {asked.caller_log}."
        yield meta.unknown(settings.target.ref, said, code="NO_FUNCTION")

    def of_name(name: str) -> Iterable[Finding]:
        function = view.function(name)
        return judge(function, _sides(view, settings, function, is_only=len(names) == 1))

    yield from meta.each(names, lambda name: view.ref(Function, name), of_name)


def _sides(view: View, settings: Settings, function: Function, *, is_only: bool) -> Sides:
    """Both sides of one function; calls that name no function are its own when it is the only one asked about."""
    listings = [item for (_, key), item in view.snapshot.listings.items() if key == CallerRequest.KEY]
    if not listings:
        raise FactMissing("the caller's log", action_of(CallerRequest.KEY))
    if flawed := next((item.incomplete for item in listings if item.incomplete), None):
        raise FactMissing(f"the whole of the caller's log ({flawed})", action_of(CallerRequest.KEY))
    calls = [
        item
        for item in view.snapshot.all(CallerRequest)
        if item.function == function.id or (is_only and item.function is None)
    ]
    seen = observed(view, function).invocations
    joined = join(calls, seen)
    limit_s = idle_of(view, settings).known_s or USUAL_LIMIT_S
    known = {item.invocation.request_id for item in joined if item.invocation is not None}
    beyond = {
        item.request_id
        for item in seen
        if item.outcome is Outcome.SUCCESS and item.duration_ms is not None and item.duration_ms >= limit_s * 1000
    }
    return Sides(
        function=function,
        limit_s=limit_s,
        joined=joined,
        long=tuple(item for item in joined if item.invocation is not None and item.invocation.request_id in beyond),
        unheard=len(beyond - known),
    )
