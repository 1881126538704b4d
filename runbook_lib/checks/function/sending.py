"""Whether what a function leaves behind arrives: the place is there, and its role may send to it.

Sources
    Capturing records of Lambda asynchronous invocations: what destinations there are, and what the role needs,
    https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html (read 2026-11-21)
    Where the records of a stream go that a function could not process,
    https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from runbook_lib.checks.function.access import Access, May, access, access_to_queue
from runbook_lib.errors import FactMissing
from runbook_lib.model.finding import Evidence
from runbook_lib.model.functions import EventInvokeConfig, FunctionConfiguration, FunctionPolicy
from runbook_lib.model.interfaces import Function
from runbook_lib.model.roles import Role, RolePolicy
from runbook_lib.model.triggers import EventSourceMapping, Queue
from runbook_lib.network.policy import Request
from runbook_lib.network.view import View

__all__ = ["FIFO", "GONE", "NEEDS", "ON_FAILURE", "Place", "is_of", "places_of", "request_for", "sending"]

GONE = "it does not exist"
FIFO = "Lambda sends to no FIFO queue or topic"
ON_FAILURE = "destination on failure"

_TOLD = (FunctionConfiguration, EventInvokeConfig, FunctionPolicy, EventSourceMapping, Queue, Role, RolePolicy)
NEEDS = tuple(kind.KEY for kind in (*_TOLD, Function))
"""The snapshot keys from which it is known where events end, and whether they may be sent there."""

_ACTIONS = {
    "sqs": "sqs:SendMessage",
    "sns": "sns:Publish",
    "lambda": "lambda:InvokeFunction",
    "events": "events:PutEvents",
    "s3": "s3:PutObject",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where Lambda sends something on its own: its ARN, what it is to the function, and where that stands."""

    what: str
    arn: str
    keeps_failures: bool
    evidence: Evidence


def places_of(view: View, function: Function) -> Iterator[Place]:
    """The dead-letter queue and the destinations of a function, as far as they are known."""
    known, events = view.find(FunctionConfiguration, function.id), view.find(EventInvokeConfig, function.id)
    if known and known.dead_letter_arn:
        evidence = known.cite("DeadLetterConfig", "TargetArn")
        yield Place(what="dead-letter queue", arn=known.dead_letter_arn, keeps_failures=True, evidence=evidence)
    ends = ("OnFailure", events and events.on_failure_arn), ("OnSuccess", events and events.on_success_arn)
    for field, arn in ends:
        if events and arn:
            evidence = events.cite("DestinationConfig", field, "Destination")
            what = ON_FAILURE if field == "OnFailure" else "destination on success"
            yield Place(what=what, arn=arn, keeps_failures=field == "OnFailure", evidence=evidence)
    for mapping in sorted(view.snapshot.all(EventSourceMapping), key=lambda item: item.id):
        if is_of(mapping, function) and mapping.on_failure_arn:
            evidence = mapping.cite("DestinationConfig", "OnFailure", "Destination")
            what = f"destination of the records that fail of event source mapping {mapping.id}"
            yield Place(what=what, arn=mapping.on_failure_arn, keeps_failures=False, evidence=evidence)


def is_of(mapping: EventSourceMapping, function: Function) -> bool:
    """Whether an event source mapping invokes a function, by whatever version or alias."""
    return mapping.scope == function.scope and mapping.function_arn.split(":")[6:7] == [function.id]


def request_for(arn: str) -> Request:
    """What the role needs to send to a place. Raises FactMissing for a kind of place that is not known."""
    service = arn.split(":")[2] if arn.count(":") >= 5 else ""
    if service not in _ACTIONS:
        raise FactMissing(f"what a role needs to send to {arn}")
    return Request(_ACTIONS[service], f"{arn}/*" if service == "s3" else arn)


def sending(view: View, function: Function, arn: str) -> Access:
    """Whether the role may send to a place. Raises FactMissing when the role, a policy or a queue was not read."""
    asked = request_for(arn)
    if arn.endswith(".fifo"):
        return Access(may=May.NO, why=FIFO, evidence=())
    if asked.action != _ACTIONS["sqs"]:
        return access(view, function, asked)
    queue = view.get(Queue, arn)
    if not queue.exists:
        return Access(may=May.NO, why=GONE, evidence=(queue.cite(),))
    return access_to_queue(view, function, queue, asked.action)
