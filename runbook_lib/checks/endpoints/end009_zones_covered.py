"""Interface endpoint has a network interface in every Availability Zone of the target.

What is verified
    Each Availability Zone in which the target has a subnet also holds a subnet of the interface endpoint.
Why it matters
    From another zone the endpoint still answers, but every byte crosses zones, is billed for it, and stops when the
    other zone does.
How it is decided
    By the zones of the endpoint's subnets and of the target's subnets.
Unknown when
    The VPC endpoints or the subnets could not be read.
Sources
    Access an AWS service using an interface VPC endpoint,
    https://docs.aws.amazon.com/vpc/latest/privatelink/create-interface-endpoint.html (read 2026-11-21)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from runbook_lib.checks.base import Meta, Settings
from runbook_lib.checks.endpoints import common
from runbook_lib.errors import FactMissing
from runbook_lib.model.finding import Finding
from runbook_lib.model.gateways import VpcEndpoint
from runbook_lib.model.kinds import action_of
from runbook_lib.model.status import Severity
from runbook_lib.model.vpc import Subnet
from runbook_lib.network.view import View

__all__ = ["META", "check"]

META = Meta(
    id="END009",
    title="Interface endpoint has a network interface in every Availability Zone of the target",
    severity=Severity.LOW,
    family="endpoints",
    applies_to=VpcEndpoint.TYPE,
    needs=("VpcEndpoints", "Subnets", "Vpcs"),
)


def check(view: View, settings: Settings) -> Iterator[Finding]:
    """One finding per interface endpoint."""
    return common.each_interface(META, view, settings, lambda endpoint: _judge(view, settings, endpoint))


def _judge(view: View, settings: Settings, endpoint: VpcEndpoint) -> Iterator[Finding]:
    wanted = _zones(view, settings.target.subnets_of(endpoint.vpc_id or ""))
    held = _zones(view, endpoint.subnet_ids)
    seen = endpoint.cite("SubnetIds")
    about = f"{endpoint.label} for {endpoint.service_short}"
    missing = sorted(wanted - held)
    if missing:
        said = f"{about} has no network interface in {', '.join(missing)}, where {settings.target.name} runs too."
        yield META.failed(endpoint, said, seen, code="VPCE_SERVICE_NOT_INSTALLED_IN_AZ")
        return
    yield META.passed(endpoint, f"{about} has a network interface in {', '.join(sorted(wanted))}.", seen)


def _zones(view: View, subnet_ids: Iterable[str]) -> set[str]:
    zones: set[str] = set()
    for subnet_id in subnet_ids:
        subnet = view.subnet(subnet_id)
        if subnet.az is None:
            raise FactMissing(f"the Availability Zone of {subnet.label}", action_of(Subnet.KEY))
        zones.add(subnet.az)
    return zones
