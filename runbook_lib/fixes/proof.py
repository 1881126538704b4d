"""The proof of a path fix: the flow works on the changed copy, and nothing beside it changed."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from ipaddress import ip_network
from typing import Any

from runbook_lib.errors import FactMissing, UsageError
from runbook_lib.fixes.changes import Change, Limit
from runbook_lib.fixes.stops import Asked, is_inside
from runbook_lib.model.fact import Network
from runbook_lib.model.finding import Fix
from runbook_lib.model.vpc import Vpc
from runbook_lib.network.path import tracer_of
from runbook_lib.network.question import Question
from runbook_lib.network.reach import Flow, Probes, difference, traffic_words
from runbook_lib.network.routing import lookup
from runbook_lib.network.view import View

__all__ = ["Plan", "judge", "trace"]

_SHOWN = 6


def trace(view: View, question: Question) -> dict[str, Any]:
    """The traced answer; a source or destination that the changed network no longer has counts as blocked."""
    try:
        return tracer_of(view).trace(question)
    except UsageError as error:
        blocked = {"code": "UNKNOWN_RESOURCE", "component": question.source, "rule": None, "direction": "egress"}
        forward = {"verdict": "blocked", "hops": [], "blocked_by": [{**blocked, "detail": str(error)}]}
        back: dict[str, Any] = {"verdict": "unknown", "hops": [], "blocked_by": [], "blocked_source_ports": []}
        return {"verdict": "blocked", "forward": forward, "return": back, "missing": []}


@dataclass(frozen=True, slots=True)
class Plan:
    """Changes that belong together, the network after them, and the flow's answer there."""

    changes: tuple[Change, ...]
    view: View
    answer: dict[str, Any]

    @property
    def verdict(self) -> str:
        """The flow's verdict after all changes."""
        return str(self.answer["verdict"])


def judge(before: View, question: Question, plan: Plan, asked: Probes | None) -> Fix:
    """The fix that a group of changes is, with what was proven about it.

    Proven needs: the flow is reachable afterwards; no probed flow closes or becomes unknown; and what opens goes to
    the asked destination on the asked port. Where AWS cannot limit a change so far, other ports of the destination may
    open, and a route made good may open what the table routed that way already: security groups and ACLs allowed it
    all along. Such flows, and other sources that share what was changed, are warnings.
    """
    more: tuple[str, ...] = ()
    proven, reason, changes = False, _not_enough(plan.answer), plan.changes
    if plan.verdict == "reachable" and asked is not None:
        proven, reason, more = _compared(before, question, plan, asked)
    return Fix(
        title="; then ".join(_lowered(index, change.title) for index, change in enumerate(changes)),
        terraform="\n".join(change.terraform for change in changes),
        cli="".join(change.cli for change in changes),
        proven=proven,
        reason=reason,
        warnings=tuple(dict.fromkeys((*(word for change in changes for word in change.warnings), *more))),
    )


def _lowered(index: int, title: str) -> str:
    return title if index == 0 else f"{title[0].lower()}{title[1:]}"


def _not_enough(answer: dict[str, Any]) -> str:
    if answer["verdict"] == "unknown":
        missing = ", ".join(answer["missing"]) or "facts that the snapshot does not have"
        return f"Tried on a copy of the network: nothing known blocks the flow any more, but this decides: {missing}."
    left = [b["detail"] for way in ("forward", "return") for b in answer[way]["blocked_by"]]
    return f"Tried on a copy of the network: not enough on its own, still blocked: {'; '.join(left[:3])}."


def _compared(before: View, question: Question, plan: Plan, asked: Probes) -> tuple[bool, str, tuple[str, ...]]:
    changed = difference(before, plan.view, asked)
    wanted = _Wanted(before, question, plan.changes)
    beside = [flow for flow in changed.opened if not wanted.includes(flow)]
    undecided = [flow for flow in changed.unknown if not wanted.includes(flow)]
    spoilt = (
        *(f"closes {text}" for text in _grouped(list(changed.closed))),
        *(f"opens {text}" for text in _grouped(beside)),
        *(f"makes unknown {text}" for text in _grouped(undecided)),
    )
    if spoilt:
        return False, f"Tried on a copy of the network: the flow works, but the change also {'; '.join(spoilt)}.", ()
    more = [flow for flow in (*changed.opened, *changed.unknown) if not wanted.is_asked(flow)]
    warnings = tuple(f"It also opens {text}." for text in _grouped(more))
    beside_it = "what else opens is listed in the warnings and nothing" if more else "nothing beside it opens or"
    return True, f"Tried on a copy of the network: the flow is reachable, {beside_it} closes ({asked.text}).", warnings


