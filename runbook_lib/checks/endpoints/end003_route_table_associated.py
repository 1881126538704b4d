"""Gateway endpoint is associated with every route table the target uses.

What is verified
    The route table in effect of each subnet of the target (its own, else the main one) is among the route tables of
    a gateway endpoint for the service.
Why it matters
    A gateway endpoint works only for the route tables it is associated with. From any other subnet the traffic
    silently takes the default route, through a NAT gateway that bills it, or goes nowhere.
How it is decided
    Per subnet and service, over all gateway endpoints of the VPC for the service.
Unknown when
    The VPC endpoints, the subnets or the route tables could not be read.
Sources
    Gateway endpoints, https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html (read 2026-11-21)
    Subnet route tables, https://docs.aws.amazon.com/vpc/latest/userguide/subnet-route-tables.html (read 2026-11-21)
"""

from __future__ import annotations

from collections.abc import Iterator

from runbook_lib.checks.base import Meta, Settings
from runbook_lib.checks.endpoints import common
from runbook_lib.model.finding import Finding
from runbook_lib.model.status import Severity
from runbook_lib.model.vpc import Subnet
from runbook_lib.network.view import View

__all__ = ["META", "check"]

META = Meta(
    id="END003",
    title="Gateway endpoint is associated with every route table the target uses",
    severity=Severity.HIGH,
    family="endpoints",
    applies_to=Subnet.TYPE,
    needs=("VpcEndpoints", "Vpcs", "Subnets", "RouteTables"),
)


def check(view: View, settings: Settings) -> Iterator[Finding]:
    """One finding per subnet and service that has gateway endpoints."""
    return common.each_use(META, view, settings, lambda use: _judge(view, use), gateway_only=True)


def _judge(view: View, use: common.Use) -> Iterator[Finding]:
    subnet, service = view.subnet(use.subnet_id), use.service
    endpoints = common.gateways(view, use.vpc_id, service)
    if not endpoints:
        said = f"{use.vpc_id} has no gateway endpoint for {service} to associate with {subnet.label}; see END001."
        yield META.not_applicable(subnet, said, scope=service)
        return
    table = view.route_table_of(subnet.id)
    how = "explicitly" if subnet.id in table.subnet_ids else "as the main route table"
    uses = f"{subnet.label} uses {table.label} {how}"
    serving = [endpoint for endpoint in endpoints if table.id in endpoint.route_table_ids]
    if serving:
        said = f"{uses}, and {serving[0].label} for {service} is associated with it."
        seen = [serving[0].cite("RouteTableIds"), table.cite("Associations")]
        yield META.passed(subnet, said, *seen, scope=service)
        return
    names = ", ".join(endpoint.label for endpoint in endpoints)
    said = f"{uses}, but no gateway endpoint for {service} is associated with that table (seen: {names})."
    seen = [*(endpoint.cite("RouteTableIds") for endpoint in endpoints), table.cite("Associations")]
    yield META.failed(subnet, said, *seen, code="ENDPOINT_NOT_ASSOCIATED", scope=service)
