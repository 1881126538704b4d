"""The way back: does the answer to an accepted packet arrive?

The forward walk leaves legs between address translations. The answer goes back over them in reverse: gateways that
translated remember the connection, network ACLs are stateless and are asked again, and every VPC on the way routes
the answer by its own tables.
"""

from __future__ import annotations

from collections.abc import Iterable

from runbook_lib.errors import FactMissing
from runbook_lib.network import internet, transit
from runbook_lib.network.flow import ICMP, Exit, Leg, Packet, Place, Traffic, Trail
from runbook_lib.network.marks import Ends
from runbook_lib.network.tools import Tools
from runbook_lib.network.walk import Walk

__all__ = ["answer"]


def answer(tools: Tools, ends: Ends, legs: Iterable[Leg]) -> Trail:
    """What the answer meets on its way from the destination back to the sender, one leg after the other."""
    total = Trail(exit="delivered")
    for leg in reversed(tuple(legs)):
        walk = Walk(tools, ends, leg.ports, is_answer=True)
        try:
            _back(walk, leg)
        except FactMissing as gap:
            walk.miss(gap)
        _add(total, walk.trail)
    return total


def _back(walk: Walk, leg: Leg) -> None:
    packet = Packet(src=leg.packet.dst, dst=leg.packet.src, traffic=_reply(leg))
    if isinstance(leg.end, Place) and leg.is_tracked:
        _straight(walk, leg, leg.end, packet)
    elif isinstance(leg.end, Place):
        walk.send(leg.end, packet)
        if leg.start.is_internet:
            _must_leave_by(walk, leg)
    elif leg.end.attachment_id and leg.end.gateway_id:
        transit.from_attachment(walk, leg.end.gateway_id, leg.end.attachment_id, packet)
    else:
        if leg.end.kind == "internet" and leg.end.gateway_id:
            internet.ask_edge_table(walk, leg.end.gateway_id, packet)
        walk.ask_acl(leg.start.subnet_id, False, packet)
        if leg.start.subnet_id:
            walk.hop("subnet", leg.start.subnet_id)


def _straight(walk: Walk, leg: Leg, end: Place, packet: Packet) -> None:
    """The answer of a tracked connection goes to where the leg started; only the ACLs of both subnets are asked."""
    if end.interface is not None:
        walk.hop("network-interface", walk.id_of(end.interface))
    if end.subnet_id != leg.start.subnet_id:
        walk.ask_acl(end.subnet_id, True, packet)
        walk.ask_acl(leg.start.subnet_id, False, packet)


def _must_leave_by(walk: Walk, leg: Leg) -> None:
    """An internet gateway remembers no connections: only an answer that leaves through it gets its public address."""
    left = walk.legs[-1].end if walk.legs else None
    if walk.trail.exit is not None and not (isinstance(left, Exit) and left.gateway_id == leg.start.gateway_id):
        end = leg.end.subnet_id if isinstance(leg.end, Place) else None
        walk.block("CANNOT_ROUTE", str(end), f"the answer does not leave through {leg.start.gateway_id}")


def _reply(leg: Leg) -> Traffic:
    traffic = leg.packet.traffic
    if traffic.protocol == ICMP:
        return Traffic(ICMP, icmp=(0, 0))
    return Traffic(traffic.protocol, leg.ports) if traffic.has_ports else traffic


def _add(total: Trail, part: Trail) -> None:
    for hop in part.hops:
        if not total.hops or total.hops[-1] != hop:
            total.hops.append(hop)
    total.stops.extend(stop for stop in part.stops if stop not in total.stops)
    total.missing.extend(word for word in part.missing if word not in total.missing)
    total.blocked_ports.extend(part.blocked_ports)
