"""Can this source reach that destination, and does the answer come back? Every blocker named, every gap named."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from functools import cached_property
from itertools import pairwise
from typing import Any

from runbook_lib.errors import FactMissing
from runbook_lib.model.fact import Network
from runbook_lib.model.filters import NetworkAcl, SecurityGroup
from runbook_lib.model.gateways import VpcPeeringConnection, VpnConnection
from runbook_lib.model.interfaces import NetworkInterface
from runbook_lib.model.transit import TransitGatewayRoutes, VirtualInterface
from runbook_lib.model.vpc import PrefixList, RouteTable, Subnet, Vpc
from runbook_lib.network import doors
from runbook_lib.network.answers import answer
from runbook_lib.network.ends import Destination, Sender, destination, senders
from runbook_lib.network.flow import Addr, Answer, Blocker, Direction, Packet, Place, worst
from runbook_lib.network.intervals import AddressSet, Piece, span
from runbook_lib.network.question import Question
from runbook_lib.network.tools import Tools, addr
from runbook_lib.network.view import View
from runbook_lib.network.walk import Walk

__all__ = ["Tracer", "tracer_of"]


def tracer_of(view: View) -> Tracer:
    """The tracer of a view, made once."""
    found = view.memo.get("tracer")
    if not isinstance(found, Tracer):
        found = view.memo["tracer"] = Tracer(view)
    return found


class Tracer:
    """Traces flows over one view; equal placements and flows are traced once."""

    def __init__(self, view: View) -> None:
        self.tools = Tools(view)
        self._known: dict[tuple[Any, ...], Answer] = {}

    def trace(self, question: Question) -> dict[str, Any]:
        """The answer of the contract for one question.

        Raises UsageError for an unknown source or destination; missing facts give the verdict unknown.
        """
        try:
            starts = senders(self.tools, question.source, question.groups)
        except FactMissing as gap:
            return _json(question, [_missing(gap)])
        answers = [self._from(start, question) for start in starts]
        return _json(question, [item for group in answers for item in group], sources=len(starts) > 1)

    def _from(self, sender: Sender, question: Question) -> list[Answer]:
        """The answers from one sender: one per part of the destination that behaves alike."""
        try:
            to = destination(self.tools, question.to, sender)
            parts = self._parts(sender, to, question)
        except FactMissing as gap:
            parts = [_missing(gap)]
        for part in parts:
            part.subnet_id = sender.place.subnet_id
        return parts

    def _parts(self, sender: Sender, to: Destination, question: Question) -> list[Answer]:
        if to.refuses:
            forward = Direction(blocked_by=[Blocker("NO_POSSIBLE_DESTINATION", question.to, to.refuses, "ingress")])
            return [Answer(forward, Direction(is_reached=False))]
        atoms = self._atoms(to.addresses, self._edges)
        if to.is_guess:
            atoms = [max(atoms, key=lambda atom: atom[2] - atom[1])]
        alike: dict[tuple[Any, ...], tuple[Answer, list[Piece]]] = {}
        for atom in atoms:
            found = self._one(sender, atom[:2], question)
            shape = (found.forward.shape(), found.back.shape())
            alike.setdefault(shape, (found, []))[1].append(atom)
        return [Answer(found.forward, found.back, AddressSet.union(pieces).cidrs()) for found, pieces in alike.values()]

    def _one(self, sender: Sender, dst: Addr, question: Question) -> Answer:
        """One destination address from every address the sender may have: the worst answer."""
        own = [piece for piece in sender.addresses.pieces if piece[0] == dst[0]]
        if not own:
            gap = FactMissing(f"an IPv{dst[0]} address of the source")
            return _missing(gap)
        atoms = own if len(own) == 1 and own[0][1] == own[0][2] else self._atoms(AddressSet(tuple(own)), self._ranges)
        found = [self._flow(sender.place, atom[:2], dst, question) for atom in atoms]
        verdict = worst([item.verdict for item in found])
        return next(item for item in found if item.verdict == verdict)

    def _flow(self, place: Place, src: Addr, dst: Addr, question: Question) -> Answer:
        interface = place.interface.id if place.interface else None
        key = (place.subnet_id, place.groups, interface, src, dst, question.traffic, question.source_ports)
        found = self._known.get(key)
        if found is None:
            if len(self._known) > 200_000:
                self._known.clear()
            found = self._known[key] = self._walk(place, src, dst, question)
        return found

    def _walk(self, place: Place, src: Addr, dst: Addr, question: Question) -> Answer:
        walk = Walk(self.tools, question.source_ports)
        packet = Packet(src, dst, question.traffic, place.groups or (), place.vpc_id)
        try:
            if place.is_internet:
                walk.hop("internet", "internet")
                doors.from_internet(walk, packet)
            else:
                walk.send(place, packet)
        except FactMissing as gap:
            walk.miss(gap)
        if walk.direction.exit is None:
            return Answer(walk.direction, Direction(is_reached=False))
        return Answer(walk.direction, answer(self.tools, walk.legs))

    # -- sets of addresses that behave alike ---------------------------------------------------------------------------

    def _atoms(self, addresses: AddressSet, edges: dict[int, list[int]]) -> list[Piece]:
        """Cut a set at every boundary any rule, route or address of the snapshot knows: each piece behaves alike."""
        atoms: list[Piece] = []
        for version, first, last in addresses.pieces:
            if first == last:
                atoms.append((version, first, last))
                continue
            known = edges.get(version, [])
            inner = known[bisect_right(known, first) : bisect_left(known, last + 1)]
            marks = [first, *inner, last + 1]
            atoms.extend((version, low, high - 1) for low, high in pairwise(marks))
        return atoms

    @cached_property
    def _ranges(self) -> dict[int, list[int]]:
        """Boundaries of every CIDR block that routes, rules, subnets or peers name, per IP version."""
        return _edges(span(cidr) for cidr in _cidrs(self.tools.view))

    @cached_property
    def _edges(self) -> dict[int, list[int]]:
        """The boundaries of `_ranges` and of every single address that an interface owns."""
        listed = self.tools.view.snapshot.all(NetworkInterface)
        own = [addr(ip) for item in listed for ip in item.private_ips]
        public = [addr(ip) for item in listed for _, ip in item.public_ips]
        single = [(v, a, a) for v, a in (*own, *public)]
        return _edges((*(span(cidr) for cidr in _cidrs(self.tools.view)), *single))


def _edges(pieces: Iterable[Piece]) -> dict[int, list[int]]:
    found: dict[int, set[int]] = {}
    for version, first, last in pieces:
        found.setdefault(version, set()).update((first, last + 1))
    return {version: sorted(marks) for version, marks in found.items()}


def _cidrs(view: View) -> set[Network]:
    facts = view.snapshot
    found: set[Network] = set()
    for vpc in facts.all(Vpc):
        found.update(vpc.cidrs)
    for subnet in facts.all(Subnet):
        found.update(subnet.cidrs)
    for table in facts.all(RouteTable):
        found.update(route.cidr for route in table.routes if route.cidr)
    for listed in facts.all(PrefixList):
        found.update(listed.cidrs or ())
    for acl in facts.all(NetworkAcl):
        found.update(entry.cidr for entry in (*acl.ingress, *acl.egress))
    for group in facts.all(SecurityGroup):
        found.update(cidr for rule in (*group.ingress, *group.egress) for cidr in rule.cidrs)
    for pcx in facts.all(VpcPeeringConnection):
        found.update((*pcx.requester.cidrs, *pcx.accepter.cidrs))
    for vpn in facts.all(VpnConnection):
        found.update(vpn.static_routes)
    for routes in facts.all(TransitGatewayRoutes):
        found.update(route.cidr for route in routes.routes if route.cidr)
    for interface in facts.all(VirtualInterface):
        found.update(interface.routes)
    return found


def _missing(gap: FactMissing) -> Answer:
    return Answer(Direction(missing=list(gap.actions or (gap.what,))), Direction(is_reached=False))


# -- the answer of the contract ----------------------------------------------------------------------------------------


def _json(question: Question, answers: list[Answer], sources: bool = False) -> dict[str, Any]:
    said: dict[str, Any] = {"id": question.id, **_both(answers)}
    if sources:
        subnets = sorted({str(item.subnet_id) for item in answers})
        said["sources"] = [
            {"subnet": subnet, **_both([item for item in answers if item.subnet_id == subnet])} for subnet in subnets
        ]
    per_part = [item for item in answers if item.subnet_id == answers[0].subnet_id]
    if len(per_part) > 1:
        said["parts"] = [{"to": str(cidr), **_directions(item)} for item in per_part for cidr in item.to]
    said["missing"] = sorted({word for item in answers for word in item.missing})
    return said


def _both(answers: list[Answer]) -> dict[str, Any]:
    verdict = worst([item.verdict for item in answers])
    return _directions(next(item for item in answers if item.verdict == verdict))


def _directions(item: Answer) -> dict[str, Any]:
    return {"verdict": item.verdict, "forward": item.forward.forward_json(), "return": item.back.return_json()}
