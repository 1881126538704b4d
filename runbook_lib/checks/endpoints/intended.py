"""The requests a target is going to make, as an endpoint policy sees them."""

from __future__ import annotations

import re
from collections.abc import Iterable

from runbook_lib.checks.base import Settings
from runbook_lib.errors import UsageError
from runbook_lib.network.policy import Request, Ruling

__all__ = ["USUAL_ACTIONS", "decided_by", "prefix_of", "requests", "require_actions", "require_judged"]

_ACTION = re.compile(r"[A-Za-z0-9-]+:[A-Za-z0-9*]+")

# Services whose IAM actions begin with another word than the endpoint's name
_PREFIXES = {
    "appsync-api": "appsync",
    "bedrock-agent": "bedrock",
    "bedrock-agent-runtime": "bedrock",
    "bedrock-runtime": "bedrock",
    "email": "ses",
    "email-smtp": "ses",
    "kinesis-firehose": "firehose",
    "kinesis-streams": "kinesis",
    "models-v2-lex": "lex",
    "monitoring": "cloudwatch",
    "pinpoint-sms-voice-v2": "sms-voice",
    "runtime-v2-lex": "lex",
    "sync-states": "states",
}

USUAL_ACTIONS = {
    "dynamodb": ("dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query", "dynamodb:UpdateItem"),
    "kms": ("kms:Decrypt", "kms:GenerateDataKey"),
    "lambda": ("lambda:InvokeFunction",),
    "logs": ("logs:PutLogEvents",),
    "s3": ("s3:GetObject", "s3:PutObject"),
    "secretsmanager": ("secretsmanager:GetSecretValue",),
    "sns": ("sns:Publish",),
    "sqs": ("sqs:ReceiveMessage", "sqs:SendMessage"),
    "ssm": ("ssm:GetParameter",),
    "sts": ("sts:AssumeRole",),
}


def require_actions(actions: Iterable[str]) -> None:
    """UsageError for the first that is not written as an IAM action, `service:Action`."""
    for action in actions:
        if not _ACTION.fullmatch(action):
            raise UsageError(f"not an action: {action!r}; expected service:Action, several with commas between them")


def require_judged(actions: Iterable[str], services: Iterable[str]) -> None:
    """UsageError for the first action of a service that is not among the services judged."""
    judged = sorted(set(services))
    prefixes = {prefix_of(service) for service in judged}
    for action in actions:
        if action.partition(":")[0].lower() not in prefixes:
            raise UsageError(
                f"action {action!r} is of none of the services judged ({', '.join(judged)}); add its service"
            )


def prefix_of(service: str) -> str:
    """The word before the colon in the IAM actions of a service that an endpoint names."""
    return _PREFIXES.get(service, service.split(".")[0])


def requests(settings: Settings, service: str, region: str) -> tuple[Request, ...]:
    """The requests to a service: the actions asked for, else the usual ones, else every action of the service."""
    prefix = prefix_of(service)
    named = tuple(action for action in settings.actions if action.lower().startswith(f"{prefix}:"))
    actions = named or USUAL_ACTIONS.get(service, (f"{prefix}:*",))
    if service != "s3":
        return tuple(Request(action, "*") for action in actions)
    partition = "aws-cn" if region.startswith("cn-") else "aws-us-gov" if region.startswith("us-gov-") else "aws"
    bucket = f"arn:{partition}:s3:::{settings.bucket or '*'}"
    return tuple(Request(action, resource) for action in actions for resource in _s3_resources(action, bucket))


def _s3_resources(action: str, bucket: str) -> tuple[str, ...]:
    """Actions on a bucket name it, actions on objects name what is inside; a wildcard may be either."""
    if "*" in action:
        return (bucket, f"{bucket}/*")
    return (bucket,) if "bucket" in action.lower() else (f"{bucket}/*",)


def decided_by(settings: Settings, ruling: Ruling) -> str:
    """What would decide an open ruling, for a sentence, with the parameter that would tell where there is one."""
    is_s3 = ruling.request.action.lower().startswith("s3:")
    bucket_unknown = is_s3 and settings.bucket is None
    words = {
        "action": "the action (set the parameter actions)",
        "resource": "the bucket (set the parameter bucket)" if bucket_unknown else "the exact resource",
        "principal": "who calls",
    }
    return " and ".join(words.get(part, f"its condition on {part}") for part in ruling.deciding)
