"""Function's callers wait longer than it may run.

What is verified
    Every API integration that calls the function, and the caller of whom somebody told, waits longer than its Timeout;
    every queue that it is fed from hides a message for at least six Timeouts.
Why it matters
    Who gives up first is told 504 while the function goes on, works for nobody and is billed: it looks like a slow
    network. An SDK (boto3 waits 60 s unless told) then invokes again; a queue shows the message again: done twice.
How it is decided
    By the timeouts of the integrations that the resource policy leads to (29 s for a REST API, 30 s for an HTTP API
    unless told), the visibility timeouts of the queues of its event source mappings, and what was told of a client's
    read timeout or the TimeoutSeconds of a Step Functions task. Mappings of aliases are not known.
Unknown when
    Policy, mappings, an API or a queue were not read; or an integration that would give up may be asynchronous.
Sources
    https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html (read 2026-11-21); more in callers.py
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from runbook_lib.checks.base import Meta, Settings
from runbook_lib.checks.function.callers import VISIBILITY_TIMES, Caller, apis_of, queues_of
from runbook_lib.checks.function.common import of_function, timeout_of
from runbook_lib.model.finding import Evidence, Finding
from runbook_lib.model.functions import FunctionConfiguration, FunctionPolicy
from runbook_lib.model.interfaces import Function
from runbook_lib.model.status import Severity
from runbook_lib.model.triggers import EventSourceMapping, HttpApi, Queue, RestApi
from runbook_lib.network.view import View

__all__ = ["META", "check"]

_TOLD = (FunctionConfiguration, FunctionPolicy, EventSourceMapping, Queue, RestApi, HttpApi, Function)
META = Meta(
    id="FUN004",
    title="Function's callers wait longer than it may run",
    severity=Severity.MEDIUM,
    family="function",
    applies_to=Function.TYPE,
    needs=tuple(kind.KEY for kind in _TOLD),
    is_anywhere=True,
)


_NONE = {
    "api": "No API is known that calls {}.",
    "caller": "Nobody told of another caller of {} and how long it waits.",
    "queue": "No queue is known that {} is fed from.",
}


def check(view: View, settings: Settings) -> Iterator[Finding]:
    """One finding per caller and per queue that feeds the function; one for each kind that it has none of."""
    told = [Caller(label="A caller, as told,", waits_s=settings.caller_timeout_s)] if settings.caller_timeout_s else []

    def judge(function: Function, kind: str) -> Iterable[Finding]:
        timeout_s, limit = timeout_of(view, function)
        if kind == "queue":
            found = [_queue(function, *item, timeout_s, limit) for item in queues_of(view, function)]
        else:
            callers = apis_of(view, function) if kind == "api" else told
            found = [_caller(function, caller, timeout_s, limit) for caller in callers]
        return found or [META.not_applicable(function, _NONE[kind].format(function.id), scope=kind)]

    def parts(function: Function) -> Iterator[Finding]:
        return META.each(_NONE, lambda _: function.ref, lambda kind: judge(function, kind), lambda kind: kind)

    return of_function(META, view, settings, parts)


def _caller(function: Function, caller: Caller, timeout_s: int, limit: Evidence) -> Finding:
    said = f"{caller.label} waits {caller.waits_s:,g} s for {function.id}, whose Timeout is {timeout_s:,} s"
    seen, scope = (limit, *caller.evidence), caller.label if caller.evidence else "caller"
    if caller.waits_s > timeout_s:
        return META.passed(function, f"{said}.", *seen, scope=scope)
    if caller.may_not_wait:
        said += "; it may have been set to invoke asynchronously."
        return META.unknown(function, said, *seen, code="MAY_NOT_WAIT", scope=scope)
    return META.failed(function, f"{said}: it gives up first.", *seen, code="CALLER_GIVES_UP", scope=scope)


def _queue(function: Function, mapping: EventSourceMapping, queue: Queue, timeout_s: int, limit: Evidence) -> Finding:
    hidden_s, asked_s, scope = queue.visibility_timeout_s, VISIBILITY_TIMES * timeout_s, f"{mapping.id} {queue.label}"
    seen = (limit, mapping.cite("EventSourceArn"), queue.cite("Attributes", "VisibilityTimeout"))
    if hidden_s is None:
        said = f"{queue.label}, which {function.id} is to be fed from, does not exist."
        return META.failed(function, said, *seen, code="QUEUE_GONE", scope=scope)
    said = f"{queue.label} hides a message from others for {hidden_s:,} s while {function.id} may run {timeout_s:,} s"
    if hidden_s >= asked_s:
        return META.passed(function, f"{said}.", *seen, scope=scope)
    said = f"{said}: AWS asks for at least {asked_s:,} s, six times that."
    return META.failed(function, said, *seen, code="VISIBLE_TOO_EARLY", scope=scope)
