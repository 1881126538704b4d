"""Function's callers wait longer than it may run.

What is verified
    Every API integration that calls the function waits longer than its Timeout, and every queue that it is fed from
    hides a message for at least six Timeouts.
Why it matters
    An API that gives up first answers 504 while the function goes on, works for nobody and is billed: it looks like a
    slow network. A queue that shows a message again too early has it processed twice.
How it is decided
    By the timeouts of the integrations that the resource policy leads to (29 s for a REST API and 30 s for an HTTP API
    unless told) and by the visibility timeouts of the queues of its event source mappings. Who calls by an SDK or from
    Step Functions is not known, nor are mappings of aliases.
Unknown when
    Policy, mappings, an API or a queue were not read; or an integration that would give up may be asynchronous.
Sources
    Creating and configuring an Amazon SQS event source mapping,
    https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html (read 2026-11-21)
    API Gateway: callers.py
"""

from __future__ import annotations

from collections.abc import Iterator

from runbook_lib.checks.base import Meta, Settings
from runbook_lib.checks.function.callers import VISIBILITY_TIMES, apis_of, queues_of
from runbook_lib.checks.function.common import of_function, timeout_of
from runbook_lib.model.finding import Finding
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


def check(view: View, settings: Settings) -> Iterator[Finding]:
    """One finding per API integration and per queue that feeds the function; one for each kind that it has none of."""

    def parts(function: Function) -> Iterator[Finding]:
        judge = {"api": _apis, "queue": _queues}
        yield from META.each(judge, lambda _: function.ref, lambda kind: judge[kind](view, function), lambda kind: kind)

    return of_function(META, view, settings, parts)


def _apis(view: View, function: Function) -> Iterator[Finding]:
    timeout_s, limit = timeout_of(view, function)
    found = tuple(apis_of(view, function))
    if not found:
        yield META.not_applicable(function, f"No API is known that calls {function.id}.", scope="api")
    for caller in found:
        said = f"{caller.label} waits {caller.waits_s:,g} s for {function.id}, whose Timeout is {timeout_s:,} s"
        seen, scope = (limit, caller.evidence), caller.label
        if caller.waits_s > timeout_s:
            yield META.passed(function, f"{said}.", *seen, scope=scope)
        elif caller.may_not_wait:
            said += "; it may have been set to invoke asynchronously."
            yield META.unknown(function, said, *seen, code="MAY_NOT_WAIT", scope=scope)
        else:
            yield META.failed(function, f"{said}: it gives up first.", *seen, code="CALLER_GIVES_UP", scope=scope)


def _queues(view: View, function: Function) -> Iterator[Finding]:
    timeout_s, limit = timeout_of(view, function)
    found = tuple(queues_of(view, function))
    if not found:
        yield META.not_applicable(function, f"No queue is known that {function.id} is fed from.", scope="queue")
    for mapping, queue in found:
        hidden_s, scope = queue.visibility_timeout_s, f"{mapping.id} {queue.label}"
        seen = (limit, mapping.cite("EventSourceArn"), queue.cite("Attributes", "VisibilityTimeout"))
        if hidden_s is None:
            said = f"{queue.label}, which {function.id} is to be fed from, does not exist."
            yield META.failed(function, said, *seen, code="QUEUE_GONE", scope=scope)
            continue
        said = (
            f"{queue.label} hides a message from others for {hidden_s:,} s while {function.id} may run {timeout_s:,} s"
        )
        if hidden_s >= VISIBILITY_TIMES * timeout_s:
            yield META.passed(function, f"{said}.", *seen, scope=scope)
        else:
            said = f"{said}: AWS asks for at least {VISIBILITY_TIMES * timeout_s:,} s, six times that."
            yield META.failed(function, said, *seen, code="VISIBLE_TOO_EARLY", scope=scope)
