"""The AWS CLI commands behind the path checks, with the ids of what the paths pass."""

from __future__ import annotations

from collections.abc import Iterable

from runbook_lib.errors import FactMissing
from runbook_lib.facade.asked import Asked, aws, filter_words
from runbook_lib.model.gateways import NatGateway
from runbook_lib.model.interfaces import NetworkInterface
from runbook_lib.model.transit import TransitGatewayAttachment
from runbook_lib.network.ends import is_name

__all__ = [
    "acls",
    "between_vpcs",
    "endpoints",
    "free_addresses",
    "ingress_groups",
    "interfaces",
    "internet_gateways",
    "nat_gateways",
    "owners",
    "placement",
    "public_access",
    "routes",
    "transit_routes",
    "zones",
]

_FEW = 3
_SERVED = ("vpc-endpoint", "ec2 describe-vpc-endpoints --vpc-endpoint-ids")
_NAT = ("nat-gateway", "ec2 describe-nat-gateways --nat-gateway-ids")
_DOORS = (
    ("internet-gateway", "ec2 describe-internet-gateways --internet-gateway-ids"),
    ("egress-only-internet-gateway", "ec2 describe-egress-only-internet-gateways --egress-only-internet-gateway-ids"),
)
_BETWEEN = (
    ("vpc-peering-connection", "ec2 describe-vpc-peering-connections --vpc-peering-connection-ids"),
    ("transit-gateway-attachment", "ec2 describe-transit-gateway-attachments --transit-gateway-attachment-ids"),
    ("vpn-gateway", "ec2 describe-vpn-gateways --vpn-gateway-ids"),
    ("vpn-connection", "ec2 describe-vpn-connections --vpn-connection-ids"),
)


def placement(asked: Asked, vpc_id: str) -> list[str]:
    """Where the functions run."""
    names = sorted({name for place in asked.target.placements if place.vpc_id == vpc_id for name in place.functions})
    if len(names) > _FEW:
        return [aws(asked, vpc_id, "lambda list-functions", query="Functions[].[FunctionName,VpcConfig]")]
    command = "lambda get-function-configuration --function-name"
    return [aws(asked, vpc_id, command, name, query="VpcConfig") for name in names]


def free_addresses(asked: Asked, vpc_id: str) -> list[str]:
    """The free addresses of the subnets."""
    query = "Subnets[].[SubnetId,AvailabilityZone,AvailableIpAddressCount]"
    return [aws(asked, vpc_id, "ec2 describe-subnets --subnet-ids", *asked.target.subnets_of(vpc_id), query=query)]


def owners(asked: Asked, vpc_id: str) -> list[str]:
    """Whose the addresses, interfaces and instances are that are asked for."""
    query = "NetworkInterfaces[].[NetworkInterfaceId,VpcId,SubnetId,PrivateIpAddresses[].PrivateIpAddress]"
    command = "ec2 describe-network-interfaces --filters"
    lines = []
    for word in (word for word in asked.services if not is_name(word) and "/" not in word):
        name = {"eni-": "network-interface-id", "i-": "attachment.instance-id"}.get(word.partition("-")[0] + "-")
        own = name or ("ipv6-addresses.ipv6-address" if ":" in word else "addresses.private-ip-address")
        lines.append(aws(asked, vpc_id, command, filter_words(own, [word]), query=query))
    return lines


def interfaces(asked: Asked, vpc_id: str) -> list[str]:
    """The interfaces that the paths pass or end at, with their groups."""
    query = "NetworkInterfaces[].[NetworkInterfaceId,PrivateIpAddress,Groups[].GroupId]"
    return _met(asked, vpc_id, "network-interface", "ec2 describe-network-interfaces --network-interface-ids", query)


def ingress_groups(asked: Asked, vpc_id: str) -> list[str]:
    """What the groups of those interfaces let in."""
    met = [asked.view.find(NetworkInterface, id_) for id_ in _ids(asked, "network-interface")]
    groups = sorted({group for interface in met if interface for group in interface.group_ids})
    query = "SecurityGroups[].[GroupId,IpPermissions]"
    return [aws(asked, vpc_id, "ec2 describe-security-groups --group-ids", *groups, query=query)] if groups else []


