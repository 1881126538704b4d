"""VPC endpoints of a plan and what associates them."""

from __future__ import annotations

from typing import Any

from runbook_lib.network.planned.draft import Draft
from runbook_lib.network.planned.references import Undecided
from runbook_lib.network.planned.routes import add_route
from runbook_lib.network.planned.values import Change

__all__ = [
    "endpoint",
    "endpoint_gone",
    "prefix_list_of",
    "subnet_association",
    "subnet_association_gone",
    "table_association",
    "table_association_gone",
]

Json = dict[str, Any]


def endpoint(draft: Draft, change: Change) -> None:
    """A VPC endpoint with its routes or interfaces; free addresses stand in for those that AWS will choose."""
    with draft.unsure("VpcEndpoints", change.id, change.address):
        if change.is_made:
            _make(draft, change)
        found = draft.find("VpcEndpoints", change.id)
        if found is None:
            return
        if change.raw_after.get("policy") and change.differs("policy"):
            found["PolicyDocument"] = change.raw_after["policy"]
        if change.differs("private_dns_enabled"):
            found["PrivateDnsEnabled"] = change.after.flag("private_dns_enabled")
        if change.is_made or change.differs("route_table_ids"):
            _set_tables(draft, change, found)
        if change.is_made or change.differs("security_group_ids"):
            _set_groups(draft, found, change.after.many("security_group_ids"))
        if change.is_made or change.differs("subnet_ids"):
            _set_subnets(draft, change, found)


def _make(draft: Draft, change: Change) -> None:
    vpc_id, service = change.after.text("vpc_id"), change.after.text("service_name")
    if service is None:
        raise Undecided("service_name")
    raw: Json = {
        "VpcEndpointId": change.id,
        "VpcEndpointType": change.after.text("vpc_endpoint_type") or "Gateway",
        "VpcId": vpc_id,
        "ServiceName": service,
        "State": "available",
        "PrivateDnsEnabled": False,
        "RouteTableIds": [],
        "SubnetIds": [],
        "Groups": [],
        "NetworkInterfaceIds": [],
    }
    draft.put("VpcEndpoints", raw, vpc_id)


def endpoint_gone(draft: Draft, change: Change) -> None:
    """An endpoint that goes away with its routes and interfaces."""
    found = draft.find("VpcEndpoints", change.old_id) or {}
    for table_id in list(found.get("RouteTableIds") or ()):
        _unroute(draft, found, table_id)
    for interface_id in found.get("NetworkInterfaceIds") or ():
        draft.drop("NetworkInterfaces", interface_id)
    draft.drop("VpcEndpoints", change.old_id)


def prefix_list_of(draft: Draft, endpoint_id: str) -> str | None:
    """The prefix list of a gateway endpoint's service, or None when it was not read."""
    service = (draft.find("VpcEndpoints", endpoint_id) or {}).get("ServiceName")
    for listed in draft.all("PrefixLists"):
        if service and listed.get("PrefixListName") == service:
            return str(listed["PrefixListId"])
    return None


# -- gateway endpoints -------------------------------------------------------------------------------------------------


def _set_tables(draft: Draft, change: Change, found: Json) -> None:
    """Inline `route_table_ids`; None leaves the tables to association resources."""
    wanted = change.after.many("route_table_ids")
    if wanted is None:
        return
    for table_id in [t for t in found.get("RouteTableIds") or () if t not in wanted]:
        _unroute(draft, found, table_id)
    for table_id in wanted:
        _associate(draft, found, table_id, change.address)


def _associate(draft: Draft, found: Json, table_id: str, address: str) -> None:
    listed = prefix_list_of(draft, found["VpcEndpointId"])
    table = draft.find("RouteTables", table_id)
    if listed is None:
        draft.withdraw("RouteTables", table_id, f"{address}: the prefix list of {found['ServiceName']} was not read")
        return
    if table is not None:
        add_route(table, {"DestinationPrefixListId": listed, "GatewayId": found["VpcEndpointId"], "State": "active"})
    found["RouteTableIds"] = list(dict.fromkeys((*(found.get("RouteTableIds") or ()), table_id)))


