"""The AWS managed policies that execution roles of Lambda functions have; moto has none unless it loads them all.

https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSLambdaBasicExecutionRole.html
https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSLambdaVPCAccessExecutionRole.html
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from moto.iam.models import AWSManagedPolicy, IAMBackend

from runbook_lib.sandbox.extension.patching import wrap

__all__ = ["BASIC_EXECUTION", "VPC_ACCESS_EXECUTION", "apply"]

BASIC_EXECUTION = "AWSLambdaBasicExecutionRole"
VPC_ACCESS_EXECUTION = "AWSLambdaVPCAccessExecutionRole"
_LOGS = ("logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents")
_INTERFACES = (
    "ec2:CreateNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:DeleteNetworkInterface",
    "ec2:AssignPrivateIpAddresses",
    "ec2:UnassignPrivateIpAddresses",
)


def apply() -> None:
    """Patch the policies that an account starts with."""
    wrap(IAMBackend, "_init_aws_policies", _policies)


def _policies(original: Any, backend: Any) -> list[Any]:
    found = list(original(backend))
    named = {BASIC_EXECUTION: _LOGS, VPC_ACCESS_EXECUTION: (*_LOGS, *_INTERFACES)}
    held = {policy.name for policy in found}
    return [*found, *(_policy(backend, name, actions) for name, actions in named.items() if name not in held)]


def _policy(backend: Any, name: str, actions: Sequence[str]) -> Any:
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
    data = {
        "DefaultVersionId": "v1",
        "Path": "/service-role/",
        "Document": {"Version": "2012-10-17", "Statement": [statement]},
        "CreateDate": "2015-04-09T15:03:43+00:00",
        "UpdateDate": "2015-04-09T15:03:43+00:00",
    }
    return AWSManagedPolicy.from_data(name, backend.account_id, backend.region_name, data)
