"""NAT gateway drops next to no packets.

What is verified
    PacketsDropCount is at most 0.01 percent of the packets that came in.
Why it matters
    Dropped packets are retransmitted: calls become slow, and some time out. AWS says that more than 0.01 percent may
    mean an ongoing problem of the service itself.
How it is decided
    PacketsDropCount / (PacketsInFromSource + PacketsInFromDestination) over the window, all Availability Zones
    together. Exactly 0.01 percent passes.
Unknown when
    One of the three metrics was not read, or has minutes without a value. The last 5 minutes do not count.
Sources
    NAT gateway metrics and dimensions,
    https://docs.aws.amazon.com/vpc/latest/userguide/metrics-dimensions-nat-gateway.html (read 2026-11-21)
"""

from __future__ import annotations

from collections.abc import Iterator

from runbook_lib.checks.base import Meta, Settings
from runbook_lib.checks.nat.measured import MEASURED, each_gateway, measured
from runbook_lib.model.finding import Finding
from runbook_lib.model.gateways import NatGateway
from runbook_lib.model.status import Severity
from runbook_lib.network.view import View

__all__ = ["META", "check"]

META = Meta(
    id="NAT008",
    title="NAT gateway drops next to no packets",
    severity=Severity.MEDIUM,
    family="nat",
    applies_to=NatGateway.TYPE,
    needs=MEASURED,
)

_PER_DROP = 10_000


def check(view: View, settings: Settings) -> Iterator[Finding]:
    """One finding per NAT gateway."""
    return each_gateway(META, view, settings, lambda nat, _: _judge(view, nat))


def _judge(view: View, nat: NatGateway) -> Iterator[Finding]:
    drops = measured(view, nat, "PacketsDropCount").whole()
    came = [measured(view, nat, f"PacketsInFrom{side}").whole() for side in ("Source", "Destination")]
    packets = sum(item.total for item in came)
    seen = (*drops.evidence, *(evidence for item in came for evidence in item.evidence))
    if drops.total * _PER_DROP > packets:
        share = f"{drops.total / packets:.3%}" if packets else "all"
        said = f"{nat.label} dropped {drops.total:,.0f} of {packets:,.0f} packets ({share}) {drops.window}."
        yield META.failed(nat, said, *seen, code="PACKETS_DROPPED")
    else:
        said = f"{nat.label} dropped {drops.total:,.0f} of {packets:,.0f} packets {drops.window}."
        yield META.passed(nat, said, *seen)
