"""Function runs in a VPC.

What is verified
    The function has a VPC configuration with at least one subnet.
Why it matters
    No rule of a VPC applies to a function outside it: its timeouts have another cause.
How it is decided
    From VpcConfig of the function as ListFunctions reports it.
Unknown when
    The functions could not be read.
Sources
    Giving Lambda functions access to resources in an Amazon VPC,
    https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html (read 2026-11-21)
"""

from __future__ import annotations

from collections.abc import Iterator

from runbook_lib.checks.base import Meta, Settings
from runbook_lib.model.filters import SecurityGroup
from runbook_lib.model.finding import Finding, ResourceRef
from runbook_lib.model.interfaces import Function
from runbook_lib.model.status import Severity
from runbook_lib.model.target import Placement
from runbook_lib.model.vpc import Vpc
from runbook_lib.network.view import View

__all__ = ["META", "check"]

META = Meta(
    id="PTH001",
    title="Function runs in a VPC",
    severity=Severity.INFO,
    family="path",
    applies_to=Function.TYPE,
    needs=("Functions", "SecurityGroups", "Vpcs"),
)


def check(view: View, settings: Settings) -> Iterator[Finding]:
    """One finding per distinct set of subnets and security groups that functions of the target share."""
    placed = [placement for placement in settings.target.placements if placement.functions]
    if not placed:
        said = f"{settings.target.name} names no function: its subnets are judged as they are."
        yield META.not_applicable(settings.target.ref, said)
        return

    def about(placement: Placement) -> ResourceRef:
        return view.ref(Function, placement.functions[0])

    yield from META.each(placed, about, lambda placement: _judge(view, placement))


def _judge(view: View, placement: Placement) -> Iterator[Finding]:
    function = view.function(placement.functions[0])
    others = len(placement.functions) - 1
    shared = f", as {_count(others, 'function')} more" if others else ""
    groups = ", ".join(_label(view, SecurityGroup, group_id) for group_id in placement.group_ids)
    where = f"{_label(view, Vpc, placement.vpc_id)} in {_count(len(placement.subnet_ids), 'subnet')}"
    said = f"{function.id} runs in {where} with {groups}{shared}."
    yield META.passed(function, said, function.cite("VpcConfig"))


def _label(view: View, kind: type[SecurityGroup] | type[Vpc], id_: str) -> str:
    found = view.find(kind, id_)
    return found.label if found else id_


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
