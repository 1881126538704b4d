"""NAT gateway has room for more connections.

What is verified
    The most connections that the NAT gateway held at once, and those that the load asked about would hold, stay below
    90 percent of its capacity to one destination.
Why it matters
    Near 55,000 connections per address to one destination (address, port, protocol), the next burst finds no port.
How it is decided
    The maximum of ActiveConnectionCount against the number of addresses times 55,000, as if all connections went to one
    destination: the worst case. Of a regional NAT gateway each Availability Zone for itself. The load is invocations at
    once times connections per invocation, where it was given. AWS names no share; 90 percent is the kit's and fails.
Unknown when
    The metric was not read, or a minute has no value and the others stay below. The last 5 minutes do not count.
Sources
    NAT gateway basics, https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-basics.html (read 2026-11-21)
    NAT gateway metrics and dimensions,
    https://docs.aws.amazon.com/vpc/latest/userguide/metrics-dimensions-nat-gateway.html (read 2026-11-21)
"""

from __future__ import annotations

from collections.abc import Iterator

from runbook_lib.checks.base import Meta, Settings
from runbook_lib.checks.nat.measured import MEASURED, Measured, each_gateway, measured, near
from runbook_lib.errors import FactMissing
from runbook_lib.invocations.capacity import Capacity, demand
from runbook_lib.model.finding import Finding
from runbook_lib.model.gateways import NatGateway
from runbook_lib.model.status import Severity
from runbook_lib.network.view import View

__all__ = ["META", "check"]

META = Meta(
    id="NAT011",
    title="NAT gateway has room for more connections",
    severity=Severity.HIGH,
    family="nat",
    applies_to=NatGateway.TYPE,
    needs=MEASURED,
)


def check(view: View, settings: Settings) -> Iterator[Finding]:
    """One finding per NAT gateway."""
    return each_gateway(META, view, settings, lambda nat, _: _judge(view, settings, nat))


def _judge(view: View, settings: Settings, nat: NatGateway) -> Iterator[Finding]:
    active = measured(view, nat, "ActiveConnectionCount")
    rooms = _rooms(nat, active)
    wanted = demand(settings.concurrency, settings.connections_per_invocation)
    load = f"; {settings.concurrency:,} invocations at once would hold {wanted:,}" if wanted else ""
    peak, ports, where = max(rooms, key=lambda room: (room[0] / room[1], room[2]))
    least = min(room[1] for room in rooms)
    held = f"{nat.label} held at most {peak:,.0f} connections at once{where} {active.window}"
    of = f"{peak / ports:.0%} of its {ports:,} to one destination{load}"
    seen = (*active.evidence, nat.cite("NatGatewayAddresses"))
    if near(peak, ports):
        yield META.failed(nat, f"{held}, {of}.", *seen, code="CONNECTIONS_NEARLY_FULL")
    elif near(wanted, least):
        said = f"{held}, but {wanted:,} for {settings.concurrency:,} invocations at once are {wanted / least:.0%} of "
        said += f"its {least:,} to one destination."
        yield META.failed(nat, said, *seen, code="LOAD_EXCEEDS_CONNECTIONS")
    else:
        active.whole()
        yield META.passed(nat, f"{held}, {of}.", *seen)


def _rooms(nat: NatGateway, active: Measured) -> list[tuple[float, int, str]]:
    """The peak, the capacity and the place of every series. Raises FactMissing where there is no address."""
    found = []
    for series in active.series:
        zone = dict(series.dimensions).get("AvailabilityZone")
        counted = [a for a in nat.addresses if (a.public_ip or not nat.is_public) and zone in (None, a.az)]
        if not counted:
            raise FactMissing(f"the addresses of {nat.id}", "ec2:DescribeNatGateways")
        ports = Capacity(addresses=len(counted)).ports
        found.append((max(series.values, default=0.0), ports, active.zone(series)))
    return found
