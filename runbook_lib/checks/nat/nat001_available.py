"""NAT gateway exists and is available.

What is verified
    Every NAT gateway that the target's traffic passes, or that the default route of one of its subnets names, exists
    and is available.
Why it matters
    A NAT gateway that failed to be created, is being deleted, or is gone takes the packets and drops them. Routes to
    it stay behind as blackholes.
How it is decided
    State of the NAT gateway; a failed one says why (FailureCode, FailureMessage) for about an hour and disappears
    then. A blackhole route to one that is not listed any more is a failure.
Unknown when
    The NAT gateways or the route tables could not be read, or a route that is alive names a NAT gateway that is not
    listed (in a shared VPC it belongs to another account).
Sources
    Troubleshoot NAT gateways, https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-troubleshooting.html
    (read 2026-11-21)
    NAT gateway basics, https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-basics.html (read 2026-11-21)
"""

from __future__ import annotations

from collections.abc import Iterator

from runbook_lib.checks.base import Meta, Settings
from runbook_lib.checks.nat.gateways import Use, each_use
from runbook_lib.checks.path.common import TRACED
from runbook_lib.model.finding import Finding
from runbook_lib.model.gateways import NatGateway
from runbook_lib.model.status import Severity
from runbook_lib.network.view import View

__all__ = ["META", "check"]

META = Meta(
    id="NAT001",
    title="NAT gateway exists and is available",
    severity=Severity.HIGH,
    family="nat",
    applies_to=NatGateway.TYPE,
    needs=TRACED,
)


def check(view: View, settings: Settings) -> Iterator[Finding]:
    """One finding per NAT gateway."""
    return each_use(META, view, settings, lambda use: _judge(view, use))


def _judge(view: View, use: Use) -> Iterator[Finding]:
    dead = [(table, route) for table, route in use.routes if route.is_blackhole]
    blames = tuple(f"BAD_STATE_ROUTE {table.id}" for table, _ in dead) or (f"BAD_STATE {use.nat_id}",)
    if dead and view.find(NatGateway, use.nat_id) is None:
        view.need(NatGateway, dead[0][0].scope)
        tables = " and ".join(table.label for table, _ in dead)
        said = f"{use.nat_id} is gone, and the routes to it in {tables} are blackholes."
        seen = (table.cite("Routes", route.index) for table, route in dead)
        yield META.failed(view.ref(NatGateway, use.nat_id), said, *seen, code="BAD_STATE_ROUTE", blames=blames)
        return
    nat = view.nat_gateway(use.nat_id)
    if nat.state == "available":
        yield META.passed(nat, f"{nat.label} is available{_addresses(nat)}.", nat.cite("State"))
        return
    why = f" ({nat.raw.get('FailureCode')}: {nat.raw.get('FailureMessage')})" if nat.raw.get("FailureCode") else ""
    seen_state = (nat.cite("State"), *((nat.cite("FailureMessage"),) if why else ()))
    said = f"{nat.label} is {nat.state}{why}: it carries nothing."
    yield META.failed(nat, said, *seen_state, code="BAD_STATE", blames=blames)


def _addresses(nat: NatGateway) -> str:
    listed = [str(item.public_ip or item.private_ip) for item in nat.addresses if item.public_ip or item.private_ip]
    return f" with {', '.join(listed)}" if listed else ""
