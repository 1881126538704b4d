"""Function is not seen to run itself, and its role keeps it from doing so.

What is verified
    Lambda stopped no loop, nothing that the function leaves behind runs it, and its role keeps it from what does.
Why it matters
    A function that writes where its trigger looks runs itself: it uses up the account's concurrency and runs up costs
    until it is stopped. Lambda stops only some loops, after about 16 rounds, and drops what was to be done.
How it is decided
    RecursiveInvocationsDropped tells a loop that Lambda saw, unless the function is allowed to loop. Dead-letter queues
    and destinations are held against what runs the function. What the role may write is a possibility: that fails with
    severity low, only code tells.
Unknown when
    Something was not read, or Lambda is set to stop no loop; (low) the filter of a topic, of a rule or of a bucket that
    was not named.
Sources
    https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html (read 2026-11-21)
    https://docs.aws.amazon.com/lambda/latest/dg/with-s3.html (read 2026-11-21)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from runbook_lib.checks.base import Meta, Settings
from runbook_lib.checks.function.common import of_function
from runbook_lib.checks.function.loops import NEEDS, Trigger, ends_of, own_places, told_of, triggers_of
from runbook_lib.checks.function.stopped import stopped
from runbook_lib.model.finding import Evidence, Finding
from runbook_lib.model.functions import FunctionRecursion
from runbook_lib.model.interfaces import Function
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
    needs=(*NEEDS, MetricSeries.KEY, FunctionRecursion.KEY),
    is_anywhere=True,
)
_LEFT = "left behind"


def check(view: View, settings: Settings) -> Iterator[Finding]:
    """One finding for what Lambda saw, and for each thing that the function leaves behind or that runs it."""

    def parts(function: Function) -> Iterator[Finding]:
        judge: dict[str, Callable[[], Iterable[Finding]]] = {
            "seen": lambda: (_seen(view, function),),
            _LEFT: lambda: _left(view, function, settings.bucket),
            "triggers": lambda: (_may(view, function, item) for item in triggers_of(view, function, settings.bucket)),
        }
        yield from META.each(judge, lambda _: function.ref, lambda part: judge[part](), lambda part: part)

    return of_function(META, view, settings, parts)


def _seen(view: View, function: Function) -> Finding:
    status, said, code, seen = stopped(view, function)
    return _said(function, status, said, *seen, code=code, scope="seen")


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
    found = _said(function, status, said, *seen, code=code, scope=trigger.scope)
    return found if status is Status.PASS else replace(found, severity=Severity.LOW)


def _said(function: Function, status: Status, said: str, *seen: Evidence, code: str, scope: str) -> Finding:
    if status is Status.PASS:
        return META.passed(function, said, *seen, scope=scope)
    make = META.failed if status is Status.FAIL else META.unknown
    return make(function, said, *seen, code=code, scope=scope)
