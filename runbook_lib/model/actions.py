"""What consented actions were asked for and learned: invocations, states, what Terraform says, probes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar, Self

from runbook_lib.model.fact import Fact, Raw, Scope

__all__ = ["FunctionState", "InvocationsAsked", "InvokeResult", "ProbeResult", "TerraformOutput", "TerraformState"]


@dataclass(frozen=True, slots=True, kw_only=True)
class InvocationsAsked(Fact):
    """What somebody agreed to have sent for one purpose (smoke, burst, event, probe), whatever became of it.

    `count` is how many invocations, `at_once` how many of them at the same time (0: all), `destinations` what a probe
    was to reach. They were to take from `shortest_ms` to `longest_ms` (None: any time) and to show the `wanted_rate`
    (0: none). What was refused or interrupted leaves no InvokeResult; this says that it was asked for.
    """

    KEY: ClassVar[str] = "InvocationsAsked"
    OPERATION: ClassVar[str] = "runbook:consent"
    TYPE: ClassVar[str] = "AWS::Lambda::Function"

    function: str
    purpose: str
    count: int
    at_once: int
    destinations: tuple[str, ...]
    shortest_ms: float
    longest_ms: float | None
    wanted_rate: float

    @classmethod
    def read(cls, raw: Raw, scope: Scope, pointer: str) -> Self:
        return cls(
            id=raw["Purpose"],
            scope=scope,
            pointer=pointer,
            raw=raw,
            function=raw["FunctionName"],
            purpose=raw["Purpose"],
            count=_count(raw["Asked"]),
            at_once=_count(raw.get("AtOnce", 0)),
            destinations=tuple(raw.get("Destinations") or ()),
            shortest_ms=_amount(raw.get("ShortestMs", 0)),
            longest_ms=None if raw.get("LongestMs") is None else _amount(raw["LongestMs"]),
            wanted_rate=_amount(raw.get("WantedRate", 0)),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionState(Fact):
    """The state a function, version or alias was in when an action looked; `id` is when that was, ISO 8601 in UTC.

    Only changes are kept. `update` is the LastUpdateStatus, empty when AWS did not tell it.
    """

    KEY: ClassVar[str] = "FunctionStates"
    OPERATION: ClassVar[str] = "runbook:state"
    TYPE: ClassVar[str] = "AWS::Lambda::Function"

    function: str
    seen: datetime
    state: str
    update: str

    @classmethod
    def read(cls, raw: Raw, scope: Scope, pointer: str) -> Self:
        return cls(
            id=raw["SeenAt"],
            scope=scope,
            pointer=pointer,
            raw=raw,
            function=raw["FunctionName"],
            seen=_moment(raw["SeenAt"]),
            state=raw["State"],
            update=raw.get("LastUpdateStatus") or "",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class InvokeResult(Fact):
    """One invocation that was sent; `id` is the number of the request, `smoke-001` or `burst-0042`.

    `request_id` is Lambda's, None when the call failed before AWS gave one. `status_code` and `error_code` tell how
    the call itself went, `function_error` whether the function failed, `assertion` what became of the check of the
    response (`passed`, `failed`, `not asked`), `assertion_text` why. Times are the client's clock, UTC.
    """

    KEY: ClassVar[str] = "InvokeResults"
    OPERATION: ClassVar[str] = "lambda:Invoke"
    TYPE: ClassVar[str] = "AWS::Lambda::Function"

    function: str
    purpose: str
    mode: str
    request_id: str | None
    started: datetime
    ended: datetime | None
    status_code: int | None
    error_code: str | None
    function_error: str | None
    executed_version: str | None
    assertion: str
    assertion_text: str
    log_tail: str | None

    @classmethod
    def read(cls, raw: Raw, scope: Scope, pointer: str) -> Self:
        return cls(
            id=raw["Number"],
            scope=scope,
            pointer=pointer,
            raw=raw,
            function=raw["FunctionName"],
            purpose=raw["Purpose"],
            mode=raw["InvocationType"],
            request_id=raw.get("RequestId"),
            started=_moment(raw["StartedAt"]),
            ended=None if raw.get("EndedAt") is None else _moment(raw["EndedAt"]),
            status_code=raw.get("StatusCode"),
            error_code=raw.get("ErrorCode"),
            function_error=raw.get("FunctionError"),
            executed_version=raw.get("ExecutedVersion"),
            assertion=raw["Assertion"],
            assertion_text=raw.get("AssertionText") or "",
            log_tail=raw.get("LogTail"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TerraformOutput(Fact):
    """One output of a Terraform state; the value of a sensitive one is not kept."""

    KEY: ClassVar[str] = "TerraformOutputs"
    OPERATION: ClassVar[str] = "terraform:output"
    TYPE: ClassVar[str] = "Terraform::Output"

    value: Any
    is_sensitive: bool

    @classmethod
    def read(cls, raw: Raw, scope: Scope, pointer: str) -> Self:
        return cls(
            id=raw["Name"],
            scope=scope,
            pointer=pointer,
            raw=raw,
            value=raw.get("Value"),
            is_sensitive=bool(raw.get("Sensitive")),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TerraformState(Fact):
    """The state the outputs come from; `read_by` is `terraform`, `state file` or `outputs file` (printed outputs).

    `asked` are the outputs that were held against AWS, each with what it tells: `endpoint_id` and the output's name.
    """

    KEY: ClassVar[str] = "TerraformStates"
    OPERATION: ClassVar[str] = "terraform:state"
    TYPE: ClassVar[str] = "Terraform::State"

    serial: int | None
    workspace: str
    terraform_version: str | None
    modified: datetime | None
    read_by: str
    asked: tuple[tuple[str, str], ...]

    @classmethod
    def read(cls, raw: Raw, scope: Scope, pointer: str) -> Self:
        return cls(
            id=raw["Folder"],
            scope=scope,
            pointer=pointer,
            raw=raw,
            serial=raw.get("Serial"),
            workspace=raw.get("Workspace") or "default",
            terraform_version=raw.get("TerraformVersion"),
            modified=None if raw.get("ModifiedAt") is None else _moment(raw["ModifiedAt"]),
            read_by=raw["ReadBy"],
            asked=tuple((str(role), str(name)) for role, name in (raw.get("AskedFor") or {}).items()),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeResult(Fact):
    """What a probe inside the VPC saw of one destination address from one subnet.

    `stages` maps dns, tcp, tls and http to milliseconds, for as far as it came; `error` is the class of the failure
    with its text, None when every stage asked for worked.
    """

    KEY: ClassVar[str] = "ProbeResults"
    OPERATION: ClassVar[str] = "lambda:Invoke"
    TYPE: ClassVar[str] = "AWS::EC2::Subnet"

    subnet_id: str
    destination: str
    address: str | None
    stages: tuple[tuple[str, float], ...]
    error: str | None

    @classmethod
    def read(cls, raw: Raw, scope: Scope, pointer: str) -> Self:
        return cls(
            id=raw["Number"],
            scope=scope,
            pointer=pointer,
            raw=raw,
            subnet_id=raw["SubnetId"],
            destination=raw["Destination"],
            address=raw.get("Address"),
            stages=tuple((name, float(ms)) for name, ms in raw["Stages"].items()),
            error=raw.get("Error"),
        )


def _count(number: Any) -> int:
    if not isinstance(number, int) or isinstance(number, bool) or number < 0:
        raise TypeError(f"not a number of invocations: {number!r}")
    return number


def _amount(number: Any) -> float:
    if not isinstance(number, int | float) or isinstance(number, bool) or not 0 <= number < math.inf:
        raise TypeError(f"not a number of milliseconds and no rate: {number!r}")
    return float(number)


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
