"""What a probe puts into the account: a role, a log group and a function of one name; made, removed, looked for."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from importlib import resources
from typing import Any

from botocore.config import Config

from runbook_lib.act.consent import FunctionName
from runbook_lib.act.journal import Journal
from runbook_lib.act.outcome import Ledger
from runbook_lib.act.permits import Permit, Permits
from runbook_lib.collect.connection import Clients
from runbook_lib.model.snapshot import CallError

__all__ = ["PREFIX", "TAG", "Belonging", "Belongings", "Kind", "function_config"]

PREFIX = "runbook-probe-"
PATH = "/runbook-kit/"
TAG = {"runbook-kit": "probe"}
_RUNTIME = "python3.13"
_TIMEOUT_S = 300
_TRIES = 10
_PAUSE_S = 5.0
_GONE = frozenset({"ResourceNotFoundException", "NoSuchEntity", "NoSuchEntityException"})
_LATER = frozenset(
    {"ResourceConflictException", "DeleteConflict", "ConcurrentModification", "OperationAbortedException"}
)
# Lambda makes the network interfaces with the role of the function, but the code may not.
# https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html
_INTERFACE_ACTIONS = [
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:UnassignPrivateIpAddresses",
]
_ROLE_CALLS = ("CreateRole", "PutRolePolicy", "DeleteRolePolicy", "DeleteRole", "GetRole")
_FUNCTION_CALLS = ("CreateFunction", "UpdateFunctionConfiguration", "DeleteFunction")
_GROUP_CALLS = ("CreateLogGroup", "DeleteLogGroup")


class Kind(StrEnum):
    """What a probe consists of, in the order in which it is removed."""

    FUNCTION = "function"
    LOG_GROUP = "log group"
    ROLE = "role"


@dataclass(frozen=True, slots=True, kw_only=True)
class Belonging:
    """One thing in the account that belongs to a probe; `why_left` is None once it was seen to be gone."""

    kind: Kind
    name: str
    why_left: str | None


def function_config(at_once: int = 1) -> Config:
    """Settings of the client that invokes the probe: it takes minutes at most, and is invoked once for each subnet."""
    return Config(
        read_timeout=_TIMEOUT_S + 30,
        max_pool_connections=at_once,
        retries={"mode": "standard", "total_max_attempts": 1},
        tcp_keepalive=True,
    )


class Belongings:
    """The role, log group and function of one probe; every change is held to that one name.

    `invocations` is how often the function may be invoked, with the payload of this SHA-256. The journal is told of
    each thing before it is made.
    """

    def __init__(
        self,
        clients: Clients,
        ledger: Ledger,
        beside: FunctionName,
        name: str,
        *,
        pause: Callable[[float], Any],
        invocations: int = 0,
        payload_sha256: str = "",
        journal: Journal | None = None,
    ) -> None:
        self.name = name
        self._journal = journal
        self.function_arn = f"arn:{beside.partition}:lambda:{beside.region}:{beside.account}:function:{name}"
        self.role_arn = f"arn:{beside.partition}:iam::{beside.account}:role{PATH}{name}"
        self.log_group = f"/aws/lambda/{name}"
        self._group_arn = f"arn:{beside.partition}:logs:{beside.region}:{beside.account}:log-group:{self.log_group}"
        self._ledger = ledger
        self._pause = pause
        self._reading = clients
        self._begun: set[Kind] = set()
        permits = Permits(self._permits(invocations, payload_sha256))
        self.functions = clients.under(permits.guard, "lambda", function_config())
        once = Config(retries={"mode": "standard", "total_max_attempts": 2})
        self._roles = clients.under(permits.guard, "iam", once)
        self._logs = clients.under(permits.guard, "logs", once)

    def _permits(self, invocations: int, payload_sha256: str) -> Iterator[Permit]:
        for name in _ROLE_CALLS:
            yield Permit(operation=f"iam:{name}", arguments={"RoleName": self.name}, most=_TRIES * 3)
        for name in _FUNCTION_CALLS:
            yield Permit(operation=f"lambda:{name}", arguments={"FunctionName": self.name}, most=_TRIES * 3)
        for name in _GROUP_CALLS:
            yield Permit(operation=f"logs:{name}", arguments={"logGroupName": self.log_group}, most=_TRIES * 3)
        if invocations:
            yield Permit(
                operation="lambda:Invoke",
                arguments={"FunctionName": self.name, "InvocationType": "RequestResponse", "Qualifier": None},
                most=invocations,
                payload_sha256=payload_sha256,
            )

    @property
    def begun(self) -> tuple[Kind, ...]:
        """What may have been made, in the order in which it is removed."""
        return tuple(kind for kind in Kind if kind in self._begun)

    def make(self, placement: Mapping[str, Any]) -> CallError | None:
        """Make all three, the function in this VpcConfig; None, or the error that ended it."""
        named = [{"Key": key, "Value": value} for key, value in TAG.items()]
        role = {"RoleName": self.name, "Path": PATH, "AssumeRolePolicyDocument": _TRUST, "Tags": named}
        policy = {"RoleName": self.name, "PolicyName": self.name, "PolicyDocument": self._policy()}
        group = {"logGroupName": self.log_group, "tags": TAG}
        return (
            self._begin(Kind.ROLE, self._roles, "iam:CreateRole", role)
            or self._ledger.ask(self._roles, "iam:PutRolePolicy", policy)[1]
            or self._begin(Kind.LOG_GROUP, self._logs, "logs:CreateLogGroup", group)
            or self._make_function(placement)
        )

    def _make_function(self, placement: Mapping[str, Any]) -> CallError | None:
        """Until IAM has spread the new role, Lambda calls it a role that it cannot assume."""
        asked = {
            "FunctionName": self.name,
            "Runtime": _RUNTIME,
            "Role": self.role_arn,
            "Handler": "probe_handler.handler",
            "Code": {"ZipFile": _package()},
            "Timeout": _TIMEOUT_S,
            "MemorySize": 128,
            "VpcConfig": dict(placement),
            "Tags": TAG,
            "Description": "Temporary probe of runbook-kit; runbook doctor --leftovers removes it",
        }
        error: CallError | None = None
        for _ in range(_TRIES):
            error = self._begin(Kind.FUNCTION, self.functions, "lambda:CreateFunction", asked)
            if error is None or error.code != "InvalidParameterValueException" or "role" not in error.message:
                return error
            self._pause(_PAUSE_S)
        return error

    def _begin(self, kind: Kind, client: Any, operation: str, asked: Mapping[str, Any]) -> CallError | None:
        """What AWS refused was not made, and what was there before is not ours to remove; all else may be there."""
        if self._journal:
            self._journal.made(f"{kind} {self.name}")
        self._begun.add(kind)
        error: CallError | None = self._ledger.ask(client, operation, asked)[1]
        if error and self._ledger.calls[-1].request_ids:
            self._begun.discard(kind)
        return error

    def move(self, placement: Mapping[str, Any]) -> CallError | None:
        """Put the function into another VpcConfig; None, or the error."""
        asked = {"FunctionName": self.name, "VpcConfig": dict(placement)}
        error: CallError | None = self._ledger.ask(self.functions, "lambda:UpdateFunctionConfiguration", asked)[1]
        return error

    def remove(self, kinds: frozenset[Kind] | None = None) -> tuple[Belonging, ...]:
        """Remove what was made (or these kinds), look whether it is gone, and tell each."""
        wanted = self.begun if kinds is None else [kind for kind in Kind if kind in kinds]
        return tuple(self._remove(kind) for kind in wanted)

    def _remove(self, kind: Kind) -> Belonging:
        if kind is Kind.FUNCTION:
            error = self._until_gone(self.functions, "lambda:DeleteFunction", {"FunctionName": self.name})
        elif kind is Kind.LOG_GROUP:
            error = self._until_gone(self._logs, "logs:DeleteLogGroup", {"logGroupName": self.log_group})
        else:
            policy = {"RoleName": self.name, "PolicyName": self.name}
            error = self._until_gone(self._roles, "iam:DeleteRolePolicy", policy)
            error = self._until_gone(self._roles, "iam:DeleteRole", {"RoleName": self.name}) or error
        why = self.why_left(kind)
        if why and error:
            why = f"{why} ({error.code}: {error.message})"
        return Belonging(kind=kind, name=self.log_group if kind is Kind.LOG_GROUP else self.name, why_left=why)

    def _until_gone(self, client: Any, operation: str, asked: Mapping[str, Any]) -> CallError | None:
        error: CallError | None = None
        for _ in range(_TRIES):
            error = self._ledger.ask(client, operation, asked, absent=_GONE)[1]
            if error is None or error.code not in _LATER:
                return error
            self._pause(_PAUSE_S)
        return error

    def why_left(self, kind: Kind) -> str | None:
        """None when a look shows that it is not there; what was not seen is not gone."""
        ask = self._ledger.ask
        if kind is Kind.LOG_GROUP:
            asked = {"logGroupNamePrefix": self.log_group}
            found, error = ask(self._reading.get("logs"), "logs:DescribeLogGroups", asked)
            listed = found.get("logGroups", []) if found else []
            found = next((group for group in listed if group.get("logGroupName") == self.log_group), None)
        elif kind is Kind.FUNCTION:
            operation = "lambda:GetFunctionConfiguration"
            found, error = ask(self._reading.get("lambda"), operation, {"FunctionName": self.name}, absent=_GONE)
        else:
            found, error = ask(self._roles, "iam:GetRole", {"RoleName": self.name}, absent=_GONE)
        if error:
            return f"was not seen to be gone ({error.code})"
        return "is still there" if found else None

    def _policy(self) -> str:
        here = {"ArnEquals": {"lambda:SourceFunctionArn": self.function_arn}}
        write = ["logs:CreateLogStream", "logs:PutLogEvents"]
        return json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": [
                    {"Effect": "Allow", "Action": write, "Resource": f"{self._group_arn}:*"},
                    {"Effect": "Allow", "Action": _INTERFACE_ACTIONS, "Resource": "*"},
                    {"Effect": "Deny", "Action": _INTERFACE_ACTIONS, "Resource": "*", "Condition": here},
                ],
            }
        )


_TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    }
)


def _package() -> bytes:
    """The handler as a deployment package, the same bytes every time."""
    source = resources.files("runbook_lib.act").joinpath("probe_handler.py").read_bytes()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as package:
        entry = zipfile.ZipInfo("probe_handler.py", (1980, 1, 1, 0, 0, 0))
        entry.external_attr = 0o644 << 16
        package.writestr(entry, source)
    return packed.getvalue()
