"""Can this source reach that destination, and does the answer come back? Every blocker named, every gap named."""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from socket import AF_INET, inet_pton
from typing import Any

from runbook_lib.errors import FactMissing
from runbook_lib.network.atoms import Atoms
from runbook_lib.network.ends import Destination, Sender, destination, senders
from runbook_lib.network.filled import End
from runbook_lib.network.flow import NOT_REACHED, Answer, Blocker, Direction, worst
from runbook_lib.network.intervals import AddressSet, Piece
from runbook_lib.network.question import Question
from runbook_lib.network.shared import SharedWalks
from runbook_lib.network.tools import Tools
from runbook_lib.network.view import View

__all__ = ["Tracer", "steady", "tracer_of"]

_KEPT = 16_000


@contextmanager
def steady() -> Iterator[None]:
    """While tracing many flows: no collector of cycles, which answers do not have and which would walk over every fact
    again and again."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def tracer_of(view: View) -> Tracer:
    """The tracer of a view, made once."""
    found = view.memo.get("tracer")
    if not isinstance(found, Tracer):
        found = view.memo["tracer"] = Tracer(view)
    return found


class Tracer:
    """Traces flows over one view; what equal questions need is looked up once.

    Answers may share parts with each other: read them, do not change them.
    """

    def __init__(self, view: View) -> None:
        self.tools = Tools(view)
        self._atoms = Atoms(view)
        self._walks = SharedWalks(self.tools, self._atoms)
        self._starts: dict[Any, _Starts] = {}
        self._goals: dict[tuple[str, str | None, bool], _Goal] = {}
        self._senders: dict[str, End] = {}
        self._receivers: dict[str, End] = {}
        self._placements: dict[Any, int] = {}
        self._kept: dict[tuple[Any, ...], dict[str, Any]] = {}

    def trace(self, question: Question) -> dict[str, Any]:
        """The answer of the contract for one question.

        Raises UsageError for an unknown source or destination; missing facts give the verdict unknown.
        """
        sender = self._senders.get(question.source)
        if sender is not None:
            receiver = self._receivers.get(question.to) or self._receiver(question.to)
            if receiver is not None:
                return {"id": question.id, **_json_of_one(self._walks.answer(sender, receiver, question))}
        try:
            starts = self._starts_of(question)
        except FactMissing as gap:
            return {"id": question.id, **_json([[_missing(gap)]])}
        if starts.placement is None:
            return {"id": question.id, **_json([self._from(start, question) for start in starts.senders])}
        return {"id": question.id, **self._placed(starts, question)}

    def _placed(self, starts: _Starts, question: Question) -> dict[str, Any]:
        """The answer for code in subnets, shared by all functions with the same subnets and groups."""
        key = (starts.placement, question.to, question.traffic, self._walks.port_class(question.source_ports))
        kept = self._kept.get(key)
        if kept is None:
            found = [self._from(start, question) for start in starts.senders]
            subnets = [str(start.sender.place.subnet_id) for start in starts.senders] if starts.is_function else []
            kept = _json(found, subnets)
            if not any(answer.back.blocked_ports for answers in found for answer in answers):
                if len(self._kept) >= _KEPT:
                    self._kept.clear()
                self._kept[key] = kept
        return kept

    # -- ends --------------------------------------------------------------------------------------------------------

    def _starts_of(self, question: Question) -> _Starts:
        special = question.groups or question.is_ipv4_only
        key = (question.source, question.groups, question.is_ipv4_only) if special else question.source
        found = self._starts.get(key)
        if found is None:
            if len(self._starts) >= 4 * _KEPT:
                self._starts.clear()
            known = senders(self.tools, question.source, question.groups, question.is_ipv4_only)
            found = self._starts[key] = _Starts(known, self._walks, self._placements)
            if found.placement is None and len(ends := found.senders[0].ends.get(4, [])) == 1:
                self._senders[question.source] = ends[0]
        return found

    def _receiver(self, to: str) -> End | None:
        """The end that one IPv4 address is, None for any other word; those that flows come back to are kept."""
        if not to[:1].isdigit():
            return None
        try:
            found = self._walks.receiver((4, int.from_bytes(inet_pton(AF_INET, to), "big")))
        except (OSError, ValueError):
            return None
        if found.interface is not None:
            self._receivers[to] = found
        return found

    def _goal_of(self, question: Question, start: _Start) -> _Goal:
        sender = start.sender
        key = (question.to, sender.place.vpc_id, start.is_dual_stack)
        found = self._goals.get(key)
        if found is None:
            if len(self._goals) >= _KEPT:
                self._goals.clear()
            found = self._goals[key] = _Goal(destination(self.tools, question.to, sender), self._atoms)
        return found

    # -- answers -----------------------------------------------------------------------------------------------------

    def _from(self, start: _Start, question: Question) -> list[Answer]:
        """The answers from one sender: one per part of the destination that behaves alike."""
        receiver = self._receivers.get(question.to) or self._receiver(question.to)
        if receiver is not None:
            return [self._one(start, receiver, question)]
        try:
            goal = self._goal_of(question, start)
        except FactMissing as gap:
            return [_missing(gap)]
        if goal.refuses:
            stop = Blocker("NO_POSSIBLE_DESTINATION", question.to, goal.refuses, "ingress")
            return [Answer(Direction(blocked_by=(stop,)), NOT_REACHED)]
        if len(goal.atoms) == 1:
            return [self._one(start, self._walks.receiver(goal.atoms[0][:2]), question)]
        alike: dict[tuple[Any, ...], tuple[Answer, list[Piece]]] = {}
        for atom in goal.atoms:
            found = self._one(start, self._walks.receiver(atom[:2]), question)
            alike.setdefault((found.forward.shape(), found.back.shape()), (found, []))[1].append(atom)
        return [Answer(found.forward, found.back, AddressSet.union(pieces)) for found, pieces in alike.values()]

    def _one(self, start: _Start, receiver: End, question: Question) -> Answer:
        """One destination address from every address the sender may have: the worst answer."""
        version = receiver.address[0]
        sources = start.ends.get(version)
        if sources is None:
            return _no_address(start.sender, version)
        if len(sources) == 1:
            return self._walks.answer(sources[0], receiver, question)
        found = [self._walks.answer(source, receiver, question) for source in sources]
        verdict = worst(item.verdict for item in found)
        return next(item for item in found if item.verdict == verdict)


class _Starts:
    """Everywhere a flow starts from.

    `placement` numbers places of code that are alike, None for interfaces, which differ each by itself.
    """

    __slots__ = ("is_function", "placement", "senders")

    def __init__(self, senders: Iterable[Sender], walks: SharedWalks, placements: dict[Any, int]) -> None:
        self.senders = tuple(_Start(sender, walks) for sender in senders)
        self.is_function = self.senders[0].sender.is_function
        self.placement: int | None = None
        if self.senders[0].sender.place.interface is None:
            key = (self.is_function, tuple((start.sender.place, start.sender.addresses) for start in self.senders))
            self.placement = placements.setdefault(key, len(placements))


class _Start:
    """A sender with one end for every class of addresses it may have, per IP version."""

    __slots__ = ("ends", "is_dual_stack", "sender")

    def __init__(self, sender: Sender, walks: SharedWalks) -> None:
        self.sender = sender
        self.is_dual_stack = sender.is_dual_stack
        self.ends: dict[int, list[End]] = {}
        for version, first, _ in walks.atoms.of_source(sender.addresses):
            self.ends.setdefault(version, []).append(walks.sender(sender.place, (version, first)))


class _Goal:
    """A destination cut into pieces that behave alike; a guessed one stands for its largest piece per IP version."""

    __slots__ = ("atoms", "refuses")

    def __init__(self, to: Destination, atoms: Atoms) -> None:
        self.refuses = to.refuses
        self.atoms = atoms.of_destination(to.addresses - to.guess)
        guessed = atoms.of_destination(to.guess)
        for version in sorted({atom[0] for atom in guessed}):
            same = (atom for atom in guessed if atom[0] == version)
            self.atoms.append(max(same, key=lambda atom: atom[2] - atom[1]))


def _missing(gap: FactMissing) -> Answer:
    return Answer(Direction(missing=gap.actions or (gap.what,)), NOT_REACHED)


def _no_address(sender: Sender, version: int) -> Answer:
    """A sender without an address of the IP version sends nothing there."""
    place = sender.place
    component = place.interface.id if place.interface else str(place.subnet_id or "internet")
    who = place.interface.label if place.interface else f"the sender in {component}"
    stop = Blocker("ENI_ADDRESS_RESTRICTION", component, f"{who} has no IPv{version} address to send from")
    return Answer(Direction(blocked_by=(stop,)), NOT_REACHED)


# -- the answer of the contract ----------------------------------------------------------------------------------------


def _json_of_one(found: Answer) -> dict[str, Any]:
    missing = (*found.forward.missing, *found.back.missing)
    return {**_both(found), "missing": sorted(set(missing)) if missing else []}


def _json(found: list[list[Answer]], subnets: list[str] | None = None) -> dict[str, Any]:
    every = found[0] if len(found) == 1 else [answer for answers in found for answer in answers]
    said = _worst(every)
    if subnets:
        listed = zip(subnets, found, strict=True)
        said["sources"] = [{"subnet": subnet, **_worst(answers)} for subnet, answers in listed]
    if len(every) > len(found):
        said["parts"] = [{"to": str(cidr), **_both(item)} for item in _refined(found) for cidr in item.to.cidrs()]
    missing = {word for item in every for word in (*item.forward.missing, *item.back.missing)}
    said["missing"] = sorted(missing)
    return said


def _refined(found: list[list[Answer]]) -> list[Answer]:
    """The parts of the destination that no sender divides further, each with its worst answer, alike ones together."""
    whole, *others = [[answer for answer in answers if answer.to] for answers in found]
    for answers in others:
        whole = [
            Answer(worse.forward, worse.back, common)
            for one in whole
            for other in answers
            if (common := one.to & other.to)
            for worse in [one if worst((one.verdict, other.verdict)) == one.verdict else other]
        ]
    alike: dict[tuple[Any, ...], tuple[Answer, AddressSet]] = {}
    for item in whole:
        shape = (item.forward.shape(), item.back.shape())
        alike[shape] = (item, alike[shape][1] | item.to if shape in alike else item.to)
    return [Answer(item.forward, item.back, to) for item, to in alike.values()]


def _worst(answers: list[Answer]) -> dict[str, Any]:
    if len(answers) == 1:
        return _both(answers[0])
    verdict = worst(item.verdict for item in answers)
    return _both(next(item for item in answers if item.verdict == verdict))


def _both(item: Answer) -> dict[str, Any]:
    return {"verdict": item.verdict, "forward": item.forward.forward_json(), "return": item.back.return_json()}
