"""What only calls about one Lambda function tell: its configuration, who may invoke it, asynchronous invocations."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from runbook_lib.model.fact import Fact, Raw, Scope, amount, listed, texts

__all__ = [
    "FINDINGS_FIELD",
    "EnvironmentFinding",
    "EventInvokeConfig",
    "FunctionConfiguration",
    "FunctionPolicy",
    "FunctionRecursion",
    "ProvisionedConcurrency",
    "statements_of",
]

FINDINGS_FIELD = "EnvironmentFindings"
"""What the collector puts beside `Environment` before the values are gone: name and kind of secret, no value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvironmentFinding:
    """An environment variable whose value looked like a secret; `pattern` says like which, never the value."""

    name: str
    pattern: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionConfiguration(Fact):
    """A function as GetFunctionConfiguration describes it, which alone tells its State and last update.

    `variables` are the names of its environment variables and `findings` those whose value looked like a secret; each
    is None when AWS could not read the environment or the values were gone before they were looked at. `layers` are
    ARNs. Sizes are MiB, as AWS counts memory and ephemeral storage.
    https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionConfiguration.html
    """

    KEY: ClassVar[str] = "FunctionConfigurations"
    OPERATION: ClassVar[str] = "lambda:GetFunctionConfiguration"
    TYPE: ClassVar[str] = "AWS::Lambda::Function"

    function_arn: str | None
    role_arn: str | None
    runtime: str | None
    package_type: str | None
    architectures: tuple[str, ...]
    timeout_s: int | None
    memory_mib: int | None
    ephemeral_storage_mib: int | None
    state: str | None
    state_reason: str | None
    state_reason_code: str | None
    last_update_status: str | None
    last_update_reason: str | None
    last_update_reason_code: str | None
    snap_start_apply_on: str | None
    snap_start_optimization: str | None
    layers: tuple[str, ...]
    dead_letter_arn: str | None
    log_group: str | None
    log_format: str | None
    variables: tuple[str, ...] | None
    findings: tuple[EnvironmentFinding, ...] | None

    @classmethod
    def read(cls, raw: Raw, scope: Scope, pointer: str) -> Self:
        environment = raw.get("Environment") or {}
        logging, snap_start = raw.get("LoggingConfig") or {}, raw.get("SnapStart") or {}
        return cls(
            id=raw["FunctionName"],
            scope=scope,
            pointer=pointer,
            raw=raw,
            function_arn=raw.get("FunctionArn"),
            role_arn=raw.get("Role"),
            runtime=raw.get("Runtime"),
            package_type=raw.get("PackageType"),
            architectures=texts(raw.get("Architectures")),
            timeout_s=amount(raw, "Timeout"),
            memory_mib=amount(raw, "MemorySize"),
            ephemeral_storage_mib=(raw.get("EphemeralStorage") or {}).get("Size"),
            state=raw.get("State"),
            state_reason=raw.get("StateReason"),
            state_reason_code=raw.get("StateReasonCode"),
            last_update_status=raw.get("LastUpdateStatus"),
            last_update_reason=raw.get("LastUpdateStatusReason"),
            last_update_reason_code=raw.get("LastUpdateStatusReasonCode"),
            snap_start_apply_on=snap_start.get("ApplyOn"),
            snap_start_optimization=snap_start.get("OptimizationStatus"),
            layers=texts(raw.get("Layers"), lambda layer: layer.get("Arn")),
            dead_letter_arn=(raw.get("DeadLetterConfig") or {}).get("TargetArn"),
            log_group=logging.get("LogGroup"),
            log_format=logging.get("LogFormat"),
            variables=None if environment.get("Error") else tuple(sorted(environment.get("Variables") or {})),
            findings=_findings(raw, environment),
        )


def _findings(raw: Raw, environment: Raw) -> tuple[EnvironmentFinding, ...] | None:
    if environment.get("Error"):
        return None
    if not environment.get("Variables"):
        return ()
    if raw.get(FINDINGS_FIELD) is None:
        return None
    return tuple(EnvironmentFinding(name=item["Name"], pattern=item["Pattern"]) for item in listed(raw, FINDINGS_FIELD))


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionPolicy(Fact):
    """The resource-based policy of a function: which services and accounts may invoke it.

    `statements` are those of the policy document as they stand there; empty when the function has no policy, which AWS
    says with ResourceNotFoundException. It is the policy of the unqualified function; versions and aliases have their
    own. https://docs.aws.amazon.com/lambda/latest/api/API_GetPolicy.html
    """

    KEY: ClassVar[str] = "FunctionPolicies"
    OPERATION: ClassVar[str] = "lambda:GetPolicy"
    TYPE: ClassVar[str] = "AWS::Lambda::Function"

    exists: bool
    statements: tuple[Raw, ...]

    @classmethod
    def read(cls, raw: Raw, scope: Scope, pointer: str) -> Self:
        text = raw.get("Policy")
        return cls(
            id=raw["FunctionName"],
            scope=scope,
            pointer=pointer,
            raw=raw,
            exists=text is not None,
            statements=() if text is None else statements_of(text),
        )

    def sources(self, service: str) -> tuple[str, ...]:
        """The ARNs (patterns) from which a service, such as `sqs` or `apigateway`, may invoke; `*` where none is set.

        Statements that only deny are left out.
        """
        found = [
            source
            for statement in self.statements
            if statement.get("Effect") == "Allow" and f"{service}.amazonaws.com" in _services(statement)
            for source in _source_arns(statement) or ("*",)
        ]
        return tuple(dict.fromkeys(found))


