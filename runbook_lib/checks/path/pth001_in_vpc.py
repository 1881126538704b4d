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
from runbook_lib.model.finding import Finding
from runbook_lib.model.interfaces import Function
from runbook_lib.model.status import Severity
from runbook_lib.network.view import View

__all__ = ["META", "check"]

META = Meta(
    id="PTH001",
    title="Function runs in a VPC",
    severity=Severity.INFO,
    family="path",
    applies_to=Function.TYPE,
    needs=("Functions",),
)


def check(view: View, settings: Settings) -> Iterator[Finding]:
    """One finding per VPC of the target that holds functions."""
    for placement in settings.target.placements:
        if not placement.functions:
            said = f"No function is named for {placement.vpc_id}: its subnets are judged as they are."
            yield META.not_applicable(settings.target.ref, said, scope=placement.vpc_id)
            continue
        function = view.function(placement.functions[0])
        more = f" and {len(placement.functions) - 1} others" if len(placement.functions) > 1 else ""
        where = f"{placement.vpc_id} in {len(placement.subnet_ids)} subnets"
        said = f"{function.id}{more} runs in {where} with {', '.join(placement.group_ids) or 'no security group'}."
        yield META.passed(function, said, function.cite("VpcConfig"))
