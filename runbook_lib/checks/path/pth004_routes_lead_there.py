"""Routes lead to the destination and back.

What is verified
    In every VPC on the way the winning route leads on to the destination, and the answer is routed back.
Why it matters
    A missing route, a blackhole left by a deleted gateway, or a peer without a return route all look like a
    timeout.
How it is decided
    Longest prefix match in the effective table of every subnet on the way; a blackhole wins and drops. Peering
    connections, transit gateways with their tables, and virtual private gateways count as the way on.
Unknown when
    A fact on the path could not be read (the finding names the IAM action), or an appliance decides. Where the path
    ends early, what lies behind was not met: not applicable.
Sources
    Route priority, https://docs.aws.amazon.com/vpc/latest/userguide/route-tables-priority.html (read 2026-11-21)
"""

from __future__ import annotations

from collections.abc import Iterator

from runbook_lib.checks.base import Meta, Settings
from runbook_lib.checks.path.common import TRACED
from runbook_lib.checks.path.stages import ROUTES, check_stage
from runbook_lib.model.finding import Finding
from runbook_lib.model.status import Severity
from runbook_lib.model.vpc import Subnet
from runbook_lib.network.view import View

__all__ = ["META", "check"]

META = Meta(
    id="PTH004",
    title="Routes lead to the destination and back",
    severity=Severity.HIGH,
    family="path",
    applies_to=Subnet.TYPE,
    needs=TRACED,
)


def check(view: View, settings: Settings) -> Iterator[Finding]:
    """One finding per subnet, security groups and destination."""
    return check_stage(META, view, settings, ROUTES)