def routes(asked: Asked, vpc_id: str) -> list[str]:
    """The routes in effect in every subnet passed, and those of regional NAT gateways."""
    tables = [gateway.route_table_id for gateway in _gateways(asked) if gateway.route_table_id]
    for subnet_id in _subnets(asked, vpc_id):
        try:
            tables.append(asked.view.route_table_of(subnet_id).id)
        except FactMissing:
            continue
    named = list(dict.fromkeys(tables))
    query = "RouteTables[].[RouteTableId,Routes]"
    return [aws(asked, vpc_id, "ec2 describe-route-tables --route-table-ids", *named, query=query)] if named else []


def acls(asked: Asked, vpc_id: str) -> list[str]:
    """The entries of the network ACL of every subnet passed, the NAT gateway's included."""
    subnets = filter_words("association.subnet-id", _subnets(asked, vpc_id))
    query = "NetworkAcls[].[NetworkAclId,Associations[].SubnetId,Entries]"
    return [aws(asked, vpc_id, "ec2 describe-network-acls --filters", subnets, query=query)]


def nat_gateways(asked: Asked, vpc_id: str) -> list[str]:
    """The NAT gateways that the paths pass, else those of the VPC."""
    query = "NatGateways[].[NatGatewayId,State,SubnetId,NatGatewayAddresses[].PublicIp]"
    in_vpc = aws(asked, vpc_id, "ec2 describe-nat-gateways --filter", filter_words("vpc-id", [vpc_id]), query=query)
    return _met(asked, vpc_id, *_NAT, query) or [in_vpc]


def internet_gateways(asked: Asked, vpc_id: str) -> list[str]:
    """The internet gateways that the paths pass, else the one attached to the VPC."""
    attached = filter_words("attachment.vpc-id", [vpc_id])
    met = [line for door in _DOORS for line in _met(asked, vpc_id, *door, "")]
    return met or [aws(asked, vpc_id, "ec2 describe-internet-gateways --filters", attached)]


def public_access(asked: Asked, vpc_id: str) -> list[str]:
    """Whether VPC Block Public Access is on in the Region."""
    query = "VpcBlockPublicAccessOptions.InternetGatewayBlockMode"
    return [aws(asked, vpc_id, "ec2 describe-vpc-block-public-access-options", query=query)]


def zones(asked: Asked, vpc_id: str) -> list[str]:
    """The zones of the subnets passed."""
    query = "Subnets[].[SubnetId,AvailabilityZone]"
    return [aws(asked, vpc_id, "ec2 describe-subnets --subnet-ids", *_subnets(asked, vpc_id), query=query)]


def endpoints(asked: Asked, vpc_id: str) -> list[str]:
    """The endpoints that the paths end at."""
    return _met(asked, vpc_id, *_SERVED, "VpcEndpoints[].[VpcEndpointId,ServiceName,State,PrivateDnsEnabled]")


def between_vpcs(asked: Asked, vpc_id: str) -> list[str]:
    """What connects the VPCs that the paths cross."""
    return [line for kind, command in _BETWEEN for line in _met(asked, vpc_id, kind, command, "")]


def transit_routes(asked: Asked, vpc_id: str) -> list[str]:
    """The routes of every transit gateway table that decides on the way."""
    met = [asked.view.find(TransitGatewayAttachment, id_) for id_ in _ids(asked, "transit-gateway-attachment")]
    tables = [found.route_table_id for found in met if found]
    command = "ec2 search-transit-gateway-routes --transit-gateway-route-table-id"
    listed = ("--filters", "Name=type,Values=static,propagated")
    return [aws(asked, vpc_id, command, table, *listed) for table in dict.fromkeys(tables) if table]


def _met(asked: Asked, vpc_id: str, kind: str, command: str, query: str) -> list[str]:
    ids = _ids(asked, kind)
    return [aws(asked, vpc_id, command, *ids, query=query)] if ids else []


def _ids(asked: Asked, kind: str) -> list[str]:
    return list(dict.fromkeys(id_ for met, id_ in asked.hops if met == kind))


def _subnets(asked: Asked, vpc_id: str) -> list[str]:
    """The target's own subnets, those passed, and those of NAT gateways."""
    homes = (gateway.subnet_id for gateway in _gateways(asked) if gateway.subnet_id)
    return list(dict.fromkeys((*asked.target.subnets_of(vpc_id), *_ids(asked, "subnet"), *homes)))


def _gateways(asked: Asked) -> Iterable[NatGateway]:
    found = (asked.view.find(NatGateway, id_) for id_ in _ids(asked, "nat-gateway"))
    return [gateway for gateway in found if gateway]
