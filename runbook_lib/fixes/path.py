"""From a blocked flow to the smallest changes that heal it, each tried on a copy of the network."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from runbook_lib.checks.base import Settings
from runbook_lib.checks.path.common import Flow, flows
from runbook_lib.errors import FactMissing
from runbook_lib.fixes import path_doors as doors
from runbook_lib.fixes import path_filters as filters
from runbook_lib.fixes import path_nat as nat
from runbook_lib.fixes import path_routes as routes
from runbook_lib.fixes import path_transit as transit
from runbook_lib.fixes.base import Proposal
from runbook_lib.fixes.changes import Change
from runbook_lib.fixes.proof import Plan, judge, trace
from runbook_lib.fixes.stops import Stop, stops
from runbook_lib.model.finding import Finding, Fix
from runbook_lib.network.question import Question
from runbook_lib.network.reach import probes
from runbook_lib.network.view import View
from runbook_lib.network.whatif import Edit, apply

__all__ = ["offers", "plans", "propose", "remedies"]

Remedy = Callable[[Stop], Iterator[Change]]

_MOST_STEPS = 10
_MOST_PLANS = 5

_ROUTING: tuple[Remedy, ...] = (doors.use_endpoint, routes.add_route, nat.route_nat)

REMEDIES: Mapping[str, tuple[Remedy, ...]] = {
    "ENI_SG_RULES_MISMATCH": (filters.allow_in_group,),
    "SG_HAS_NO_RULES": (filters.allow_in_group,),
    "SUBNET_ACL_RESTRICTION": (filters.allow_in_acl,),
    "NO_ROUTE_TO_DESTINATION": (*_ROUTING, nat.new_nat),
    "BAD_STATE_ROUTE": (doors.use_endpoint, routes.replace_blackhole, nat.route_nat, nat.new_nat),
    "IGW_PUBLIC_IP_ASSOCIATION_FOR_EGRESS": (doors.use_endpoint, nat.give_public_way, nat.new_nat),
    "IGW_DESTINATION_ADDRESS_NOT_IN_RFC1918_EGRESS": (routes.add_route,),
    "IGW_DESTINATION_ADDRESS_NOT_IN_RFC6598_EGRESS": (routes.add_route,),
    "NGW_SOURCE_ADDRESS_REASSIGN": (routes.add_route,),
    "PCX_REQUIRES_ADDRESS_IN_VPC_CIDR": (routes.add_route,),
    "NO_POSSIBLE_DESTINATION": (routes.add_route,),
    "CANNOT_ROUTE": (nat.route_nat, routes.add_route, nat.new_nat),
    "BAD_STATE": (doors.repair_state, nat.new_nat),
    "BAD_STATE_ATTACHMENT": (doors.repair_state, routes.add_route),
    "ENI_SOURCE_DEST_CHECK_RESTRICTION": (doors.stop_checking,),
    "VPC_BLOCK_PUBLIC_ACCESS_ENABLED": (doors.exclude,),
    "TGW_ROUTE_AZ_RESTRICTION": (transit.add_zone,),
    "TGW_ATTACH_MISSING_TGW_RTB_ASSOCIATION": (transit.associate_attachment,),
    "TGW_RTB_NO_ROUTE_TO_TGW_ATTACHMENT": (transit.route_in_transit,),
    "TGW_RTB_BAD_STATE_ROUTE": (transit.route_in_transit,),
}


def remedies(view: View, question: Question, answer: dict[str, Any]) -> tuple[Fix, ...]:
    """Fixes for a traced answer, proven ones first; empty when nothing blocks the flow or nothing would help.

    Blockers that stand in each other's shadow are healed by one fix together. `proven` is True only when the flow is
    reachable on the changed copy and no flow beside it was opened or closed (see `proof.judge`).
    """
    if answer["verdict"] != "blocked":
        return ()
    found = plans(view, question, answer)
    asked = probes(view, question) if any(plan.verdict == "reachable" for plan in found) else None
    fixes = [judge(view, question, plan, asked) for plan in found]
    if not any(fix.proven for fix in fixes):
        fixes += [_untried(change) for change in _untried_changes(view, question, answer)]
    return tuple(sorted(fixes, key=lambda fix: not fix.proven))


def propose(view: View, settings: Settings, finding: Finding) -> Iterator[Proposal]:
    """The remedies of a path finding as proposals for the engine, which asks all checks again.

    What opens or closes something else is not offered for trial: the checks might not notice.
    """
    flow = next((f for f in flows(settings) if _is_about(f, finding)), None)
    if flow is None:
        return
    yield from offers(view, flow.question(view))


def offers(view: View, question: Question) -> Iterator[Proposal]:
    """The remedies of one blocked flow as proposals; only what heals it and spoils nothing carries edits."""
    answer = trace(view, question)
    found = plans(view, question, answer)
    asked = probes(view, question) if any(plan.verdict == "reachable" for plan in found) else None
    proven = False
    for plan in found:
        fix = judge(view, question, plan, asked)
        proven = proven or fix.proven
        edits = tuple(edit for change in plan.changes for edit in change.edits)
        yield _proposal(fix, edits if fix.proven else ())
    for change in () if proven else _untried_changes(view, question, answer):
        yield _proposal(_untried(change), ())


def _is_about(flow: Flow, finding: Finding) -> bool:
    return finding.resource.id == flow.subnet_id and finding.scope == flow.scope


def _proposal(fix: Fix, edits: tuple[Edit, ...]) -> Proposal:
    untried = "" if edits else fix.reason
    return Proposal(
        title=fix.title, terraform=fix.terraform, cli=fix.cli, edits=edits, warnings=fix.warnings, untried=untried
    )


def plans(view: View, question: Question, answer: dict[str, Any]) -> tuple[Plan, ...]:
    """Ways to heal a flow: one per change that removes its first curable blocker, each gone on with until it works."""
    for stop in stops(view, question, answer):
        starts = [Plan((change,), after, said) for change, after, said in _helping(stop)]
        if starts:
            found = [_completed(question, plan) for plan in starts[:_MOST_PLANS]]
            return tuple({tuple(change.title for change in plan.changes): plan for plan in found}.values())
    return ()


def _completed(question: Question, plan: Plan) -> Plan:
    """The plan with a change for every further blocker, as far as there is one."""
    while plan.verdict == "blocked" and len(plan.changes) < _MOST_STEPS:
        made = {edit.id: edit for change in plan.changes for edit in change.edits}
        steps = (step for stop in stops(plan.view, question, plan.answer) for step in _helping(stop))
        step = next((step for step in steps if not _undoes(step[0], made)), None)
        if step is None:
            return plan
        change, after, said = step
        plan = Plan((*plan.changes, change), after, said)
    return plan


def _undoes(change: Change, made: Mapping[str, Edit]) -> bool:
    """True for a change that takes a route or an association away that a change before it put there."""
    for edit in change.edits:
        before = made[edit.id].value if edit.id in made else None
        for key in ("Routes", "Associations"):
            kept = (edit.value or {}).get(key) or []
            if before is not None and any(item not in kept for item in before.get(key) or []):
                return True
    return False


def _helping(stop: Stop) -> Iterator[tuple[Change, View, dict[str, Any]]]:
    """The changes that remove a blocker, with the network and the answer after each."""
    for change in _options(stop):
        if change.edits:
            after = View(apply(stop.view.snapshot, change.edits))
            said = trace(after, stop.asked.question)
            if stop.key not in {other.key for other in stops(after, stop.asked.question, said)}:
                yield change, after, said


def _options(stop: Stop) -> Iterator[Change]:
    for remedy in REMEDIES.get(stop.code, ()):
        try:
            yield from remedy(stop)
        except FactMissing:
            continue


def _untried_changes(view: View, question: Question, answer: dict[str, Any]) -> list[Change]:
    listed = [change for stop in stops(view, question, answer) for change in _options(stop) if not change.edits]
    return list({change.title: change for change in listed}.values())


def _untried(change: Change) -> Fix:
    return Fix(
        title=change.title,
        terraform=change.terraform,
        cli=change.cli,
        proven=False,
        reason=change.untried,
        warnings=change.warnings,
    )
