"""A shared walk made one flow's own: its ends in place of the marks, its security groups asked."""

from __future__ import annotations

from typing import Literal, NamedTuple

from runbook_lib.errors import FactMissing
from runbook_lib.model.filters import SecurityGroup
from runbook_lib.model.interfaces import NetworkInterface
from runbook_lib.model.kinds import action_of
from runbook_lib.network.compiled import GroupRules
from runbook_lib.network.flow import (
    NOT_REACHED,
    Addr,
    Answer,
    Blocker,
    Direction,
    GroupQuestion,
    HopJson,
    Place,
    Traffic,
    Trail,
)
from runbook_lib.network.intervals import Ports
from runbook_lib.network.marks import FROM, PORT, RECEIVER, SENDER, TARGET, TO
from runbook_lib.network.question import Question
from runbook_lib.network.tools import Tools, text
from runbook_lib.network.traffic import words

__all__ = ["MARKS", "End", "Filler", "Walked"]

MARKS = (SENDER, RECEIVER, FROM, TO, PORT, TARGET)
_NOWHERE = Place(None, None)


class GroupSet:
    """The security groups of one placement and what each of them allows, asked once per kind of traffic."""

    __slots__ = ("_rules", "_tools", "ids")

    def __init__(self, tools: Tools, ids: tuple[str, ...]) -> None:
        self.ids = ids
        self._tools = tools
        self._rules: tuple[dict[Traffic, tuple[GroupRules, ...]], ...] = ({}, {})

    def rules(self, egress: bool, traffic: Traffic) -> tuple[GroupRules, ...]:
        """What each group allows. Raises FactMissing."""
        known = self._rules[egress]
        found = known.get(traffic)
        if found is None:
            if len(known) > 100:
                known.clear()
            ask = self._tools.compiler.group_rules
            found = known[traffic] = tuple(ask(group, egress, traffic) for group in self._tools.groups(self.ids))
        return found


class End:
    """One end of a flow. `kind` is the same for ends that stand for each other; `interface` is set when it does.

    `is_exact` marks an address that stands for nothing but itself; `groups` is None for things without groups.
    """

    __slots__ = ("address", "groups", "hop", "interface", "is_exact", "kind", "place")

    def __init__(self, kind: int, address: Addr, place: Place = _NOWHERE) -> None:
        self.kind = kind
        self.address = address
        self.place = place
        self.interface: NetworkInterface | None = None
        self.hop: HopJson = {}
        self.groups: GroupSet | None = None
        self.is_exact = False

    def stand_for(self, interface: NetworkInterface, hop: HopJson) -> None:
        """Be one of many interfaces that share walks; `hop` is its own in answers."""
        self.interface = interface
        self.hop = hop


class Walked(NamedTuple):
    """A walk with marks: `plain` are blockers without any, `there` and `here` marked hops as (index, is the sender)."""

    forward: Trail
    back: Trail | None
    plain: frozenset[Blocker]
    there: tuple[tuple[int, bool], ...]
    here: tuple[tuple[int, bool], ...]
    hops: tuple[list[HopJson], ...]
    source_ports: Ports


class _Flow(NamedTuple):
    sender: End
    receiver: End
    question: Question


