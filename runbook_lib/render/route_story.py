"""Where the traffic of a target goes: subnet → route table in effect → exit, for S3 and DynamoDB, in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum

from runbook_lib.errors import FactMissing
from runbook_lib.model.fact import Fact
from runbook_lib.model.target import Target
from runbook_lib.model.vpc import Route, RouteTable
from runbook_lib.network.routing import decide
from runbook_lib.network.view import View

__all__ = ["SERVICE_NAMES", "Exit", "Leg", "State", "route_legs"]

SERVICE_NAMES = {"s3": "S3", "dynamodb": "DynamoDB"}


class State(Enum):
    """How good an exit is, as (symbol, word)."""

    PRIVATE = ("✓", "stays in AWS")
    SHARED = ("!", "through NAT")
    OTHER = ("!", "leaves the VPC")
    DEAD = ("✕", "dead end")
    UNREAD = ("?", "not read")


@dataclass(frozen=True, slots=True)
class Exit:
    """Where a route leads: a kind in words, the id of the component, its Name tag and how good that is."""

    kind: str
    id: str
    name: str
    state: State
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """The way of one service's traffic out of one subnet; `part` is True when other addresses go another way.

    `table_id` is empty when the route table in effect was not read.
    """

    subnet_id: str
    subnet_name: str
    az: str
    table_id: str
    table_name: str
    table_is_main: bool
    service: str
    exit: Exit
    part: bool = False

    @property
    def words(self) -> str:
        """The leg in one sentence."""
        table = f"route table {_label(self.table_id, self.table_name)}" if self.table_id else "a route table not read"
        service = SERVICE_NAMES[self.service] + (" (some addresses)" if self.part else "")
        where = _label(self.exit.id, self.exit.name) if self.exit.id else ""
        way = " ".join(part for part in (self.exit.kind, where) if part)
        detail = f", {self.exit.detail}" if self.exit.detail else ""
        state = self.exit.state.value[1] + detail
        return f"{_label(self.subnet_id, self.subnet_name)}, {table}, {service}: {way} ({state})."


def route_legs(view: View, target: Target, services: Iterable[str]) -> tuple[Leg, ...]:
    """The legs of every subnet of the target and every gateway-endpoint service asked for, grouped by route table.

    A fact that was not read becomes an exit in state UNREAD; nothing is guessed and nothing raised.
    """
    wanted = [service for service in services if service in SERVICE_NAMES]
    dual_stack = any(placement.ipv6_dual_stack for placement in target.placements)
    legs = [
        leg
        for placement_vpc in target.vpc_ids
        for subnet_id in target.subnets_of(placement_vpc)
        for leg in _subnet_legs(view, placement_vpc, subnet_id, wanted, dual_stack)
    ]
    return tuple(sorted(legs, key=lambda leg: (leg.table_id or "~", leg.az, leg.subnet_id)))


def _subnet_legs(view: View, vpc_id: str, subnet_id: str, services: list[str], dual_stack: bool) -> Iterator[Leg]:
    try:
        subnet = view.subnet(subnet_id)
        name, az = subnet.name or "", subnet.az or ""
    except FactMissing:
        name, az = "", "zone not read"
    try:
        table: RouteTable | None = view.route_table_of(subnet_id)
    except FactMissing:
        table = None
    for service in services:
        exits = _exits(view, vpc_id, table, service, dual_stack)
        for way in exits:
            yield Leg(
                subnet_id=subnet_id,
                subnet_name=name,
                az=az,
                table_id=table.id if table else "",
                table_name=(table.name or "") if table else "",
                table_is_main=table is not None and subnet_id not in table.subnet_ids,
                service=service,
                exit=way,
                part=len(exits) > 1,
            )


def _exits(view: View, vpc_id: str, table: RouteTable | None, service: str, dual_stack: bool) -> tuple[Exit, ...]:
    if table is None:
        return (Exit("Not read", "", "", State.UNREAD, "the route table in effect"),)
    try:
        cidrs = view.service_prefix_list(vpc_id, service).cidrs or ()
        decisions = decide(view, table, (cidr for cidr in cidrs if cidr.version == 4 or dual_stack))
    except FactMissing as gap:
        return (Exit("Not read", "", "", State.UNREAD, gap.what),)
    return tuple(dict.fromkeys(_exit(view, decision.route) for decision in decisions))


def _exit(view: View, route: Route | None) -> Exit:
    if route is None:
        return Exit("Nowhere", "", "", State.DEAD, "no route matches")
    if route.is_blackhole:
        return Exit("Nowhere", route.target or "", "", State.DEAD, "the route's target is gone (blackhole)")
    target, prefix = route.target or "", (route.target or "").split("-")[0]
    if route.target_field == "GatewayId" and prefix == "vpce":
        return _stateful(view.endpoint, target, "Gateway endpoint", State.PRIVATE)
    if route.target_field == "NatGatewayId":
        return _stateful(view.nat_gateway, target, "NAT gateway", State.SHARED)
    if prefix == "igw":
        return Exit("Internet gateway", target, "", State.DEAD, "a function has no public address to be answered at")
    kind = {
        "tgw": "Transit gateway",
        "pcx": "VPC peering",
        "vgw": "Virtual private gateway",
        "eigw": "Egress-only gateway",
        "eni": "Network interface",
        "i": "Instance",
        "vpce": "Firewall endpoint",
    }.get(prefix, "Another target")
    return Exit("Inside the VPC" if route.is_local else kind, "" if route.is_local else target, "", State.OTHER)


def _stateful(get: object, id_: str, kind: str, state: State) -> Exit:
    """An exit whose component has a state: only `available` is good."""
    try:
        fact: Fact = get(id_)  # type: ignore[operator]
    except FactMissing:
        return Exit(kind, id_, "", State.UNREAD, "its state was not read")
    said = str(getattr(fact, "state", ""))
    if said != "available":
        return Exit(kind, id_, fact.name or "", State.DEAD, f"its state is {said}")
    return Exit(kind, id_, fact.name or "", state)


def _label(id_: str, name: str) -> str:
    return f"{id_} ({name})" if name else id_
