"""NAT gateway had a port for every new connection.

What is verified
    ErrorPortAllocation of the NAT gateway is zero in every minute of the window.
Why it matters
    A NAT gateway carries 55,000 connections at a time per address to one destination (address, port, protocol).
    Beyond that, new connections fail for everybody behind it. This metric, and not a split into first successes and
    later failures, proves it.
How it is decided
    The sum over the window; of a regional NAT gateway over all its Availability Zones. One error is a failure, also
    where other minutes are missing.
Unknown when
    The metric was not read, or a minute has no value and none of the others counts an error. The last 5 minutes do
    not count: CloudWatch may still owe them.
Sources
    NAT gateway metrics and dimensions,
    https://docs.aws.amazon.com/vpc/latest/userguide/metrics-dimensions-nat-gateway.html (read 2026-11-21)
    NAT gateway basics, https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-basics.html (read 2026-11-21)
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
    id="NAT007",
    title="NAT gateway had a port for every new connection",
    severity=Severity.CRITICAL,
    family="nat",
    applies_to=NatGateway.TYPE,
    needs=MEASURED,
)


def check(view: View, settings: Settings) -> Iterator[Finding]:
    """One finding per NAT gateway."""
    return each_gateway(META, view, settings, lambda nat, _: _judge(view, nat))


def _judge(view: View, nat: NatGateway) -> Iterator[Finding]:
    errors = measured(view, nat, "ErrorPortAllocation")
    if errors.total:
        times = "time" if errors.total == 1 else "times"
        said = (
            f"{nat.label} could not allocate a port {errors.total:,.0f} {times} {errors.window}: it held all the "
            "connections to one destination that it can."
        )
        yield META.failed(nat, said, *errors.evidence, code="ERROR_PORT_ALLOCATION")
    else:
        said = f"{nat.label} had no port allocation error in any minute {errors.whole().window}."
        yield META.passed(nat, said, *errors.evidence)
