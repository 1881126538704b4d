"""Fixes for the places where events end: a queue that is there, and a role that may send to it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from runbook_lib.checks.base import Settings
from runbook_lib.checks.function.invoking import partition_of
from runbook_lib.checks.function.sending import places_of, request_for
from runbook_lib.fixes.base import Proposal
from runbook_lib.fixes.edits import added, changed
from runbook_lib.fixes.role_statements import together, with_statement
from runbook_lib.fixes.text import cli, terraform
from runbook_lib.model.finding import Finding
from runbook_lib.model.functions import EventInvokeConfig
from runbook_lib.model.interfaces import Function
from runbook_lib.model.triggers import Queue
from runbook_lib.network.permission import Layer, permitted
from runbook_lib.network.policy import Verdict
from runbook_lib.network.view import View

__all__ = ["keep", "own_queue"]

_DAYS = "The queue keeps a message for 14 days: have somebody look at it, or an alarm."
_NEW = {"Attributes": {"VisibilityTimeout": "30", "MessageRetentionPeriod": "1209600"}}


def keep(view: View, settings: Settings, finding: Finding) -> Iterator[Proposal]:
    """FUN007: a queue for what fails, the queue that is gone, or the statement by which the role may send."""
    function = view.function(finding.resource.id)
    if finding.code == "FAILED_EVENTS_LOST":
        yield own_queue(view, function)
        return
    place = next((item for item in places_of(view, function) if item.what == finding.scope), None)
    if place is None:
        return
    asked = request_for(place.arn)
    if finding.code == "PLACE_GONE":
        yield _queue(function, place.arn)
    answer = permitted(view, function, asked, by_lambda=True)
    is_missing = answer.verdict is Verdict.DENIED and answer.statement is None and answer.layer is Layer.IDENTITY
    if finding.code == "MAY_NOT_SEND" and is_missing:
        yield with_statement(view, function, "send-records", (asked,))


def own_queue(view: View, function: Function) -> Proposal:
    """A new queue that takes the records of failed asynchronous invocations. Raises FactMissing."""
    scope, events = function.scope, view.get(EventInvokeConfig, function.id)
    arn = f"arn:{partition_of(function)}:sqs:{scope.region}:{scope.account}:{function.id}-failed"
    config = {**(events.raw.get("DestinationConfig") or {}), "OnFailure": {"Destination": arn}}
    values: dict[str, Any] = {"function": function.id, "arn": arn, "region": scope.region or ""}
    verb = "update" if events.exists else "put"
    destination = Proposal(
        title=f"send it the records of failed invocations of {function.id}",
        terraform=terraform("failure_destination", **values),
        cli=cli("failure_destination", verb=verb, config=json.dumps(config), **values),
        edits=(changed(events, FunctionArn=function.arn or function.id, DestinationConfig=config),),
    )
    allowed = with_statement(view, function, "send-records", (request_for(arn),))
    return together(_queue(function, arn), allowed, destination)


def _queue(function: Function, arn: str) -> Proposal:
    name = arn.rsplit(":", 1)[1]
    return Proposal(
        title=f"Create queue {name}",
        terraform=terraform("queue", name=name),
        cli=cli("queue", name=name, region=arn.split(":")[3]),
        edits=(added(Queue, function, arn, {"QueueArn": arn, **_NEW}),),
        warnings=(_DAYS,),
    )
