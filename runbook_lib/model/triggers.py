"""What makes a function run: event source mappings and their queues, bucket notifications, API integrations."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar, Self

from runbook_lib.model.fact import Fact, Raw, Scope, listed, texts
from runbook_lib.model.functions import statements_of

__all__ = ["ApiIntegration", "BucketNotifications", "EventSourceMapping", "HttpApi", "Queue", "RestApi"]


@dataclass(frozen=True, slots=True, kw_only=True)
class EventSourceMapping(Fact):
    """A mapping that lets Lambda poll a queue or stream and invoke the function with batches.

    Mappings are listed for the unqualified function: whether AWS also gives those of its aliases and versions is not
    documented, so that an empty list does not prove that nothing polls for an alias.
    `source_arn` is None for a self-managed Kafka cluster; `service` is the third part of the ARN (`sqs`, `kinesis`, …).
    A number that is None was not told; -1 for retries and record age is AWS's word for unlimited.
    https://docs.aws.amazon.com/lambda/latest/api/API_EventSourceMappingConfiguration.html
    """

    KEY: ClassVar[str] = "EventSourceMappings"
    OPERATION: ClassVar[str] = "lambda:ListEventSourceMappings"
    TYPE: ClassVar[str] = "AWS::Lambda::EventSourceMapping"

    source_arn: str | None
    function_arn: str
    state: str | None
    state_transition_reason: str | None
    last_processing_result: str | None
    batch_size: int | None
    batching_window_s: int | None
    maximum_concurrency: int | None
    maximum_retry_attempts: int | None
    maximum_record_age_s: int | None
    bisects_on_error: bool | None
    reports_batch_item_failures: bool
    on_failure_arn: str | None

    @property
    def service(self) -> str:
        """The service of the source: `sqs`, `kinesis`, `dynamodb`, `kafka`, …; empty when there is no ARN."""
        return "".join((self.source_arn or "").split(":")[2:3])

    @classmethod
    def read(cls, raw: Raw, scope: Scope, pointer: str) -> Self:
        return cls(
            id=raw["UUID"],
            scope=scope,
            pointer=pointer,
            raw=raw,
            source_arn=raw.get("EventSourceArn"),
            function_arn=raw["FunctionArn"],
            state=raw.get("State"),
            state_transition_reason=raw.get("StateTransitionReason"),
            last_processing_result=raw.get("LastProcessingResult"),
            batch_size=raw.get("BatchSize"),
            batching_window_s=raw.get("MaximumBatchingWindowInSeconds"),
            maximum_concurrency=(raw.get("ScalingConfig") or {}).get("MaximumConcurrency"),
            maximum_retry_attempts=raw.get("MaximumRetryAttempts"),
            maximum_record_age_s=raw.get("MaximumRecordAgeInSeconds"),
            bisects_on_error=raw.get("BisectBatchOnFunctionError"),
            reports_batch_item_failures="ReportBatchItemFailures" in (raw.get("FunctionResponseTypes") or ()),
            on_failure_arn=((raw.get("DestinationConfig") or {}).get("OnFailure") or {}).get("Destination"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue(Fact):
    """An SQS queue that the function reads from, or to which its failed events go; its id is the queue's ARN.

    `exists` is False when SQS answered that there is no such queue; then the rest is None. `dead_letter_arn` and
    `max_receive_count` come from its redrive policy; `kms_key` is the key of SSE-KMS, None without; `statements` are
    those of its own policy, empty without.
    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_GetQueueAttributes.html
    """

    KEY: ClassVar[str] = "Queues"
    OPERATION: ClassVar[str] = "sqs:GetQueueAttributes"
    TYPE: ClassVar[str] = "AWS::SQS::Queue"

    exists: bool
    visibility_timeout_s: int | None
    retention_s: int | None
    dead_letter_arn: str | None
    max_receive_count: int | None
    kms_key: str | None
    statements: tuple[Raw, ...]

    @classmethod
    def read(cls, raw: Raw, scope: Scope, pointer: str) -> Self:
        told = raw.get("Attributes")
        attributes: Raw = told or {}
        redrive: Raw = json.loads(attributes.get("RedrivePolicy") or "{}")
        receives = redrive.get("maxReceiveCount")
        return cls(
            id=raw["QueueArn"],
            scope=scope,
            pointer=pointer,
            raw=raw,
            exists=told is not None,
            visibility_timeout_s=None if told is None else int(told["VisibilityTimeout"]),
            retention_s=None if told is None else int(told["MessageRetentionPeriod"]),
            dead_letter_arn=redrive.get("deadLetterTargetArn"),
            max_receive_count=None if receives is None else int(receives),
            kms_key=attributes.get("KmsMasterKeyId") or None,
            statements=statements_of(attributes.get("Policy") or {}),
        )

    @property
    def label(self) -> str:
        """The queue's name."""
        return self.id.rsplit(":", 1)[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class BucketNotifications(Fact):
    """Where a bucket sends its events; each list of ARNs may be empty.

    `to_event_bridge` tells whether all its events go to EventBridge.
    https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketNotificationConfiguration.html
    """

    KEY: ClassVar[str] = "BucketNotifications"
    OPERATION: ClassVar[str] = "s3:GetBucketNotificationConfiguration"
    TYPE: ClassVar[str] = "AWS::S3::Bucket"

    functions: tuple[BucketEvent, ...]
    queues: tuple[BucketEvent, ...]
    topics: tuple[BucketEvent, ...]
    to_event_bridge: bool

    @classmethod
    def read(cls, raw: Raw, scope: Scope, pointer: str) -> Self:
        return cls(
            id=raw["Bucket"],
            scope=scope,
            pointer=pointer,
            raw=raw,
            functions=_events(raw.get("LambdaFunctionConfigurations"), "LambdaFunctionArn"),
            queues=_events(raw.get("QueueConfigurations"), "QueueArn"),
            topics=_events(raw.get("TopicConfigurations"), "TopicArn"),
            to_event_bridge="EventBridgeConfiguration" in raw,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class BucketEvent:
    """Events of a bucket that go to one target; empty `prefix` and `suffix` mean all objects."""

    target_arn: str
    events: tuple[str, ...]
    prefix: str
    suffix: str


def _events(configurations: Iterable[Raw] | None, target: str) -> tuple[BucketEvent, ...]:
    found = []
    for item in configurations or ():
        rules = ((item.get("Filter") or {}).get("Key") or {}).get("FilterRules") or ()
        filters = {rule["Name"].lower(): rule["Value"] for rule in rules}
        found.append(
            BucketEvent(
                target_arn=item[target],
                events=texts(item.get("Events")),
                prefix=filters.get("prefix", ""),
                suffix=filters.get("suffix", ""),
            )
        )
    return tuple(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiIntegration:
    """What one method or route of an API calls; `path` leads to it in the raw answer, `timeout_ms` may be None.

    `function` is the ARN inside `uri`, None when the integration calls no Lambda function. `role_arn` is the role it
    calls with, None when the policy of what it calls has to let it. `label` is for people: `POST /orders` of a REST
    API, the integration id of an HTTP or WebSocket API.
    """

    label: str
    kind: str
    uri: str
    function: str | None
    role_arn: str | None
    timeout_ms: int | None
    path: tuple[str | int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RestApi(Fact):
    """A REST API that the function's resource policy admits, with the integrations of its methods.

    `exists` is False when no REST API has this id: then it is an HTTP or WebSocket API, or gone.
    https://docs.aws.amazon.com/apigateway/latest/api/API_GetResources.html
    """

    KEY: ClassVar[str] = "RestApis"
    OPERATION: ClassVar[str] = "apigateway:GetResources"
    TYPE: ClassVar[str] = "AWS::ApiGateway::RestApi"

    exists: bool
    integrations: tuple[ApiIntegration, ...]

    @classmethod
    def read(cls, raw: Raw, scope: Scope, pointer: str) -> Self:
        exists = raw.get("items") is not None
        return cls(
            id=raw["restApiId"],
            scope=scope,
            pointer=pointer,
            raw=raw,
            exists=exists,
            integrations=tuple(
                _integration(
                    f"{verb} {resource['path']}",
                    method["methodIntegration"],
                    ("type", "uri", "timeoutInMillis", "credentials"),
                    ("items", index, "resourceMethods", verb, "methodIntegration"),
                )
                for index, resource in enumerate(listed(raw, "items") if exists else ())
                for verb, method in sorted((resource.get("resourceMethods") or {}).items())
                if method.get("methodIntegration")
            ),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpApi(Fact):
    """An HTTP or WebSocket API that the function's resource policy admits, with its integrations.

    `exists` is False when no such API has this id: then it is a REST API, or gone.
    https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-integrations.html
    """

    KEY: ClassVar[str] = "HttpApis"
    OPERATION: ClassVar[str] = "apigatewayv2:GetIntegrations"
    TYPE: ClassVar[str] = "AWS::ApiGatewayV2::Api"

    exists: bool
    integrations: tuple[ApiIntegration, ...]

    @classmethod
    def read(cls, raw: Raw, scope: Scope, pointer: str) -> Self:
        exists = raw.get("Items") is not None
        fields = ("IntegrationType", "IntegrationUri", "TimeoutInMillis", "CredentialsArn")
        return cls(
            id=raw["ApiId"],
            scope=scope,
            pointer=pointer,
            raw=raw,
            exists=exists,
            integrations=tuple(
                _integration(item["IntegrationId"], item, fields, ("Items", index))
                for index, item in enumerate(listed(raw, "Items") if exists else ())
            ),
        )


def _integration(
    label: str, raw: Raw, fields: tuple[str, str, str, str], path: tuple[str | int, ...]
) -> ApiIntegration:
    kind, uri, timeout, role = (raw.get(field) for field in fields)
    return ApiIntegration(
        label=label,
        kind=kind or "",
        uri=uri or "",
        function=_function_in(uri or ""),
        role_arn=role or None,
        timeout_ms=None if timeout is None else int(timeout),
        path=path,
    )


def _function_in(uri: str) -> str | None:
    """The function's ARN in an integration URI, which may be the ARN itself or API Gateway's path to invoke it."""
    _, mark, behind = uri.partition(":lambda:path/")
    arn = behind.partition("/functions/")[2].removesuffix("/invocations") if mark else uri
    return arn if arn.split(":")[2:3] == ["lambda"] else None
