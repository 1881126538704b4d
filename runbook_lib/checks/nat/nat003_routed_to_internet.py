"""NAT gateway is routed on to the destination by its own route table.

What is verified
    The route table of the NAT gateway's subnet (of a regional NAT gateway: its own) leads on, for the internet to an
    attached internet gateway, and not back to the NAT gateway.
Why it matters
    A NAT gateway created in a private subnet has that subnet's routes: it sends packets to itself, and every
    connection times out although all its metrics look calm.
How it is decided
    The path is traced through the NAT gateway and routed again by its own table. What a network ACL stops there is
    NAT004.
Unknown when
    A fact on the path could not be read (the finding names the IAM action), or an appliance decides.
Sources
    Troubleshoot NAT gateways, https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-troubleshooting.html
    (read 2026-11-21)
    Regional NAT gateways, https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateways-regional.html
    (read 2026-11-21)
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
from runbook_lib.model.vpc import RouteTable
from runbook_lib.network.view import View

__all__ = ["META", "check"]

META = Meta(
    id="NAT003",
    title="NAT gateway is routed on to the destination by its own route table",
    severity=Severity.HIGH,
    family="nat",
    applies_to=NatGateway.TYPE,
    needs=TRACED,
)


def check(view: View, settings: Settings) -> Iterator[Finding]:
    """One finding per NAT gateway."""

    def passing(nat: NatGateway, use: Use) -> tuple[str, tuple[Evidence, ...]]:
        table = _table(view, nat)
        to = ", ".join(dict.fromkeys(_next(use, nat.id)))
        return f"{nat.label} is routed on to {to} by {table.label}.", (table.cite("Routes"),)

    return check_ways(META, view, settings, lambda nat, use: _misrouted(view, nat, use), passing)


def _misrouted(view: View, nat: NatGateway, use: Use) -> list[Json]:
    own = _table(view, nat).id
    return [
        blocker
        for blocker in use.blockers("forward")
        if blocker["component"] == own
        or (blocker["component"] == nat.id and blocker["code"] == "CANNOT_ROUTE")
        or (blocker["component"].startswith("igw-") and blocker["code"] == "BAD_STATE_ATTACHMENT")
    ]


def _table(view: View, nat: NatGateway) -> RouteTable:
    if nat.subnet_id:
        return view.route_table_of(nat.subnet_id)
    return view.get(RouteTable, nat.route_table_id or f"of {nat.id}")


def _next(use: Use, nat_id: str) -> Iterator[str]:
    """What comes right behind the NAT gateway on each way."""
    for way in use.ways:
        for part in way.parts:
            ids = [hop["id"] for hop in part["forward"]["hops"]]
            yield from ids[ids.index(nat_id) + 1 :][:1] if nat_id in ids else []
