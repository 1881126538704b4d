"""The way back: does the answer to an accepted packet arrive?

The forward walk leaves legs between address translations. The answer goes back over them in reverse: gateways that
translated remember the connection, network ACLs are stateless and are asked again, and every VPC on the way routes
the answer by its own tables.
"""

from __future__ import annotations

from collections.abc import Iterable

from runbook_lib.errors import FactMissing
from runbook_lib.network import transit
from runbook_lib.network.flow import ICMP, Direction, Leg, Packet, Place, Traffic
from runbook_lib.network.tools import Tools
from runbook_lib.network.walk import Walk

__all__ = ["answer"]


def answer(tools: Tools, legs: Iterable[Leg]) -> Direction:
    """What the answer meets on its way from the destination back to the sender, one leg after the other."""
    total = Direction()
    for leg in reversed(tuple(legs)):
        walk = Walk(tools, leg.ports, answer=True)
        try:
            _back(walk, leg)
        except FactMissing as gap:
            walk.miss(gap)
        _add(total, walk.direction)
    total.exit = "delivered"
    return total


def _back(walk: Walk, leg: Leg) -> None:
    packet = Packet(src=leg.packet.dst, dst=leg.packet.src, traffic=_reply(leg))
    if isinstance(leg.end, Place):
        walk.send(leg.end, packet)
        if leg.start.is_internet and walk.direction.exit not in ("internet", None):
            walk.block("CANNOT_ROUTE", str(leg.end.subnet_id), "the answer does not leave through the internet gateway")
        return
    if leg.end.attachment_id and leg.end.transit_gateway_id:
        transit.from_attachment(walk, leg.end.transit_gateway_id, leg.end.attachment_id, packet)
        return
    walk.ask_acl(leg.start.subnet_id, False, packet)
    if leg.start.subnet_id:
        walk.hop("subnet", leg.start.subnet_id)


def _reply(leg: Leg) -> Traffic:
    traffic = leg.packet.traffic
    if traffic.protocol == ICMP:
        return Traffic(ICMP, icmp=(0, 0))
    return Traffic(traffic.protocol, leg.ports) if traffic.has_ports else traffic


def _add(total: Direction, part: Direction) -> None:
    for hop in part.hops:
        if not total.hops or total.hops[-1] != hop:
            total.hops.append(hop)
    total.blocked_by.extend(blocker for blocker in part.blocked_by if blocker not in total.blocked_by)
    total.missing.extend(word for word in part.missing if word not in total.missing)
    total.blocked_ports.extend(part.blocked_ports)
