"""The network interface that traffic of a function leaves by, in one of its subnets.

A function cannot be the source of an analysis, its network interface can. Lambda makes one for each combination of
subnet and security groups and shares it between all functions of that combination; its description names only the
function that came first. https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html (read 2026-11-21)
"""

from __future__ import annotations

import re

from runbook_lib.model.analysis_plan import Sharing, SourceInterface
from runbook_lib.model.functions import FunctionConfiguration
from runbook_lib.model.interfaces import Function, NetworkInterface
from runbook_lib.network.ends import Sender
from runbook_lib.network.tools import Tools

__all__ = ["first_function_of", "source_of"]

_DESCRIPTION = re.compile(r"AWS Lambda VPC ENI-(?P<name>.+?)(?:-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})?")


def first_function_of(interface: NetworkInterface) -> str | None:
    """The function that Lambda made an interface for at first, None for an interface that is not Lambda's."""
    match = _DESCRIPTION.fullmatch(interface.description)
    return match["name"] if match else None


def source_of(tools: Tools, sender: Sender, function: Function | None) -> SourceInterface:
    """The interface that an analysis for this sender starts at.

    Raises FactMissing when none is known and not all interfaces were read.
    """
    place = sender.place
    subnet_id = str(place.subnet_id)
    if place.interface:
        return SourceInterface(
            subnet_id=subnet_id,
            sharing=Sharing.NAMED,
            interface_id=place.interface.id,
            text=f"{place.interface.label} was named.",
        )
    found = _candidates(tools, subnet_id, frozenset(place.groups or ()), function)
    if not found:
        tools.view.need(NetworkInterface, tools.view.subnet(subnet_id).scope)
        return _none(tools, subnet_id, place.groups or (), function)
    first, *others = found
    named = first_function_of(first)
    is_own = function is not None and named == function.id
    return SourceInterface(
        subnet_id=subnet_id,
        sharing=Sharing.OWN if is_own else Sharing.SHARED,
        interface_id=first.id,
        text=_own(first, function, others) if is_own else _shared(first, named, function, others),
        others=tuple(item.id for item in others),
    )


def _candidates(
    tools: Tools, subnet_id: str, groups: frozenset[str], function: Function | None
) -> list[NetworkInterface]:
    """The function's own first, then those in use, then by id."""
    name = function.id if function else None
    found = [
        item
        for item in tools.interfaces_of(subnet_id)
        if (item.kind == "lambda" or first_function_of(item)) and frozenset(item.group_ids) == groups
    ]
    return sorted(found, key=lambda item: (first_function_of(item) != name, not item.attached, item.id))


def _own(first: NetworkInterface, function: Function | None, others: list[NetworkInterface]) -> str:
    who = function.id if function else "code"
    return (
        f"{first.id} carries the traffic of {who} in {first.subnet_id}, and of every other function with the same "
        f"subnet and security groups{_more(others)}."
    )


def _shared(
    first: NetworkInterface, named: str | None, function: Function | None, others: list[NetworkInterface]
) -> str:
    who = function.id if function else "code with these security groups"
    came = f"; its description names {named}, the function that came first" if named else ""
    return (
        f"{first.id} carries the traffic of {who} in {first.subnet_id}: Lambda shares it between all functions with "
        f"the same subnet and security groups{came}{_more(others)}."
    )


def _more(others: list[NetworkInterface]) -> str:
    listed = ", ".join(item.id for item in others)
    return f"; {listed} {'does' if len(others) == 1 else 'do'} the same and need no analysis" if others else ""


def _none(tools: Tools, subnet_id: str, groups: tuple[str, ...], function: Function | None) -> SourceInterface:
    where = f"in {subnet_id} with {' and '.join(sorted(groups)) or 'no security group'}"
    return SourceInterface(
        subnet_id=subnet_id,
        sharing=Sharing.NONE,
        interface_id=None,
        text=f"Lambda has no network interface {where} yet: {_why(tools, function)}.",
    )


def _why(tools: Tools, function: Function | None) -> str:
    """https://docs.aws.amazon.com/lambda/latest/dg/functions-states.html (read 2026-11-21)"""
    if function is None:
        return "no function runs there; name a function that does, or an interface (eni-…)"
    name, known = function.id, tools.view.find(FunctionConfiguration, function.id)
    again = f"invoke {name} once, wait until its State is Active, and read the facts again"
    match known.state if known else None:
        case "Inactive":
            return f"{name} was idle so long that Lambda has removed it (State Inactive); {again}"
        case "Pending":
            return f"Lambda is making it (State Pending); wait until {name} is Active, and read the facts again"
        case "Failed":
            reason = known.state_reason_code if known and known.state_reason_code else "no reason given"
            return f"Lambda could not make it (State Failed, {reason}); mend that first"
    return f"{name} was never invoked there, or idle so long that Lambda has removed it; {again}"
