"""NAT gateway is in the subnet's own availability zone.

What is verified
    A subnet whose traffic passes a zonal NAT gateway has it in its own availability zone.
Why it matters
    Traffic to another zone is charged per gigabyte, and when the NAT gateway's zone fails the subnet loses its way
    out although its own zone is up.
How it is decided
    The traced path names the first NAT gateway; its subnet's zone is compared, by zone id where both are known. A
    regional NAT gateway spans the zones.
Unknown when
    A fact on the path could not be read (the finding names the IAM action), or an appliance decides.
Sources
    NAT gateway basics, https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-basics.html (read 2026-11-21)
"""

from __future__ import annotations

from collections.abc import Iterator

from runbook_lib.checks.base import Meta, Settings
from runbook_lib.checks.path.common import TRACED, Traced, each_flow
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
    needs=TRACED,
)


def check(view: View, settings: Settings) -> Iterator[Finding]:
    """One finding per subnet, security groups and destination."""
    return each_flow(META, view, settings, _judge)


def _judge(traced: Traced) -> Iterator[Finding]:
    subnet, view, scope = traced.subnet, traced.view, traced.flow.scope
    nat_id = next((hop["id"] for hop in traced.hops if hop["kind"] == "nat-gateway"), None)
    if nat_id is None and traced.missing:
        yield traced.undecided(META)
        return
    if nat_id is None:
        yield META.not_applicable(subnet, f"{traced.words} passes no NAT gateway.", scope=scope)
        return
    nat = view.nat_gateway(nat_id)
    if nat.subnet_id is None:
        said = f"{traced.words} uses {nat.label}, which spans the zones of its VPC."
        yield META.passed(subnet, said, nat.cite("AvailabilityMode"), scope=scope)
        return
    home = view.subnet(nat.subnet_id)
    seen = (nat.cite("SubnetId"), subnet.cite("AvailabilityZone"), home.cite("AvailabilityZone"))
    if _same_zone(subnet, home):
        yield META.passed(subnet, f"{traced.words} uses {nat.label} in its own zone {home.az}.", *seen, scope=scope)
    else:
        said = (
            f"{traced.words} leaves {subnet.az} for {nat.label} in {home.az}: each gigabyte is charged, and two zones "
            "have to be up instead of one."
        )
        yield META.failed(subnet, said, *seen, code="NAT_IN_OTHER_ZONE", scope=scope)


def _same_zone(one: Subnet, other: Subnet) -> bool:
    if one.az_id and other.az_id:
        return one.az_id == other.az_id
    return one.az == other.az
