"""Where a connection from a subnet of the embedded AWS ends, read from its VPCs as they are at this moment.

Names, routes, gateway endpoints, NAT gateways, security groups and network ACLs decide. A way that leads through what
is not known here (peering, transit gateways, appliances) is never called good.
"""

from __future__ import annotations

import hashlib
import ipaddress
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Any

__all__ = ["End", "Place", "Way", "addresses_of", "way_to"]

_Address = ipaddress.IPv4Address
_EPHEMERAL = (1024, 65_535)
_AWS = ipaddress.ip_network("52.94.0.0/20")
_WORLD = ipaddress.ip_network("198.18.0.0/15")
_HTTPS = 443


class End(StrEnum):
    """What becomes of a SYN."""

    OPEN = "open"
    NAT = "nat"
    DROPPED = "timeout"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where an environment lives; `subnet_id` is empty outside any VPC."""

    subnet_id: str = ""
    groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """Where it ends and why; `nat_gateway_id` is the gateway it leads through, `policy` an endpoint's that applies."""

    end: End
    why: str
    nat_gateway_id: str = ""
    policy: str = ""

    def allows(self, action: str, resource: str) -> bool:
        """Whether the endpoint's policy lets a request through; conditions are not looked at."""
        return not self.policy or _allows(json.loads(self.policy), action, resource)


def addresses_of(ec2: Any, place: Place, host: str) -> list[str]:
    """The addresses a name resolves to inside the place; none when it does not."""
    try:
        return [str(_Address(host))]
    except ValueError:
        pass
    if "." not in host or host.endswith((".invalid", ".internal")):
        return []
    service = _service_of(host, ec2.region_name)
    if place.subnet_id:
        vpc = ec2.get_vpc(ec2.get_subnet(place.subnet_id).vpc_id)
        if str(vpc.enable_dns_support).lower() != "true":
            return []
        if private := _private_addresses(ec2, vpc.id, service):
            return private
    for prefix_list in ec2.managed_prefix_lists.values() if service else ():
        if prefix_list.prefix_list_name == f"com.amazonaws.{ec2.region_name}.{service}":
            return [_inside(ipaddress.ip_network(_cidrs(prefix_list)[0]), host)]
    return [_inside(_AWS if service else _WORLD, host)]


def _inside(network: ipaddress.IPv4Network | ipaddress.IPv6Network, name: str) -> str:
    """An address of the network that belongs to the name for ever."""
    number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big")
    return str(network[1 + number % (network.num_addresses - 2)])


def _service_of(host: str, region: str) -> str:
    """The AWS service behind a name of this Region: `bucket.s3.ap-southeast-1.amazonaws.com` is s3; else empty."""
    front, _, rest = host.partition(f".{region}.amazonaws.com")
    return front.rpartition(".")[2] if front != host and not rest else ""


def _private_addresses(ec2: Any, vpc_id: str, service: str) -> list[str]:
    for endpoint in ec2.vpc_end_points.values() if service else ():
        if (
            endpoint.vpc_id == vpc_id
            and endpoint.vpc_endpoint_type == "Interface"
            and endpoint.service_name == f"com.amazonaws.{ec2.region_name}.{service}"
            and endpoint.private_dns_enabled
            and endpoint.state == "available"
        ):
            return [ec2.enis[interface].private_ip_address for interface in endpoint.network_interface_ids]
    return []


def way_to(ec2: Any, place: Place, address: str, port: int, source_port: int) -> Way:
    """The way of a TCP connection from a port of the place to an address."""
    if not place.subnet_id:
        return Way(end=End.OPEN, why="the function is not in a VPC")
    target = _Address(address)
    subnet = ec2.get_subnet(place.subnet_id)
    groups = [ec2.get_security_group_from_id(group) for group in place.groups]
    if not any(_rule_allows(ec2, rule, target, port) for group in groups for rule in group.egress_rules):
        return Way(end=End.DROPPED, why="no rule of the security groups lets it out")
    if not _acl_allows(ec2, subnet.id, target, True, port) or not _acl_allows(
        ec2, subnet.id, target, False, source_port
    ):
        return Way(end=End.DROPPED, why="the network ACL of the subnet denies it")
    route = _route(ec2, subnet, target)
    if route is None:
        return Way(end=End.DROPPED, why="no route leads there")
    if route.state != "active":
        return Way(end=End.DROPPED, why="the route is a blackhole")
    return _along(ec2, place, route, target, port)


def _along(ec2: Any, place: Place, route: Any, target: _Address, port: int) -> Way:
    if route.local:
        return _inside_vpc(ec2, place, ec2.get_subnet(place.subnet_id), target, port)
    if route.nat_gateway is not None:
        return _through_nat(ec2, route.nat_gateway)
    gateway_id = str(route.gateway_id or "")
    if gateway_id.startswith("vpce-"):
        endpoint = ec2.vpc_end_points[gateway_id]
        if endpoint.state != "available":
            return Way(end=End.DROPPED, why=f"{gateway_id} is {endpoint.state}")
        return Way(end=End.OPEN, why=f"through {gateway_id}", policy=str(endpoint.policy_document or ""))
    if gateway_id.startswith("igw-"):
        return Way(end=End.DROPPED, why="an interface of Lambda has no public address")
    return Way(end=End.UNKNOWN, why=f"the route {route.id}")


