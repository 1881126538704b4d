"""Interface endpoint has private DNS.

What is verified
    Private DNS is on, so that the service's ordinary name leads to the endpoint inside the VPC.
Why it matters
    Without it SDKs keep resolving the ordinary name to public addresses: the endpoint is paid for and not used, and
    the call needs a NAT gateway or times out.
How it is decided
    By PrivateDnsEnabled. Services of other owners have private DNS only if the owner set it up, and S3 or DynamoDB
    beside a gateway endpoint are reached through that: both are not applicable.
Unknown when
    The VPC endpoints could not be read completely.
Sources
    Access an AWS service using an interface VPC endpoint,
    https://docs.aws.amazon.com/vpc/latest/privatelink/create-interface-endpoint.html (read 2026-11-21)
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
    id="END011",
    title="Interface endpoint has private DNS",
    severity=Severity.MEDIUM,
    family="endpoints",
    applies_to=VpcEndpoint.TYPE,
    needs=("VpcEndpoints", "Vpcs", "Subnets"),
)


def check(view: View, settings: Settings) -> Iterator[Finding]:
    """One finding per interface endpoint."""
    return common.each_interface(META, view, settings, lambda endpoint: _judge(view, endpoint))


def _judge(view: View, endpoint: VpcEndpoint) -> Iterator[Finding]:
    service, seen = endpoint.service_short, endpoint.cite("PrivateDnsEnabled")
    if ".vpce-svc-" in f".{endpoint.service}":
        said = f"{endpoint.label} is for a service of another owner ({endpoint.service}), who decides on private DNS."
        yield META.not_applicable(endpoint, said)
    elif endpoint.private_dns and not endpoint.private_dns_only_inbound:
        yield META.passed(endpoint, f"{endpoint.label} takes the name of {service} by private DNS.", seen)
    elif common.gateways(view, endpoint.vpc_id or "", service):
        said = f"{endpoint.label} leaves the name of {service} to the gateway endpoint of {endpoint.vpc_id}."
        yield META.not_applicable(endpoint, said)
    else:
        said = f"{endpoint.label} has no private DNS, so that the name of {service} leads past it to public addresses."
        yield META.failed(endpoint, said, seen, code="PRIVATE_DNS_OFF")
