"""Endpoint carries IPv6 where the target is dual-stack.

What is verified
    Where the target may use IPv6 (Ipv6AllowedForDualStack), the IP address type of every endpoint for a judged
    service, and of every interface endpoint, includes IPv6.
Why it matters
    An IPv4-only endpoint does not carry what a client sends to the IPv6 addresses of a dual-stack name: that traffic
    takes another way out, or none.
How it is decided
    By IpAddressType of the endpoint; ipv4 fails for a dual-stack target.
Unknown when
    The VPC endpoints could not be read completely.
Sources
    Gateway endpoints, https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html (read 2026-11-21)
"""

from __future__ import annotations

from collections.abc import Iterator

from runbook_lib.checks.base import Meta, Settings
from runbook_lib.checks.endpoints import common
from runbook_lib.model.finding import Finding
from runbook_lib.model.gateways import VpcEndpoint
from runbook_lib.model.status import Severity
from runbook_lib.network.view import View

__all__ = ["META", "check"]

META = Meta(
    id="END013",
    title="Endpoint carries IPv6 where the target is dual-stack",
    severity=Severity.LOW,
    family="endpoints",
    applies_to=VpcEndpoint.TYPE,
    needs=("VpcEndpoints", "Vpcs", "Subnets"),
)


def check(view: View, settings: Settings) -> Iterator[Finding]:
    """One finding per endpoint in a VPC where the target is dual-stack."""
    dual = {place.vpc_id for place in settings.target.placements if place.ipv6_dual_stack}

    def pick(vpc_id: str) -> tuple[VpcEndpoint, ...]:
        return common.for_services(view, settings, vpc_id, all_interfaces=True) if vpc_id in dual else ()

    nothing = f"{settings.target.name} is not dual-stack or has no endpoint."
    return common.each_endpoint(META, view, settings, pick, _judge, nothing)


def _judge(endpoint: VpcEndpoint) -> Iterator[Finding]:
    about = f"{endpoint.label} for {endpoint.service_short} has the IP address type {endpoint.ip_address_type}"
    seen = endpoint.cite("IpAddressType")
    if endpoint.ip_address_type == "ipv4":
        said = f"{about}, so that traffic of a dual-stack client to IPv6 addresses bypasses it."
        yield META.failed(endpoint, said, seen, code="ENDPOINT_IPV4_ONLY")
    else:
        yield META.passed(endpoint, f"{about}.", seen)
