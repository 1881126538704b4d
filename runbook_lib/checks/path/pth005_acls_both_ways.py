"""Network ACLs on the path allow the flow and its answer.

What is verified
    Every network ACL on the way allows the packet, and the answer on all ports the sender may use (1024-65535).
Why it matters
    Network ACLs are stateless. A partly open return range fails only some connections: timeouts that come and go.
How it is decided
    First match in rule order at every subnet border, also in the NAT gateway's subnet; the blocked port intervals
    are named.
Unknown when
    A fact on the path could not be read (the finding names the IAM action), or an appliance decides. Where the path
    ends early, what lies behind was not met: not applicable.
Sources
    Network ACL rules, https://docs.aws.amazon.com/vpc/latest/userguide/nacl-rules.html (read 2026-11-21)
"""

from __future__ import annotations

from collections.abc import Iterator

from runbook_lib.checks.base import Meta, Settings
from runbook_lib.checks.path.common import TRACED
from runbook_lib.checks.path.stages import ACLS, check_stage
from runbook_lib.model.finding import Finding
from runbook_lib.model.status import Severity
from runbook_lib.model.vpc import Subnet
from runbook_lib.network.view import View

__all__ = ["META", "check"]

META = Meta(
    id="PTH005",
    title="Network ACLs on the path allow the flow and its answer",
    severity=Severity.HIGH,
    family="path",
    applies_to=Subnet.TYPE,
    needs=TRACED,
)


def check(view: View, settings: Settings) -> Iterator[Finding]:
    """One finding per subnet, security groups and destination."""
    return check_stage(META, view, settings, ACLS)
