"""The AWS CLI commands that show what the checks of a function's configuration read."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from runbook_lib.facade.asked import Asked, aws
from runbook_lib.model.functions import FunctionConfiguration
from runbook_lib.model.interfaces import Function
from runbook_lib.model.roles import Role

__all__ = ["OF_FUNCTION"]

Maker = Callable[[Asked, Function], list[str]]


def _of(command: str, query: str = "") -> Maker:
    """A maker of one command of Lambda about the function."""

    def made(asked: Asked, function: Function) -> list[str]:
        return [_line(asked, function, f"lambda {command} --function-name", function.id, query)]

    return made


def _configuration(*fields: str) -> Maker:
    return _of("get-function-configuration", f"[{','.join(fields)}]")


def _account(asked: Asked, function: Function) -> list[str]:
    return [_line(asked, function, "lambda get-account-settings", "", "AccountLimit")]


def _role(asked: Asked, function: Function) -> list[str]:
    described = asked.view.find(FunctionConfiguration, function.id)
    arn = described.role_arn if described else None
    roles = [role for role in asked.view.snapshot.all(Role) if role.role_arn == arn]
    commands = ("iam list-attached-role-policies --role-name", "iam list-role-policies --role-name")
    return [_line(asked, function, command, role.id, "") for role in roles for command in commands]


def _databases(asked: Asked, function: Function) -> list[str]:
    query = "DBInstances[].[DBInstanceIdentifier,DBInstanceClass,Engine,Endpoint.Address]"
    return [_line(asked, function, "rds describe-db-instances", "", query)]


def _line(asked: Asked, function: Function, command: str, argument: str, query: str) -> str:
    """One command; a function in no VPC has its Region named all the same."""
    vpc_id, region = function.vpc_id or "", function.scope.region
    also = () if vpc_id or not region else (("--region", region),)
    return aws(asked, vpc_id, command, *([argument] if argument else []), also=also, query=query)


_triggers = _of("list-event-source-mappings", "EventSourceMappings[].[EventSourceArn,State,LastProcessingResult]")
_policy = _of("get-policy", "Policy")
_async = _of("get-function-event-invoke-config")

OF_FUNCTION: Mapping[str, tuple[Maker, ...]] = {
    "FUN001": (_configuration("State", "StateReasonCode", "StateReason", "LastUpdateStatus"),),
    "FUN002": (_configuration("Timeout"),),
    "FUN003": (_configuration("Timeout", "Runtime"),),
    "FUN004": (_configuration("Timeout"), _policy, _triggers),
    "FUN005": (_configuration("MemorySize"),),
    "FUN006": (_of("get-function-concurrency"), _account),
    "FUN007": (_async, _configuration("DeadLetterConfig")),
    "FUN008": (_configuration("VpcConfig"),),
    "FUN009": (_configuration("keys(not_null(Environment.Variables, `{}`))"),),
    "FUN010": (_triggers, _policy, _async),
    "FUN011": (_policy, _triggers),
    "FUN012": (_configuration("Role"), _role),
    "FUN013": (_of("list-provisioned-concurrency-configs"), _configuration("SnapStart")),
    "FUN014": (_databases,),
    "FUN015": (_configuration("VpcConfig"),),
    "FUN017": (_configuration("Role"), _role),
}
"""Check id → the makers of the commands behind it."""
