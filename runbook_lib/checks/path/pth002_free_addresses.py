"""Subnet has a free address.

What is verified
    Each subnet of the function has at least one free IPv4 address.
Why it matters
    Lambda needs an address for every network interface it makes. Without one, new and updated functions stay Pending
    and end Failed with SubnetOutOfIPAddresses, and a busy function cannot scale beyond its existing interfaces.
How it is decided
    AvailableIpAddressCount of the subnet is above zero.
Unknown when
    The subnets could not be read.
Sources
    Troubleshoot networking issues in Lambda,
    https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-networking.html (read 2026-11-21)
"""

from __future__ import annotations

from collections.abc import Iterator

from runbook_lib.checks.base import Meta, Settings
from runbook_lib.errors import FactMissing
from runbook_lib.model.finding import Finding
from runbook_lib.model.kinds import action_of
from runbook_lib.model.status import Severity
from runbook_lib.model.vpc import Subnet
from runbook_lib.network.view import View

__all__ = ["META", "check"]

META = Meta(
    id="PTH002",
    title="Subnet has a free address",
    severity=Severity.MEDIUM,
    family="path",
    applies_to=Subnet.TYPE,
    needs=("Subnets",),
)


def check(view: View, settings: Settings) -> Iterator[Finding]:
    """One finding per subnet of the target."""
    ids = settings.target.subnet_ids
    return META.each(ids, lambda subnet_id: view.ref(Subnet, subnet_id), lambda subnet_id: _judge(view, subnet_id))


def _judge(view: View, subnet_id: str) -> Iterator[Finding]:
    subnet = view.subnet(subnet_id)
    free = subnet.available_addresses
    if free is None:
        raise FactMissing(f"the free addresses of {subnet_id}", action_of(Subnet.KEY))
    seen = subnet.cite("AvailableIpAddressCount")
    if free > 0:
        yield META.passed(subnet, f"{subnet.label} has {free} free address{'es' if free > 1 else ''}.", seen)
    else:
        said = f"{subnet.label} has no free address: Lambda can make no further network interface there."
        yield META.failed(subnet, said, seen, code="SUBNET_OUT_OF_ADDRESSES")
