"""VPC of the function has something private to reach.

What is verified
    In the VPC, or by its routes, is something that can only be reached from inside.
Why it matters
    A function in a VPC loses the internet that every other function has, and needs a NAT gateway or endpoints for what
    it could reach without. It does not lose seconds at a cold start: since 2019 Lambda makes the network interface when
    the function is created or its VPC settings change and shares it among functions; none is made by an invocation.
How it is decided
    By private addresses that were named or that the log names; else by the network interfaces of others (databases,
    instances, interface endpoints), and routes to peerings, transit and VPN gateways. Whether the function uses them is
    not known: that they are there is enough. Without any, a NAT gateway (a fixed source address) or a gateway endpoint
    (its policy) may be the reason, and that is not judged; with nothing at all the VPC only takes the internet away.
Unknown when
    The network interfaces, endpoints or route tables were not read; or the VPC is shared by another account, which
    alone sees what is in it.
Sources
    Giving Lambda functions access to resources in an Amazon VPC,
    https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html (read 2026-11-21)
    Shared VPCs: participants see only what is their own,
    https://docs.aws.amazon.com/vpc/latest/userguide/vpc-sharing.html (from memory)
    Announcing improved VPC networking for AWS Lambda functions,
    https://aws.amazon.com/blogs/compute/announcing-improved-vpc-networking-for-aws-lambda-functions/ (from memory)
"""

from __future__ import annotations

from collections.abc import Iterator

from runbook_lib.checks.base import Meta, Settings
from runbook_lib.checks.function.common import of_function
from runbook_lib.checks.function.surroundings import (
    nat_interfaces,
    neighbours,
    private_names,
    tables_of,
    ways_out,
)
from runbook_lib.checks.logs.common import LOGGED
from runbook_lib.model.finding import Finding
from runbook_lib.model.gateways import VpcEndpoint
from runbook_lib.model.interfaces import Function, NetworkInterface
from runbook_lib.model.status import Severity
from runbook_lib.model.vpc import RouteTable, Subnet, Vpc
from runbook_lib.network.view import View

__all__ = ["META", "check"]

META = Meta(
    id="FUN015",
    title="VPC of the function has something private to reach",
    severity=Severity.INFO,
    family="function",
    applies_to=Function.TYPE,
    needs=(*LOGGED, NetworkInterface.KEY, RouteTable.KEY, Subnet.KEY, Vpc.KEY, VpcEndpoint.KEY),
)


def check(view: View, settings: Settings) -> Iterator[Finding]:
    """One finding for the function."""
    return of_function(META, view, settings, lambda function: _judge(view, settings, function))


def _judge(view: View, settings: Settings, function: Function) -> Iterator[Finding]:
    if not function.vpc_id:
        yield META.not_applicable(function, f"{function.id} is in no VPC.")
        return
    function.need_place()
    others, ways = neighbours(view, function.vpc_id), ways_out(view, function)
    private = [way for way in ways if way.is_private]
    named = private_names(view, settings, function)
    where = f"{function.id} is in {function.vpc_id}"
    if named:
        said = f"{where} and is meant to reach {', '.join(named)} there or by it."
        yield META.passed(function, said, function.cite("VpcConfig", "VpcId"))
    elif others or private:
        kinds = sorted({item.kind for item in others})
        there = [f"{len(others):,} network interface{'' if len(others) == 1 else 's'} of others ({', '.join(kinds)})"]
        words = [*(there if others else ()), *dict.fromkeys(way.target for way in private)]
        seen = (*(item.cite("InterfaceType") for item in others[:3]), *(way.evidence for way in private))
        said = f"{where}, where {' and '.join(words)} can be reached; whether it does so is not known."
        yield META.passed(function, said, *seen)
    elif (vpc := view.find(Vpc, function.vpc_id)) and vpc.owner not in (None, function.scope.account):
        said = f"{where}, which account {vpc.owner} shares: what others have there cannot be seen from here."
        yield META.unknown(function, said, vpc.cite("OwnerId"), code="SHARED_VPC")
    elif doors := [way.target for way in ways] or [item.id for item in nat_interfaces(view, function.vpc_id)]:
        by = " and ".join(dict.fromkeys(doors))
        said = f"{where}, where nothing private is; a fixed source address or a policy ({by}) may be what it is for"
        yield META.not_applicable(function, f"{said}: nobody told.")
    else:
        said = f"{where}, where nothing private is and no way leads out: outside the VPC it would have the internet."
        seen = (function.cite("VpcConfig", "VpcId"), *(table.cite("Routes") for table in tables_of(view, function)))
        yield META.failed(function, said, *seen, code="NOTHING_PRIVATE")
