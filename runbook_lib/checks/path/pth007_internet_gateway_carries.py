"""Internet gateway on the path carries the flow.

What is verified
    The internet gateway is attached to the VPC, the source has a public address there, and public access is not
    blocked.
Why it matters
    A Lambda function never gets a public address: in a subnet that routes straight to an internet gateway it has
    no internet.
How it is decided
    The path is traced to the internet gateway; behind a NAT gateway the NAT's public address counts.
Unknown when
    A fact on the path could not be read (the finding names the IAM action), or an appliance decides. Where the path
    ends early, what lies behind was not met: not applicable.
Sources
    Enable internet access for VPC-connected Lambda functions,
    https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc-internet.html (read 2026-11-21)
"""

from __future__ import annotations

from collections.abc import Iterator

from runbook_lib.checks.base import Meta, Settings
from runbook_lib.checks.path.common import TRACED
from runbook_lib.checks.path.stages import INTERNET, check_stage
from runbook_lib.model.finding import Finding
from runbook_lib.model.status import Severity
from runbook_lib.model.vpc import Subnet
from runbook_lib.network.view import View

__all__ = ["META", "check"]

META = Meta(
    id="PTH007",
    title="Internet gateway on the path carries the flow",
    severity=Severity.HIGH,
    family="path",
    applies_to=Subnet.TYPE,
    needs=TRACED,
)


def check(view: View, settings: Settings) -> Iterator[Finding]:
    """One finding per subnet, security groups and destination."""
    return check_stage(META, view, settings, INTERNET)