def _grouped(flows: list[Flow]) -> list[str]:
    """Flows with the ports of the same two ends together, cut to a few lines."""
    ends: dict[tuple[str, ...], list[Flow]] = {}
    for flow in flows:
        ends.setdefault((flow.source, flow.destination, *flow.groups), []).append(flow)
    return _cut(tuple(f"{group[0].text}{_others(group[1:])}" for group in ends.values()))


def _others(flows: list[Flow]) -> str:
    more = f" and {len(flows) - 3} more ports" if len(flows) > 3 else ""
    return "".join(f", {flow.port}" for flow in flows[:3]) + more


def _cut(texts: tuple[str, ...]) -> list[str]:
    more = len(texts) - _SHOWN
    return [*texts[:_SHOWN], *([f"flows between {more} more pairs"] if more > 0 else [])]


class _Wanted:
    """Which flows may open: to the asked destination on the asked port, and what a change cannot be kept from."""

    def __init__(self, view: View, question: Question, changes: tuple[Change, ...]) -> None:
        self._view = view
        self._question = question
        self._port = traffic_words(question.traffic)
        self._any_port = any(change.limit is not Limit.PORT for change in changes)
        self._to = Asked(view, question).to() + tuple(cidr for change in changes for cidr in change.meant)
        self._routed = _routed(view, question) if any(change.limit is Limit.ROUTE for change in changes) else ()
        self._receivers = {change.receivers for change in changes} - {None}
        self._own = vpc.cidrs if (vpc := view.find(Vpc, str(Asked(view, question).vpc_id))) else ()

    def is_asked(self, flow: Flow) -> bool:
        """True for the asked flow itself, also from one subnet of the function asked about, or by another word."""
        asked = Asked(self._view, self._question)
        ends_there = asked.target is not None and asked.target == self._ending(flow).target
        same_port = flow.port == self._port and (flow.destination == self._question.to or ends_there)
        placed = flow.source in asked.subnet_ids() and flow.groups == asked.groups
        return same_port and (flow.source == self._question.source or placed)

    def includes(self, flow: Flow) -> bool:
        """True when the flow may open."""
        if flow.port != self._port and not self._any_port:
            return False
        if flow.destination == self._question.to or self._is_shared(flow):
            return True
        found = self._addresses(flow)
        return is_inside(found, self._to) or (is_inside(found, self._routed) and not is_inside(found, self._own))

    def _is_shared(self, flow: Flow) -> bool:
        """True for an interface behind the same group on the asked port, or the same ACL from the asked source."""
        asked = self._ending(flow)
        if asked.target is None:
            return False
        if flow.port == self._port and not self._receivers.isdisjoint(asked.target.group_ids):
            return True
        from_there = flow.source == self._question.source or flow.source in asked.subnet_ids()
        try:
            return from_there and self._view.acl_of(str(asked.target.subnet_id)).id in self._receivers
        except FactMissing:
            return False

    def _ending(self, flow: Flow) -> Asked:
        return Asked(self._view, replace(self._question, to=flow.destination))

    def _addresses(self, flow: Flow) -> tuple[Network, ...]:
        try:
            return (ip_network(flow.destination, strict=False),)
        except ValueError:
            return Asked(self._view, replace(self._question, to=flow.destination)).to()


def _routed(view: View, question: Question) -> tuple[Network, ...]:
    """What the sender's tables route together with the asked destination today, dead routes included."""
    asked, found = Asked(view, question), []
    for subnet_id in asked.subnet_ids():
        for cidr in asked.to():
            with suppress(FactMissing):
                route = lookup(view, view.route_table_of(subnet_id), cidr.network_address)
                found += [route.cidr] if route is not None and route.cidr is not None else []
    return tuple(found)
