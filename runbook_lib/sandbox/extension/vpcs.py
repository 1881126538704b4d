"""VPCs, subnets and peerings as AWS keeps them: default rules, no leftovers after a delete, blocks on both sides."""

from __future__ import annotations

from typing import Any

from moto.ec2.models import EC2Backend
from moto.ec2.models.subnets import Subnet
from moto.ec2.models.vpc_peering_connections import VPCPeeringConnection

from runbook_lib.sandbox.extension.patching import replace_property, wrap

__all__ = ["apply"]


def apply() -> None:
    """Patch creation and deletion of VPCs and subnets, and the description of peerings."""
    wrap(EC2Backend, "create_vpc", _create_vpc)
    wrap(EC2Backend, "delete_vpc", _delete_vpc)
    wrap(EC2Backend, "create_subnet", _create_subnet)
    wrap(EC2Backend, "delete_subnet", _delete_subnet)
    replace_property(Subnet, "ipv6_cidr_block_association_set", _ipv6_blocks)
    replace_property(VPCPeeringConnection, "requester_vpc_info", _requester)
    replace_property(VPCPeeringConnection, "accepter_vpc_info", _accepter)


def _create_vpc(original: Any, backend: Any, *args: Any, **kwargs: Any) -> Any:
    """The default group of a VPC admits its own members."""
    vpc = original(backend, *args, **kwargs)
    group = backend.get_default_security_group(vpc.id)
    backend.authorize_security_group_ingress(
        group.id, "-1", None, None, [], source_groups=[{"GroupId": group.id}], vpc_id=vpc.id
    )
    return vpc


def _delete_vpc(original: Any, backend: Any, vpc_id: str) -> Any:
    vpc = original(backend, vpc_id)
    for acl in [acl for acl in backend.network_acls.values() if acl.vpc_id == vpc_id]:
        del backend.network_acls[acl.id]
    return vpc


def _create_subnet(original: Any, backend: Any, vpc_id: str, *args: Any, **kwargs: Any) -> Any:
    """Only subnets of the default VPC are default subnets that hand out public addresses."""
    subnet = original(backend, vpc_id, *args, **kwargs)
    if not backend.get_vpc(vpc_id).is_default:
        subnet.default_for_az = subnet.map_public_ip_on_launch = False
    return subnet


def _delete_subnet(original: Any, backend: Any, subnet_id: str) -> Any:
    subnet = original(backend, subnet_id)
    for acl in backend.network_acls.values():
        for association in [item for item in acl.associations if item.subnet_id == subnet_id]:
            del acl._associations[association.id]
    return subnet


def _ipv6_blocks(subnet: Any) -> list[dict[str, Any]]:
    return [
        {
            "Ipv6CidrBlock": association["ipv6CidrBlock"],
            "AssociationId": association["associationId"],
            "Ipv6CidrBlockState": association["ipv6CidrBlockState"],
        }
        for association in subnet.ipv6_cidr_block_associations.values()
        if association["ipv6CidrBlockState"]["State"] == "associated"
    ]


def _requester(peering: Any) -> dict[str, Any]:
    return _side(peering.vpc, peering.requester_options)


def _accepter(peering: Any) -> dict[str, Any]:
    return _side(peering.peer_vpc, peering.accepter_options)


def _side(vpc: Any, options: dict[str, Any]) -> dict[str, Any]:
    return {
        "OwnerId": vpc.owner_id,
        "Region": vpc.region,
        "VpcId": vpc.id,
        "CidrBlock": vpc.cidr_block,
        "CidrBlockSet": [{"CidrBlock": item["cidr_block"]} for item in vpc.get_cidr_block_association_set()],
        "Ipv6CidrBlockSet": [
            {"Ipv6CidrBlock": item["cidr_block"]} for item in vpc.get_cidr_block_association_set(ipv6=True)
        ],
        "PeeringOptions": options,
    }
