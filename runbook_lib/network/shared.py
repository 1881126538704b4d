"""Walks shared by flows that differ only in which interfaces they connect.

Between two subnets the way is the same for every pair of ordinary interfaces: only their ids, addresses and security
groups differ. So a way is walked once per pair of subnets, address class, traffic and source-port class, with marks
in place of the ends; each flow fills in its own ends and asks its own groups. Address classes are cut wherever a
route, ACL, subnet or peer draws a line, port classes wherever an ACL does: inside, nothing a walk looks at differs.
"""

from __future__ import annotations

from bisect import bisect_right
from functools import cached_property
from typing import Any

from runbook_lib.errors import FactMissing
from runbook_lib.model.filters import NetworkAcl
from runbook_lib.network import internet, special
from runbook_lib.network.answers import answer
from runbook_lib.network.atoms import Atoms
from runbook_lib.network.filled import MARKS, End, Filler, Walked
from runbook_lib.network.flow import Addr, Answer, Blocker, Hop, HopJson, Packet, Place, Trail
from runbook_lib.network.intervals import Ports
from runbook_lib.network.marks import RECEIVER, SENDER, Ends
from runbook_lib.network.question import Question
from runbook_lib.network.tools import Tools
from runbook_lib.network.walk import Walk

__all__ = ["SharedWalks"]

_KEPT = 50_000


class SharedWalks:
    """The walks of one view."""

    def __init__(self, tools: Tools, atoms: Atoms) -> None:
        self.tools = tools
        self.atoms = atoms
        self._filler = Filler(tools)
        self._walks: dict[tuple[Any, ...], Walked] = {}
        self._receivers: dict[Addr, End] = {}
        self._hops: dict[Hop, HopJson] = {}
        self._nobody: dict[tuple[int, int], int] = {}
        self._classes: dict[Any, int] = {}

    def answer(self, sender: End, receiver: End, question: Question) -> Answer:
        """The answer for one flow; missing facts are part of it."""
        traffic = question.traffic
        exact = receiver.is_exact or (sender.interface is not None and sender.interface is receiver.interface)
        asked: Any = (receiver.address, traffic.ports) if exact else self.port_class(traffic.ports)
        sent = self.port_class(question.source_ports)
        key = (sender.kind, receiver.kind, traffic.protocol, traffic.icmp, asked, sent)
        walked = self._walks.get(key)
        if walked is None:
            if len(self._walks) >= _KEPT:
                self._walks.clear()
            walked = self._walks[key] = self._walk(sender, receiver, not exact, question)
        return self._filler.answer(walked, sender, receiver, question)

    # -- classes -----------------------------------------------------------------------------------------------------

    def sender(self, place: Place, src: Addr) -> End:
        """One end of flows from a place and address; ordinary interfaces of a subnet are of one kind."""
        interface = place.interface
        stands = interface is not None and self.tools.roles.is_plain(interface)
        which: Any = (
            (self.atoms.index(src), special.host_kind(self.tools.view, interface))
            if stands
            else (src, interface.id if interface else None)
        )
        made = End(self._class(("from", place.subnet_id, place.vpc_id, place.groups is None, which)), src, place)
        if interface is not None and stands:
            made.stand_for(interface, self._hop(Hop("network-interface", interface.id)))
        made.groups = None if place.groups is None else self._filler.group_set(place.groups)
        return made

    def receiver(self, dst: Addr) -> End:
        """The other end of flows; one object per address that something in the snapshot has."""
        return self._receivers.get(dst) or self._receiver(dst)

    def _receiver(self, dst: Addr) -> End:
        owners = self.tools.owners_of(dst)
        index = self.atoms.index(dst)
        if not owners and not self.tools.has_public(dst) and not self.tools.nat_with_public(dst):
            kind = self._nobody.get(index)
            if kind is None:
                kind = self._nobody[index] = self._class(("to", index))
            return End(kind, dst)
        plain = len(owners) == 1 and dst[0] == 4 and self.tools.roles.is_plain(owners[0])
        made = End(self._class(("to", owners[0].subnet_id, index) if plain else ("to", dst, None)), dst)
        made.is_exact = not plain
        if plain:
            made.stand_for(owners[0], self._hop(Hop("network-interface", owners[0].id)))
            made.groups = self._filler.group_set(tuple(sorted(owners[0].group_ids)))
        self._receivers[dst] = made
        return made

    def _hop(self, hop: Hop) -> HopJson:
        """The hop as answers have it; equal ones are one object, which answers share."""
        found = self._hops.get(hop)
        if found is None:
            found = self._hops[hop] = {"kind": hop.kind, "id": hop.id}
        return found

    def _class(self, what: Any) -> int:
        return self._classes.setdefault(what, len(self._classes))

    def port_class(self, ports: Ports) -> int | Ports:
        """What stands for a single port wherever ACLs are asked; a range stands for itself."""
        return bisect_right(self._port_edges, ports[0]) if ports[0] == ports[1] else ports

    @cached_property
    def _port_edges(self) -> list[int]:
        acls = self.tools.view.snapshot.all(NetworkAcl)
        ports = [entry.ports for acl in acls for entry in (*acl.ingress, *acl.egress) if entry.ports]
        own = [(port, port) for port in special.PORTS]
        return sorted({edge for low, high in (*ports, *own) for edge in (low, high + 1)})

    # -- walking -----------------------------------------------------------------------------------------------------

    def _walk(self, sender: End, receiver: End, stands: bool, question: Question) -> Walked:
        """Walk there and back; a receiver that does not stand for others is only itself."""
        place, traffic, dst = sender.place, question.traffic, receiver.address
        ends = Ends(
            sender.interface,
            receiver.interface if stands else None,
            sender.address if sender.interface else None,
            dst if stands else None,
            traffic.ports,
        )
        walk = Walk(self.tools, ends, question.source_ports)
        packet = Packet(sender.address, dst, traffic, shows_groups=place.groups is not None)
        try:
            if place.is_internet:
                walk.hop("internet", "internet")
                internet.from_internet(walk, packet)
            else:
                walk.send(place, packet)
        except FactMissing as gap:
            walk.miss(gap)
        back = answer(self.tools, ends, walk.legs) if walk.trail.exit is not None else None
        stops = (*walk.trail.stops, *(back.stops if back else ()))
        plain = frozenset(s for s in stops if isinstance(s, Blocker) and not any(mark in s.detail for mark in MARKS))
        trails = (walk.trail, back or Trail())
        hops = tuple([self._hop(hop) for hop in trail.hops] for trail in trails)
        return Walked(walk.trail, back, plain, _marked(trails[0]), _marked(trails[1]), hops, question.source_ports)


def _marked(trail: Trail) -> tuple[tuple[int, bool], ...]:
    return tuple((at, hop.id == SENDER) for at, hop in enumerate(trail.hops) if hop.id in (SENDER, RECEIVER))
