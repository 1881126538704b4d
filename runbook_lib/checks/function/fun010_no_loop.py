"""Function is not seen to run itself, and its role keeps it from doing so.

What is verified
    Lambda stopped no invocation as part of a loop; nothing that the function leaves behind on its own runs it again;
    and its role lets it write to nothing that runs it.
Why it matters
    A function that writes where its trigger looks runs itself: it uses up the concurrency of the account and runs up
    costs until somebody stops it. Lambda stops only some loops, after about 16 rounds, and drops what was to be done.
How it is decided
    RecursiveInvocationsDropped tells a loop that Lambda saw. Dead-letter queues and destinations are held against
    what runs the function. What the role may write is a possibility: that fails with severity low, only code tells.
Unknown when
    Something was not read; (low) the filter of a topic, a rule or a bucket that was not named.
Sources
    Use Lambda recursive loop detection to prevent infinite loops,
    https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html (read 2026-11-21)
    Process Amazon S3 event notifications with Lambda,
    https://docs.aws.amazon.com/lambda/latest/dg/with-s3.html (read 2026-11-21)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from runbook_lib.checks.base import Meta, Settings
from runbook_lib.checks.function.common import of_function, series_of
from runbook_lib.checks.function.loops import NEEDS, Trigger, own_places, told_of, triggers_of
from runbook_lib.errors import FactMissing
from runbook_lib.model.finding import Finding
from runbook_lib.model.functions import EventInvokeConfig
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


def check(view: View, settings: Settings) -> Iterator[Finding]:
    """One finding for what Lambda saw, one for what the function leaves behind, one for each thing that runs it."""

    def parts(function: Function) -> Iterator[Finding]:
        judge: dict[str, Callable[[], Iterable[Finding]]] = {
            "seen": lambda: _seen(view, function),
            "left behind": lambda: _left(view, function, settings.bucket),
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
        said = f"Lambda stopped no invocation of {function.id} as part of a loop."
        yield META.passed(function, said, seen, scope="seen")


def _left(view: View, function: Function, bucket: str | None) -> Iterator[Finding]:
    found = tuple(own_places(view, function, triggers_of(view, function, bucket)))
    for place, how in found:
        said = f"{function.id} has {place.arn} as {place.what}, and {how}: what it leaves there comes back to it."
        yield META.failed(function, said, place.evidence, code="COMES_BACK", scope=f"left behind {place.what}")
    known, events = view.function_configuration(function.id), view.get(EventInvokeConfig, function.id)
    if not found:
        seen = (known.cite("DeadLetterConfig"), events.cite("DestinationConfig"))
        said = f"{function.id} has no dead-letter queue or destination that is known to run it."
        yield META.passed(function, said, *seen, scope="left behind")


def _may(view: View, function: Function, trigger: Trigger) -> Finding:
    status, said, code, seen = told_of(view, function, trigger)
    if status is Status.PASS:
        return META.passed(function, said, *seen, scope=trigger.scope)
    make = META.failed if status is Status.FAIL else META.unknown
    return replace(make(function, said, *seen, code=code, scope=trigger.scope), severity=Severity.LOW)
