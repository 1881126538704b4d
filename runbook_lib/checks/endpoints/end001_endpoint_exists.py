"""VPC has an endpoint of the right kind for each service the target uses.

What is verified
    For each service asked for the VPC has an endpoint that carries the target's traffic: for S3 and DynamoDB a
    gateway endpoint, or an interface endpoint whose private DNS takes the service's name; for any other service an
    interface endpoint.
Why it matters
    Without an endpoint the traffic needs a NAT gateway or an internet gateway: it is billed per GB, shares the NAT
    gateway's ports with everybody, and times out where no such way exists.
How it is decided
    Over the VPC endpoints of the VPC that are not deleted, by service name including the Region.
Unknown when
    The VPC endpoints could not be read completely.
Sources
    Gateway endpoints, https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html (read 2026-11-21)
    Access AWS services through AWS PrivateLink,
    https://docs.aws.amazon.com/vpc/latest/privatelink/privatelink-access-aws-services.html (read 2026-11-21)
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from runbook_lib.checks.base import Meta, Settings
from runbook_lib.checks.endpoints import common
from runbook_lib.checks.endpoints.ways import ways_today
from runbook_lib.model.finding import Finding
from runbook_lib.model.status import Severity
from runbook_lib.model.vpc import Vpc
from runbook_lib.network.view import View

__all__ = ["META", "check"]

META = Meta(
    id="END001",
    title="VPC has an endpoint for each service the target uses",
    severity=Severity.HIGH,
    family="endpoints",
    applies_to=Vpc.TYPE,
    needs=("VpcEndpoints", "Vpcs", "Subnets", "RouteTables", "PrefixLists", "NatGateways", "InternetGateways"),
)


class _Need(NamedTuple):
    vpc_id: str
    service: str


def check(view: View, settings: Settings) -> Iterator[Finding]:
    """One finding per VPC and service."""
    target = settings.target
    needs = [_Need(vpc, service) for vpc in target.vpc_ids for service in common.judged_services(view, settings, vpc)]
    return META.each(
        needs,
        lambda need: view.ref(Vpc, need.vpc_id),
        lambda need: _judge(view, need, target.subnets_of(need.vpc_id)),
        lambda need: need.service,
    )


def _judge(view: View, need: _Need, subnet_ids: tuple[str, ...]) -> Iterator[Finding]:
    vpc = view.vpc(need.vpc_id)
    service = need.service
    has_gateways = service in common.GATEWAY_SERVICES
    found = common.gateways(view, vpc.id, service) if has_gateways else common.interfaces(view, vpc.id, service)
    found = found or common.name_servers(view, vpc.id, service)
    if found:
        names = ", ".join(f"{endpoint.label}, {endpoint.kind.lower()}" for endpoint in found)
        said = f"{vpc.label} has an endpoint for {service}: {names}."
        yield META.passed(vpc, said, *(endpoint.cite("ServiceName") for endpoint in found), scope=service)
        return
    seen = common.endpoints_seen(view, vpc.id)
    unused = "".join(
        f", only {endpoint.label} without private DNS" for endpoint in common.interfaces(view, vpc.id, service)
    )
    kind = "gateway" if has_gateways else "interface"
    way = ways_today(view, vpc.id, service, subnet_ids) if has_gateways else ""
    said = f"{vpc.label} has no {kind} endpoint for {service}{unused}{way}."
    yield META.failed(vpc, said, seen, code="ENDPOINT_MISSING", scope=service)
