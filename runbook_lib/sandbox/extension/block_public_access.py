"""VPC Block Public Access: the Region's mode and its exclusions, which moto does not have."""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.exceptions import EC2ClientError
from moto.ec2.responses import EC2Response
from moto.moto_api._internal import mock_random

from runbook_lib.sandbox.extension.patching import add

__all__ = ["apply"]

_MODES = ("off", "block-bidirectional", "block-ingress")


def apply() -> None:
    """Add the four calls."""
    for call in (
        describe_vpc_block_public_access_options,
        modify_vpc_block_public_access_options,
        create_vpc_block_public_access_exclusion,
        describe_vpc_block_public_access_exclusions,
    ):
        add(EC2Response, call.__name__, call)


def _options(backend: Any) -> dict[str, str]:
    if not hasattr(backend, "block_public_access"):
        backend.block_public_access = {
            "AwsAccountId": backend.account_id,
            "AwsRegion": backend.region_name,
            "State": "default-state",
            "InternetGatewayBlockMode": "off",
            "ManagedBy": "account",
            "ExclusionsAllowed": "allowed",
        }
    options: dict[str, str] = backend.block_public_access
    return options


def describe_vpc_block_public_access_options(response: Any) -> ActionResult:
    """The mode of the Region."""
    return ActionResult({"VpcBlockPublicAccessOptions": _options(response.ec2_backend)})


def modify_vpc_block_public_access_options(response: Any) -> ActionResult:
    """Change the mode of the Region."""
    mode = response._get_param("InternetGatewayBlockMode")
    if mode not in _MODES:
        raise EC2ClientError("InvalidParameterValue", f"Value ({mode}) for InternetGatewayBlockMode is invalid.")
    options = _options(response.ec2_backend)
    options.update(InternetGatewayBlockMode=mode, State="update-complete" if mode != "off" else "default-state")
    return ActionResult({"VpcBlockPublicAccessOptions": options})


def _exclusions(backend: Any) -> list[dict[str, Any]]:
    if not hasattr(backend, "block_public_access_exclusions"):
        backend.block_public_access_exclusions = []
    listed: list[dict[str, Any]] = backend.block_public_access_exclusions
    return listed


def create_vpc_block_public_access_exclusion(response: Any) -> ActionResult:
    """Exclude a VPC or a subnet from the mode."""
    backend = response.ec2_backend
    subnet_id, vpc_id = response._get_param("SubnetId"), response._get_param("VpcId")
    if bool(subnet_id) == bool(vpc_id):
        raise EC2ClientError("InvalidParameterCombination", "Specify either SubnetId or VpcId.")
    backend.get_subnet(subnet_id) if subnet_id else backend.get_vpc(vpc_id)
    kind, name = ("subnet", subnet_id) if subnet_id else ("vpc", vpc_id)
    exclusion = {
        "ExclusionId": f"vpcbpa-exclude-{mock_random.get_random_hex(17)}",
        "InternetGatewayExclusionMode": response._get_param("InternetGatewayExclusionMode"),
        "ResourceArn": f"arn:aws:ec2:{backend.region_name}:{backend.account_id}:{kind}/{name}",
        "State": "create-complete",
    }
    _exclusions(backend).append(exclusion)
    return ActionResult({"VpcBlockPublicAccessExclusion": exclusion})


def describe_vpc_block_public_access_exclusions(response: Any) -> ActionResult:
    """The exclusions of the Region."""
    return ActionResult({"VpcBlockPublicAccessExclusions": list(_exclusions(response.ec2_backend))})
