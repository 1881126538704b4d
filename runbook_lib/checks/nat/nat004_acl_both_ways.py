"""NAT gateway's network ACL lets requests and answers through.

What is verified
    The network ACL of the NAT gateway's subnet allows the packet in and out, and the answer on all ports that a NAT
    gateway uses (1024-65535).
Why it matters
    A partly open return range fails only some connections: timeouts that come and go and look like a NAT gateway at
    its limit.
How it is decided
    First match in rule order, both ways, at the border of the NAT gateway's subnet. The share of blocked return ports
    is the share of connections to expect failing. A regional NAT gateway stands in no subnet: not applicable.
Unknown when
    A fact on the path could not be read (the finding names the IAM action), or an appliance decides.
Sources
    Troubleshoot NAT gateways, https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-troubleshooting.html
    (read 2026-11-21)
    Network ACL rules, https://docs.aws.amazon.com/vpc/latest/userguide/nacl-rules.html (read 2026-11-21)
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
    id="NAT004",
    title="NAT gateway's network ACL lets requests and answers through",
    severity=Severity.HIGH,
    family="nat",
    applies_to=NatGateway.TYPE,
    needs=TRACED,
)


def check(view: View, settings: Settings) -> Iterator[Finding]:
    """One finding per NAT gateway."""

    def mine(nat: NatGateway, use: Use) -> list[Json]:
        own = view.acl_of(str(nat.subnet_id)).id
        return [b for way in ("forward", "return") for b in use.blockers(way) if b["component"] == own]

    def passing(nat: NatGateway, use: Use) -> tuple[str, tuple[Evidence, ...]]:
        acl = view.acl_of(str(nat.subnet_id))
        to = ", ".join(dict.fromkeys(way.flow.to for way in use.ways))
        return f"{acl.label} lets traffic of {nat.label} to {to} and its answers through.", (acl.cite("Entries"),)

    return check_ways(META, view, settings, mine, passing, _without_subnet)


def _without_subnet(nat: NatGateway) -> str:
    return "" if nat.subnet_id else f"{nat.label} stands in no subnet, so that no network ACL applies to it."
