"""The flows of a target with their answers, as figures and tables of paths take them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from runbook_lib.checks.base import Settings
from runbook_lib.checks.path.common import Flow, answer_of, flows
from runbook_lib.errors import FactMissing
from runbook_lib.model.gateways import NatGateway
from runbook_lib.model.target import Target
from runbook_lib.network.view import View
from runbook_lib.render.path_story import TracedFlow

__all__ = ["hops_of", "limits_note", "traced"]

_CONNECTIONS = 55_000
"""Connections at a time per address of a NAT gateway to one destination address, port and protocol. Source:
https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-basics.html
"""


def traced(view: View, settings: Settings) -> tuple[TracedFlow, ...]:
    """Every flow of the target with its answer; what was not read is part of the answer.

    Raises UsageError for a destination that nobody knows.
    """
    return tuple(_traced(view, settings.target, flow) for flow in flows(settings))


def hops_of(flows: Iterable[TracedFlow]) -> tuple[tuple[str, str], ...]:
    """The components that the flows pass in either direction, as (hop kind, id), each once."""
    found = ((hop["kind"], hop["id"]) for flow in flows for part in flow.parts for hop in _both(part))
    return tuple(dict.fromkeys(found))


def limits_note(view: View, flows: Iterable[TracedFlow]) -> str:
    """What an open path leaves open, from the NAT gateways it passes; empty when it passes none."""
    arriving = [f for f in flows if any(part["verdict"] == "reachable" for part in f.parts)]
    met = [view.find(NatGateway, id_) for kind, id_ in hops_of(arriving) if kind == "nat-gateway"]
    told = [f"{nat.label} with {_addresses(nat)}" for nat in met if nat]
    if not told:
        return ""
    return (
        f"The way leads through {' and '.join(told)}. That it is open says nothing about free ports: every address "
        f"carries {_CONNECTIONS:,} connections at a time to one destination, shared by everything behind the gateway. "
        "How many are in use is not part of the configuration; the metric ErrorPortAllocation of the gateway is above "
        "zero when they ran out."
    )


def _addresses(nat: NatGateway) -> str:
    public = [address for address in nat.addresses if address.public_ip]
    counted = len(public if nat.is_public else nat.addresses)
    return f"{counted} {'public' if nat.is_public else 'private'} address{'' if counted == 1 else 'es'}"


def _both(part: Mapping[str, Any]) -> Iterator[Mapping[str, str]]:
    yield from part["forward"]["hops"]
    yield from part["return"]["hops"]


def _traced(view: View, target: Target, flow: Flow) -> TracedFlow:
    try:
        answer = answer_of(view, flow)
        parts, missing = answer.parts, answer.missing
    except FactMissing as gap:
        parts, missing = (), gap.actions or (gap.what,)
    kind, sender = _sender(target, flow)
    return TracedFlow(
        kind=kind,
        sender=sender,
        subnet_id=flow.subnet_id,
        group_ids=flow.group_ids,
        to=flow.to,
        traffic=" ".join(flow.traffic),
        parts=parts,
        missing=missing,
    )


def _sender(target: Target, flow: Flow) -> tuple[str, str]:
    """Who sends: what it is and its name, or how many functions share the subnet and the groups."""
    here = [p for p in target.placements if flow.subnet_id in p.subnet_ids and p.group_ids == flow.group_ids]
    names = sorted({name for placement in here for name in placement.functions})
    if len(names) > 1:
        return "Functions", f"{len(names)} functions"
    return ("Function", names[0]) if names else ("Code", "code with these groups")
