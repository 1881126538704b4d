"""Fixes for routes: the route that is missing, blackholed or points the wrong way, on either side of a path."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from runbook_lib.errors import FactMissing
from runbook_lib.fixes.changes import Change, Limit, aws, resource
from runbook_lib.fixes.edits import changed, neighbours
from runbook_lib.fixes.path_carriers import Carrier, carriers
from runbook_lib.fixes.stops import Stop, is_inside
from runbook_lib.model.fact import Network
from runbook_lib.model.vpc import Route, RouteTable, Subnet
from runbook_lib.network.routing import lookup
from runbook_lib.network.view import View

__all__ = ["add_route", "associate_subnet", "replace_blackhole", "routed"]

_MANY = 5


_ARGUMENTS = {
    "GatewayId": ("gateway_id", "gateway_id"),
    "NatGatewayId": ("nat_gateway_id", "nat_gateway_id"),
    "TransitGatewayId": ("transit_gateway_id", "transit_gateway_id"),
    "VpcPeeringConnectionId": ("vpc_peering_connection_id", "vpc_peering_connection_id"),
    "EgressOnlyInternetGatewayId": ("egress_only_gateway_id", "egress_only_internet_gateway_id"),
}


def add_route(stop: Stop) -> Iterator[Change]:
    """A route to what the packet was going to, in the table it left by: exactly there, or the usual wider block."""
    table, goal = stop.table(), stop.goal()
    if table is None or not goal:
        return
    listed = carriers(stop, table, goal)
    if len(listed) > 1:
        yield _ask_which(table, goal, listed)
        return
    for carrier in listed:
        wide = (carrier.wide,)
        if goal != wide and len(goal) <= _MANY:
            yield routed(stop, table, goal, carrier)
        if not stop.is_answer:
            yield routed(stop, table, wide, carrier)


def replace_blackhole(stop: Stop) -> Iterator[Change]:
    """Point the dead route at what carries the traffic today, or remove it where another route takes over."""
    table, goal = stop.table(), stop.goal()
    dead = _winner(stop, table, goal) if table is not None else None
    if table is None or dead is None:
        return
    alive = carriers(stop, table, goal) if dead.cidr is not None else []
    if len(alive) == 1 and dead.cidr is not None:
        yield routed(stop, table, (dead.cidr,), alive[0])
        return
    if alive:
        yield _ask_which(table, goal, alive)
    if not any(is_inside(goal, (r.cidr,)) for r in table.routes if r.cidr and not r.is_blackhole):
        return
    left = [raw for index, raw in enumerate(table.raw.get("Routes") or ()) if index != dead.index]
    named = _destination_option(dead)
    yield Change(
        title=f"Remove the dead route {dead.destination} to {dead.target} from {table.label}",
        terraform=f"# remove the route {dead.destination} -> {dead.target} of {table.id} from its configuration\n",
        cli=aws("ec2 delete-route", stop.region(), route_table_id=table.id, **named),
        edits=(changed(table, Routes=left),),
        limit=Limit.ROUTE,
    )


def associate_subnet(stop: Stop, subnet: Subnet, tables: Iterable[RouteTable]) -> Iterator[Change]:
    """Associate a subnet with another existing route table."""
    for table in tables:
        yield Change(
            title=f"Associate {subnet.label} with {table.label}",
            terraform=resource(
                "aws_route_table_association", f"{subnet.id}_{table.id}", subnet_id=subnet.id, route_table_id=table.id
            ),
            cli=_association_cli(stop, subnet, table),
            edits=tuple(_moved(stop.view, subnet, table)),
            warnings=(f"Everything in {subnet.label} is routed by {table.label} afterwards.",),
            limit=Limit.ROUTE,
        )


def routed(stop: Stop, table: RouteTable, cidrs: tuple[Network, ...], carrier: Carrier) -> Change:
    """Routes from a table to a carrier; a route to the same destination is replaced."""
    field, names = carrier.field, [str(cidr) for cidr in cidrs]
    old = [raw for raw in table.raw.get("Routes") or () if _destination(raw) in names]
    kept = [raw for raw in table.raw.get("Routes") or () if _destination(raw) not in names]
    made = [{_family(cidr): str(cidr), field: carrier.id, "State": "active", "Origin": "CreateRoute"} for cidr in cidrs]
    argument, option = _ARGUMENTS[field]
    replaced = {_destination(raw) for raw in old}
    shared = neighbours(stop.view, table, [stop.subnet_id] if stop.subnet_id else [])
    word = "Replace the route" if old else "Add a route"
    return Change(
        title=f"{word} {', '.join(names)} to {carrier.label} in {table.label}",
        terraform="\n".join(
            resource(
                "aws_route",
                f"{table.id}_{name}",
                route_table_id=table.id,
                **{_FAMILY[_family(cidr)]: name, argument: carrier.id},
            )
            for cidr, name in zip(cidrs, names, strict=True)
        ),
        cli="".join(
            aws(
                f"ec2 {'replace' if name in replaced else 'create'}-route",
                stop.region(),
                route_table_id=table.id,
                **{_FAMILY[_family(cidr)]: name, option: carrier.id},
            )
            for cidr, name in zip(cidrs, names, strict=True)
        ),
        edits=(changed(table, Routes=[*kept, *made]),),
        warnings=(
            *((carrier.warning,) if carrier.warning else ()),
            *((f"{table.label} also serves {', '.join(shared)}.",) if shared else ()),
        ),
        limit=Limit.ROUTE,
    )


# -- small words -------------------------------------------------------------------------------------------------------

_FAMILY = {
    "DestinationCidrBlock": "destination_cidr_block",
    "DestinationIpv6CidrBlock": "destination_ipv6_cidr_block",
}


def _family(cidr: Network) -> str:
    return "DestinationCidrBlock" if cidr.version == 4 else "DestinationIpv6CidrBlock"


def _destination(raw: Any) -> str | None:
    named = (raw.get(key) for key in ("DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId"))
    return next((str(name) for name in named if name), None)


def _destination_option(route: Route) -> dict[str, str]:
    if route.cidr is None:
        return {"destination_prefix_list_id": str(route.prefix_list)}
    return {_FAMILY[_family(route.cidr)]: str(route.cidr)}


def _winner(stop: Stop, table: RouteTable, goal: tuple[Network, ...]) -> Route | None:
    try:
        winners = [lookup(stop.view, table, cidr.network_address) for cidr in goal]
    except FactMissing:
        return None
    dead = [route for route in winners if route is not None and route.is_blackhole]
    return dead[0] if dead else next((route for route in table.routes if route.is_blackhole), None)


def _ask_which(table: RouteTable, goal: tuple[Network, ...], listed: list[Carrier]) -> Change:
    choices = " or ".join(carrier.label for carrier in listed)
    return Change(
        title=f"Add a route to {', '.join(map(str, goal[:_MANY]))} in {table.label}, to {choices}",
        terraform="",
        cli="",
        untried=f"Not tried: {choices} could carry the traffic; which one is meant is not in the data.",
    )


def _association_cli(stop: Stop, subnet: Subnet, table: RouteTable) -> str:
    for old in stop.view.snapshot.all(RouteTable):
        for entry in old.raw.get("Associations") or ():
            if entry.get("SubnetId") == subnet.id and entry.get("RouteTableAssociationId"):
                association = entry["RouteTableAssociationId"]
                return aws(
                    "ec2 replace-route-table-association",
                    stop.region(),
                    association_id=association,
                    route_table_id=table.id,
                )
    return aws("ec2 associate-route-table", stop.region(), subnet_id=subnet.id, route_table_id=table.id)


def _moved(view: View, subnet: Subnet, table: RouteTable) -> Iterator[Any]:
    for old in view.snapshot.all(RouteTable):
        entries = old.raw.get("Associations") or []
        kept = [entry for entry in entries if entry.get("SubnetId") != subnet.id]
        if old.id == table.id:
            yield changed(old, Associations=[*kept, {"Main": False, "SubnetId": subnet.id}])
        elif len(kept) != len(entries):
            yield changed(old, Associations=kept)
