"""Function is not seen to run itself, and its role keeps it from doing so.

What is verified
    Lambda stopped no loop, nothing that the function leaves behind runs it, and its role keeps it from what does.
Why it matters
    A function that writes where its trigger looks runs itself: it uses up the account's concurrency and runs up costs
    until it is stopped. Lambda stops only some loops, after about 16 rounds, and drops what was to be done.
How it is decided
    RecursiveInvocationsDropped tells a loop that Lambda saw. Dead-letter queues and destinations are held against
    what runs the function. What the role may write is a possibility: that fails with severity low, only code tells.
Unknown when
    Something was not read; (low) the filter of a topic, a rule or a bucket that was not named.
Sources
    https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html (read 2026-11-21)
    https://docs.aws.amazon.com/lambda/latest/dg/with-s3.html (read 2026-11-21)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from runbook_lib.checks.base import Meta, Settings
from runbook_lib.checks.function.common import of_function, series_of
from runbook_lib.checks.function.loops import NEEDS, Trigger, ends_of, own_places, told_of, triggers_of
from runbook_lib.errors import FactMissing
from runbook_lib.model.finding import Finding
from runbook_lib.model.interfaces import Function
from runbook_lib.model.kinds import action_of
from runbook_lib.model.observations import MetricSeries
from runbook_lib.model.status import Severity, Status
from runbook_lib.network.view import View

__all__ = ["META", "check"]

META = Meta(
    id="FUN010",
    title="Function is not seen to run itself, and its role keeps it from doing so",
    severity=Severity.HIGH,
    family="function",
    applies_to=Function.TYPE,
    needs=(*NEEDS, MetricSeries.KEY),
    is_anywhere=True,
)
_LEFT = "left behind"


def check(view: View, settings: Settings) -> Iterator[Finding]:
    """One finding for what Lambda saw, and for each thing that the function leaves behind or that runs it."""

    def parts(function: Function) -> Iterator[Finding]:
        judge: dict[str, Callable[[], Iterable[Finding]]] = {
            "seen": lambda: _seen(view, function),
            _LEFT: lambda: _left(view, function, settings.bucket),
            "triggers": lambda: (_may(view, function, item) for item in triggers_of(view, function, settings.bucket)),
        }
        yield from META.each(judge, lambda _: function.ref, lambda part: judge[part](), lambda part: part)

    return of_function(META, view, settings, parts)


def _seen(view: View, function: Function) -> Iterator[Finding]:
    series = series_of(view, function, "RecursiveInvocationsDropped")
    seen, count = series.cite("Values"), sum(series.values)
    if count:
        said = f"Lambda stopped {count:,.0f} invocation{'' if count == 1 else 's'} of {function.id} as part of a loop."
        yield META.failed(function, said, seen, code="LOOP_STOPPED", scope="seen")
    elif not series.is_complete:
        raise FactMissing(f"the whole of the metrics of {function.id}", action_of(MetricSeries.KEY))
    else:
        said = (
            f"Lambda stopped no invocation of {function.id} as part of a loop; it stops none where loops are allowed."
        )
        yield META.passed(function, said, seen, scope="seen")


def _left(view: View, function: Function, bucket: str | None) -> Iterator[Finding]:
    ends, found = ends_of(view, function), own_places(view, function, triggers_of(view, function, bucket))
    if not found:
        yield META.passed(function, f"{function.id} has no dead-letter queue or destination.", *ends, scope=_LEFT)
    for place, how in found:
        said, scope = f"{function.id} has {place.arn} as {place.what}", f"{_LEFT} {place.what}"
        if how:
            said = f"{said}, and {how}: what it leaves there comes back to it."
            yield META.failed(function, said, place.evidence, code="COMES_BACK", scope=scope)
        else:
            yield META.passed(function, f"{said}, which is not known to run it.", place.evidence, scope=scope)


def _may(view: View, function: Function, trigger: Trigger) -> Finding:
    status, said, code, seen = told_of(view, function, trigger)
    if status is Status.PASS:
        return META.passed(function, said, *seen, scope=trigger.scope)
    make = META.failed if status is Status.FAIL else META.unknown
    return replace(make(function, said, *seen, code=code, scope=trigger.scope), severity=Severity.LOW)
