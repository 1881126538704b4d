"""What the path checks share: the flows asked about, their traced answers, and evidence for what blocks them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from runbook_lib.checks.base import Meta, Settings
from runbook_lib.errors import FactMissing
from runbook_lib.model.filters import NetworkAcl, SecurityGroup
from runbook_lib.model.finding import Evidence, Finding
from runbook_lib.model.gateways import InternetGateway, NatGateway, VpcEndpoint, VpcPeeringConnection
from runbook_lib.model.vpc import RouteTable, Subnet
from runbook_lib.network.path import tracer_of
from runbook_lib.network.question import question_of
from runbook_lib.network.view import View

__all__ = ["Flow", "Stage", "answer", "blockers", "check_stage", "evidence_of", "flows", "words"]

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Flow:
    """One flow to judge: from a subnet with security groups to one destination."""

    subnet_id: str
    group_ids: tuple[str, ...]
    to: str

    def asked(self, settings: Settings) -> Json:
        """The question of the contract."""
        return {
            "from": self.subnet_id,
            "to": self.to,
            "protocol": settings.protocol,
            "port": settings.port,
            "security_groups": list(self.group_ids),
        }


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of a path: which blocker codes belong to it, which hop kind brings it in (None = always), its pass."""

    codes: frozenset[str]
    hop: str | None
    passes: str


def flows(settings: Settings) -> tuple[Flow, ...]:
    """Every distinct flow of the target: subnet x groups x destination; placements without groups have none."""
    found = {
        Flow(subnet_id, placement.group_ids, to)
        for placement in settings.target.placements
        if placement.group_ids
        for subnet_id in placement.subnet_ids
        for to in settings.destinations or settings.services
    }
    return tuple(sorted(found, key=lambda flow: (flow.subnet_id, flow.group_ids, flow.to)))


def answer(view: View, settings: Settings, flow: Flow) -> Json:
    """The traced answer of a flow, in the shape of the contract."""
    return tracer_of(view).trace(question_of(flow.asked(settings)))


def blockers(said: Json) -> list[Json]:
    """What blocks a flow in either direction, forward first."""
    return [*said["forward"]["blocked_by"], *said["return"]["blocked_by"]]


def words(settings: Settings, flow: Flow) -> str:
    """The flow for a sentence."""
    port = f" {settings.port}" if settings.protocol in ("tcp", "udp") else ""
    return f"{flow.subnet_id} to {flow.to} ({settings.protocol}{port})"


def each_flow(
    meta: Meta, view: View, settings: Settings, judge: Callable[[Flow, Json], Iterable[Finding]]
) -> Iterator[Finding]:
    """Judge every flow of the target with its traced answer."""
    asked = flows(settings)
    if not asked:
        said = f"{settings.target.name} has no security groups to start from; give a function or security groups."
        yield meta.not_applicable(settings.target.ref, said)
        return
    yield from meta.each(
        asked,
        lambda flow: view.ref(Subnet, flow.subnet_id),
        lambda flow: judge(flow, answer(view, settings, flow)),
        lambda flow: scope_of(settings, flow),
    )


def scope_of(settings: Settings, flow: Flow) -> str:
    """What tells two findings about one subnet apart: groups, destination and port."""
    return f"{'+'.join(flow.group_ids)}>{flow.to}:{settings.protocol}/{settings.port}"


def check_stage(meta: Meta, view: View, settings: Settings, stage: Stage) -> Iterator[Finding]:
    """One finding per flow about one stage of its path."""

    def judge(flow: Flow, said: Json) -> Iterator[Finding]:
        subnet, scope = view.subnet(flow.subnet_id), scope_of(settings, flow)
        mine = [b for b in blockers(said) if b["code"] in stage.codes]
        way = words(settings, flow)
        if mine:
            seen = tuple(evidence for b in mine for evidence in evidence_of(view, b))
            detail = "; ".join(dict.fromkeys(b["detail"] for b in mine))
            yield meta.failed(subnet, f"{way}: {detail}.", *seen, code=mine[0]["code"], scope=scope)
        elif stage.hop and not any(hop["kind"] == stage.hop for hop in said["forward"]["hops"]):
            if said["forward"]["verdict"] == "unknown":
                raise FactMissing(f"the path of {way}", *said["missing"])
            yield meta.not_applicable(subnet, f"{way} passes no {stage.hop.replace('-', ' ')}.", scope=scope)
        elif said["missing"]:
            raise FactMissing(f"the whole path of {way}", *said["missing"])
        else:
            yield meta.passed(subnet, f"{way}: {stage.passes}.", *_hops(view, said), scope=scope)

    yield from each_flow(meta, view, settings, judge)


_CITED: tuple[tuple[str, type[Any], tuple[str, ...]], ...] = (
    ("sg-", SecurityGroup, ()),
    ("acl-", NetworkAcl, ("Entries",)),
    ("rtb-", RouteTable, ("Routes",)),
    ("nat-", NatGateway, ("State",)),
    ("igw-", InternetGateway, ("Attachments",)),
    ("vpce-", VpcEndpoint, ("State",)),
    ("pcx-", VpcPeeringConnection, ("Status",)),
)


def evidence_of(view: View, blocker: Json) -> tuple[Evidence, ...]:
    """The raw fact behind a blocker; empty where the kit keeps no fact of that kind."""
    component = blocker["component"]
    for prefix, kind, path in _CITED:
        fact = view.find(kind, component) if component.startswith(prefix) else None
        if isinstance(fact, SecurityGroup):
            return (fact.cite("IpPermissionsEgress" if blocker["direction"] == "egress" else "IpPermissions"),)
        if isinstance(fact, NetworkAcl):
            number, egress = blocker["rule"], blocker["direction"] == "egress"
            entry = next((e for e in (fact.egress if egress else fact.ingress) if e.number == number), None)
            return (fact.cite("Entries", entry.index) if entry else fact.cite("Entries"),)
        if fact is not None:
            return (fact.cite(*path),)
    return ()


def _hops(view: View, said: Json) -> tuple[Evidence, ...]:
    found = []
    for hop in said["forward"]["hops"]:
        for prefix, kind, path in _CITED:
            fact = view.find(kind, hop["id"]) if hop["id"].startswith(prefix) else None
            if fact is not None:
                found.append(fact.cite(*path))
    return tuple(found)
