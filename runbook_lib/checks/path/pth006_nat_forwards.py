"""NAT gateway on the path forwards the flow.

What is verified
    The NAT gateway that the route names is available, carries the protocol, and does not stand in a subnet that
    routes back to it.
Why it matters
    A NAT gateway that failed, was deleted, or sits in a subnet that routes back to it takes the packets and drops
    them.
How it is decided
    The path is traced through the NAT gateway: state, protocol (TCP, UDP, ICMP only), and a second route lookup
    in its own subnet. What the network ACL or the route table there stops is PTH005 or PTH004.
Unknown when
    A fact on the path could not be read (the finding names the IAM action), or an appliance decides. Where the path
    ends early, what lies behind was not met: not applicable.
Sources
    NAT gateway basics, https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-basics.html (read 2026-11-21)
"""

from __future__ import annotations

from collections.abc import Iterator

from runbook_lib.checks.base import Meta, Settings
from runbook_lib.checks.path.common import TRACED
from runbook_lib.checks.path.stages import NAT, check_stage
from runbook_lib.model.finding import Finding
from runbook_lib.model.status import Severity
from runbook_lib.model.vpc import Subnet
from runbook_lib.network.view import View

__all__ = ["META", "check"]

META = Meta(
    id="PTH006",
    title="NAT gateway on the path forwards the flow",
    severity=Severity.HIGH,
    family="path",
    applies_to=Subnet.TYPE,
    needs=TRACED,
)


def check(view: View, settings: Settings) -> Iterator[Finding]:
    """One finding per subnet, security groups and destination."""
    return check_stage(META, view, settings, NAT)
