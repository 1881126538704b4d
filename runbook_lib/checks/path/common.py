"""What the path checks share: the flows asked about, their traced answers, and words for them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from runbook_lib.checks.base import Meta, Settings
from runbook_lib.model.finding import Finding, ResourceRef
from runbook_lib.model.vpc import Subnet
from runbook_lib.network import names
from runbook_lib.network.insights.aims import is_component
from runbook_lib.network.path import tracer_of
from runbook_lib.network.question import Question, question_of
from runbook_lib.network.view import View

__all__ = [
    "TRACED",
    "Flow",
    "Judge",
    "Traced",
    "answer_of",
    "blamed",
    "blocked_share",
    "each_flow",
    "flows",
    "share_words",
]

Json = dict[str, Any]

TRACED = (
    "DirectConnectGatewayAssociations",
    "EgressOnlyInternetGateways",
    "Functions",
    "Instances",
    "InternetGateways",
    "NatGateways",
    "NetworkAcls",
    "NetworkInterfaces",
    "PrefixLists",
    "RouteTables",
    "SecurityGroups",
    "Subnets",
    "TransitGatewayAttachments",
    "TransitGatewayPropagations",
    "TransitGatewayRouteTables",
    "TransitGatewayStaticRoutes",
    "TransitGatewayVpcAttachments",
    "TransitGateways",
    "VirtualInterfaces",
    "VpcAttributes",
    "VpcBlockPublicAccessExclusions",
    "VpcBlockPublicAccessOptions",
    "VpcEndpoints",
    "VpcPeeringConnections",
    "Vpcs",
    "VpnConnections",
    "VpnGateways",
)
"""The snapshot keys that tracing a path may read."""

_NO_ADDRESS = "packets are traced to addresses: name the address, host or service that is meant"

_PORTS = range(1024, 65536)

_ACTION = re.compile(r"[a-z0-9-]+:[A-Z]\w+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """One flow to judge: from a subnet with security groups to one destination.

    `is_service` tells that `to` is a service asked for, `is_component` that it is a gateway or endpoint, which
    Reachability Analyzer takes as a destination and the trace does not; `is_dual_stack` and `is_ipv4_only` what the
    functions there are allowed, both False where no function is named.
    """

    subnet_id: str
    group_ids: tuple[str, ...]
    to: str
    protocol: str
    port: int
    is_service: bool
    is_component: bool = False
    is_dual_stack: bool = False
    is_ipv4_only: bool = False

    @property
    def traffic(self) -> tuple[str, ...]:
        """The protocol, and the port where the protocol has one."""
        return (self.protocol, str(self.port)) if self.protocol in ("tcp", "udp") else (self.protocol,)

    @property
    def order(self) -> tuple[str, tuple[str, ...], str, bool]:
        """What flows are sorted by."""
        return (self.subnet_id, self.group_ids, self.to, self.is_dual_stack)

    @property
    def scope(self) -> str:
        """What tells two findings about one subnet apart: groups, destination, port, and dual stack."""
        more = ":dualstack" if self.is_dual_stack else ""
        return f"{'+'.join(self.group_ids)}>{self.to}:{'/'.join(self.traffic)}{more}"

    def words(self, view: View) -> str:
        """The flow for a sentence."""
        said = f"protocol {self.protocol}" if self.protocol.isdigit() else " ".join(self.traffic)
        more = ", dual stack" if self.is_dual_stack else ""
        return f"{view.subnet(self.subnet_id).label} to {self.to} ({said}{more})"

    def question(self, view: View) -> Question:
        """The question of the contract; a service that the tracer has no name for is asked for by its host name.

        Raises FactMissing when the subnet was not read.
        """
        vpc_id = view.subnet(self.subnet_id).vpc_id
        is_known = not self.is_service or self.to in names.services(tracer_of(view).tools, vpc_id)
        asked = {
            "from": self.subnet_id,
            "to": self.to if is_known else f"{self.to}.{view.region_of(vpc_id)}.amazonaws.com",
            "protocol": self.protocol,
            "port": self.port,
            "security_groups": list(self.group_ids),
        }
        return replace(question_of(asked), is_ipv4_only=self.is_ipv4_only)


@dataclass(frozen=True, slots=True)
class Traced:
    """A flow with its answer in the shape of the contract, one or more parts of the destination that behave alike."""

    view: View
    flow: Flow
    parts: tuple[Json, ...]
    missing: tuple[str, ...]

    @property
    def subnet(self) -> Subnet:
        """The subnet the flow starts from."""
        return self.view.subnet(self.flow.subnet_id)

    @property
    def words(self) -> str:
        """The flow for a sentence."""
        return self.flow.words(self.view)

    @property
    def blockers(self) -> tuple[Json, ...]:
        """What blocks it in any part and direction, forward first, each once."""
        found = [b for way in ("forward", "return") for part in self.parts for b in part[way]["blocked_by"]]
        return tuple(b for index, b in enumerate(found) if b not in found[:index])

    @property
    def hops(self) -> tuple[Json, ...]:
        """The components it passes in any part and direction, in order, each once."""
        found = [hop for way in ("forward", "return") for part in self.parts for hop in part[way]["hops"]]
        return tuple(hop for index, hop in enumerate(found) if hop not in found[:index])

    @property
    def ends_early(self) -> bool:
        """True when some packet found no end, so that neither what lies behind nor the answer was judged."""
        return any(part["return"]["verdict"] == "unknown" and not part["return"]["hops"] for part in self.parts)

    @property
    def answer_ends_early(self) -> bool:
        """True when some answer was stopped by more than a filter, so that what lies behind was not judged."""
        stopped = (blocker["component"] for part in self.parts for blocker in part["return"]["blocked_by"])
        return any(not component.startswith(("acl-", "sg-")) for component in stopped)

    @property
    def missing_actions(self) -> tuple[str, ...]:
        """The IAM actions that would read what is missing."""
        return tuple(word for word in self.missing if _ACTION.fullmatch(word))

    @property
    def missing_words(self) -> str:
        """What is missing that no call tells, in brackets; empty when nothing is."""
        others = "; ".join(word for word in self.missing if not _ACTION.fullmatch(word))
        return f" ({others})" if others else ""

    def undecided(self, meta: Meta) -> Finding:
        """The UNKNOWN finding for missing facts: the IAM actions that would read them, and what no call tells."""
        actions = " and ".join(self.missing_actions)
        said = f"{self.words} cannot be decided from the facts{self.missing_words}"
        need = f"; allow {actions} and run again" if actions else ""
        return meta.unknown(self.subnet, f"{said}{need}.", code="NOT_READ", scope=self.flow.scope)


def blamed(blockers: Iterable[Json]) -> tuple[str, ...]:
    """What a finding about blockers blames: code and component of each, once."""
    return tuple(dict.fromkeys(f"{blocker['code']} {blocker['component']}" for blocker in blockers))


def blocked_share(part: Mapping[str, Any]) -> float:
    """The share of the sender's own ports (1024-65535) whose answers are stopped; 0 where the request is stopped."""
    if part["forward"]["blocked_by"]:
        return 0.0
    taken = [range(max(low, _PORTS.start), high + 1) for low, high in part["return"]["blocked_source_ports"]]
    return sum(map(len, taken)) / len(_PORTS)