class Filler:
    """Makes answers of walks."""

    def __init__(self, tools: Tools) -> None:
        self.tools = tools
        self._sets: dict[tuple[str, ...], GroupSet] = {}

    def group_set(self, ids: tuple[str, ...]) -> GroupSet:
        """The set of groups; equal ones are one object."""
        found = self._sets.get(ids)
        if found is None:
            found = self._sets[ids] = GroupSet(self.tools, ids)
        return found

    def answer(self, walked: Walked, sender: End, receiver: End, question: Question) -> Answer:
        """The answer of one flow that a walk stands for."""
        flow = _Flow(sender, receiver, question)
        trail, back, plain, there, here, hops, ports = walked
        missing, blocked = trail.missing, []
        for stop in trail.stops:
            said = self._asked(stop, flow) if isinstance(stop, GroupQuestion) else stop
            if isinstance(said, str):
                missing = missing if said in missing else [*missing, said]
            elif said is not None:
                blocked.append(said if said is not stop or said in plain else _named(said, flow))
        forward = Direction(_hops_of(hops[0], there, sender, receiver), blocked, missing, trail.exit)
        if back is None:
            return Answer(forward, NOT_REACHED)
        stops = [s if s in plain else _named(s, flow) for s in back.stops if isinstance(s, Blocker)]
        closed = back.blocked_ports
        if closed and ports != question.source_ports:
            closed = [question.source_ports if item == ports else item for item in closed]
        passed = _hops_of(hops[1], here, sender, receiver)
        return Answer(forward, Direction(passed, stops, back.missing, back.exit, closed))

    # -- security groups ---------------------------------------------------------------------------------------------

    def _asked(self, asked: GroupQuestion, flow: _Flow) -> Blocker | str | None:
        """What the groups say: None allows; a text is the action that would read what decides."""
        egress = asked.egress
        end = flow.sender if egress else flow.receiver
        groups = end.groups if asked.groups is None else self.group_set(asked.groups)
        if groups is None or not groups.ids:
            return action_of(SecurityGroup.KEY)
        traffic = asked.traffic or flow.question.traffic
        try:
            rules = groups.rules(egress, traffic)
        except FactMissing as gap:
            return gap.actions[0]
        other = asked.other or (flow.receiver if egress else flow.sender).address
        for allowed in rules:
            if allowed.covers(other):
                return None
        references = frozenset[str]().union(*(allowed.references for allowed in rules))
        if references:
            seen = self._peers(asked, other, references) if egress else _seen(asked, flow.sender, references)
            if not isinstance(seen, bool):
                return seen
        if any(allowed.unread for allowed in rules):
            return "ec2:GetManagedPrefixListEntries"
        way, word = ("egress", "to") if egress else ("ingress", "from")
        names = ", ".join(group.label for group in self.tools.groups(groups.ids))
        has_rules = any(allowed.has_rules for allowed in rules)
        code = "ENI_SG_RULES_MISMATCH" if has_rules else "SG_HAS_NO_RULES"
        said = "no rule allows" if has_rules else "no rules at all, so nothing is allowed:"
        return Blocker(code, groups.ids[0], f"{names}: {said} {words(traffic)} {word} {text(other)}", way)

    def _peers(self, asked: GroupQuestion, other: Addr, references: frozenset[str]) -> str | Literal[False] | None:
        """Whether the other end carries a group referred to: in the same VPC or one peered in the same Region.

        None is yes, False is no, a text is the action that would tell.
        """
        near = (asked.vpc_id, *self.tools.peers_of(str(asked.vpc_id)))
        owners = [owner for owner in self.tools.owners_of(other) if owner.vpc_id in near]
        if any(not references.isdisjoint(owner.group_ids) for owner in owners):
            return None
        try:
            if not owners:
                self.tools.view.need(NetworkInterface, self.tools.view.scope_of(str(asked.vpc_id)))
        except FactMissing as gap:
            return gap.actions[0]
        return False


def _seen(asked: GroupQuestion, sender: End, references: frozenset[str]) -> str | Literal[False] | None:
    """Whether the sender is seen to carry a group referred to; answers as `_peers`."""
    if asked.shows_groups is False or sender.groups is None:
        return False
    if not sender.groups.ids:
        return action_of(SecurityGroup.KEY)
    if references.isdisjoint(sender.groups.ids):
        return False
    return None if asked.shows_groups else action_of("TransitGateways")


def _hops_of(hops: list[HopJson], marked: tuple[tuple[int, bool], ...], sender: End, receiver: End) -> list[HopJson]:
    if not marked:
        return hops
    named = hops.copy()
    for at, is_sender in marked:
        named[at] = (sender if is_sender else receiver).hop
    return named


def _named(blocker: Blocker, flow: _Flow) -> Blocker:
    """The blocker with the flow's own ends in place of the marks."""
    detail = blocker.detail
    src, dst = text(flow.sender.address), text(flow.receiver.address)
    for mark, end in ((SENDER, flow.sender), (RECEIVER, flow.receiver)):
        if end.interface is not None:
            detail = detail.replace(mark, end.interface.label)
    ports, target = flow.question.source_ports, flow.question.traffic.ports
    detail = detail.replace(PORT, str(ports[0])).replace(TARGET, str(target[0])).replace(FROM, src).replace(TO, dst)
    component = {FROM: src, TO: dst}.get(blocker.component, blocker.component)
    return blocker._replace(detail=detail, component=component)
