"""Destination is reachable and the answer returns.

What is verified
    From every subnet the function may run in, the first packet reaches the destination and the answer comes back.
Why it matters
    Lambda may place an invocation in any of its subnets: one subnet without a path fails a share of the invocations.
How it is decided
    The path is traced hop by hop in both directions; everything that blocks it is named, not only the first.
Unknown when
    A fact on the path could not be read, or what decides lies inside an appliance.
Sources
    How AWS routes and filters: the documentation named by PTH003 to PTH007; network-rules in docs/network-model.md
"""

from __future__ import annotations

from collections.abc import Iterator

from runbook_lib.checks.base import Meta, Settings
from runbook_lib.checks.path.common import Flow, Json, blockers, each_flow, evidence_of, scope_of, words
from runbook_lib.errors import FactMissing
from runbook_lib.model.finding import Finding
from runbook_lib.model.status import Severity
from runbook_lib.model.vpc import Subnet
from runbook_lib.network.view import View

__all__ = ["META", "check"]

META = Meta(
    id="PTH010",
    title="Destination is reachable and the answer returns",
    severity=Severity.CRITICAL,
    family="path",
    applies_to=Subnet.TYPE,
    needs=("Subnets", "Vpcs", "RouteTables", "SecurityGroups", "NetworkAcls", "NetworkInterfaces"),
)


def check(view: View, settings: Settings) -> Iterator[Finding]:
    """One finding per subnet, security groups and destination."""
    return each_flow(META, view, settings, lambda flow, said: _judge(view, settings, flow, said))


def _judge(view: View, settings: Settings, flow: Flow, said: Json) -> Iterator[Finding]:
    subnet, scope, way = view.subnet(flow.subnet_id), scope_of(settings, flow), words(settings, flow)
    if said["verdict"] == "unknown":
        raise FactMissing(f"the whole path of {way}", *said["missing"])
    if said["verdict"] == "reachable":
        hops = " > ".join(hop["id"] for hop in said["forward"]["hops"])
        yield META.passed(subnet, f"{way} is reachable by {hops}, and the answer returns.", scope=scope)
        return
    stopped = blockers(said)
    share = _blocked_share(said)
    detail = "; ".join(dict.fromkeys(b["detail"] for b in stopped))
    intermittent = f" ({share}% of the return ports are blocked: expect about {share}% of connections to time out)"
    message = f"{way} is blocked: {detail}{intermittent if share else ''}."
    seen = tuple(evidence for b in stopped for evidence in evidence_of(view, b))
    yield META.failed(subnet, message, *seen, code=stopped[0]["code"], scope=scope)


def _blocked_share(said: Json) -> int:
    """Percent of the sender's ports 1024-65535 whose answers are blocked; 0 when none or all of them are."""
    if said["forward"]["blocked_by"]:
        return 0
    blocked: set[int] = set()
    for low, high in said["return"]["blocked_source_ports"]:
        blocked.update(range(max(low, 1024), high + 1))
    share = round(100 * len(blocked) / (65535 - 1024 + 1))
    return share if share < 100 else 0
