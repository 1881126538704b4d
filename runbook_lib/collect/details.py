"""What is asked about the one function that was picked: each answer tells what there is to ask about next."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from runbook_lib.collect.calls import Answer, Call
from runbook_lib.collect.detail_shapes import MAX_CONNECTIONS, attached_arns, boundary_arns
from runbook_lib.collect.limits import Wanted
from runbook_lib.collect.operation import Operation, Per
from runbook_lib.collect.operations import OPERATIONS
from runbook_lib.model.fact import Raw, Scope
from runbook_lib.model.functions import FunctionPolicy
from runbook_lib.model.observations import EVENTS_KEY, AccountLimit, FunctionConcurrency, Quota
from runbook_lib.model.roles import role_name_of

__all__ = ["DETAIL_KEYS", "QUOTAS", "Details", "function_name"]

DETAIL_KEYS = frozenset(row.key for row in OPERATIONS if row.is_detail)
"""The snapshot keys that are only filled for one function that was picked, and only when they are named."""

# Concurrent executions; network interfaces per VPC that Lambda may make; network interfaces per Region.
# https://docs.aws.amazon.com/general/latest/gr/lambda-service.html, .../gr/vpc-service.html
QUOTAS = (("lambda", "L-B99A9384"), ("lambda", "L-9FEE3D26"), ("vpc", "L-DF5E4CA3"))

# What an observation reads too: without one, it is read here.
_LIMITS = frozenset({AccountLimit.KEY, FunctionConcurrency.KEY, Quota.KEY})
_NO_FUNCTION = "lambda:ListFunctions did not tell about the function"
_API_ID = re.compile(r"arn:[^:]*:execute-api:[^:]*:[^:]*:([^/:*?]+)(?:/|$)")
_QUEUE_ARN = re.compile(r"arn:([^:]+):sqs:([^:]+):([^:]+):([^:]+)")


def function_name(word: str) -> str:
    """The name in a name or an ARN of a function, without version or alias."""
    parts = word.split(":")
    return parts[6] if len(parts) > 6 else parts[0]


@dataclass(slots=True)
class _Known:
    """What can be asked: requests, each with what it is about; `cause` says why there may be more to ask about."""

    requests: list[tuple[Mapping[str, Any], str]] = field(default_factory=list)
    cause: str = ""


class Details:
    """The calls about the picked function in waves, over the answers so far; without one, none are made."""

    def __init__(self, wanted: Wanted) -> None:
        self._wanted = wanted
        self._name = function_name(wanted.functions[0]) if len(wanted.functions) == 1 else ""
        named = frozenset(wanted.keys)
        limits = frozenset() if EVENTS_KEY in named else _LIMITS
        self._keys = wanted.all_keys & (DETAIL_KEYS | limits) if self._name and named else frozenset()
        self._answers: Sequence[Answer] = ()

    def calls(self, answers: Sequence[Answer]) -> tuple[Call, ...]:
        """The calls that these answers make possible and that were not made, in the order of the table."""
        self._answers = answers
        made = {_mark(answer.call) for answer in answers}
        found = [
            Call(operation=row, request={**row.request, **request}, about=about, enough=_enough(row))
            for row in OPERATIONS
            if row.key in self._keys and row.per in self._tellers
            for request, about in self._known(row).requests
        ]
        return tuple(call for call in found if _mark(call) not in made)

    def blocked(self) -> dict[str, str]:
        """Snapshot keys of which something could not be asked, each with the reason; when all answers are there."""
        rows = [row for row in OPERATIONS if row.key in self._keys and row.per in self._tellers]
        return {row.key: cause for row in rows if (cause := self._known(row).cause)}

    def asked(self) -> frozenset[str]:
        """The snapshot keys that are read; one of them without any call is known to be empty."""
        return self._keys

    def _known(self, row: Operation) -> _Known:
        return self._tellers[row.per](row)

    @property
    def _tellers(self) -> Mapping[Per, Callable[[Operation], _Known]]:
        one = {"FunctionName": self._name}
        buckets: list[tuple[Mapping[str, Any], str]] = [({"Bucket": name}, "") for name in self._wanted.buckets]
        quotas: list[tuple[Mapping[str, Any], str]] = [
            ({"ServiceCode": service, "QuotaCode": code}, code) for service, code in QUOTAS
        ]
        return {
            Per.PICKED: lambda row: _Known([(one, "" if row.argument else self._name)]),
            Per.OBSERVED_FUNCTION: lambda _: _Known([(one, "")]),
            Per.PICKED_REGION: lambda _: _Known([({}, "")]),
            Per.OBSERVATION: lambda _: _Known([({}, "")]),
            Per.QUOTA: lambda _: _Known(quotas),
            Per.PICKED_BUCKET: lambda _: _Known(buckets),
            Per.ROLE: lambda _: self._role(),
            Per.ROLE_POLICY: self._role_policies,
            Per.QUEUE: lambda _: self._queues(),
            Per.API: lambda row: self._apis(str(row.argument)),
            Per.DATABASES: self._databases,
        }

    # -- what answers tell ---------------------------------------------------------------------------------------

    def _items(self, *operations: str) -> Iterator[Raw]:
        for answer in self._answers:
            if answer.call.operation.id in operations and answer.ok:
                yield from answer.items

    def _failed(self, *operations: str) -> str:
        """That one of these operations was asked and failed or was cut short; empty when none was."""
        return next(
            (
                f"{answer.call.operation.id} failed"
                for answer in self._answers
                if answer.call.operation.id in operations and (answer.error or answer.truncated)
            ),
            "",
        )

    def _configuration(self) -> Raw | None:
        """The function as a listing or a call of its own describes it."""
        told = self._items("lambda:ListFunctions", "lambda:GetFunctionConfiguration")
        return next((raw for raw in told if raw.get("FunctionName") == self._name), None)

    def _role(self) -> _Known:
        raw = self._configuration()
        if raw is None:
            return _Known(cause=_NO_FUNCTION)
        name = role_name_of(raw.get("Role"))
        return _Known([({"RoleName": name}, "")]) if name else _Known()

    def _role_policies(self, row: Operation) -> _Known:
        if row.name == "GetRolePolicy":
            listed = self._items("iam:ListRolePolicies")
            pairs = [(raw["RoleName"], name) for raw in listed for name in raw.get("PolicyNames") or ()]
            return _Known(
                [({"RoleName": role, "PolicyName": name}, f"{role}/{name}") for role, name in pairs],
                self._role().cause,
            )
        if row.name == "GetPolicy":
            arns = dict.fromkeys([*attached_arns(self._answers), *boundary_arns(self._answers)])
            return _Known([({"PolicyArn": arn}, "") for arn in arns], self._failed("iam:GetRole"))
        versions = [(raw["PolicyArn"], raw["Policy"]["DefaultVersionId"]) for raw in self._items("iam:GetPolicy")]
        return _Known([({"PolicyArn": arn, "VersionId": version}, "") for arn, version in versions])

    def _queues(self) -> _Known:
        raw = self._configuration()
        arns = [((raw or {}).get("DeadLetterConfig") or {}).get("TargetArn")]
        arns += [item.get("EventSourceArn") for item in self._items("lambda:ListEventSourceMappings")]
        for item in self._items("lambda:GetFunctionEventInvokeConfig", "lambda:ListEventSourceMappings"):
            arns += [target.get("Destination") for target in (item.get("DestinationConfig") or {}).values()]
        found = [(hit, arn) for arn in dict.fromkeys(arns) if (hit := _QUEUE_ARN.fullmatch(arn or ""))]
        tells = ("lambda:ListEventSourceMappings", "lambda:GetFunctionEventInvokeConfig")
        cause = self._failed(*tells) or ("" if raw else _NO_FUNCTION)
        return _Known([({"QueueUrl": _queue_url(*hit.groups())}, arn) for hit, arn in found if arn], cause)

    def _apis(self, argument: str) -> _Known:
        found: dict[str, None] = {}
        cause = self._failed("lambda:GetPolicy")
        for raw in self._items("lambda:GetPolicy"):
            try:
                sources = FunctionPolicy.read(raw, Scope(), "").sources("apigateway")
            except (KeyError, TypeError, ValueError, AttributeError):
                return _Known(cause="the policy of the function cannot be read")
            for source in sources:
                if hit := _API_ID.match(source):
                    found[hit[1]] = None
                else:
                    cause = f"the policy of the function admits {source} and names no API"
        return _Known([({argument: id_}, "") for id_ in found], cause)

    def _databases(self, row: Operation) -> _Known:
        vpc_id = ((self._configuration() or {}).get("VpcConfig") or {}).get("VpcId")
        cause = "" if self._configuration() else _NO_FUNCTION
        if row.name == "DescribeDBProxyTargets":
            here = [raw for raw in self._items("rds:DescribeDBProxies") if vpc_id and raw.get("VpcId") == vpc_id]
            named = [({"DBProxyName": raw["DBProxyName"]}, "") for raw in here]
            return _Known([*named], cause or self._failed("rds:DescribeDBProxies"))
        inside = [
            raw
            for raw in self._items("rds:DescribeDBInstances")
            if vpc_id and (raw.get("DBSubnetGroup") or {}).get("VpcId") == vpc_id
        ]
        groups = dict.fromkeys(
            group["DBParameterGroupName"] for raw in inside for group in raw.get("DBParameterGroups") or ()
        )
        known = [({"DBParameterGroupName": group}, group) for group in groups]
        return _Known([*known], cause or self._failed("rds:DescribeDBInstances"))


def _mark(call: Call) -> tuple[str, str]:
    return call.operation.id, repr(sorted(call.request.items()))


def _enough(row: Operation) -> Callable[[Raw], bool] | None:
    return _is_max_connections if row.name == "DescribeDBParameters" else None


def _is_max_connections(item: Raw) -> bool:
    return item.get("ParameterName") == MAX_CONNECTIONS


def _queue_url(partition: str, region: str, account: str, name: str) -> str:
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-queue-message-identifiers.html"""
    suffix = "amazonaws.com.cn" if partition == "aws-cn" else "amazonaws.com"
    return f"https://sqs.{region}.{suffix}/{account}/{name}"
