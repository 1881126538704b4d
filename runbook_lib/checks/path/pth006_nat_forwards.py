"""NAT gateway on the path forwards the flow.

What is verified
    The NAT gateway that the route names is available, carries the protocol, and its own subnet leads on.
Why it matters
    A NAT gateway that failed, was deleted, or sits in a subnet that routes back to it takes the packets and drops
    them.
How it is decided
    The path is traced through the NAT gateway: state, protocol (TCP, UDP, ICMP only), and a second route lookup
    in its own subnet.
Unknown when
    A fact on the path could not be read; the finding names the IAM action that would read it.
Sources
    NAT gateway basics, https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-basics.html (read 2026-11-21)
"""

from __future__ import annotations

from collections.abc import Iterator

from runbook_lib.checks.base import Meta, Settings
from runbook_lib.checks.path.common import Stage, check_stage
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
    needs=(
        "Subnets",
        "Vpcs",
        "RouteTables",
        "SecurityGroups",
        "NetworkAcls",
        "NetworkInterfaces",
        "PrefixLists",
        "VpcEndpoints",
        "NatGateways",
        "InternetGateways",
        "VpcBlockPublicAccessOptions",
    ),
)

_STAGE = Stage(
    codes=frozenset(
        {
            "REGIONAL_NGW_ROUTE_AZ_RESTRICTION",
            "PROTOCOL_RESTRICTION",
            "NGW_SOURCE_ADDRESS_REASSIGN",
            "NGW_REQUIRES_SOURCE_IN_VPC",
        }
    ),
    hop="nat-gateway",
    passes="the NAT gateway takes it and sends it on",
)


def check(view: View, settings: Settings) -> Iterator[Finding]:
    """One finding per subnet, security groups and destination."""
    return check_stage(META, view, settings, _STAGE)
