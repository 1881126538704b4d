"""Function's failed asynchronous invocations are kept, and its destinations take what is sent.

What is verified
    An event that the function could not process in the end goes to a dead-letter queue or to a destination on failure;
    each place that it hands something to exists, and its role may send there.
Why it matters
    Whoever invokes asynchronously is told 202 before the function runs. Lambda tries up to two times more, an event is
    dropped after at most six hours, and without a place that takes it nobody ever learns that it was lost. Meanwhile
    retries hide failures: an outage looks like a delay.
How it is decided
    By the dead-letter queue and the destinations of function and streams; by the role and, for a queue, its own policy
    and key. Without a place it fails where the resource policy admits a service that invokes asynchronously.
Unknown when
    An answer was not read; (low) the place is no queue: whether topics, buses, buckets and functions exist is not read.
Sources
    How Lambda handles errors and retries with asynchronous invocation,
    https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html (read 2026-11-21)
    Invoking Lambda with events from other AWS services,
    https://docs.aws.amazon.com/lambda/latest/dg/lambda-services.html (read 2026-11-21); sending.py
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from runbook_lib.checks.base import Meta, Settings
from runbook_lib.checks.function.access import May
from runbook_lib.checks.function.common import of_function
from runbook_lib.checks.function.sending import FIFO, GONE, NEEDS, ON_FAILURE, Place, places_of, sending
from runbook_lib.model.finding import Finding
from runbook_lib.model.functions import EventInvokeConfig, FunctionPolicy
from runbook_lib.model.interfaces import Function
from runbook_lib.model.status import Severity
from runbook_lib.network.view import View

__all__ = ["META", "check"]

META = Meta(
    id="FUN007",
    title="Function's failed asynchronous invocations are kept, and its destinations take what is sent",
    severity=Severity.MEDIUM,
    family="function",
    applies_to=Function.TYPE,
    needs=NEEDS,
    is_anywhere=True,
)

_ASYNCHRONOUS = ("cloudformation", "codecommit", "config", "events", "iot", "logs", "s3", "ses", "sns")


def check(view: View, settings: Settings) -> Iterator[Finding]:
    """One finding for failed events where nothing keeps them, and one for each place that something is sent to."""

    def parts(function: Function) -> Iterator[Finding]:
        places = tuple(places_of(view, function))
        if not any(place.keeps_failures for place in places):
            yield from META.each((function,), lambda one: one.ref, lambda one: _lost(view, one))
        yield from META.each(places, lambda _: function.ref, lambda it: _kept(view, function, it), lambda it: it.what)

    return of_function(META, view, settings, parts)


def _kept(view: View, function: Function, place: Place) -> Iterator[Finding]:
    found = sending(view, function, place.arn)
    said = f"{function.id} has {place.arn} as {place.what}"
    seen = (place.evidence, *found.evidence)
    if found.may is May.NO:
        code = {GONE: "PLACE_GONE", FIFO: "PLACE_IS_FIFO"}.get(found.why, "MAY_NOT_SEND")
        yield META.failed(function, f"{said}, but {found.why}.", *seen, code=code, scope=place.what)
    elif found.may is May.OPEN:
        yield META.unknown(function, f"{said}: {found.why}.", *seen, code="MAY_NOT_SEND", scope=place.what)
    elif ":sqs:" not in place.arn:
        said = f"{said}, where {found.why}; whether it exists was not read."
        unread = META.unknown(function, said, *seen, code="PLACE_NOT_READ", scope=place.what)
        yield replace(unread, severity=Severity.LOW)
    else:
        yield META.passed(function, f"{said}, where {found.why}.", *seen, scope=place.what)


def _lost(view: View, function: Function) -> Iterator[Finding]:
    known, events = view.function_configuration(function.id), view.get(EventInvokeConfig, function.id)
    policy = view.get(FunctionPolicy, function.id)
    services = [service for service in _ASYNCHRONOUS if policy.sources(service)]
    if not services:
        none = (
            "no service that invokes asynchronously is admitted by its policy; whether a program does so is not known."
        )
        yield META.not_applicable(function, f"{function.id}: {none}")
        return
    retries, age_s = events.maximum_retry_attempts, events.maximum_event_age_s
    said = f"{function.id} is invoked asynchronously by {', '.join(services)}: an event that fails is lost after"
    said = f"{said} {retries} retr{'y' if retries == 1 else 'ies'} or {age_s:,} s."
    seen = (policy.cite("Policy"), known.cite("DeadLetterConfig"), events.cite("DestinationConfig"))
    yield META.failed(function, said, *seen, code="FAILED_EVENTS_LOST", scope=ON_FAILURE)
