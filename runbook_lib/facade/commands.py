"""The AWS CLI commands that show a reader the same facts, with the real ids of the target."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from runbook_lib.errors import FactMissing
from runbook_lib.facade import nat_commands as nat
from runbook_lib.facade import path_commands as path
from runbook_lib.facade.asked import Asked, aws, filter_words
from runbook_lib.facade.function_commands import OF_FUNCTION
from runbook_lib.model.interfaces import Function
from runbook_lib.network.ends import is_name

__all__ = ["ADDRESSES", "Asked", "commands_for"]

ADDRESSES = "addresses"
"""The step about what a destination means, which is no check."""


def commands_for(check_ids: Iterable[str], asked: Asked) -> tuple[str, ...]:
    """The commands behind these checks, one VPC after the other, each once; those about the function first."""
    ids = tuple(check_ids)
    makers = dict.fromkeys(maker for check_id in ids for maker in _COMMANDS.get(check_id, ()))
    lines = [line for vpc_id in asked.target.vpc_ids for maker in makers for line in maker(asked, vpc_id)]
    return tuple(dict.fromkeys([*_about_function(ids, asked), *lines]))


def _about_function(check_ids: Iterable[str], asked: Asked) -> list[str]:
    """The commands about the one function that is looked at; those of a VPC come beside them."""
    function = asked.view.find(Function, asked.target.name) if asked.target.kind == "function" else None
    if function is None:
        return []
    makers = dict.fromkeys(maker for check_id in check_ids for maker in OF_FUNCTION.get(check_id, ()))
    return [line for maker in makers for line in maker(asked, function)]


def _endpoints(asked: Asked, vpc_id: str) -> list[str]:
    query = "VpcEndpoints[].[VpcEndpointId,ServiceName,VpcEndpointType,State,RouteTableIds]"
    return [aws(asked, vpc_id, "ec2 describe-vpc-endpoints --filters", filter_words("vpc-id", [vpc_id]), query=query)]


def _tables(asked: Asked, vpc_id: str) -> list[str]:
    """One command: the tables of the VPC, since a subnet without a table of its own uses the main one."""
    query = "RouteTables[].[RouteTableId,Associations[].[SubnetId,Main]]"
    return [aws(asked, vpc_id, "ec2 describe-route-tables --filters", filter_words("vpc-id", [vpc_id]), query=query)]


def _routes(asked: Asked, vpc_id: str) -> list[str]:
    tables = []
    for subnet_id in asked.target.subnets_of(vpc_id):
        try:
            tables.append(asked.view.route_table_of(subnet_id).id)
        except FactMissing:
            continue
    if not tables:
        return []
    unique = list(dict.fromkeys(tables))
    return [aws(asked, vpc_id, "ec2 describe-route-tables --route-table-ids", *unique, query="RouteTables[].Routes")]


def _prefix_lists(asked: Asked, vpc_id: str) -> list[str]:
    lists = []
    for service in asked.services:
        try:
            lists.append(asked.view.service_prefix_list(vpc_id, service).id)
        except FactMissing:
            continue
    query = "PrefixLists[].[PrefixListName,Cidrs]"
    return [aws(asked, vpc_id, "ec2 describe-prefix-lists --prefix-list-ids", *lists, query=query)] if lists else []


def _groups(asked: Asked, vpc_id: str) -> list[str]:
    here = [place.group_ids for place in asked.target.placements if place.vpc_id == vpc_id]
    groups = sorted({group for groups in here for group in groups})
    query = "SecurityGroups[].[GroupId,IpPermissionsEgress]"
    return [aws(asked, vpc_id, "ec2 describe-security-groups --group-ids", *groups, query=query)] if groups else []


def _acls(asked: Asked, vpc_id: str) -> list[str]:
    subnets = filter_words("association.subnet-id", asked.target.subnets_of(vpc_id))
    return [aws(asked, vpc_id, "ec2 describe-network-acls --filters", subnets, query="NetworkAcls[].Entries")]


def _policies(asked: Asked, vpc_id: str) -> list[str]:
    query = "VpcEndpoints[].[VpcEndpointId,PolicyDocument]"
    return [aws(asked, vpc_id, "ec2 describe-vpc-endpoints --filters", filter_words("vpc-id", [vpc_id]), query=query)]


def _dns(asked: Asked, vpc_id: str) -> list[str]:
    command = "ec2 describe-vpc-attribute --vpc-id"
    names = ("enableDnsSupport", "enableDnsHostnames")
    return [aws(asked, vpc_id, command, vpc_id, "--attribute", name) for name in names]


def _interface_endpoints(asked: Asked, vpc_id: str) -> list[str]:
    filters = [filter_words("vpc-id", [vpc_id]), filter_words("vpc-endpoint-type", ["Interface"])]
    query = (
        "VpcEndpoints[].[VpcEndpointId,ServiceName,State,SubnetIds,Groups[].GroupId,PrivateDnsEnabled,IpAddressType]"
    )
    return [aws(asked, vpc_id, "ec2 describe-vpc-endpoints --filters", *filters, query=query)]


def _private_names(asked: Asked, vpc_id: str) -> list[str]:
    """The interface endpoints, where a service or host name is asked for: their private DNS may answer for it."""
    return _interface_endpoints(asked, vpc_id) if any(map(is_name, asked.services)) else []


def _bucket(asked: Asked, vpc_id: str) -> list[str]:
    if not asked.bucket:
        return []
    return [aws(asked, vpc_id, "s3api get-bucket-location --bucket", asked.bucket)]


_COMMANDS: Mapping[str, tuple[Callable[[Asked, str], list[str]], ...]] = {
    "END001": (_endpoints,),
    "END002": (_endpoints,),
    "END003": (_tables, _endpoints),
    "END004": (_routes, _prefix_lists),
    "END005": (_groups, _prefix_lists),
    "END006": (_acls, _prefix_lists),
    "END007": (_policies,),
    "END008": (_dns,),
    "END009": (_interface_endpoints,),
    "END010": (_interface_endpoints, _groups),
    "END011": (_interface_endpoints, _dns),
    "END012": (_interface_endpoints,),
    "END013": (_interface_endpoints,),
    "END014": (_bucket,),
    ADDRESSES: (path.owners, _prefix_lists, _private_names),
    "PTH001": (path.placement,),
    "PTH002": (path.free_addresses,),
    "PTH003": (_groups, path.interfaces, path.ingress_groups),
    "PTH004": (_tables, path.routes, _prefix_lists, path.between_vpcs, path.transit_routes),
    "PTH005": (path.acls,),
    "PTH006": (path.nat_gateways,),
    "PTH007": (path.internet_gateways, path.public_access),
    "PTH008": (_dns,),
    "PTH009": (path.nat_gateways, path.zones),
    "PTH010": (_groups, path.routes, path.acls, path.endpoints, path.nat_gateways, path.internet_gateways),
    "NAT001": (path.nat_gateways,),
    "NAT002": (path.nat_gateways,),
    "NAT003": (path.nat_gateways, path.routes),
    "NAT004": (path.acls,),
    "NAT005": (_tables, path.routes),
    "NAT007": (nat.metrics("ErrorPortAllocation"),),
    "NAT008": (nat.metrics("PacketsDropCount"),),
    "NAT009": (nat.metrics("ConnectionAttemptCount", "ConnectionEstablishedCount"),),
    "NAT010": (nat.metrics("IdleTimeoutCount"),),
    "NAT011": (nat.metrics("ActiveConnectionCount"),),
    "NAT012": (nat.metrics("PeakBytesPerSecond", "PeakPacketsPerSecond"),),
    "NAT013": (_endpoints, nat.metrics("BytesOutToDestination", "BytesInFromDestination")),
    "LOG001": (nat.log,),
    "LOG002": (nat.log_group,),
    "LOG003": (nat.metrics("Throttles"),),
}
