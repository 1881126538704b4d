"""S3 interface endpoint leaves the name of S3 to the gateway endpoint.

What is verified
    Where a VPC has both an interface endpoint and a gateway endpoint for S3, private DNS of the interface endpoint is
    off or restricted to inbound resolver endpoints.
Why it matters
    Private DNS takes the name from the gateway endpoint: traffic from the VPC moves to the interface endpoint, which
    is billed per GB, and its security groups and subnets decide.
How it is decided
    By PrivateDnsEnabled and DnsOptions.PrivateDnsOnlyForInboundResolverEndpoint of the interface endpoint.
Unknown when
    The VPC endpoints could not be read completely.
Sources
    Gateway endpoints for Amazon S3, https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-s3.html
    (read 2026-11-21)
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
    id="END012",
    title="S3 interface endpoint leaves the name of S3 to the gateway endpoint",
    severity=Severity.MEDIUM,
    family="endpoints",
    applies_to=VpcEndpoint.TYPE,
    needs=("VpcEndpoints", "Vpcs", "Subnets"),
)


def check(view: View, settings: Settings) -> Iterator[Finding]:
    """One finding per S3 interface endpoint beside a gateway endpoint."""

    def beside_gateway(vpc_id: str) -> tuple[VpcEndpoint, ...]:
        return common.interfaces(view, vpc_id, "s3") if common.gateways(view, vpc_id, "s3") else ()

    nothing = f"{settings.target.name} runs where S3 has no interface endpoint beside a gateway endpoint."
    return common.each_endpoint(META, view, settings, beside_gateway, _judge, nothing)


def _judge(endpoint: VpcEndpoint) -> Iterator[Finding]:
    seen = (endpoint.cite("PrivateDnsEnabled"), endpoint.cite("DnsOptions"))
    if not endpoint.private_dns:
        yield META.passed(endpoint, f"{endpoint.label} has private DNS off and takes no name.", *seen)
    elif endpoint.private_dns_only_inbound:
        said = f"{endpoint.label} has private DNS only for inbound resolver endpoints."
        yield META.passed(endpoint, said, *seen)
    else:
        said = f"{endpoint.label} takes the name of S3 from the gateway endpoint of {endpoint.vpc_id} by private DNS."
        yield META.failed(endpoint, said, *seen, code="PRIVATE_DNS_TAKES_NAME")
