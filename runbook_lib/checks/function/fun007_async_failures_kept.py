"""Function's failed asynchronous invocations are kept.

What is verified
    An event that the function could not process in the end goes to a dead-letter queue or to a destination on failure.
Why it matters
    Whoever invokes asynchronously is told 202 before the function runs. Lambda tries up to two times more, an event is
    dropped after at most six hours, and without a place for it nobody ever learns that it was lost. Meanwhile retries
    hide failures: an outage of the network looks like a delay.
How it is decided
    By the dead-letter queue of the function and the destination on failure of its asynchronous configuration. Without
    either it fails where its resource policy admits a service that invokes asynchronously.
Unknown when
    Neither was found and one of the three answers (configuration, asynchronous configuration, policy) was not read.
Sources
    How Lambda handles errors and retries with asynchronous invocation,
    https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html (read 2026-11-21)
    Invoking Lambda with events from other AWS services,
    https://docs.aws.amazon.com/lambda/latest/dg/lambda-services.html (read 2026-11-21)
"""

from __future__ import annotations

from collections.abc import Iterator

from runbook_lib.checks.base import Meta, Settings
from runbook_lib.checks.function.common import of_function
from runbook_lib.model.finding import Evidence, Finding
from runbook_lib.model.functions import EventInvokeConfig, FunctionConfiguration, FunctionPolicy
from runbook_lib.model.interfaces import Function
from runbook_lib.model.status import Severity
from runbook_lib.network.view import View

__all__ = ["META", "check"]

META = Meta(
    id="FUN007",
    title="Function's failed asynchronous invocations are kept",
    severity=Severity.MEDIUM,
    family="function",
    applies_to=Function.TYPE,
    needs=(FunctionConfiguration.KEY, EventInvokeConfig.KEY, FunctionPolicy.KEY, Function.KEY),
    is_anywhere=True,
)

_ASYNCHRONOUS = ("cloudformation", "codecommit", "config", "events", "iot", "logs", "s3", "ses", "sns")


def check(view: View, settings: Settings) -> Iterator[Finding]:
    """One finding for the function."""
    return of_function(META, view, settings, lambda function: _judge(view, function))


def _judge(view: View, function: Function) -> Iterator[Finding]:
    known, events = view.find(FunctionConfiguration, function.id), view.find(EventInvokeConfig, function.id)
    kept: list[tuple[str, Evidence]] = []
    if known and known.dead_letter_arn:
        kept.append((known.dead_letter_arn, known.cite("DeadLetterConfig", "TargetArn")))
    if events and events.on_failure_arn:
        path = ("DestinationConfig", "OnFailure", "Destination")
        kept.append((events.on_failure_arn, events.cite(*path)))
    if kept:
        tried = f", after {_tried(events)}" if events else ""
        where = " and ".join(arn for arn, _ in kept)
        said = f"{function.id}: an event that fails goes to {where}{tried}."
        yield META.passed(function, said, *(evidence for _, evidence in kept))
        return
    known, events = view.function_configuration(function.id), view.get(EventInvokeConfig, function.id)
    policy = view.get(FunctionPolicy, function.id)
    services = [service for service in _ASYNCHRONOUS if policy.sources(service)]
    if not services:
        said = f"{function.id}: its resource policy admits no service that invokes asynchronously"
        yield META.not_applicable(function, f"{said}; whether a program does so is not known.")
        return
    said = f"{function.id} is invoked asynchronously by {', '.join(services)}: an event that fails is lost after"
    seen = (policy.cite("Policy"), known.cite("DeadLetterConfig"), events.cite("DestinationConfig"))
    yield META.failed(function, f"{said} {_tried(events)}.", *seen, code="FAILED_EVENTS_LOST")


def _tried(events: EventInvokeConfig) -> str:
    retries = events.maximum_retry_attempts
    tries = f"{retries} retr{'y' if retries == 1 else 'ies'}"
    return f"{tries} or {events.maximum_event_age_s:,} s"
