"""What the role of a function is needed for: the services asked about, its log, its network interfaces.

Sources (read 2026-11-21)
    Network interfaces: https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html
    Log: https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html and, for ARNs with `:*`,
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/iam-access-control-overview-cwl.html
    Who names the function: https://docs.aws.amazon.com/lambda/latest/dg/permissions-source-function-arn.html
    ARNs of resources: https://docs.aws.amazon.com/service-authorization/latest/reference/reference.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from runbook_lib.checks.base import Settings
from runbook_lib.checks.endpoints.intended import USUAL_ACTIONS, requests
from runbook_lib.checks.function.loops import set_off
from runbook_lib.errors import FactMissing
from runbook_lib.model.functions import FunctionConfiguration
from runbook_lib.model.interfaces import Function
from runbook_lib.model.kinds import action_of
from runbook_lib.model.log_group import log_group_of
from runbook_lib.model.observations import LogGroup
from runbook_lib.model.roles import PolicySimulation, Role, RolePolicy
from runbook_lib.model.triggers import BucketNotifications
from runbook_lib.model.vpc import Subnet
from runbook_lib.network.policy import Request
from runbook_lib.network.view import View

__all__ = ["INTERFACES", "LOG", "READ", "Need", "is_of_older_roles", "needs_of"]

READ = (
    Role.KEY,
    RolePolicy.KEY,
    PolicySimulation.KEY,
    FunctionConfiguration.KEY,
    Function.KEY,
    Subnet.KEY,
    LogGroup.KEY,
    BucketNotifications.KEY,
)
"""The snapshot keys that tell what a role is needed for, and whether it may."""

LOG = "log"
INTERFACES = "network-interfaces"

# What the usual actions of a service are about, in the account and Region of the function.
_RESOURCES = {
    "dynamodb": "{here}:table/*",
    "kms": "{here}:key/*",
    "lambda": "{here}:function:*",
    "logs": "{here}:log-group:*",
    "secretsmanager": "{here}:secret:*",
    "sns": "{here}:*",
    "sqs": "{here}:*",
    "ssm": "{here}:parameter/*",
    "sts": "{account}:role/*",
}


_SINCE_2022 = frozenset({"ec2:AssignPrivateIpAddresses", "ec2:UnassignPrivateIpAddresses", "ec2:DescribeSubnets"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """Requests that belong together; `scope` is their service, LOG or INTERFACES.

    `is_certain` is False when nobody said which actions the function uses: then the usual ones are asked about.
    `by_lambda` tells that the Lambda service makes them without naming the function as their source. Requests `apart`
    are some of them by their resource, and yet not needed: they would run the function again.
    """

    scope: str
    requests: tuple[Request, ...]
    is_certain: bool = True
    by_lambda: bool = False
    apart: tuple[Request, ...] = ()

    @property
    def prefix(self) -> str:
        """The word before the colon in its actions."""
        return self.requests[0].action.partition(":")[0]


def is_of_older_roles(actions: Iterable[str]) -> bool:
    """Whether AWS came to name these actions only once many roles were without them, whose functions went on.

    https://github.com/awsdocs/aws-lambda-developer-guide/pull/357 (2022) and version 3 of the managed policy (2024),
    https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSLambdaVPCAccessExecutionRole.html
    """
    return _SINCE_2022.issuperset(actions)


def needs_of(view: View, settings: Settings, function: Function) -> tuple[Need, ...]:
    """What the role must allow, services first. Raises FactMissing when the ARN of the function is not told."""
    return (*_services(view, settings, function), _log(view, function), *_interfaces(view, function))


def _arn(function: Function, service: str, *, region: str | None = None, account: str | None = None) -> str:
    parts = (function.arn or "").split(":")
    if len(parts) < 6:
        raise FactMissing(f"the ARN of {function.id}", action_of(Function.KEY))
    return f"arn:{parts[1]}:{service}:{parts[3] if region is None else region}:{account or parts[4]}"


def _services(view: View, settings: Settings, function: Function) -> Iterator[Need]:
    region = _arn(function, "").split(":")[3]
    told: set[str] = set()
    for service in settings.services:
        asked = requests(settings, service, region)
        named = {request.action for request in asked} & set(settings.actions)
        told |= named
        placed = tuple(_placed(function, service, request) for request in asked)
        apart = tuple(_of_its_own_trigger(view, settings, function)) if service == "s3" else ()
        yield Need(scope=service, requests=placed, is_certain=bool(named), apart=apart)
    left = [action for action in settings.actions if action not in told]
    for prefix in dict.fromkeys(action.partition(":")[0] for action in left):
        own = (Request(action, "*") for action in left if action.partition(":")[0] == prefix)
        yield Need(scope=prefix, requests=tuple(_placed(function, prefix, request) for request in own))


def _of_its_own_trigger(view: View, settings: Settings, function: Function) -> Iterator[Request]:
    """What would run the function again, where that is only part of the bucket."""
    told = view.find(BucketNotifications, settings.bucket) if settings.bucket else None
    for event in told.functions if told else ():
        if event.target_arn.split(":")[6:7] == [function.id] and (event.prefix or event.suffix):
            yield from set_off(function, settings.bucket or "", event)


def _placed(function: Function, service: str, request: Request) -> Request:
    """The request on what a usual action is about; another action may be about anything."""
    if request.resource != "*" or request.action not in USUAL_ACTIONS.get(service, ()):
        return request
    here, account = _arn(function, service), _arn(function, "iam", region="")
    return Request(request.action, _RESOURCES[service].format(here=here, account=account))


def _log(view: View, function: Function) -> Need:
    """Writing the log; making its group too, unless that is known to be there."""
    name = log_group_of(view.snapshot, function.id)
    group = f"{_arn(function, 'logs')}:log-group:{name}"
    made = () if view.find(LogGroup, name) else (Request("logs:CreateLogGroup", f"{group}:*"),)
    written = (Request(f"logs:{name}", f"{group}:log-stream:*") for name in ("CreateLogStream", "PutLogEvents"))
    return Need(scope=LOG, requests=(*made, *written))


def _interfaces(view: View, function: Function) -> Iterator[Need]:
    if function.vpc_id is None:
        return
    function.need_place()
    any_one = f"{_arn(function, 'ec2')}:network-interface/*"
    places = [any_one, *(f"{_of_owner(view, function, id_)}:subnet/{id_}" for id_ in function.subnet_ids)]
    places += [f"{_arn(function, 'ec2')}:security-group/{id_}" for id_ in function.group_ids]
    listed = (
        *(Request("ec2:CreateNetworkInterface", place) for place in places),
        Request("ec2:DescribeNetworkInterfaces", "*"),
        Request("ec2:DescribeSubnets", "*"),
        Request("ec2:DeleteNetworkInterface", any_one),
        Request("ec2:AssignPrivateIpAddresses", any_one),
        Request("ec2:UnassignPrivateIpAddresses", any_one),
    )
    yield Need(scope=INTERFACES, requests=listed, by_lambda=True)


def _of_owner(view: View, function: Function, subnet_id: str) -> str:
    """A shared subnet carries the account that owns it."""
    known = view.find(Subnet, subnet_id)
    return _arn(function, "ec2", account=known.raw.get("OwnerId") if known else None)
