"""NAT gateway's connections end before they idle out.

What is verified
    IdleTimeoutCount of the NAT gateway is zero over the window.
Why it matters
    After 350 seconds without a packet a NAT gateway forgets a connection and answers the next packet with RST. A
    client that keeps connections between invocations meets a reset, or waits for a read timeout.
How it is decided
    The sum over the window, all Availability Zones together. Somebody behind the NAT gateway kept idle connections;
    that need not be this function. The remedy is TCP keepalive with a first probe well before 350 seconds, or a client
    that drops idle connections earlier.
Unknown when
    The metric was not read, or a minute has no value and the others count none. The last 5 minutes do not count.
Sources
    Troubleshoot NAT gateways, https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-troubleshooting.html
    (read 2026-11-21)
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
    id="NAT010",
    title="NAT gateway's connections end before they idle out",
    severity=Severity.LOW,
    family="nat",
    applies_to=NatGateway.TYPE,
    needs=MEASURED,
)


def check(view: View, settings: Settings) -> Iterator[Finding]:
    """One finding per NAT gateway."""
    return each_gateway(META, view, settings, lambda nat, _: _judge(view, nat))


def _judge(view: View, nat: NatGateway) -> Iterator[Finding]:
    idle = measured(view, nat, "IdleTimeoutCount")
    if idle.total:
        noun = "connection" if idle.total == 1 else "connections"
        said = (
            f"{nat.label} dropped {idle.total:,.0f} {noun} after 350 idle seconds {idle.window}: send keepalives "
            "earlier, or close what is not used."
        )
        yield META.failed(nat, said, *idle.evidence, code="IDLE_TIMEOUT")
    else:
        said = f"{nat.label} dropped no idle connection in any minute {idle.whole().window}."
        yield META.passed(nat, said, *idle.evidence)
