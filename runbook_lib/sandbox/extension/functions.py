"""Lambda in a VPC: the real VpcId, validated placement, shared interfaces, logging, listings without State."""

from __future__ import annotations

import base64
import json
from typing import Any

from moto.awslambda.exceptions import InvalidParameterValueException
from moto.awslambda.models import LambdaBackend, LambdaFunction
from moto.awslambda.responses import LambdaResponse
from moto.ec2.models import ec2_backends
from moto.moto_api._internal import mock_random

from runbook_lib.sandbox.extension.interfaces import managed_interface, release
from runbook_lib.sandbox.extension.patching import replace_property, wrap

__all__ = ["LARGEST_PAGE", "apply", "set_largest_page", "settle"]

LARGEST_PAGE = 50
_largest = [LARGEST_PAGE]
_ONLY_PER_FUNCTION = (
    "State",
    "StateReason",
    "StateReasonCode",
    "LastUpdateStatus",
    "LastUpdateStatusReason",
    "LastUpdateStatusReasonCode",
)


def apply() -> None:
    """Patch creation, update, deletion and listing of functions."""
    replace_property(LambdaFunction, "vpc_config", _vpc_config)
    wrap(LambdaBackend, "create_function", _create)
    wrap(LambdaBackend, "update_function_configuration", _update)
    wrap(LambdaBackend, "delete_function", _delete)
    wrap(LambdaFunction, "get_configuration", _configuration)
    wrap(LambdaResponse, "list_functions", _list_functions)


def set_largest_page(size: int = LARGEST_PAGE) -> None:
    """Never answer more than `size` functions at once."""
    _largest[0] = size


def _vpc_config(function: Any) -> dict[str, Any] | None:
    config = function._vpc_config
    if config is None:
        return None
    backend = ec2_backends[function.account_id][function.region]
    subnets = config.get("SubnetIds") or []
    return {
        "SubnetIds": list(subnets),
        "SecurityGroupIds": list(config.get("SecurityGroupIds") or []),
        "VpcId": backend.get_subnet(subnets[0]).vpc_id if subnets else "",
        "Ipv6AllowedForDualStack": bool(config.get("Ipv6AllowedForDualStack")),
    }


def _create(original: Any, backend: Any, spec: dict[str, Any]) -> Any:
    ec2 = ec2_backends[backend.account_id][backend.region_name]
    _check_placement(ec2, spec.get("VpcConfig") or {})
    function = original(backend, spec)
    settle(backend, function)
    return function


def _update(original: Any, backend: Any, function_name: str, qualifier: str, body: dict[str, Any]) -> Any:
    ec2 = ec2_backends[backend.account_id][backend.region_name]
    _check_placement(ec2, body.get("VpcConfig") or {})
    answer = original(backend, function_name, qualifier, body)
    settle(backend, backend.get_function(function_name))
    return answer


def _delete(original: Any, backend: Any, function_name: str, qualifier: str | None = None) -> None:
    original(backend, function_name, qualifier)
    settle(backend)


def _check_placement(ec2: Any, config: dict[str, Any]) -> None:
    subnets, groups = config.get("SubnetIds") or [], config.get("SecurityGroupIds") or []
    if bool(subnets) != bool(groups):
        raise InvalidParameterValueException("SubnetIds and SecurityIds must coexist or be both empty list.")
    known = {subnet.id: subnet for zone in ec2.subnets.values() for subnet in zone.values()}
    for subnet_id in subnets:
        if subnet_id not in known:
            raise InvalidParameterValueException(
                "Error occurred while DescribeSubnets. EC2 Error Code: InvalidSubnetID.NotFound. "
                f"EC2 Error Message: The subnet ID '{subnet_id}' does not exist"
            )
    vpcs = {known[subnet_id].vpc_id for subnet_id in subnets}
    for group_id in groups:
        group = ec2.get_security_group_from_id(group_id)
        if group is None:
            raise InvalidParameterValueException(
                "Error occurred while DescribeSecurityGroups. EC2 Error Code: InvalidGroup.NotFound. "
                f"EC2 Error Message: The security group '{group_id}' does not exist"
            )
        vpcs.add(group.vpc_id)
    if len(vpcs) > 1:
        raise InvalidParameterValueException("Security Groups are required to be in the same VPC as the subnets.")


def settle(backend: Any, first: Any = None) -> None:
    """Leave one interface per subnet and group combination in use; a new one is named after the function `first`.

    An Inactive function uses none.
    """
    ec2 = ec2_backends[backend.account_id][backend.region_name]
    wanted = {
        (subnet_id, tuple(sorted(config["SecurityGroupIds"]))): function
        for function in sorted(backend.list_functions(), key=lambda f: (f is first, f.function_name))
        if (config := function.vpc_config) and getattr(function, "staged_state", {}).get("State") != "Inactive"
        for subnet_id in config["SubnetIds"]
    }
    present = {
        (interface.subnet.id, tuple(sorted(group.id for group in interface._group_set))): interface
        for interface in list(ec2.enis.values())
        if interface.interface_type == "lambda"
    }
    for place in present.keys() - wanted.keys():
        release(ec2, present[place].id)
    for (subnet_id, groups), function in wanted.items():
        if (subnet_id, groups) not in present:
            managed_interface(
                ec2,
                subnet_id,
                kind="lambda",
                description=f"AWS Lambda VPC ENI-{function.function_name}-{mock_random.uuid4()}",
                group_ids=groups,
                requester=f"AROAEXAMPLE:{backend.account_id}",
                ipv6=bool(function.vpc_config["Ipv6AllowedForDualStack"]),
            )


def _configuration(original: Any, function: Any, on_create: bool = False) -> dict[str, Any]:
    described: dict[str, Any] = original(function, on_create)
    described["LoggingConfig"] = {"LogFormat": "Text", "LogGroup": f"/aws/lambda/{function.function_name}"}
    return described | getattr(function, "staged_state", {})


def _list_functions(original: Any, response: Any) -> Any:
    listed = sorted(json.loads(original(response))["Functions"], key=lambda item: item["FunctionName"])
    for item in listed:
        for field in _ONLY_PER_FUNCTION:
            item.pop(field, None)
    start = _position(response.querystring.get("Marker", [""])[0])
    size = min(int(response.querystring.get("MaxItems", [LARGEST_PAGE])[0]), _largest[0])
    page: dict[str, Any] = {"Functions": listed[start : start + size]}
    if start + size < len(listed):
        page["NextMarker"] = base64.b64encode(str(start + size).encode()).decode()
    return json.dumps(page)


def _position(marker: str) -> int:
    if not marker:
        return 0
    try:
        return int(base64.b64decode(marker.encode(), validate=True))
    except ValueError:
        raise InvalidParameterValueException("Invalid marker.") from None
