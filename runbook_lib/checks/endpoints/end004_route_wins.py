"""Route to the gateway endpoint wins for every address of the service.

What is verified
    In the route table in effect of each subnet, every CIDR of the service's prefix list is carried by an active route
    to a gateway endpoint for that service.
Why it matters
    The longest prefix wins. A more specific route, for example a CIDR of S3 sent to a NAT gateway or a firewall, takes
    that part of the traffic away from the endpoint; a route in the state blackhole drops it.
How it is decided
    The prefix list is partitioned exactly by the route that wins for each part; every part must go to the endpoint.
Unknown when
    The VPC endpoints, route tables or prefix lists could not be read, or the table holds a route to a prefix list
    whose entries are not known.
Sources
    Route priority, https://docs.aws.amazon.com/vpc/latest/userguide/route-tables-priority.html (read 2026-11-21)
    Gateway endpoints, https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html (read 2026-11-21)
"""

from __future__ import annotations

from collections.abc import Iterator

from runbook_lib.checks.base import Meta, Settings
from runbook_lib.checks.endpoints import common
from runbook_lib.checks.endpoints.ways import detour_words
from runbook_lib.model.finding import Finding
from runbook_lib.model.status import Severity
from runbook_lib.model.vpc import Route, Subnet
from runbook_lib.network.routing import Decision, decide
from runbook_lib.network.view import View

__all__ = ["META", "check"]

META = Meta(
    id="END004",
    title="Route to the gateway endpoint wins for every address of the service",
    severity=Severity.HIGH,
    family="endpoints",
    applies_to=Subnet.TYPE,
    needs=("VpcEndpoints", "Vpcs", "Subnets", "RouteTables", "PrefixLists", "NatGateways", "InternetGateways"),
)


def check(view: View, settings: Settings) -> Iterator[Finding]:
    """One finding per subnet and service that has gateway endpoints."""
    return common.each_use(META, view, settings, lambda use: _judge(view, use), gateway_only=True)


def _judge(view: View, use: common.Use) -> Iterator[Finding]:
    subnet, service = view.subnet(use.subnet_id), use.service
    ids = {endpoint.id for endpoint in common.gateways(view, use.vpc_id, service)}
    if not ids:
        said = f"{use.vpc_id} has no gateway endpoint for {service} to route {subnet.label} to; see END001."
        yield META.not_applicable(subnet, said, scope=service)
        return
    table = view.route_table_of(subnet.id)
    listed = view.service_prefix_list(use.vpc_id, service)
    parts = decide(view, table, listed.cidrs or ())
    astray = [part for part in parts if part.route is None or part.route.target not in ids or part.route.is_blackhole]
    own = [route for route in table.routes if route.target in ids]
    indexes = sorted({route.index for part in parts if (route := part.route)} | {route.index for route in own})
    seen = [*(table.cite("Routes", index) for index in indexes), listed.cite("Cidrs")]
    about = f"{service} ({listed.id}) from {subnet.label} by {table.label}"
    if astray or not parts:
        said = f"Traffic to {about} misses the endpoint: {detour_words(view, astray) or 'the list is empty'}."
        yield META.failed(subnet, said, *seen, code=_code(astray, own), scope=service)
        return
    said = f"All {len(listed.cidrs or ())} CIDRs of {about} go to {', '.join(sorted({r.target or '' for r in own}))}."
    yield META.passed(subnet, said, *seen, scope=service)


def _code(astray: list[Decision], own: list[Route]) -> str:
    if not own:
        return "NO_ROUTE_TO_DESTINATION"
    if any(part.route and part.route.is_blackhole for part in astray):
        return "BAD_STATE_ROUTE"
    return "MORE_SPECIFIC_ROUTE"
