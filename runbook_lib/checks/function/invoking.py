"""What makes a function run, as far as it is known: mappings by which Lambda polls, and sources that push.

Sources
    What the role needs to poll,
    https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
    https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-create.html (read 2026-11-21)
    https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSLambdaDynamoDBExecutionRole.html
    The source ARN of a method of an API,
    https://docs.aws.amazon.com/apigateway/latest/developerguide/arn-format-reference.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from runbook_lib.checks.function.access import Access, May, access, access_to_queue
from runbook_lib.checks.function.admission import Admission, admitted, sources_of
from runbook_lib.checks.function.sending import GONE, is_of
from runbook_lib.model.finding import Evidence
from runbook_lib.model.functions import FunctionPolicy
from runbook_lib.model.interfaces import Function
from runbook_lib.model.triggers import BucketNotifications, EventSourceMapping, Queue, RestApi
from runbook_lib.network.policy import Request
from runbook_lib.network.view import View

__all__ = ["Push", "is_on", "mappings_of", "partition_of", "polled_by", "polling", "pushes_of"]

# Service of a mapping → actions without which Lambda cannot poll its queues or streams
_POLLING = {
    "sqs": ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"),
    "kinesis": ("kinesis:DescribeStream", "kinesis:GetShardIterator", "kinesis:GetRecords"),
    "dynamodb": ("dynamodb:DescribeStream", "dynamodb:GetShardIterator", "dynamodb:GetRecords"),
}

_OFF = ("Disabled", "Disabling", "Deleting")


@dataclass(frozen=True, slots=True, kw_only=True)
class Push:
    """A source that invokes a function, and whether it is let in; `qualifier` is the alias or version that it calls."""

    service: str
    source_arn: str
    label: str
    qualifier: str
    admission: Admission
    evidence: tuple[Evidence, ...]

    @property
    def scope(self) -> str:
        """What tells the finding about it from others; a fix reads it too."""
        return f"{self.service} {self.source_arn}"


def is_on(mapping: EventSourceMapping) -> bool:
    """Whether Lambda polls for a mapping, or soon will."""
    return mapping.state not in _OFF


def mappings_of(view: View, function: Function) -> tuple[EventSourceMapping, ...]:
    """The event source mappings of a function, by id. Raises FactMissing when not all were read."""
    view.need(EventSourceMapping, function.scope)
    found = (item for item in view.snapshot.all(EventSourceMapping) if is_of(item, function))
    return tuple(sorted(found, key=lambda item: item.id))


def polled_by(mapping: EventSourceMapping) -> tuple[Request, ...]:
    """What the role needs so that Lambda can poll the source of a mapping; empty where that is not known.

    A consumer with enhanced fan-out is pushed the records of its stream.
    https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-create.html (read 2026-11-21)
    """
    source = mapping.source_arn or ""
    if mapping.service == "kinesis" and "/consumer/" in source:
        return (Request("kinesis:SubscribeToShard", source),)
    return tuple(Request(action, source) for action in _POLLING.get(mapping.service, ()))


def polling(view: View, function: Function, mapping: EventSourceMapping) -> Access | None:
    """Whether the role may poll the source, the worst answer of the actions it takes; None where that is not known."""
    wanted = polled_by(mapping)
    if not wanted or mapping.source_arn is None:
        return None
    if mapping.service == "sqs":
        queue = view.get(Queue, mapping.source_arn)
        if not queue.exists:
            return Access(may=May.NO, why=GONE, evidence=(queue.cite(),))
        found = [access_to_queue(view, function, queue, request.action) for request in wanted]
    else:
        found = [access(view, function, request) for request in wanted]
    return min(found, key=lambda item: (May.NO, May.OPEN, May.YES).index(item.may))


def pushes_of(view: View, function: Function, bucket: str | None) -> Iterator[Push]:
    """The sources that push: the named bucket, REST APIs, and what the policy itself names. Raises FactMissing."""
    policy = view.get(FunctionPolicy, function.id)
    known: set[str] = set()
    for push in (*_bucket(view, function, policy, bucket), *_apis(view, function, policy)):
        known.add(push.service if push.service == "apigateway" else push.scope)
        yield push
    for service, source in sources_of(policy):
        if not {service, f"{service} {source}"} & known:
            admission = admitted(policy, service, source, function.scope.account or "")
            label = f"{service} ({'any source' if source == '*' else source})"
            yield Push(
                service=service,
                source_arn=source,
                label=label,
                qualifier="",
                admission=admission,
                evidence=(policy.cite("Policy"),),
            )


def partition_of(function: Function) -> str:
    """The partition of a function's ARN: `aws` outside China and GovCloud."""
    return (function.arn or "arn:aws").split(":")[1]


def _bucket(view: View, function: Function, policy: FunctionPolicy, bucket: str | None) -> Iterator[Push]:
    if bucket is None:
        return
    told = view.get(BucketNotifications, bucket)
    for target in dict.fromkeys(event.target_arn for event in told.functions):
        parts = target.split(":")
        if parts[6:7] == [function.id]:
            arn = f"arn:{partition_of(function)}:s3:::{bucket}"
            yield Push(
                service="s3",
                source_arn=arn,
                label=f"bucket {bucket}",
                qualifier=":".join(parts[7:]),
                admission=admitted(policy, "s3", arn, function.scope.account or ""),
                evidence=(told.cite("LambdaFunctionConfigurations"), policy.cite("Policy")),
            )


def _apis(view: View, function: Function, policy: FunctionPolicy) -> Iterator[Push]:
    """The methods of REST APIs; of HTTP APIs no route is read, so that what the policy names has to do."""
    view.need(RestApi, function.scope)
    for api in sorted(view.snapshot.all(RestApi), key=lambda item: item.id):
        for item in sorted(api.integrations, key=lambda one: one.label):
            parts = (item.function or "").split(":")
            if api.scope != function.scope or parts[6:7] != [function.id] or item.role_arn:
                continue
            verb, _, path = item.label.partition(" ")
            method = "*" if verb == "ANY" else verb
            where = f"arn:{partition_of(function)}:execute-api:{api.scope.region}:{api.scope.account}:{api.id}"
            arn = f"{where}/*/{method}{re.sub(r'{[^}]*}', '*', path)}"
            yield Push(
                service="apigateway",
                source_arn=arn,
                label=f"{item.label} of API {api.id}",
                qualifier=":".join(parts[7:]),
                admission=admitted(policy, "apigateway", arn),
                evidence=(api.cite(*item.path), policy.cite("Policy")),
            )