def share_words(ways: Iterable[Traced]) -> str:
    """The share of the sender's ports whose answers are blocked, for a sentence; empty when none or all of them are."""
    worst = max((blocked_share(part) for traced in ways for part in traced.parts), default=0.0)
    if worst in (0, 1):
        return ""
    percent = min(max(round(100 * worst), 1), 99)
    return f" ({percent}% of the return ports are blocked: expect about {percent}% of connections to time out)"


Judge = Callable[[Traced], Iterable[Finding]]


def each_flow(meta: Meta, view: View, settings: Settings, judge: Judge) -> Iterator[Finding]:
    """Judge every flow of the target with its traced answer. Raises UsageError for a destination nobody knows."""
    asked = flows(settings)
    if not asked and settings.target.kind == "placement":
        said = f"No path from {settings.target.name} can be judged without security groups: give --security-groups."
        yield meta.unknown(settings.target.ref, said, code="NO_SECURITY_GROUPS")
        return
    if not asked:
        said = f"{settings.target.name} has no security groups to start from; name a function or security groups."
        yield meta.not_applicable(settings.target.ref, said)
        return

    def about(flow: Flow) -> ResourceRef:
        return view.ref(Subnet, flow.subnet_id)

    yield from meta.each(asked, about, lambda flow: judge(answer_of(view, flow)), lambda flow: flow.scope)


def flows(settings: Settings) -> tuple[Flow, ...]:
    """Every distinct flow of the target, subnet x groups x destination, sorted; none starts without security groups."""
    found = {
        Flow(
            subnet_id=subnet_id,
            group_ids=placement.group_ids,
            to=to,
            protocol=settings.protocol,
            port=settings.port,
            is_service=not settings.destinations,
            is_component=settings.analyzer is not None and is_component(to),
            is_dual_stack=placement.ipv6_dual_stack,
            is_ipv4_only=bool(placement.functions) and not placement.ipv6_dual_stack,
        )
        for placement in settings.target.placements
        if placement.group_ids
        for subnet_id in placement.subnet_ids
        for to in settings.destinations or settings.services
    }
    return tuple(sorted(found, key=lambda flow: flow.order))


def answer_of(view: View, flow: Flow) -> Traced:
    """The flow with its answer. Raises FactMissing when the subnet or its groups were not read.

    It has no parts where the destination is a component: a packet is traced to an address.
    """
    view.groups(flow.group_ids)
    if flow.is_component:
        return Traced(view, flow, (), (_NO_ADDRESS,))
    said = tracer_of(view).trace(flow.question(view))
    return Traced(view, flow, tuple(said.get("parts") or (said,)), tuple(said["missing"]))
