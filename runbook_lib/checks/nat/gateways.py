"""Which NAT gateways a target uses, and the ways that pass them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from runbook_lib.checks.base import Meta, Settings
from runbook_lib.checks.path.common import Flow, Json, Traced, answer_of, flows
from runbook_lib.errors import FactMissing
from runbook_lib.model.finding import Finding
from runbook_lib.model.gateways import NatGateway
from runbook_lib.model.status import Severity
from runbook_lib.model.vpc import Route, RouteTable, Subnet
from runbook_lib.network.view import View

__all__ = ["Use", "Uses", "each_use", "uses_of"]

_DEFAULT = "0.0.0.0/0"


@dataclass(frozen=True, slots=True)
class Use:
    """One NAT gateway as the target uses it.

    `ways` are the flows that pass it; `routes` the default routes to it of subnets none of whose flows pass one.
    `is_carrying` is False when every flow is known to go another way.
    """

    nat_id: str
    vpc_id: str
    ways: tuple[Traced, ...]
    routes: tuple[tuple[RouteTable, Route], ...]
    is_carrying: bool

    def blockers(self, way: str) -> tuple[Json, ...]:
        """What blocks the ways that pass it, `forward` or `return`, each once."""
        found = [blocker for traced in self.ways for part in traced.parts for blocker in part[way]["blocked_by"]]
        return tuple(blocker for index, blocker in enumerate(found) if blocker not in found[:index])

    @property
    def missing(self) -> Traced | None:
        """The first way that cannot be decided, or None."""
        return next((traced for traced in self.ways if traced.missing), None)


@dataclass(frozen=True, slots=True)
class Uses:
    """The NAT gateways of a target, by id, and the subnets for which they could not be told."""

    gateways: tuple[Use, ...]
    gaps: tuple[tuple[str, FactMissing], ...]


def uses_of(view: View, settings: Settings) -> Uses:
    """The NAT gateways that the target's ways pass, and those its subnets' default routes name where no way does.

    Found once per view. Raises UsageError for a destination nobody knows.
    """
    found = view.memo.get(("nat", settings))
    if not isinstance(found, Uses):
        found = view.memo["nat", settings] = _found(view, settings)
    return found


def each_use(
    meta: Meta, view: View, settings: Settings, judge: Callable[[Use], Iterable[Finding]]
) -> Iterator[Finding]:
    """Judge every NAT gateway of the target; one that carries nothing asked about is reported with low severity."""
    uses = uses_of(view, settings)
    alike = len({(gap.what, gap.actions) for _, gap in uses.gaps}) == 1
    for subnet_id, gap in uses.gaps[:1] if alike else uses.gaps:
        yield meta.not_read(settings.target.ref if alike else view.ref(Subnet, subnet_id), gap)
    for use in uses.gateways:
        for finding in meta.each([use], lambda item: view.ref(NatGateway, item.nat_id), judge):
            yield finding if use.is_carrying else replace(finding, severity=min(meta.severity, Severity.LOW, key=_rank))
    if not uses.gaps and not uses.gateways:
        yield meta.not_applicable(settings.target.ref, f"{settings.target.name} uses no NAT gateway.")


def _rank(severity: Severity) -> int:
    return severity.rank


# -- from subnets to gateways ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Named:
    """A NAT gateway as one subnet uses it: by a way, or by the default route of its table."""

    nat_id: str
    vpc_id: str
    way: Traced | None = None
    route: tuple[RouteTable, Route] | None = None
    is_carrying: bool = True


def _found(view: View, settings: Settings) -> Uses:
    asked = flows(settings)
    named: list[_Named] = []
    gaps: list[tuple[str, FactMissing]] = []
    for subnet_id in settings.target.subnet_ids:
        try:
            named += _of_subnet(view, subnet_id, [flow for flow in asked if flow.subnet_id == subnet_id])
        except FactMissing as gap:
            gaps.append((subnet_id, gap))
    return Uses(tuple(_use(named, nat_id) for nat_id in sorted({item.nat_id for item in named})), tuple(gaps))


def _use(named: list[_Named], nat_id: str) -> Use:
    mine = [item for item in named if item.nat_id == nat_id]
    routes = {(table.id, route.index): (table, route) for item in mine if item.route for table, route in [item.route]}
    return Use(
        nat_id=nat_id,
        vpc_id=mine[0].vpc_id,
        ways=tuple(item.way for item in mine if item.way),
        routes=tuple(routes[key] for key in sorted(routes)),
        is_carrying=any(item.is_carrying for item in mine),
    )


def _of_subnet(view: View, subnet_id: str, asked: list[Flow]) -> list[_Named]:
    vpc_id = view.subnet(subnet_id).vpc_id
    ways = [answer_of(view, flow) for flow in asked]
    passed = [_Named(nat_id, vpc_id, way=way) for way in ways for nat_id in _passed(way)]
    if passed:
        return passed
    table = view.route_table_of(subnet_id)
    open_ends = sorted({action for way in ways for action in way.missing_actions})
    route = next((route for route in table.routes if str(route.cidr) == _DEFAULT), None)
    if route is not None and (route.target or "").startswith("nat-"):
        stopped_here = any(blocker["component"] == table.id for way in ways for blocker in way.blockers)
        is_carrying = not ways or bool(open_ends) or stopped_here
        return [_Named(str(route.target), vpc_id, route=(table, route), is_carrying=is_carrying)]
    if open_ends:
        raise FactMissing("whether its traffic passes a NAT gateway", *open_ends)
    return []


def _passed(way: Traced) -> list[str]:
    hops = (hop for part in way.parts for hop in part["forward"]["hops"] if hop["kind"] == "nat-gateway")
    return list(dict.fromkeys(hop["id"] for hop in hops))
