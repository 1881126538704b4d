"""NAT gateway stays below its bandwidth and packet limits.

What is verified
    PeakBytesPerSecond stays below 90 percent of 100 Gbps, PeakPacketsPerSecond below 90 percent of 10 million.
Why it matters
    A NAT gateway scales from 5 to 100 Gbps and from 1 to 10 million packets per second, and drops what exceeds that.
How it is decided
    The maximum of each metric over the window; of a regional NAT gateway each Availability Zone for itself. AWS names
    no share; 90 percent is the kit's and fails.
Unknown when
    A metric was not read, or a minute has no value and the others stay below. The last 5 minutes do not count.
Sources
    NAT gateway basics, https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-basics.html (read 2026-11-21)
    NAT gateway metrics and dimensions,
    https://docs.aws.amazon.com/vpc/latest/userguide/metrics-dimensions-nat-gateway.html (read 2026-11-21)
"""

from __future__ import annotations

from collections.abc import Iterator

from runbook_lib.checks.base import Meta, Settings
from runbook_lib.checks.nat.measured import MEASURED, each_gateway, measured, near
from runbook_lib.model.finding import Finding
from runbook_lib.model.gateways import NatGateway
from runbook_lib.model.status import Severity
from runbook_lib.network.view import View

__all__ = ["META", "check"]

META = Meta(
    id="NAT012",
    title="NAT gateway stays below its bandwidth and packet limits",
    severity=Severity.MEDIUM,
    family="nat",
    applies_to=NatGateway.TYPE,
    needs=MEASURED,
)

_BYTES_PER_S = 100 * 10**9 // 8
_PACKETS_PER_S = 10 * 10**6


def check(view: View, settings: Settings) -> Iterator[Finding]:
    """One finding per NAT gateway."""
    return each_gateway(META, view, settings, lambda nat, _: _judge(view, nat))


def _judge(view: View, nat: NatGateway) -> Iterator[Finding]:
    volume, packets = measured(view, nat, "PeakBytesPerSecond"), measured(view, nat, "PeakPacketsPerSecond")
    said = (
        f"{nat.label} carried at most {8 * volume.peak / 10**9:,.2f} of 100 Gbps and {packets.peak:,.0f} of "
        f"{_PACKETS_PER_S:,} packets per second {volume.window}."
    )
    seen = (*volume.evidence, *packets.evidence)
    if near(volume.peak, _BYTES_PER_S) or near(packets.peak, _PACKETS_PER_S):
        yield META.failed(nat, said, *seen, code="NEAR_LIMIT")
    else:
        for item in (volume, packets):
            item.whole()
        yield META.passed(nat, said, *seen)
