"""NAT gateways: addresses in their subnet, their own interface, states, regional mode, and errors for unknown ids."""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult
from moto.core.utils import utcnow
from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models import EC2Backend
from moto.ec2.models.nat_gateways import NatGateway
from moto.ec2.responses import EC2Response
from moto.ec2.utils import add_tag_specification, random_nat_gateway_id

from runbook_lib.sandbox.extension.interfaces import managed_interface, public_address, release
from runbook_lib.sandbox.extension.patching import replace, wrap

__all__ = ["apply"]


def apply() -> None:
    """Patch creation, description and deletion of NAT gateways."""
    replace(EC2Response, "create_nat_gateway", create_nat_gateway)
    replace(EC2Backend, "describe_nat_gateways", _describe)
    wrap(EC2Backend, "delete_nat_gateway", _delete)


def create_nat_gateway(response: Any) -> ActionResult:
    """CreateNatGateway, zonal (SubnetId) or regional (VpcId and AvailabilityMode regional)."""
    backend = response.ec2_backend
    tags = add_tag_specification(response._get_param("TagSpecifications", []))
    connectivity = response._get_param("ConnectivityType") or "public"
    if response._get_param("AvailabilityMode") == "regional":
        nat = _regional(backend, response._get_param("VpcId"), response._get_param("AvailabilityZoneAddresses", []))
    else:
        nat = _zonal(backend, response._get_param("SubnetId"), response._get_param("AllocationId"), connectivity)
    nat.connectivity_type = connectivity
    nat.add_tags(tags)
    backend.nat_gateways[nat.id] = nat
    return ActionResult({"NatGateway": nat})


def _blank(backend: Any, vpc_id: str, mode: str) -> Any:
    nat: Any = NatGateway.__new__(NatGateway)
    nat.id = random_nat_gateway_id()
    nat.ec2_backend = backend
    nat.vpc_id = vpc_id
    nat.subnet_id = None
    nat.state = "available"
    nat.failure_code = nat.failure_message = nat.delete_time = None
    nat.availability_mode = mode
    nat.route_table_id = None
    nat.address_set = []
    nat._created_at = utcnow()
    return nat


def _zonal(backend: Any, subnet_id: str | None, allocation_id: str | None, connectivity: str) -> Any:
    if not subnet_id:
        raise EC2ClientError("MissingParameter", "The request must contain the parameter SubnetId")
    if connectivity == "public" and not allocation_id:
        raise EC2ClientError("MissingParameter", "The request must contain the parameter AllocationId")
    subnet = backend.get_subnet(subnet_id)
    addresses = backend.address_by_allocation([allocation_id]) if allocation_id else []
    nat = _blank(backend, subnet.vpc_id, "zonal")
    nat.subnet_id = subnet_id
    interface = managed_interface(
        backend,
        subnet_id,
        kind="nat_gateway",
        description=f"Interface for NAT Gateway {nat.id}",
        group_ids=(),
        requester="555500002222",
    )
    address = {"NetworkInterfaceId": interface.id, "PrivateIp": interface.private_ip_address, "IsPrimary": True}
    if addresses:
        backend.associate_address(eni=interface, allocation_id=allocation_id)
        address |= {
            "AllocationId": allocation_id,
            "AssociationId": addresses[0].association_id,
            "PublicIp": addresses[0].public_ip,
        }
    nat.address_set.append(address | {"Status": "succeeded"})
    return nat


def _regional(backend: Any, vpc_id: str | None, wanted: list[dict[str, Any]]) -> Any:
    if not vpc_id:
        raise EC2ClientError("MissingParameter", "The request must contain the parameter VpcId")
    backend.get_vpc(vpc_id)
    nat = _blank(backend, vpc_id, "regional")
    nat.route_table_id = backend.create_route_table(vpc_id).id
    gateway = next((g for g in backend.internet_gateways.values() if g.vpc is not None and g.vpc.id == vpc_id), None)
    if gateway is not None:
        backend.create_route(nat.route_table_id, "0.0.0.0/0", gateway_id=gateway.id)
    subnets = [subnet for zone in backend.subnets.values() for subnet in zone.values() if subnet.vpc_id == vpc_id]
    zones = {item["AvailabilityZone"] for item in wanted} or {subnet.availability_zone for subnet in subnets}
    nat.address_set = [
        {"PublicIp": public_address(), "IsPrimary": False, "Status": "succeeded", "AvailabilityZone": zone}
        for zone in sorted(zones)
    ]
    return nat


def _describe(backend: Any, filters: Any, nat_gateway_ids: list[str] | None) -> list[Any]:
    for wanted in nat_gateway_ids or []:
        if wanted not in backend.nat_gateways:
            raise EC2ClientError("NatGatewayNotFound", f"The Nat Gateway {wanted} was not found")
    return [nat for nat in backend.nat_gateways.values() if not nat_gateway_ids or nat.id in nat_gateway_ids]


def _delete(original: Any, backend: Any, nat_gateway_id: str) -> Any:
    if nat_gateway_id not in backend.nat_gateways:
        raise EC2ClientError("NatGatewayNotFound", f"The Nat Gateway {nat_gateway_id} was not found")
    nat = original(backend, nat_gateway_id)
    nat.delete_time = utcnow()
    for address in nat.address_set:
        release(backend, address.get("NetworkInterfaceId", ""))
    return nat