def _unroute(draft: Draft, found: Json, table_id: str) -> None:
    table, own = draft.find("RouteTables", table_id), found.get("VpcEndpointId")
    if table is not None:
        table["Routes"] = [
            raw
            for raw in table.get("Routes") or ()
            if not (raw.get("DestinationPrefixListId") and raw.get("GatewayId") == own)
        ]
    found["RouteTableIds"] = [t for t in found.get("RouteTableIds") or () if t != table_id]


def table_association(draft: Draft, change: Change) -> None:
    """`aws_vpc_endpoint_route_table_association`."""
    table_id = endpoint_id = None
    with draft.unsure("RouteTables", None, change.address):
        table_id = change.after.text("route_table_id")
    if table_id is None:
        return
    with draft.unsure("RouteTables", table_id, change.address):
        endpoint_id = change.after.text("vpc_endpoint_id")
        found = draft.find("VpcEndpoints", endpoint_id)
        if found is None:
            raise Undecided("vpc_endpoint_id")
        _associate(draft, found, table_id, change.address)


def table_association_gone(draft: Draft, change: Change) -> None:
    """A table that loses its route to a gateway endpoint."""
    found = draft.find("VpcEndpoints", change.before.get("vpc_endpoint_id"))
    if found is not None:
        _unroute(draft, found, str(change.before.get("route_table_id")))


# -- interface endpoints -----------------------------------------------------------------------------------------------


def _set_groups(draft: Draft, found: Json, groups: list[str] | None) -> None:
    if groups is None:
        return
    found["Groups"] = [{"GroupId": group_id} for group_id in groups]
    for interface_id in found.get("NetworkInterfaceIds") or ():
        interface = draft.find("NetworkInterfaces", interface_id)
        if interface is not None:
            interface["Groups"] = found["Groups"]


def _set_subnets(draft: Draft, change: Change, found: Json) -> None:
    """Inline `subnet_ids`; None leaves the subnets to association resources."""
    wanted = change.after.many("subnet_ids")
    if wanted is None:
        return
    for subnet_id in [s for s in found.get("SubnetIds") or () if s not in wanted]:
        _leave(draft, found, subnet_id)
    for subnet_id in [s for s in wanted if s not in (found.get("SubnetIds") or ())]:
        _enter(draft, found, subnet_id, change.address)


def _enter(draft: Draft, found: Json, subnet_id: str, address: str) -> None:
    own = {
        "NetworkInterfaceId": f"eni-({found['VpcEndpointId']} {subnet_id})",
        "VpcId": found["VpcId"],
        "SubnetId": subnet_id,
        "InterfaceType": "vpc_endpoint",
        "Groups": found.get("Groups") or [],
        "PrivateIpAddresses": [{"PrivateIpAddress": draft.free_address(subnet_id), "Primary": True}],
    }
    draft.put("NetworkInterfaces", own, found["VpcId"])
    found["SubnetIds"] = [*(found.get("SubnetIds") or ()), subnet_id]
    found["NetworkInterfaceIds"] = [*(found.get("NetworkInterfaceIds") or ()), own["NetworkInterfaceId"]]
    draft.notes.append(f"{address}: its address in {subnet_id} is chosen at apply; a free one stands in.")


def _leave(draft: Draft, found: Json, subnet_id: str) -> None:
    for interface_id in list(found.get("NetworkInterfaceIds") or ()):
        interface = draft.find("NetworkInterfaces", interface_id)
        if interface is not None and interface.get("SubnetId") == subnet_id:
            draft.drop("NetworkInterfaces", interface_id)
            found["NetworkInterfaceIds"].remove(interface_id)
    found["SubnetIds"] = [s for s in found.get("SubnetIds") or () if s != subnet_id]


def subnet_association(draft: Draft, change: Change) -> None:
    """`aws_vpc_endpoint_subnet_association`."""
    endpoint_id = None
    with draft.unsure("VpcEndpoints", None, change.address):
        endpoint_id = change.after.text("vpc_endpoint_id")
    with draft.unsure("VpcEndpoints", endpoint_id, change.address):
        found, subnet_id = draft.find("VpcEndpoints", endpoint_id), change.after.text("subnet_id")
        if found is not None and subnet_id is not None:
            _enter(draft, found, subnet_id, change.address)


def subnet_association_gone(draft: Draft, change: Change) -> None:
    """An interface endpoint that leaves a subnet."""
    found = draft.find("VpcEndpoints", change.before.get("vpc_endpoint_id"))
    if found is not None:
        _leave(draft, found, str(change.before.get("subnet_id")))
