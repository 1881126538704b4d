"""Security groups on the path allow the flow.

What is verified
    The security groups of the function let the flow out, and those of the interface it ends at let it in.
Why it matters
    A security group that does not allow a packet drops it silently: the client sees a timeout, never a refusal.
How it is decided
    The path is traced from each subnet; groups are a union of allow rules and stateful, references and prefix
    lists are expanded.
Unknown when
    A fact on the path could not be read (the finding names the IAM action), or an appliance decides. Where the path
    ends early, what lies behind was not met: not applicable.
Sources
    Control traffic to your AWS resources using security groups,
    https://docs.aws.amazon.com/vpc/latest/userguide/vpc-security-groups.html (read 2026-11-21)
"""

from __future__ import annotations

from collections.abc import Iterator

from runbook_lib.checks.base import Meta, Settings
from runbook_lib.checks.path.common import TRACED
from runbook_lib.checks.path.stages import GROUPS, check_stage
from runbook_lib.model.finding import Finding
from runbook_lib.model.status import Severity
from runbook_lib.model.vpc import Subnet
from runbook_lib.network.view import View

__all__ = ["META", "check"]

META = Meta(
    id="PTH003",
    title="Security groups on the path allow the flow",
    severity=Severity.HIGH,
    family="path",
    applies_to=Subnet.TYPE,
    needs=TRACED,
)


def check(view: View, settings: Settings) -> Iterator[Finding]:
    """One finding per subnet, security groups and destination."""
    return check_stage(META, view, settings, GROUPS)
