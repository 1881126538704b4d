"""NAT gateway is in the subnet's own availability zone.

What is verified
    A subnet whose traffic passes a zonal NAT gateway has it in its own availability zone.
Why it matters
    Traffic to another zone is charged per gigabyte, and when the NAT gateway's zone fails the subnet loses its way
    out although its own zone is up.
How it is decided
    The traced path names the NAT gateway; its subnet's zone is compared. Regional NAT gateways span the zones.
Unknown when
    A fact on the path could not be read.
Sources
    NAT gateway basics, https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-basics.html (read 2026-11-21)
"""

from __future__ import annotations

from collections.abc import Iterator

from runbook_lib.checks.base import Meta, Settings
from runbook_lib.checks.path.common import Flow, Json, each_flow, scope_of, words
from runbook_lib.errors import FactMissing
from runbook_lib.model.finding import Finding
from runbook_lib.model.status import Severity
from runbook_lib.model.vpc import Subnet
from runbook_lib.network.view import View

__all__ = ["META", "check"]

META = Meta(
    id="PTH009",
    title="NAT gateway is in the subnet's own availability zone",
    severity=Severity.LOW,
    family="path",
    applies_to=Subnet.TYPE,
    needs=("Subnets", "NatGateways", "RouteTables"),
)


def check(view: View, settings: Settings) -> Iterator[Finding]:
    """One finding per subnet, security groups and destination."""
    return each_flow(META, view, settings, lambda flow, said: _judge(view, settings, flow, said))


def _judge(view: View, settings: Settings, flow: Flow, said: Json) -> Iterator[Finding]:
    subnet, scope, way = view.subnet(flow.subnet_id), scope_of(settings, flow), words(settings, flow)
    passed = [hop["id"] for hop in said["forward"]["hops"] if hop["kind"] == "nat-gateway"]
    if not passed:
        if said["forward"]["verdict"] == "unknown":
            raise FactMissing(f"the path of {way}", *said["missing"])
        yield META.not_applicable(subnet, f"{way} passes no NAT gateway.", scope=scope)
        return
    nat = view.nat_gateway(passed[0])
    home = view.subnet(nat.subnet_id) if nat.subnet_id else None
    seen = (nat.cite("SubnetId"), subnet.cite("AvailabilityZone"))
    if home is None or home.az == subnet.az:
        where = f"in {subnet.az}" if home else "regional"
        yield META.passed(subnet, f"{way} uses {nat.label}, which is {where}.", *seen, scope=scope)
    else:
        detail = f"{way} leaves {subnet.az} for {nat.label} in {home.az}: charged per gigabyte and one zone to fail."
        yield META.failed(subnet, detail, *seen, code="NAT_IN_OTHER_ZONE", scope=scope)
