"""Fixes for routes: associate a gateway endpoint with a route table, remove a route that takes its traffic away."""

from __future__ import annotations

from collections.abc import Iterator

from runbook_lib.checks.base import Settings
from runbook_lib.checks.endpoints import common
from runbook_lib.fixes.base import Proposal
from runbook_lib.fixes.edits import changed, neighbours, route_added
from runbook_lib.fixes.text import cli, terraform
from runbook_lib.model.finding import Finding
from runbook_lib.model.gateways import VpcEndpoint
from runbook_lib.model.vpc import Route, RouteTable
from runbook_lib.network.routing import decide
from runbook_lib.network.view import View

__all__ = ["associate", "cutover_warnings", "restore_route"]

_TERRAFORM_TARGETS = {
    "TransitGatewayId": "transit_gateway_id",
    "VpcPeeringConnectionId": "vpc_peering_connection_id",
    "GatewayId": "gateway_id",
    "NatGatewayId": "nat_gateway_id",
    "EgressOnlyInternetGatewayId": "egress_only_gateway_id",
    "NetworkInterfaceId": "network_interface_id",
    "VpcEndpointId": "vpc_endpoint_id",
    "LocalGatewayId": "local_gateway_id",
    "CarrierGatewayId": "carrier_gateway_id",
    "CoreNetworkArn": "core_network_arn",
}


def associate(view: View, settings: Settings, finding: Finding) -> Iterator[Proposal]:
    """END003: associate the endpoint with the subnet's route table; one change for all subnets of that table."""
    subnet, service = view.subnet(finding.resource.id), finding.scope
    table = view.route_table_of(subnet.id)
    for endpoint in common.gateways(view, subnet.vpc_id, service)[:1]:
        yield _association(view, settings, endpoint, table, service)


def restore_route(view: View, settings: Settings, finding: Finding) -> Iterator[Proposal]:
    """END004: associate the endpoint, associate it anew, or remove the routes that win over it."""
    subnet, service = view.subnet(finding.resource.id), finding.scope
    table = view.route_table_of(subnet.id)
    endpoints = common.gateways(view, subnet.vpc_id, service)
    ids = {endpoint.id for endpoint in endpoints}
    own = [route for route in table.routes if route.target in ids]
    if not own:
        yield _association(view, settings, endpoints[0], table, service)
        return
    listed = view.service_prefix_list(subnet.vpc_id, service)
    parts = decide(view, table, listed.cidrs or ())
    winners = {part.route.index: part.route for part in parts if part.route and part.route.target not in ids}
    removable = [route for route in winners.values() if not route.is_local and route.origin in (None, "CreateRoute")]
    if removable:
        yield _removal(view, settings, table, removable, service)
    elif any(route.is_blackhole for route in own):
        yield _renewal(view, next(e for e in endpoints if e.id == own[0].target), table)


def cutover_warnings(view: View, settings: Settings, service: str, tables: list[RouteTable]) -> tuple[str, ...]:
    """What happens to running traffic when a gateway endpoint gets a route."""
    said = [
        f"Open connections to {service} through these route tables are dropped when the route appears.",
        f"{service} sees private source addresses afterwards: policies with aws:SourceIp stop matching; "
        "use aws:VpcSourceIp or aws:SourceVpce.",
    ]
    for table in tables:
        others = neighbours(view, table, settings.target.subnet_ids)
        if others:
            said.append(f"{table.label} also serves {', '.join(others)}: their traffic to {service} moves too.")
    return tuple(said)


def _association(view: View, settings: Settings, endpoint: VpcEndpoint, table: RouteTable, service: str) -> Proposal:
    values = {
        "endpoint_id": endpoint.id,
        "table_id": table.id,
        "region": view.region_of(table.vpc_id),
    }
    listed = view.service_prefix_list(table.vpc_id, service)
    tables = [*endpoint.route_table_ids, *([] if table.id in endpoint.route_table_ids else [table.id])]
    return Proposal(
        title=f"Associate {endpoint.label} with {table.label}",
        terraform=terraform("association", **values),
        cli=cli("association", **values),
        edits=(changed(endpoint, RouteTableIds=tables), route_added(table, listed.id, endpoint.id)),
        warnings=cutover_warnings(view, settings, service, [table]),
    )


def _removal(view: View, settings: Settings, table: RouteTable, routes: list[Route], service: str) -> Proposal:
    indexes = {route.index for route in routes}
    kept = [raw for index, raw in enumerate(table.raw.get("Routes") or ()) if index not in indexes]
    values = {
        "table_id": table.id,
        "routes": routes,
        "region": view.region_of(table.vpc_id),
        "arguments": _TERRAFORM_TARGETS,
    }
    listed = ", ".join(f"{route.destination} to {route.target}" for route in routes)
    others = neighbours(view, table, settings.target.subnet_ids)
    shared = (f"{table.label} also serves {', '.join(others)}.",) if others else ()
    return Proposal(
        title=f"Remove {listed} from {table.label}",
        terraform=terraform("route_removal", **values),
        cli=cli("route_removal", **values),
        edits=(changed(table, Routes=kept),),
        warnings=(
            f"Somebody sent {service} this way on purpose, for example through a firewall: ask before removing it.",
            f"Open connections to {service} through {table.label} are dropped.",
            *shared,
        ),
    )


def _renewal(view: View, endpoint: VpcEndpoint, table: RouteTable) -> Proposal:
    values = {"endpoint_id": endpoint.id, "table_id": table.id, "region": view.region_of(table.vpc_id)}
    return Proposal(
        title=f"Associate {endpoint.label} with {table.label} anew",
        terraform=terraform("association", **values),
        cli=cli("association_anew", **values),
        edits=(),
        untried="Not tried: whether AWS brings a blackhole route back to life shows only in AWS; see END002 too.",
    )
