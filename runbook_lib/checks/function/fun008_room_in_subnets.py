"""Function's subnets lie in two zones and have room for its network interfaces.

What is verified
    The subnets lie in at least two Availability Zones, each has a free address, and the VPC has not used up its quota
    of network interfaces that Lambda makes.
Why it matters
    A function in one zone stops with it. Without a free address or below a full quota Lambda makes no interface: the
    function cannot scale, and after an update or two idle weeks it fails with SubnetOutOfIPAddresses or
    EniLimitExceeded.
How it is decided
    By zone and AvailableIpAddressCount of each subnet, and by the interfaces of type lambda in the VPC against the
    applied quota L-9FEE3D26, of which less than 90 percent may be used; that share is the kit's. Pages of AWS differ on
    the default of the quota, so that only its applied value counts.
Unknown when
    A subnet, the network interfaces or the quota were not read.
Sources
    Giving Lambda functions access to resources in an Amazon VPC,
    https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html (read 2026-11-21)
    Troubleshoot networking issues in Lambda,
    https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-networking.html (read 2026-11-21)
"""

from __future__ import annotations

from collections.abc import Iterator

from runbook_lib.checks.base import Meta, Settings
from runbook_lib.checks.function.common import of_function
from runbook_lib.checks.nat.measured import near
from runbook_lib.errors import FactMissing
from runbook_lib.model.finding import Finding
from runbook_lib.model.interfaces import Function, NetworkInterface
from runbook_lib.model.kinds import action_of
from runbook_lib.model.observations import Quota
from runbook_lib.model.status import Severity
from runbook_lib.model.vpc import Subnet, Vpc
from runbook_lib.network.view import View

__all__ = ["META", "check"]

META = Meta(
    id="FUN008",
    title="Function's subnets lie in two zones and have room for its network interfaces",
    severity=Severity.MEDIUM,
    family="function",
    applies_to=Function.TYPE,
    needs=(Function.KEY, Subnet.KEY, Vpc.KEY, NetworkInterface.KEY, Quota.KEY),
)

_QUOTA = "L-9FEE3D26"


def check(view: View, settings: Settings) -> Iterator[Finding]:
    """One finding for the function."""
    return of_function(META, view, settings, lambda function: _judge(view, function))


def _judge(view: View, function: Function) -> Iterator[Finding]:
    if not function.vpc_id:
        yield META.not_applicable(function, f"{function.id} is in no VPC and needs no address there.")
        return
    function.need_place()
    subnets = [view.subnet(id_) for id_ in sorted(function.subnet_ids)]
    seen = [subnet.cite(field) for subnet in subnets for field in ("AvailabilityZone", "AvailableIpAddressCount")]
    full = [subnet.label for subnet in subnets if subnet.available_addresses == 0]
    zones = sorted({subnet.az for subnet in subnets if subnet.az})
    if full:
        said = f"{function.id}: {' and '.join(full)} has no free address for a network interface of it."
        yield META.failed(function, said, *seen, code="SUBNET_OUT_OF_ADDRESSES")
    elif any(subnet.az is None or subnet.available_addresses is None for subnet in subnets):
        raise FactMissing(f"zones and free addresses of the subnets of {function.id}", action_of(Subnet.KEY))
    elif len(zones) < 2:
        said = f"{function.id} has subnets in {zones[0]} only: when that zone fails, so does the function."
        yield META.failed(function, said, *seen, code="ONE_ZONE")
    else:
        quota = view.get(Quota, _QUOTA)
        made = sum(item.kind == "lambda" for item in view.in_vpc(NetworkInterface, function.vpc_id))
        used = (
            f"Lambda made {made:,} of the {quota.value:,.0f} network interfaces that it may make in {function.vpc_id}"
        )
        if near(made, quota.value):
            said = f"{function.id}: {used}, which is near the end of them."
            yield META.failed(function, said, quota.cite("Value"), code="INTERFACES_NEAR_QUOTA")
        else:
            said = f"{function.id} has subnets with free addresses in {' and '.join(zones)}, and {used}."
            yield META.passed(function, said, *seen, quota.cite("Value"))
