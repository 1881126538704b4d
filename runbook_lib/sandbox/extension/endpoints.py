"""VPC endpoints: real interfaces, DNS names and states; association changes also change the prefix-list routes."""

from __future__ import annotations

import json
from typing import Any

from moto.ec2.exceptions import EC2ClientError, InvalidServiceName
from moto.ec2.models import EC2Backend
from moto.ec2.models.vpcs import VPCEndPoint
from moto.ec2.responses import EC2Response
from moto.moto_api._internal import mock_random

from runbook_lib.sandbox.extension.interfaces import managed_interface, release
from runbook_lib.sandbox.extension.patching import wrap

__all__ = ["apply"]

_GATEWAY_SERVICES = ("s3", "dynamodb")
_SERVICES = frozenset(
    {
        "athena",
        "autoscaling",
        "cloudformation",
        "codebuild",
        "dynamodb",
        "ec2",
        "ec2messages",
        "ecr.api",
        "ecr.dkr",
        "ecs",
        "elasticloadbalancing",
        "email-smtp",
        "events",
        "execute-api",
        "firehose",
        "glue",
        "kinesis-streams",
        "kms",
        "lambda",
        "logs",
        "monitoring",
        "rds",
        "redshift",
        "s3",
        "secretsmanager",
        "sns",
        "sqs",
        "ssm",
        "ssmmessages",
        "states",
        "sts",
        "xray",
    }
)


def apply() -> None:
    """Patch creation, modification and deletion of VPC endpoints."""
    wrap(EC2Response, "create_vpc_endpoint", _create_response)
    wrap(EC2Response, "modify_vpc_endpoint", _modify_response)
    wrap(EC2Backend, "create_vpc_endpoint", _create)
    wrap(EC2Backend, "delete_vpc_endpoints", _delete)


def _create_response(original: Any, response: Any) -> Any:
    result = original(response)
    endpoint = result.result["VpcEndpoint"]
    _describe(endpoint, response._get_param("IpAddressType"), response._get_param("DnsOptions") or {})
    return result


def _describe(endpoint: Any, ip_address_type: str | None, options: dict[str, Any]) -> None:
    gateway = endpoint.vpc_endpoint_type == "Gateway"
    endpoint.ip_address_type = ip_address_type or "ipv4"
    endpoint.requester_managed = False
    record = options.get("DnsRecordIpType") or ("service-defined" if gateway else endpoint.ip_address_type)
    endpoint.dns_options = {"DnsRecordIpType": record}
    if not gateway:
        only = options.get("PrivateDnsOnlyForInboundResolverEndpoint", False)
        endpoint.dns_options["PrivateDnsOnlyForInboundResolverEndpoint"] = only


def _create(original: Any, backend: Any, vpc_id: str, service_name: str, endpoint_type: Any, **kwargs: Any) -> Any:
    kind = endpoint_type or "Gateway"
    _check_service(backend.region_name, service_name, kind)
    if kind == "Gateway":
        kwargs["private_dns_enabled"] = False
        _check_tables(backend, vpc_id, service_name, kwargs.get("route_table_ids") or [])
        return original(backend, vpc_id, service_name, kind, **kwargs)
    subnets = kwargs.pop("subnet_ids", None) or []
    if kwargs.get("private_dns_enabled"):
        _check_private_dns(backend, vpc_id, service_name)
    for subnet_id in subnets:
        _check_subnet(backend, vpc_id, subnet_id)
    groups = kwargs.pop("security_group_ids", None) or [backend.get_default_security_group(vpc_id).id]
    endpoint = original(backend, vpc_id, service_name, kind, security_group_ids=groups, subnet_ids=[], **kwargs)
    endpoint.subnet_ids = list(subnets)
    endpoint.dns_suffix = mock_random.get_random_hex(8)
    for subnet_id in subnets:
        _add_interface(backend, endpoint, subnet_id)
    endpoint.dns_entries = _dns_entries(backend, endpoint)
    return endpoint


def _check_service(region: str, service_name: str, kind: str) -> None:
    short = service_name.removeprefix(f"com.amazonaws.{region}.")
    own = service_name.startswith(f"com.amazonaws.vpce.{region}.vpce-svc-")
    if not own and (short == service_name or short not in _SERVICES):
        raise InvalidServiceName(service_name)
    if kind == "Gateway" and short not in _GATEWAY_SERVICES:
        raise EC2ClientError(
            "InvalidParameter",
            f"Endpoint type (Gateway) does not match available service types ([Interface]) of {short}.",
        )


def _check_tables(backend: Any, vpc_id: str, service_name: str, tables: list[str], own_id: str = "") -> None:
    taken = {
        table
        for endpoint in backend.vpc_end_points.values()
        if endpoint.service_name == service_name and endpoint.state != "deleted" and endpoint.id != own_id
        for table in endpoint.route_table_ids
    }
    for table_id in tables:
        if backend.get_route_table(table_id).vpc_id != vpc_id:
            raise EC2ClientError("InvalidParameter", f"Route table {table_id} and VPC {vpc_id} do not belong together.")
        if table_id in taken:
            raise EC2ClientError(
                "RouteAlreadyExists", f"route table {table_id} already has a route with destination of {service_name}"
            )


