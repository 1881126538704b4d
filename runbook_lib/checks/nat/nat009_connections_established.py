"""NAT gateway's connection attempts are answered.

What is verified
    At most 1 percent of the connections attempted through the NAT gateway were not established.
Why it matters
    Fewer established connections than attempts mean that clients got no answer: the far side is down, a network ACL
    or a route eats the answers, or ports are used up (NAT007).
How it is decided
    1 - ConnectionEstablishedCount / ConnectionAttemptCount over the window, all Availability Zones together. AWS names
    no share; 1 percent is the kit's, and exactly 1 percent passes. A retransmitted SYN can make more established than
    attempted: that passes.
Unknown when
    One of the metrics was not read, or has minutes without a value. The last 5 minutes do not count.
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
    id="NAT009",
    title="NAT gateway's connection attempts are answered",
    severity=Severity.MEDIUM,
    family="nat",
    applies_to=NatGateway.TYPE,
    needs=MEASURED,
)

_PER_UNANSWERED = 100


def check(view: View, settings: Settings) -> Iterator[Finding]:
    """One finding per NAT gateway."""
    return each_gateway(META, view, settings, lambda nat, _: _judge(view, nat))


def _judge(view: View, nat: NatGateway) -> Iterator[Finding]:
    tried = measured(view, nat, "ConnectionAttemptCount").whole()
    made = measured(view, nat, "ConnectionEstablishedCount").whole()
    unanswered = tried.total - made.total
    seen = (*tried.evidence, *made.evidence)
    if unanswered * _PER_UNANSWERED > tried.total:
        said = (
            f"{nat.label} established {made.total:,.0f} of {tried.total:,.0f} attempted connections {tried.window}: "
            f"{unanswered / tried.total:.1%} got no answer."
        )
        yield META.failed(nat, said, *seen, code="CONNECTIONS_UNANSWERED")
    else:
        said = f"{nat.label} established {made.total:,.0f} connections of {tried.total:,.0f} attempts {tried.window}."
        yield META.passed(nat, said, *seen)