def _through_nat(ec2: Any, gateway: Any) -> Way:
    if gateway.state != "available":
        return Way(end=End.DROPPED, why=f"{gateway.id} is {gateway.state}")
    if getattr(gateway, "connectivity_type", "public") != "public":
        return Way(end=End.UNKNOWN, why=f"the private NAT gateway {gateway.id}")
    table = ec2.route_tables.get(gateway.route_table_id) if getattr(gateway, "route_table_id", None) else None
    onward = (table or _table(ec2, ec2.get_subnet(gateway.subnet_id))).routes
    default = next((route for route in onward if route.destination_cidr_block == "0.0.0.0/0"), None)
    if default is None or not str(default.gateway_id).startswith("igw-") or default.state != "active":
        return Way(end=End.DROPPED, why=f"{gateway.id} has no way to the internet")
    if _is_blocked(ec2, gateway):
        return Way(end=End.DROPPED, why="VPC Block Public Access stops it")
    return Way(end=End.NAT, why=f"through {gateway.id}", nat_gateway_id=gateway.id)


def _is_blocked(ec2: Any, gateway: Any) -> bool:
    mode = getattr(ec2, "block_public_access", {}).get("InternetGatewayBlockMode", "off")
    excluded = "".join(item["ResourceArn"] + " " for item in getattr(ec2, "block_public_access_exclusions", ()))
    return mode == "block-bidirectional" and not any(
        f"/{item} " in excluded for item in (gateway.subnet_id, gateway.vpc_id) if item
    )


def _inside_vpc(ec2: Any, place: Place, subnet: Any, target: _Address, port: int) -> Way:
    interface = next((item for item in ec2.enis.values() if item.private_ip_address == str(target)), None)
    if interface is None or interface.subnet.vpc_id != subnet.vpc_id:
        return Way(end=End.DROPPED, why="no interface has this address")
    source = next(ipaddress.IPv4Network(subnet.cidr_block).hosts())
    rules = [rule for group in interface._group_set for rule in group.ingress_rules]
    if any(_rule_allows(ec2, rule, source, port, place.groups) for rule in rules):
        return Way(end=End.OPEN, why=f"to {interface.id}")
    return Way(end=End.DROPPED, why=f"the security groups of {interface.id} let it not in")


def _route(ec2: Any, subnet: Any, target: _Address) -> Any:
    """The most specific route to the target; None when there is none."""
    found = [
        (network.prefixlen, route)
        for route in _table(ec2, subnet).routes
        for network in _networks(ec2, route)
        if target in network
    ]
    return max(found, key=lambda item: item[0])[1] if found else None


def _table(ec2: Any, subnet: Any) -> Any:
    tables = [table for table in ec2.route_tables.values() if table.vpc_id == subnet.vpc_id]
    own = (table for table in tables if subnet.id in table._associations.values())
    return next(own, None) or next(table for table in tables if table.main_association_id)


def _networks(ec2: Any, route: Any) -> Iterator[ipaddress.IPv4Network]:
    if route.destination_cidr_block:
        yield ipaddress.IPv4Network(route.destination_cidr_block)
    elif route.destination_prefix_list is not None:
        yield from (ipaddress.IPv4Network(cidr) for cidr in _cidrs(route.destination_prefix_list) if ":" not in cidr)


def _cidrs(prefix_list: Any) -> list[str]:
    return [entry["Cidr"] for entry in list(prefix_list.entries.values())[-1]]


def _rule_allows(ec2: Any, rule: Any, peer: _Address, port: int, groups: Sequence[str] = ()) -> bool:
    if rule.ip_protocol not in ("-1", "tcp"):
        return False
    if rule.ip_protocol == "tcp" and not rule.from_port <= port <= rule.to_port:
        return False
    if cidr := rule.ip_range.get("CidrIp"):
        return peer in ipaddress.IPv4Network(cidr)
    if rule.prefix_list_id:
        listed = _cidrs(ec2.managed_prefix_lists[rule.prefix_list_id])
        return any(peer in ipaddress.IPv4Network(cidr) for cidr in listed if ":" not in cidr)
    wanted = rule.source_group.get("GroupId")
    if wanted in groups:
        return True
    members = (item for item in ec2.enis.values() if item.private_ip_address == str(peer))
    return any(group.id == wanted for interface in members for group in interface._group_set)


def _acl_allows(ec2: Any, subnet_id: str, peer: _Address, egress: bool, port: int) -> bool:
    acl = next(
        item
        for item in ec2.network_acls.values()
        if any(association.subnet_id == subnet_id for association in item.associations)
    )
    for entry in sorted(acl.network_acl_entries, key=lambda item: int(item.rule_number)):
        if str(entry.egress).lower() != str(egress).lower() or not entry.cidr_block:
            continue
        if str(entry.protocol) not in ("-1", "6") or peer not in ipaddress.IPv4Network(entry.cidr_block):
            continue
        first, last = entry.port_range_from, entry.port_range_to
        if str(entry.protocol) == "-1" or first is None or int(first) <= port <= int(last):
            return bool(entry.rule_action == "allow")
    return False


def _allows(policy: dict[str, Any], action: str, resource: str) -> bool:
    effects = {
        str(statement["Effect"])
        for statement in _listed(policy.get("Statement"))
        if any(fnmatchcase(action.lower(), str(pattern).lower()) for pattern in _listed(statement.get("Action")))
        and any(fnmatchcase(resource, str(pattern)) for pattern in _listed(statement.get("Resource")))
    }
    return effects == {"Allow"}


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]