def _check_private_dns(backend: Any, vpc_id: str, service_name: str) -> None:
    vpc = backend.get_vpc(vpc_id)
    if not (_true(vpc.enable_dns_support) and _true(vpc.enable_dns_hostnames)):
        raise EC2ClientError(
            "InvalidParameter",
            "Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC attributes set to true "
            f"for {vpc_id}",
        )
    for other in backend.vpc_end_points.values():
        same = other.vpc_id == vpc_id and other.service_name == service_name and other.state != "deleted"
        if same and other.vpc_endpoint_type == "Interface" and other.private_dns_enabled:
            raise EC2ClientError(
                "InvalidParameter",
                "private-dns-enabled cannot be set because there is already a conflicting DNS domain for "
                f"{service_name} in the VPC {vpc_id}",
            )


def _true(value: Any) -> bool:
    return str(value).lower() == "true"


def _check_subnet(backend: Any, vpc_id: str, subnet_id: str) -> None:
    if backend.get_subnet(subnet_id).vpc_id != vpc_id:
        raise EC2ClientError("InvalidParameter", f"Subnet {subnet_id} does not belong to VPC {vpc_id}.")


def _add_interface(backend: Any, endpoint: Any, subnet_id: str) -> None:
    interface = managed_interface(
        backend,
        subnet_id,
        kind="vpc_endpoint",
        description=f"VPC Endpoint Interface {endpoint.id}",
        group_ids=tuple(endpoint.security_group_ids),
        requester="555500001111",
    )
    endpoint.network_interface_ids.append(interface.id)


def _dns_entries(backend: Any, endpoint: Any) -> list[dict[str, str]]:
    region = backend.region_name
    short = endpoint.service_name.removeprefix(f"com.amazonaws.{region}.")
    base, domain = f"{endpoint.id}-{endpoint.dns_suffix}", f"{short}.{region}.vpce.amazonaws.com"
    star = "*." if short == "s3" else ""
    zones = [backend.get_subnet(subnet_id).availability_zone for subnet_id in endpoint.subnet_ids]
    names = [f"{star}{base}.{domain}", *(f"{star}{base}-{zone}.{domain}" for zone in zones)]
    entries = [{"DnsName": name, "HostedZoneId": "Z18LLCSTV4NVNL"} for name in names]
    if endpoint.private_dns_enabled:
        private = [f"*.s3.{region}.amazonaws.com"] if short == "s3" else []
        entries += [
            {"DnsName": name, "HostedZoneId": "Z0812345EXAMPLE"}
            for name in [f"{short}.{region}.amazonaws.com", *private]
        ]
    return entries


def _modify_response(original: Any, response: Any) -> Any:
    backend = response.ec2_backend
    endpoint = backend.get_vpc_end_point(response._get_param("VpcEndpointId"))
    added = [t for t in response._get_param("AddRouteTableIds", []) if t not in endpoint.route_table_ids]
    removed = [t for t in response._get_param("RemoveRouteTableIds", []) if t in endpoint.route_table_ids]
    _check_tables(backend, endpoint.vpc_id, endpoint.service_name, added, endpoint.id)
    private_dns = response._get_bool_param("PrivateDnsEnabled")
    if private_dns and not endpoint.private_dns_enabled:
        _check_private_dns(backend, endpoint.vpc_id, endpoint.service_name)
    if response._get_bool_param("ResetPolicy"):
        endpoint.policy_document = json.dumps(VPCEndPoint.DEFAULT_POLICY)
    result = original(response)
    _change_routes(backend, endpoint, added, removed)
    if endpoint.vpc_endpoint_type == "Interface":
        if private_dns is not None:
            endpoint.private_dns_enabled = private_dns
        _follow_subnets(backend, endpoint)
    if response._get_param("IpAddressType") or response._get_param("DnsOptions"):
        options = {**endpoint.dns_options, **(response._get_param("DnsOptions") or {})}
        _describe(endpoint, response._get_param("IpAddressType") or endpoint.ip_address_type, options)
    return result


def _change_routes(backend: Any, endpoint: Any, added: list[str], removed: list[str]) -> None:
    prefix_list = endpoint.destination_prefix_list_id
    for table_id in added:
        backend.create_route(table_id, None, gateway_id=endpoint.id, destination_prefix_list_id=prefix_list)
    for table_id in removed:
        backend.delete_route(table_id, None, destination_prefix_list_id=prefix_list)


def _follow_subnets(backend: Any, endpoint: Any) -> None:
    present = {backend.enis[i].subnet.id: i for i in endpoint.network_interface_ids if i in backend.enis}
    for subnet_id in endpoint.subnet_ids:
        if subnet_id not in present:
            _add_interface(backend, endpoint, subnet_id)
    for subnet_id, interface_id in present.items():
        if subnet_id not in endpoint.subnet_ids:
            release(backend, interface_id)
            endpoint.network_interface_ids.remove(interface_id)
    groups = [backend.get_security_group_from_id(group_id) for group_id in endpoint.security_group_ids]
    for interface_id in endpoint.network_interface_ids:
        backend.enis[interface_id]._group_set = groups
    endpoint.dns_entries = _dns_entries(backend, endpoint)


def _delete(original: Any, backend: Any, vpce_ids: list[str] | None = None) -> None:
    for endpoint_id in vpce_ids or []:
        endpoint = backend.get_vpc_end_point(endpoint_id)
        for interface_id in endpoint.network_interface_ids:
            release(backend, interface_id)
        _change_routes(backend, endpoint, [], endpoint.route_table_ids if endpoint.destination_prefix_list_id else [])
        endpoint.state = "deleted"
