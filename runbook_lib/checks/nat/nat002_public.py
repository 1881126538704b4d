"""NAT gateway is public where the destination is public.

What is verified
    A NAT gateway that traffic to the internet passes has connectivity type public.
Why it matters
    A private NAT gateway has no Elastic IP address: an internet gateway drops everything that comes from it.
How it is decided
    The path is traced through the NAT gateway; where it reaches an internet gateway, the NAT gateway must bring a
    public address. A private one on the way to other networks is all right.
Unknown when
    A fact on the path could not be read (the finding names the IAM action), or an appliance decides.
Sources
    NAT gateway basics, https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-basics.html (read 2026-11-21)
"""

from __future__ import annotations

from collections.abc import Iterator

from runbook_lib.checks.base import Meta, Settings
from runbook_lib.checks.nat.gateways import Use
from runbook_lib.checks.nat.ways import check_ways
from runbook_lib.checks.path.common import TRACED, Json
from runbook_lib.model.finding import Evidence, Finding
from runbook_lib.model.gateways import NatGateway
from runbook_lib.model.status import Severity
from runbook_lib.network.view import View

__all__ = ["META", "check"]

META = Meta(
    id="NAT002",
    title="NAT gateway is public where the destination is public",
    severity=Severity.HIGH,
    family="nat",
    applies_to=NatGateway.TYPE,
    needs=TRACED,
)


def check(view: View, settings: Settings) -> Iterator[Finding]:
    """One finding per NAT gateway."""
    return check_ways(META, view, settings, _without_address, _passing)


def _without_address(nat: NatGateway, use: Use) -> list[Json]:
    found = (b for b in use.blockers("forward") if b["code"] == "IGW_PUBLIC_IP_ASSOCIATION_FOR_EGRESS")
    return [] if nat.is_public else list(found)


def _passing(nat: NatGateway, use: Use) -> tuple[str, tuple[Evidence, ...]]:
    seen = (nat.cite("ConnectivityType"),)
    if nat.is_public:
        return f"{nat.label} is public.", seen
    to = ", ".join(dict.fromkeys(way.flow.to for way in use.ways))
    return f"{nat.label} is private, and the way to {to} reaches no internet gateway.", seen
