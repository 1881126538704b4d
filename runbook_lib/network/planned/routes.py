"""Route tables, routes and associations of a plan."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from runbook_lib.network.planned.draft import Draft
from runbook_lib.network.planned.references import Undecided
from runbook_lib.network.planned.values import Block, Change

__all__ = [
    "add_route",
    "association",
    "association_gone",
    "main_association",
    "main_association_gone",
    "remove_routes_to",
    "route",
    "route_gone",
    "table",
    "table_gone",
]

Json = dict[str, Any]

_TARGETS = {
    "gateway_id": "GatewayId",
    "vpc_endpoint_id": "GatewayId",
    "nat_gateway_id": "NatGatewayId",
    "transit_gateway_id": "TransitGatewayId",
    "vpc_peering_connection_id": "VpcPeeringConnectionId",
    "egress_only_gateway_id": "EgressOnlyInternetGatewayId",
    "network_interface_id": "NetworkInterfaceId",
    "instance_id": "InstanceId",
    "carrier_gateway_id": "CarrierGatewayId",
    "local_gateway_id": "LocalGatewayId",
    "core_network_arn": "CoreNetworkArn",
}
_DESTINATIONS = {
    "cidr_block": "DestinationCidrBlock",
    "ipv6_cidr_block": "DestinationIpv6CidrBlock",
    "prefix_list_id": "DestinationPrefixListId",
}


def table(draft: Draft, change: Change) -> None:
    """A route table with its inline routes, if the configuration has any."""
    if not change.is_made and not change.differs("route"):
        return
    with draft.unsure("RouteTables", change.id, change.address):
        if change.is_made:
            vpc_id = change.after.text("vpc_id")
            routes = [
                {"DestinationCidrBlock": entry["CidrBlock"], "GatewayId": "local", "State": "active"}
                for entry in (draft.find("Vpcs", vpc_id) or {}).get("CidrBlockAssociationSet") or ()
            ]
            if not routes:
                raise Undecided("vpc_id")
            made = {"RouteTableId": change.id, "VpcId": vpc_id, "Associations": [], "Routes": routes}
            draft.put("RouteTables", made, vpc_id)
        blocks = change.after.blocks("route")
        found = draft.find("RouteTables", change.id)
        if found is None or blocks is None:
            return
        found["Routes"] = [raw for raw in found.get("Routes") or () if _is_kept(raw)]
        for block in blocks:
            add_route(found, _route(draft, change.address, block, ""))


def _is_kept(raw: Json) -> bool:
    """Local, propagated and gateway-endpoint routes are no inline routes."""
    endpoint = str(raw.get("GatewayId") or "").startswith("vpce-") and raw.get("DestinationPrefixListId")
    return raw.get("GatewayId") == "local" or raw.get("Origin") == "EnableVgwRoutePropagation" or bool(endpoint)


def table_gone(draft: Draft, change: Change) -> None:
    """A route table that goes away; its subnets fall back to the main table."""
    draft.drop("RouteTables", change.old_id)


def route(draft: Draft, change: Change) -> None:
    """One route; one whose target is not known yet stays in the table without a target."""
    table_id = None
    with draft.unsure("RouteTables", None, change.address):
        table_id = change.after.text("route_table_id")
    with draft.unsure("RouteTables", table_id, change.address):
        found = draft.find("RouteTables", table_id)
        if found is not None:
            route_gone(draft, change)
            add_route(found, _route(draft, change.address, change.after, "destination_"))


def route_gone(draft: Draft, change: Change) -> None:
    """One route that goes away."""
    found = draft.find("RouteTables", change.before.get("route_table_id"))
    names = [change.before.get(f"destination_{name}") for name in _DESTINATIONS]
    if found is not None:
        found["Routes"] = [raw for raw in found.get("Routes") or () if _destination(raw) not in names]


def add_route(found: Json, raw: Json) -> None:
    """Put a route into a table, in place of one to the same destination."""
    kept = [other for other in found.get("Routes") or () if _destination(other) != _destination(raw)]
    found["Routes"] = [*kept, raw]


def _destination(raw: Json) -> Any:
    return next((raw[field] for field in _DESTINATIONS.values() if raw.get(field)), None)


def _route(draft: Draft, address: str, block: Block, prefix: str) -> Json:
    made: Json = {"State": "active", "Origin": "CreateRoute"}
    for name, field in _DESTINATIONS.items():
        wanted = f"{prefix}{name}" if prefix or name != "prefix_list_id" else "destination_prefix_list_id"
        value = block.text(wanted)
        if value is not None:
            made[field] = value
    if len(made) == 2:
        raise Undecided("the destination of a route")
    return made | _target(draft, address, block)


def _target(draft: Draft, address: str, block: Block) -> Json:
    """The target of a route; empty when it is known only after apply, and the tracer then says unknown."""
    made: Json = {}
    for name, field in _TARGETS.items():
        with suppress(Undecided):
            value = block.text(name)
            made |= {field: value} if value is not None else {}
    if not made:
        draft.undecided.append(f"{address}: the target of the route is known only after apply")
    return made


def remove_routes_to(draft: Draft, target: str, *, blackhole: bool) -> None:
    """What happens to routes when their target goes away: dead, or (for gateway endpoints) gone."""
    for found in draft.all("RouteTables"):
        for raw in found.get("Routes") or ():
            if target in raw.values():
                raw["State"] = "blackhole"
        if not blackhole:
            found["Routes"] = [raw for raw in found.get("Routes") or () if target not in raw.values()]


# -- associations ------------------------------------------------------------------------------------------------------


def association(draft: Draft, change: Change) -> None:
    """A subnet or gateway that uses a table from now on."""
    if not change.is_made:
        association_gone(draft, change)
    subnet_id = gateway_id = None
    with draft.unsure("Subnets", None, change.address):
        subnet_id = change.after.text("subnet_id")
    with draft.unsure("RouteTables", None, change.address):
        gateway_id = change.after.text("gateway_id")
    if subnet_id is None and gateway_id is None:
        return
    with draft.unsure("Subnets" if subnet_id else "InternetGateways", subnet_id or gateway_id, change.address):
        found = draft.find("RouteTables", change.after.text("route_table_id"))
        if found is None:
            raise Undecided("route_table_id")
        _leave(draft, subnet_id, gateway_id)
        entry = {"SubnetId": subnet_id} if subnet_id else {"GatewayId": gateway_id}
        found["Associations"] = [*(found.get("Associations") or ()), {"Main": False, **entry}]


def association_gone(draft: Draft, change: Change) -> None:
    """A subnet that falls back to the main table."""
    _leave(draft, change.before.get("subnet_id"), change.before.get("gateway_id"))


def _leave(draft: Draft, subnet_id: str | None, gateway_id: str | None) -> None:
    for found in draft.all("RouteTables"):
        found["Associations"] = [
            entry
            for entry in found.get("Associations") or ()
            if not (subnet_id and entry.get("SubnetId") == subnet_id)
            and not (gateway_id and entry.get("GatewayId") == gateway_id)
        ]


def main_association(draft: Draft, change: Change) -> None:
    """Another table becomes the main one of a VPC."""
    vpc_id = None
    with draft.unsure("RouteTables", None, change.address):
        vpc_id = change.after.text("vpc_id")
    if vpc_id is not None:
        with draft.unsure("RouteTables", _main(draft, vpc_id), change.address):
            _make_main(draft, vpc_id, change.after.text("route_table_id"))


def main_association_gone(draft: Draft, change: Change) -> None:
    """The table that was the main one before Terraform becomes it again."""
    _make_main(draft, str(change.before.get("vpc_id")), change.before.get("original_route_table_id"))


def _main(draft: Draft, vpc_id: str) -> str | None:
    for found in draft.all("RouteTables"):
        if found.get("VpcId") == vpc_id and any(entry.get("Main") for entry in found.get("Associations") or ()):
            return str(found["RouteTableId"])
    return None


def _make_main(draft: Draft, vpc_id: str, table_id: str | None) -> None:
    new = draft.find("RouteTables", table_id)
    if new is None:
        raise Undecided("route_table_id")
    for found in draft.all("RouteTables"):
        if found.get("VpcId") == vpc_id:
            found["Associations"] = [entry for entry in found.get("Associations") or () if not entry.get("Main")]
    new["Associations"] = [*(new.get("Associations") or ()), {"Main": True}]
