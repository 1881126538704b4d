"""NAT gateway carries no traffic that a free gateway endpoint would.

What is verified
    Traffic of the target to S3 and DynamoDB does not leave through the NAT gateway.
Why it matters
    A NAT gateway charges for every gigabyte it processes and shares its ports with everybody. A gateway endpoint for
    S3 or DynamoDB costs nothing and has no such limit.
How it is decided
    The route that wins for the service's addresses in the table of each subnet, and the traced ways. The cost is an
    upper bound: all bytes between the NAT gateway and any destination, scaled to 30 days, at 0.045 USD per GB, the
    price of us-east-1.
Unknown when
    Subnets, route tables, endpoints or the prefix list of the service could not be read.
Sources
    Gateway endpoints, https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html (read 2026-11-21)
    Amazon VPC pricing, https://aws.amazon.com/vpc/pricing/ (read 2026-11-21)
"""

from __future__ import annotations

from collections.abc import Iterator

from runbook_lib.checks.base import Meta, Settings
from runbook_lib.checks.endpoints.common import GATEWAY_SERVICES, judged_services
from runbook_lib.checks.nat.gateways import Use
from runbook_lib.checks.nat.measured import MEASURED, each_gateway, monthly_cost
from runbook_lib.checks.nat.ways import subnets_through
from runbook_lib.model.finding import Finding
from runbook_lib.model.gateways import NatGateway
from runbook_lib.model.status import Severity
from runbook_lib.network.view import View

__all__ = ["META", "check"]

META = Meta(
    id="NAT013",
    title="NAT gateway carries no traffic that a free gateway endpoint would",
    severity=Severity.INFO,
    family="nat",
    applies_to=NatGateway.TYPE,
    needs=MEASURED,
)


def check(view: View, settings: Settings) -> Iterator[Finding]:
    """One finding per NAT gateway and service that has gateway endpoints."""

    def judge(nat: NatGateway, use: Use) -> Iterator[Finding]:
        services = [s for s in judged_services(view, settings, use.vpc_id) if s in GATEWAY_SERVICES]
        for service in services:
            yield from _judge(view, settings, nat, use, service)
        if not services:
            yield META.not_applicable(nat, f"Neither S3 nor DynamoDB is asked about behind {nat.label}.")

    return each_gateway(META, view, settings, judge)


def _judge(view: View, settings: Settings, nat: NatGateway, use: Use, service: str) -> Iterator[Finding]:
    subnets = subnets_through(view, settings, nat, use, service)
    if subnets:
        names = " and ".join(view.subnet(subnet_id).label for subnet_id in subnets)
        cost, seen = monthly_cost(view, nat)
        said = f"Traffic of {names} to {service} leaves through {nat.label}, not through a free gateway endpoint{cost}."
        routes = (view.route_table_of(subnet_id).cite("Routes") for subnet_id in subnets)
        yield META.failed(nat, said, *routes, *seen, code="GATEWAY_ENDPOINT_NOT_USED", scope=service)
    else:
        said = f"No traffic of {settings.target.name} to {service} leaves through {nat.label}."
        yield META.passed(nat, said, nat.cite("NatGatewayId"), scope=service)
