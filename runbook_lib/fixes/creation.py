"""Fixes that create an endpoint: the smallest one that serves the target."""

from __future__ import annotations

import json
from collections.abc import Iterator

from runbook_lib.checks.base import Settings
from runbook_lib.checks.endpoints import common
from runbook_lib.errors import FactMissing
from runbook_lib.fixes.base import Proposal
from runbook_lib.fixes.edits import added, endpoint_interface, route_added
from runbook_lib.fixes.routes import cutover_warnings
from runbook_lib.fixes.text import cli, terraform
from runbook_lib.model.filters import SecurityGroup
from runbook_lib.model.finding import Finding
from runbook_lib.model.gateways import VpcEndpoint
from runbook_lib.model.vpc import RouteTable, Subnet, Vpc
from runbook_lib.network.view import View
from runbook_lib.network.whatif import Edit

__all__ = ["create_endpoint", "wait_or_renew"]

_OPEN_POLICY = {"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}]}


def create_endpoint(view: View, settings: Settings, finding: Finding) -> Iterator[Proposal]:
    """END001: a gateway endpoint in every route table that the target uses, or an interface endpoint in its subnets."""
    if finding.scope in common.GATEWAY_SERVICES:
        yield _gateway(view, settings, finding.resource.id, finding.scope)
    else:
        yield _interface(view, settings, finding.resource.id, finding.scope)


def wait_or_renew(view: View, settings: Settings, finding: Finding) -> Iterator[Proposal]:
    """END002: wait, have it accepted, or make the endpoint anew; none of these can be tried on a snapshot."""
    endpoint = view.endpoint(finding.resource.id)
    values = {"endpoint": endpoint, "region": view.region_of(endpoint.vpc_id or ""), "state": endpoint.state}
    pending = endpoint.state in ("pending", "pendingacceptance")
    ways = {
        "pending": f"Wait until {endpoint.label} is available",
        "pendingacceptance": f"Have the owner of {endpoint.service} accept {endpoint.label}",
    }
    yield Proposal(
        title=ways.get(endpoint.state, f"Replace {endpoint.label}, which is {endpoint.state}"),
        terraform=terraform("endpoint_renewal", **values),
        cli=cli("endpoint_wait" if pending else "endpoint_renewal", **values),
        edits=(),
        untried="Not tried: a snapshot does not show what AWS will do next."
        if pending
        else f"Not tried: a new endpoint has a new id, so that the question about {endpoint.id} cannot be asked again.",
    )


def _gateway(view: View, settings: Settings, vpc_id: str, service: str) -> Proposal:
    used = {table.id: table for s in settings.target.subnets_of(vpc_id) for table in (view.route_table_of(s),)}
    tables = [used[table_id] for table_id in sorted(used)]
    vpc, region = view.vpc(vpc_id), view.region_of(vpc_id)
    values = {"vpc_id": vpc_id, "service": service, "region": region, "tables": sorted(used)}
    edits, untried = _gateway_edits(view, vpc, tables, service)
    return Proposal(
        title=f"Create a gateway endpoint for {service} in {vpc.label}, for {', '.join(t.label for t in tables)}",
        terraform=terraform("gateway_endpoint", **values),
        cli=cli("gateway_endpoint", **values),
        edits=edits,
        untried=untried,
        warnings=(
            *cutover_warnings(view, settings, service, tables),
            "The policy of the new endpoint allows everything; narrow it once it works.",
        ),
    )


def _gateway_edits(view: View, vpc: Vpc, tables: list[RouteTable], service: str) -> tuple[tuple[Edit, ...], str]:
    """The endpoint and its routes; without the prefix list no route can be drawn, and the second value says so."""
    id_ = f"vpce-proposed-{service}"
    raw = {
        "VpcEndpointId": id_,
        "VpcEndpointType": "Gateway",
        "VpcId": vpc.id,
        "ServiceName": f"com.amazonaws.{view.region_of(vpc.id)}.{service}",
        "State": "available",
        "RouteTableIds": [table.id for table in tables],
        "PolicyDocument": json.dumps(_OPEN_POLICY),
    }
    try:
        listed = view.service_prefix_list(vpc.id, service)
    except FactMissing as gap:
        return (), f"Not tried: {gap}."
    return (added(VpcEndpoint, vpc, id_, raw), *(route_added(table, listed.id, id_) for table in tables)), ""


def _interface(view: View, settings: Settings, vpc_id: str, service: str) -> Proposal:
    subnets = _one_per_zone(view, settings.target.subnets_of(vpc_id))
    callers = sorted({g for p in settings.target.placements if p.vpc_id == vpc_id for g in p.group_ids})
    region, vpc = view.region_of(vpc_id), view.vpc(vpc_id)
    values = {
        "vpc_id": vpc_id,
        "service": service,
        "region": region,
        "subnets": [subnet.id for subnet in subnets],
        "callers": callers,
    }
    return Proposal(
        title=f"Create an interface endpoint for {service} in {', '.join(subnet.label for subnet in subnets)}",
        terraform=terraform("interface_endpoint", **values),
        cli=cli("interface_endpoint", **values),
        edits=_interface_edits(view, subnets, callers, f"com.amazonaws.{region}.{service}"),
        warnings=(
            "An interface endpoint is billed per hour and Availability Zone, and per GB.",
            f"Private DNS moves the traffic of all of {vpc.label} to it at once; only the target is admitted.",
        ),
    )


def _interface_edits(view: View, subnets: list[Subnet], callers: list[str], service: str) -> tuple[Edit, ...]:
    id_, group_id, vpc_id = "vpce-proposed", "sg-proposed", subnets[0].vpc_id
    admit = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "UserIdGroupPairs": [{"GroupId": g} for g in callers]}
    group = {"GroupId": group_id, "VpcId": vpc_id, "IpPermissions": [admit], "IpPermissionsEgress": []}
    interfaces = [endpoint_interface(view, subnet, id_, [group_id]) for subnet in subnets]
    raw = {
        "VpcEndpointId": id_,
        "VpcEndpointType": "Interface",
        "VpcId": vpc_id,
        "ServiceName": service,
        "State": "available",
        "SubnetIds": [subnet.id for subnet in subnets],
        "Groups": [{"GroupId": group_id}],
        "NetworkInterfaceIds": [edit.id for edit in interfaces],
        "PrivateDnsEnabled": True,
        "PolicyDocument": json.dumps(_OPEN_POLICY),
    }
    made = (added(SecurityGroup, subnets[0], group_id, group), added(VpcEndpoint, subnets[0], id_, raw))
    return (*interfaces, *made)


def _one_per_zone(view: View, subnet_ids: tuple[str, ...]) -> list[Subnet]:
    by_zone: dict[str | None, Subnet] = {}
    for subnet_id in subnet_ids:
        subnet = view.subnet(subnet_id)
        by_zone.setdefault(subnet.az, subnet)
    return list(by_zone.values())
