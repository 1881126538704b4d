"""Function has a network interface that an analysis can start at.

What is verified
    In each of its subnets there is a network interface that carries the traffic of the function.
Why it matters
    Reachability Analyzer takes no function as a source. Lambda shares an interface between all functions with the same
    subnet and security groups and names it after the one that came first, so that the right one is hard to find.
How it is decided
    By subnet, set of security groups and kind of the interfaces; the description tells only whose it was at first.
Unknown when
    The network interfaces could not be read.
Sources
    Giving Lambda functions access to resources in an Amazon VPC,
    https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html (read 2026-11-21)
    How Reachability Analyzer works,
    https://docs.aws.amazon.com/vpc/latest/reachability/how-reachability-analyzer-works.html (read 2026-11-21)
"""

from __future__ import annotations

from collections.abc import Iterator

from runbook_lib.checks.analyzer.common import PLANNED, Asked, each_asked
from runbook_lib.checks.base import Meta, Settings
from runbook_lib.model.finding import Finding
from runbook_lib.model.status import Severity
from runbook_lib.model.vpc import Subnet
from runbook_lib.network.view import View

__all__ = ["META", "check"]

META = Meta(
    id="ANA003",
    title="Function has a network interface that an analysis can start at",
    severity=Severity.LOW,
    family="analyzer",
    applies_to=Subnet.TYPE,
    needs=PLANNED,
)


def check(view: View, settings: Settings) -> Iterator[Finding]:
    """One finding per subnet, security groups and destination."""
    return each_asked(META, view, settings, _judge)


def _judge(asked: Asked) -> Iterator[Finding]:
    subnet, scope, said = asked.traced.subnet, asked.traced.flow.scope, asked.source.text
    if asked.source.interface_id is None:
        yield META.failed(subnet, said, subnet.cite("SubnetId"), code="NO_INTERFACE", scope=scope)
    else:
        interface = asked.view.interface(asked.source.interface_id)
        yield META.passed(subnet, said, interface.cite("Description"), scope=scope)
