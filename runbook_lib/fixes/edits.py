"""What a proposed change does to a snapshot, object by object."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import ip_address
from typing import Any

from runbook_lib.model.fact import Fact, Raw
from runbook_lib.model.interfaces import NetworkInterface
from runbook_lib.model.vpc import RouteTable, Subnet
from runbook_lib.network.view import View
from runbook_lib.network.whatif import Edit

__all__ = ["added", "changed", "endpoint_interface", "neighbours", "route_added"]


def changed(fact: Fact, **fields: Any) -> Edit:
    """The same object with other values in some fields."""
    return Edit(key=fact.KEY, scope=fact.scope, id=fact.id, value={**fact.raw, **fields})


def added(kind: type[Fact], like: Fact, id_: str, raw: Raw) -> Edit:
    """A new object in the account and Region of another one."""
    return Edit(key=kind.KEY, scope=like.scope, id=id_, value=raw)


def route_added(table: RouteTable, prefix_list_id: str, endpoint_id: str) -> Edit:
    """The route that AWS adds when a gateway endpoint is associated with a table."""
    made = {"DestinationPrefixListId": prefix_list_id, "GatewayId": endpoint_id, "State": "active"}
    kept = [
        route
        for route in table.raw.get("Routes") or ()
        if route.get("DestinationPrefixListId") != prefix_list_id or route.get("State") != "blackhole"
    ]
    return changed(table, Routes=[*kept, made])


def endpoint_interface(view: View, subnet: Subnet, endpoint_id: str, group_ids: Iterable[str]) -> Edit:
    """The network interface that an interface endpoint gets in a subnet, at its last free address."""
    cidr = next(cidr for cidr in subnet.cidrs if cidr.version == 4)
    taken = {ip for item in view.interfaces_in(subnet.id) for ip in item.private_ips}
    address = int(cidr.broadcast_address) - 1
    while ip_address(address) in taken:
        address -= 1
    id_ = f"eni-of-{endpoint_id}-{subnet.id}"
    raw = {
        "NetworkInterfaceId": id_,
        "VpcId": subnet.vpc_id,
        "SubnetId": subnet.id,
        "InterfaceType": "vpc_endpoint",
        "Groups": [{"GroupId": group_id} for group_id in group_ids],
        "PrivateIpAddresses": [{"PrivateIpAddress": str(ip_address(address)), "Primary": True}],
    }
    return added(NetworkInterface, subnet, id_, raw)


def neighbours(view: View, table: RouteTable, subnet_ids: Iterable[str]) -> tuple[str, ...]:
    """Labels of the other subnets that use a route table, as far as they are known; ordered by id."""
    known = (subnet for subnet in view.snapshot.all(Subnet) if subnet.vpc_id == table.vpc_id)
    others = (subnet for subnet in known if subnet.id not in set(subnet_ids))
    return tuple(subnet.label for subnet in others if view.route_table_of(subnet.id).id == table.id)
