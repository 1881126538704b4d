"""Function's triggers may invoke it.

What is verified
    Lambda may read from each queue and stream that is mapped to the function, and its last batch went well; the
    resource policy of the function admits the bucket that was named, the REST APIs that call it and its own sources.
Why it matters
    A trigger that may not invoke is silent: no invocation, no log, no error in the function. S3 and EventBridge drop
    the event, API Gateway answers 500, a queue fills up.
How it is decided
    A mapping polls with the role of the function; a service that pushes needs a statement whose conditions its source
    meets. A mapping that a user switched off is not judged.
Unknown when
    Role, policies or mappings were not read; the trigger calls an alias or a version, whose own policy was not read; a
    condition or the policy of a stream decides. Rules and subscriptions are not read.
Sources
    Using an execution role for event sources,
    https://docs.aws.amazon.com/lambda/latest/dg/permissions-managed-policies.html (read 2026-11-21)
    Resource-based policies: admission.py; roles and queues: access.py
"""

from __future__ import annotations

from collections.abc import Iterator

from runbook_lib.checks.base import Meta, Settings
from runbook_lib.checks.function.common import of_function
from runbook_lib.checks.function.invoking import is_on, mappings_of, polling, pushes_of
from runbook_lib.checks.function.invoking_told import Told, told_of_mapping, told_of_push
from runbook_lib.model.finding import Evidence, Finding
from runbook_lib.model.functions import FunctionConfiguration, FunctionPolicy
from runbook_lib.model.interfaces import Function
from runbook_lib.model.roles import Role, RolePolicy
from runbook_lib.model.status import Severity, Status
from runbook_lib.model.triggers import BucketNotifications, EventSourceMapping, Queue, RestApi
from runbook_lib.network.view import View

__all__ = ["META", "check"]

_TOLD = (FunctionConfiguration, FunctionPolicy, EventSourceMapping, Queue, BucketNotifications, RestApi)
META = Meta(
    id="FUN011",
    title="Function's triggers may invoke it",
    severity=Severity.HIGH,
    family="function",
    applies_to=Function.TYPE,
    needs=(*(kind.KEY for kind in (*_TOLD, Role, RolePolicy, Function)),),
    is_anywhere=True,
)


def check(view: View, settings: Settings) -> Iterator[Finding]:
    """One finding per event source mapping and per source that pushes; one that there is none."""

    def parts(function: Function) -> Iterator[Finding]:
        mappings, pushes = mappings_of(view, function), tuple(pushes_of(view, function, settings.bucket))
        if not (mappings or pushes):
            said = f"No trigger of {function.id} is known; rules, subscriptions and aliases were not asked."
            yield META.not_applicable(function, said)
        each = META.each(
            mappings, lambda _: function.ref, lambda one: (_polled(view, function, one),), lambda one: one.id
        )
        yield from each
        yield from (_say(function, told_of_push(function, push), push.scope, push.evidence) for push in pushes)

    return of_function(META, view, settings, parts)


def _polled(view: View, function: Function, mapping: EventSourceMapping) -> Finding:
    found = polling(view, function, mapping) if is_on(mapping) else None
    seen = (mapping.cite("State"), mapping.cite("LastProcessingResult"), *(found.evidence if found else ()))
    return _say(function, told_of_mapping(function, mapping, found), mapping.id, seen)


def _say(function: Function, told: Told, scope: str, seen: tuple[Evidence, ...]) -> Finding:
    if told.status is Status.FAIL:
        return META.failed(function, told.said, *seen, code=told.code, scope=scope)
    if told.status is Status.UNKNOWN:
        return META.unknown(function, told.said, *seen, code=told.code, scope=scope)
    if told.status is Status.PASS:
        return META.passed(function, told.said, *seen, scope=scope)
    return META.not_applicable(function, told.said, scope=scope)
