"""From a name or ids to the target: where does the code run?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from runbook_lib.errors import FactMissing, UsageError, unknown_name
from runbook_lib.model.filters import SecurityGroup
from runbook_lib.model.finding import ResourceRef
from runbook_lib.model.interfaces import Function
from runbook_lib.model.kinds import action_of
from runbook_lib.model.target import Placement, Target
from runbook_lib.model.vpc import Subnet, Vpc
from runbook_lib.network.view import View

__all__ = ["everything", "of_function", "of_placement", "of_vpc"]


def of_function(view: View, name: str) -> Target:
    """The target for one function, by name or ARN; all its subnets.

    Raises UsageError with the nearest names when the function does not exist; when functions could not be read the
    target is `unresolved`.
    """
    found = view.function_called(name)
    if found is None:
        unread = _unread(view, Function)
        if unread:
            gap = FactMissing(f"function {name}", action_of(Function.KEY))
            ref = ResourceRef(type=Function.TYPE, id=name)
            return Target(kind="function", name=name, ref=ref, placements=(), unresolved=gap)
        known = [function.id for function in view.snapshot.all(Function)]
        if not known:
            raise UsageError(f"function {name!r} not found: the account and Region read have no Lambda function")
        raise unknown_name("function", name, known)
    try:
        placements = _placements([found])
    except FactMissing as gap:
        return Target(kind="function", name=found.id, ref=found.ref, placements=(), unresolved=gap)
    outside = () if found.vpc_id else (found.id,)
    return Target(kind="function", name=found.id, ref=found.ref, placements=placements, outside_vpc=outside)


def of_vpc(view: View, vpc_id: str) -> Target:
    """The target for a VPC: where its functions run; all its subnets when it has no function.

    Raises UsageError for an unknown VPC; when its functions or subnets could not be read the target is `unresolved`.
    """
    vpc = view.find(Vpc, vpc_id)
    if vpc is None and not any(subnet.vpc_id == vpc_id for subnet in view.snapshot.all(Subnet)):
        if _unread(view, Vpc):
            gap = FactMissing(f"VPC {vpc_id}", action_of(Vpc.KEY))
            ref = ResourceRef(type=Vpc.TYPE, id=vpc_id)
            return Target(kind="vpc", name=vpc_id, ref=ref, placements=(), unresolved=gap)
        raise unknown_name("VPC", vpc_id, [item.id for item in view.snapshot.all(Vpc)])
    name, ref = vpc.label if vpc else vpc_id, view.ref(Vpc, vpc_id)
    functions = [function for function in view.snapshot.all(Function) if function.vpc_id == vpc_id]
    try:
        _need_functions(view, vpc_id)
        placements = _placements(functions) or (_whole(view, vpc_id),)
    except FactMissing as gap:
        return Target(kind="vpc", name=name, ref=ref, placements=(), unresolved=gap)
    return Target(kind="vpc", name=name, ref=ref, placements=placements)


def of_placement(view: View, subnet_ids: Iterable[str], group_ids: Iterable[str]) -> Target:
    """The target for code placed by hand in subnets with security groups.

    Raises UsageError for unknown ids; when a subnet could not be read the target is `unresolved`.
    """
    subnets, groups = tuple(sorted(set(subnet_ids))), tuple(sorted(set(group_ids)))
    for subnet_id in subnets:
        if view.find(Subnet, subnet_id) is None and not _unread(view, Subnet):
            raise unknown_name("subnet", subnet_id, [item.id for item in view.snapshot.all(Subnet)])
    for group_id in groups:
        if view.find(SecurityGroup, group_id) is None and not _unread(view, SecurityGroup):
            raise unknown_name("security group", group_id, [item.id for item in view.snapshot.all(SecurityGroup)])
    name, by_vpc = " + ".join((*subnets, *groups)), defaultdict[str, list[str]](list)
    for subnet_id in subnets:
        if view.find(Subnet, subnet_id) is None:
            gap = FactMissing(f"subnet {subnet_id}", action_of(Subnet.KEY))
            return Target(kind="placement", name=name, ref=view.ref(Subnet, subnet_id), placements=(), unresolved=gap)
        by_vpc[view.subnet(subnet_id).vpc_id].append(subnet_id)
    if len(by_vpc) > 1:
        raise UsageError(f"the subnets are in different VPCs ({', '.join(sorted(by_vpc))}); a function runs in one")
    vpc_id = next(iter(by_vpc))
    return Target(
        kind="placement",
        name=name,
        ref=view.ref(Subnet, subnets[0]),
        placements=(Placement(vpc_id=vpc_id, subnet_ids=subnets, group_ids=groups),),
    )


def everything(view: View) -> Target:
    """The target for every function of the snapshot."""
    functions = view.snapshot.all(Function)
    outside = tuple(sorted({function.id for function in functions if not function.vpc_id}))
    account = view.snapshot.origin.account or "the snapshot"
    ref = ResourceRef(type="AWS::::Account", id=account, account=view.snapshot.origin.account)
    gap = FactMissing("the list of functions", action_of(Function.KEY)) if _unread(view, Function) else None
    if not functions and gap is None:
        raise UsageError("the account and Region read have no Lambda function: nothing to check")
    placements: tuple[Placement, ...] = ()
    if gap is None:
        try:
            placements = _placements(functions)
        except FactMissing as unplaced:
            gap = unplaced
    return Target(
        kind="all",
        name="1 function" if len(functions) == 1 else f"{len(functions)} functions",
        ref=ref,
        placements=placements,
        outside_vpc=outside,
        unresolved=gap,
    )


def _need_functions(view: View, vpc_id: str) -> None:
    """Raise FactMissing when functions of the VPC's Region were asked for and not read whole, by any account."""
    snapshot, region = view.snapshot, view.scope_of(vpc_id).region
    cut = [
        listing.scope for listing in snapshot.listings.values() if listing.key == Function.KEY and listing.incomplete
    ]
    cut += [call.scope for call in snapshot.calls if call.key == Function.KEY and (call.error or call.truncated)]
    if any(None in (scope.region, region) or scope.region == region for scope in cut):
        raise FactMissing(f"the whole list of functions in {vpc_id}", action_of(Function.KEY))


def _whole(view: View, vpc_id: str) -> Placement:
    subnets = tuple(subnet.id for subnet in view.subnets_in(vpc_id))
    if not subnets:
        raise FactMissing(f"where code runs in {vpc_id} (no subnet is known)", action_of(Subnet.KEY))
    return Placement(vpc_id=vpc_id, subnet_ids=subnets, group_ids=())


def _unread(view: View, fact: type[Function] | type[Vpc] | type[Subnet] | type[SecurityGroup]) -> bool:
    return not view.snapshot.scopes or any(not view.is_complete(fact, scope) for scope in view.snapshot.scopes)


def _placements(functions: Iterable[Function]) -> tuple[Placement, ...]:
    shared: dict[tuple[str, tuple[str, ...], tuple[str, ...], bool], list[str]] = defaultdict(list)
    for function in functions:
        function.need_place()
        if function.vpc_id:
            where = (
                function.vpc_id,
                tuple(sorted(function.subnet_ids)),
                tuple(sorted(function.group_ids)),
                function.ipv6_dual_stack,
            )
            shared[where].append(function.id)
    return tuple(
        Placement(vpc_id=vpc, subnet_ids=subnets, group_ids=groups, functions=tuple(sorted(names)), ipv6_dual_stack=v6)
        for (vpc, subnets, groups, v6), names in sorted(shared.items())
    )
