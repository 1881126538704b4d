"""The requests a target is going to make, as an endpoint policy sees them."""

from __future__ import annotations

from runbook_lib.checks.base import Settings
from runbook_lib.network.policy import Request, Ruling

__all__ = ["USUAL_ACTIONS", "decided_by", "requests"]

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


def requests(settings: Settings, service: str, region: str) -> tuple[Request, ...]:
    """The requests to a service: the actions asked for, else the usual ones, else every action of the service."""
    prefix = service.split(".")[0]
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