@dataclass(frozen=True, slots=True, kw_only=True)
class EventInvokeConfig(Fact):
    """How asynchronous invocations of a function are retried and where they end.

    Nothing is configured (`exists` is False) when AWS answers ResourceNotFoundException; then its defaults hold: 2
    retries, events up to 6 hours old, no destination.
    https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionEventInvokeConfig.html
    https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
    """

    KEY: ClassVar[str] = "EventInvokeConfigs"
    OPERATION: ClassVar[str] = "lambda:GetFunctionEventInvokeConfig"
    TYPE: ClassVar[str] = "AWS::Lambda::EventInvokeConfig"

    exists: bool
    maximum_retry_attempts: int
    maximum_event_age_s: int
    on_success_arn: str | None
    on_failure_arn: str | None

    @classmethod
    def read(cls, raw: Raw, scope: Scope, pointer: str) -> Self:
        destinations = raw.get("DestinationConfig") or {}
        retries, age_s = raw.get("MaximumRetryAttempts"), raw.get("MaximumEventAgeInSeconds")
        return cls(
            id=raw["FunctionName"],
            scope=scope,
            pointer=pointer,
            raw=raw,
            exists=bool(raw.get("FunctionArn")),
            maximum_retry_attempts=2 if retries is None else int(retries),
            maximum_event_age_s=6 * 3600 if age_s is None else int(age_s),
            on_success_arn=(destinations.get("OnSuccess") or {}).get("Destination"),
            on_failure_arn=(destinations.get("OnFailure") or {}).get("Destination"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionRecursion(Fact):
    """Whether Lambda stops a function that runs itself; `allows_loops` is True when it takes no action.

    https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionRecursionConfig.html
    """

    KEY: ClassVar[str] = "FunctionRecursionConfigs"
    OPERATION: ClassVar[str] = "lambda:GetFunctionRecursionConfig"
    TYPE: ClassVar[str] = "AWS::Lambda::Function"

    allows_loops: bool

    @classmethod
    def read(cls, raw: Raw, scope: Scope, pointer: str) -> Self:
        setting = raw["RecursiveLoop"]
        if setting not in ("Allow", "Terminate"):
            raise ValueError(f"RecursiveLoop must be Allow or Terminate, found {setting!r}")
        return cls(id=raw["FunctionName"], scope=scope, pointer=pointer, raw=raw, allows_loops=setting == "Allow")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvisionedConcurrency(Fact):
    """Provisioned concurrency of one version or alias (`qualifier`) of a function; its id is the qualified ARN.

    https://docs.aws.amazon.com/lambda/latest/api/API_ProvisionedConcurrencyConfigListItem.html
    """

    KEY: ClassVar[str] = "ProvisionedConcurrencyConfigs"
    OPERATION: ClassVar[str] = "lambda:ListProvisionedConcurrencyConfigs"
    TYPE: ClassVar[str] = "AWS::Lambda::Function"

    qualifier: str
    requested: int
    available: int
    allocated: int
    status: str
    status_reason: str | None

    @classmethod
    def read(cls, raw: Raw, scope: Scope, pointer: str) -> Self:
        return cls(
            id=raw["FunctionArn"],
            scope=scope,
            pointer=pointer,
            raw=raw,
            qualifier=raw["FunctionArn"].split(":")[7] if raw["FunctionArn"].count(":") >= 7 else "",
            requested=int(raw["RequestedProvisionedConcurrentExecutions"]),
            available=int(raw["AvailableProvisionedConcurrentExecutions"]),
            allocated=int(raw["AllocatedProvisionedConcurrentExecutions"]),
            status=raw["Status"],
            status_reason=raw.get("StatusReason"),
        )


def statements_of(document: Any) -> tuple[Raw, ...]:
    """The statements of a policy document, given as text or parsed. ValueError or TypeError when it is none."""
    parsed = json.loads(document) if isinstance(document, str) else document
    if not isinstance(parsed, Mapping):
        raise TypeError(f"a policy document must be an object, found {parsed!r}")
    statements = parsed.get("Statement") or []
    found = [statements] if isinstance(statements, Mapping) else statements
    if not isinstance(found, list) or not all(isinstance(item, Mapping) for item in found):
        raise TypeError("the Statement of a policy document must hold objects")
    return tuple(found)


def _services(statement: Raw) -> tuple[str, ...]:
    principal = statement.get("Principal")
    return _words(principal.get("Service")) if isinstance(principal, Mapping) else ()


def _source_arns(statement: Raw) -> tuple[str, ...]:
    conditions = statement.get("Condition") or {}
    found = [
        word
        for tests in conditions.values()
        for name, value in tests.items()
        if name.lower() == "aws:sourcearn"
        for word in _words(value)
    ]
    return tuple(found)


def _words(value: str | Iterable[str] | None) -> tuple[str, ...]:
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else tuple(value)
