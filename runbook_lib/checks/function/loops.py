"""What runs a function, and what the function would have to do to run itself that way.

Sources
    Lambda finds loops through Lambda, SQS, SNS and S3 alone, and only of functions with a recent SDK,
    https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html (read 2026-11-21)
    An event notification is sent for keys that begin and end as its filter says,
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-filtering.html
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from runbook_lib.checks.function.access import is_granted
from runbook_lib.checks.function.admission import sources_of
from runbook_lib.checks.function.invoking import is_on, mappings_of, partition_of
from runbook_lib.checks.function.sending import Place, places_of
from runbook_lib.model.finding import Evidence
from runbook_lib.model.functions import EventInvokeConfig, FunctionConfiguration, FunctionPolicy
from runbook_lib.model.interfaces import Function
from runbook_lib.model.roles import Role, RolePolicy
from runbook_lib.model.status import Status
from runbook_lib.model.triggers import BucketEvent, BucketNotifications, EventSourceMapping, Queue
from runbook_lib.network.permission import Layer, Permission, permitted, role_of
from runbook_lib.network.policy import Request, Verdict, overlap
from runbook_lib.network.view import View

__all__ = ["NEEDS", "SEEN_BY_LAMBDA", "Trigger", "ends_of", "own_places", "set_off", "told_of", "triggers_of"]

_TOLD = (FunctionConfiguration, FunctionPolicy, EventInvokeConfig, EventSourceMapping, BucketNotifications)
NEEDS = tuple(kind.KEY for kind in (*_TOLD, Queue, Role, RolePolicy, Function))
"""The snapshot keys from which it is known what runs a function, and what its role may write."""

SEEN_BY_LAMBDA = frozenset({"sqs", "sns", "s3", "lambda"})
"""Services through which Lambda notices a loop and stops it after about 16 rounds."""

# What writes to the sources that Lambda polls; a transaction needs the rights of its parts.
_WRITES = {
    "sqs": ("sqs:SendMessage",),
    "kinesis": ("kinesis:PutRecord", "kinesis:PutRecords"),
    "dynamodb": (
        *("dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem", "dynamodb:BatchWriteItem"),
        *("dynamodb:PartiQLInsert", "dynamodb:PartiQLUpdate", "dynamodb:PartiQLDelete"),
    ),
}
_S3 = {
    "ObjectCreated": ("s3:PutObject",),
    "ObjectRemoved": ("s3:DeleteObject",),
    "ObjectRestore": ("s3:RestoreObject",),
    "ObjectTagging": ("s3:PutObjectTagging", "s3:DeleteObjectTagging"),
    "ObjectAcl": ("s3:PutObjectAcl",),
}
# Where Lambda puts records of failed invocations and batches in a bucket
_RECORDS = "aws/lambda/*"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger:
    """Something that runs the function: its ARN, what would set it off, and where it stands.

    `unread` says what was not read that could keep it from being set off; empty when its filter is known. `scope` tells
    the finding about it from others, also once its filter is another; service and ARN unless given.
    """

    service: str
    arn: str
    label: str
    sets_off: tuple[Request, ...]
    unread: str
    evidence: Evidence
    scope: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "scope", self.scope or f"{self.service} {self.arn}")


def triggers_of(view: View, function: Function, bucket: str | None) -> tuple[Trigger, ...]:
    """What is known to run a function, each once, in a fixed order. Raises FactMissing when it was not read."""
    polled = tuple(_polled(view, function))
    policy = view.get(FunctionPolicy, function.id)
    told = view.get(BucketNotifications, bucket) if bucket else None
    pushed = tuple(_pushed(function, policy, bucket, told is not None and told.to_event_bridge))
    arns = {trigger.arn for trigger in (*polled, *pushed)}
    found = (*polled, *pushed, *_notified(view, function, bucket, arns), _itself(function))
    return tuple({trigger.scope: trigger for trigger in found}.values())


def told_of(view: View, function: Function, trigger: Trigger) -> tuple[Status, str, str, tuple[Evidence, ...]]:
    """Whether the role lets a function set off what runs it: status, sentence, code and evidence.

    Raises FactMissing when the role or one of its policies was not read.
    """
    asked = [permitted(view, function, request) for request in trigger.sets_off]
    able = [item for item in asked if _is_able(function, item) or _is_let_in(view, function, trigger, item)]
    seen = (trigger.evidence, *(able or asked)[0].evidence)
    actions = _listed([item.request.action for item in able or asked])
    runs = f"{trigger.label} {'may run' if trigger.unread else 'runs'} {function.id}"
    if not able:
        said = f"{runs}, whose role does not let it use {actions} there."
        return Status.PASS, said, "OK", seen
    said = f"{runs}, and its role may use {actions} there"
    if trigger.unread:
        return (
            Status.UNKNOWN,
            f"{said}: whether that runs it again depends on {trigger.unread}.",
            "FILTER_NOT_READ",
            seen,
        )
    blind = "" if trigger.service in SEEN_BY_LAMBDA else f"; Lambda does not notice loops through {trigger.service}"
    return Status.FAIL, f"{said}: one such call would run it again{blind}.", "MAY_RUN_ITSELF", seen


def _is_able(function: Function, found: Permission) -> bool:
    """Whether the role may do it, or some of it."""
    if found.verdict is Verdict.DEPENDS and found.request.resource == f"{function.arn}:*" and found.statement:
        # Text for text, what stands for any version of this function may also end like the ARN of another one.
        named = [item.split(":") for item in found.statement.resources]
        return any(len(parts) == 8 and overlap(parts[6], function.id) for parts in named)
    return found.verdict is not Verdict.DENIED


def _is_let_in(view: View, function: Function, trigger: Trigger, found: Permission) -> bool:
    """Whether the policy of a queue, or that of the function, gives to the role what its own policies do not."""
    if found.statement is not None or found.is_limited or found.layer is Layer.NONE:
        return False
    held: Queue | FunctionPolicy | None = None
    if trigger.service == "sqs":
        held = view.find(Queue, trigger.arn)
    elif trigger.service == "lambda":
        held = view.find(FunctionPolicy, function.id)
    return held is not None and is_granted(held.statements, role_of(view, function).role_arn, found.request)


def _listed(actions: Sequence[str]) -> str:
    named = list(dict.fromkeys(actions))
    return " and ".join(named if len(named) < 4 else [", ".join(named[:2]), f"{len(named) - 2} more"])


def ends_of(view: View, function: Function) -> tuple[Evidence, Evidence]:
    """Where it stands what becomes of the events of a function. Raises FactMissing when it was not read."""
    known, events = view.function_configuration(function.id), view.get(EventInvokeConfig, function.id)
    return known.cite("DeadLetterConfig"), events.cite("DestinationConfig")


def own_places(view: View, function: Function, triggers: Sequence[Trigger]) -> tuple[tuple[Place, str], ...]:
    """The dead-letter queue and destinations, each with how it runs the function again; empty where it does not."""
    return tuple((place, _comes_back(function, place.arn, triggers)) for place in places_of(view, function))


def _comes_back(function: Function, arn: str, triggers: Sequence[Trigger]) -> str:
    parts, own = arn.split(":"), (function.arn or "").split(":")
    if parts[2:3] == ["lambda"] and parts[3:7] == [*own[3:6], function.id]:
        return "that is the function itself"
    for trigger in triggers:
        if (
            trigger.service == "s3"
            and not trigger.unread
            and any(
                item.action == "s3:PutObject" and overlap(item.resource, f"{arn}/{_RECORDS}")
                for item in trigger.sets_off
            )
        ):
            return f"{trigger.label} runs it"
        if trigger.service in ("sqs", "sns", "kinesis") and trigger.arn == arn:
            return f"{trigger.label} runs it"
    return ""


def _itself(function: Function) -> Trigger:
    arn = function.arn or f"arn:{partition_of(function)}:lambda:*:*:function:{function.id}"
    # A role that may not call the function may still call its versions and aliases.
    asked = tuple(Request("lambda:InvokeFunction", item) for item in (arn, f"{arn}:*"))
    label, evidence = "a call of its own", function.cite("FunctionArn")
    return Trigger(service="lambda", arn=arn, label=label, sets_off=asked, unread="", evidence=evidence)


def _polled(view: View, function: Function) -> Iterator[Trigger]:
    for mapping in mappings_of(view, function):
        if not is_on(mapping) or mapping.service not in _WRITES:
            continue
        # A mapping may name the stream of a table, or a consumer of a stream.
        target = (mapping.source_arn or "").split("/stream/")[0].split("/consumer/")[0]
        yield Trigger(
            service=mapping.service,
            arn=target,
            label=f"{mapping.service} {target.split(':', 5)[5]}",
            sets_off=tuple(Request(action, target) for action in _WRITES[mapping.service]),
            unread="the filter criteria of the mapping" if mapping.raw.get("FilterCriteria") else "",
            evidence=mapping.cite("EventSourceArn"),
        )


def _pushed(function: Function, policy: FunctionPolicy, bucket: str | None, is_on_bus: bool) -> Iterator[Trigger]:
    """Sources that the resource policy names; the named bucket tells more itself.

    `is_on_bus` tells that every event of the bucket goes to the default bus too.
    """
    partition, evidence = partition_of(function), policy.cite("Policy")
    for service, arn in sources_of(policy):
        name, asked, unread = arn.rsplit(":", 1)[-1], list[Request](), ""
        if service == "s3" and name != bucket:
            asked = [Request("s3:PutObject", f"arn:{partition}:s3:::{'*' if arn == '*' else name}/*")]
            unread = "which keys its notifications are for" + ("" if arn == "*" else f" (name the bucket {name})")
        elif service == "sns":
            asked, unread = [Request("sns:Publish", arn)], "whether it is subscribed, and with which filter"
        elif service == "events":
            asked = [Request("events:PutEvents", bus := _bus(function, arn))]
            if is_on_bus and bus.endswith(("/default", "/*")):
                asked.append(Request("s3:PutObject", f"arn:{partition}:s3:::{bucket}/*"))
            unread = "the pattern or schedule of the rule"
        if asked:
            label = f"{service} {'from any source' if arn == '*' else name}"
            yield Trigger(
                service=service, arn=arn, label=label, sets_off=tuple(asked), unread=unread, evidence=evidence
            )


def _bus(function: Function, rule_arn: str) -> str:
    """The event bus of a rule: `rule/<bus>/<rule>`, the default one where the ARN names none."""
    parts = rule_arn.split(":", 5)[-1].split("/")
    bus = parts[1] if len(parts) == 3 else "*" if rule_arn == "*" else "default"
    scope = function.scope
    return f"arn:{partition_of(function)}:events:{scope.region}:{scope.account}:event-bus/{bus}"


def _notified(view: View, function: Function, bucket: str | None, known: set[str]) -> Iterator[Trigger]:
    """What the named bucket sends to the function, or to a queue or topic that runs it."""
    if bucket is None:
        return
    told = view.get(BucketNotifications, bucket)
    fields = ("LambdaFunctionConfigurations", told.functions), ("QueueConfigurations", told.queues)
    for field, events in (*fields, ("TopicConfigurations", told.topics)):
        for index, event in enumerate(events):
            parts = event.target_arn.split(":")
            if event.target_arn not in known and (parts[2:3] != ["lambda"] or parts[6:7] != [function.id]):
                continue
            by = "" if parts[2] == "lambda" else f" by {parts[2]} {parts[5]}"
            if asked := set_off(function, bucket, event):
                label = f"bucket {bucket} ({event.prefix}*{event.suffix}){by}"
                yield Trigger(
                    service="s3",
                    arn=asked[0].resource,
                    label=label,
                    sets_off=asked,
                    unread="",
                    evidence=told.cite(field, index),
                    scope=f"s3 {bucket} {field} {index}",
                )


def set_off(function: Function, bucket: str, event: BucketEvent) -> tuple[Request, ...]:
    """What makes a bucket send an event."""
    kinds = [word.split(":")[1] for word in event.events if word.count(":") >= 1]
    where = f"arn:{partition_of(function)}:s3:::{bucket}/{event.prefix}*{event.suffix}"
    return tuple(dict.fromkeys(Request(action, where) for kind in kinds for action in _S3.get(kind, ())))
