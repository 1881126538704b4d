"""What stops the ways that pass a NAT gateway, sorted by the part of it that does."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from runbook_lib.checks.base import Meta, Settings
from runbook_lib.checks.endpoints.common import destination
from runbook_lib.checks.nat.gateways import Use, each_use
from runbook_lib.checks.path.common import Json, Traced, blamed, share_words
from runbook_lib.checks.path.stages import blocked_words, evidence_for
from runbook_lib.model.finding import Evidence, Finding
from runbook_lib.model.gateways import NatGateway
from runbook_lib.network.routing import decide
from runbook_lib.network.view import View

__all__ = ["check_ways", "subnets_through", "unrouted"]

_ROUTING = (
    "BAD_STATE_ROUTE",
    "IGW_PUBLIC_IP_ASSOCIATION_FOR_EGRESS",
    "NO_ROUTE_TO_DESTINATION",
    "REGIONAL_NGW_ROUTE_AZ_RESTRICTION",
)

Mine = Callable[[NatGateway, Use], list[Json]]
Passing = Callable[[NatGateway, Use], tuple[str, tuple[Evidence, ...]]]


def check_ways(
    meta: Meta,
    view: View,
    settings: Settings,
    mine: Mine,
    passing: Passing,
    unless: Callable[[NatGateway], str] = lambda _: "",
) -> Iterator[Finding]:
    """One finding per NAT gateway about its ways: `mine` picks their blockers, `passing` says what is well instead.

    `unless` says why the question does not arise for a NAT gateway; empty when it does.
    """

    def judge(use: Use) -> Iterator[Finding]:
        if not use.ways:
            yield meta.not_applicable(view.ref(NatGateway, use.nat_id), f"No way asked about passes {use.nat_id}.")
            return
        nat = view.nat_gateway(use.nat_id)
        if words := unless(nat):
            yield meta.not_applicable(nat, words)
            return
        found = mine(nat, use)
        if found:
            hit = [way for way in use.ways if any(blocker in found for blocker in way.blockers)]
            more = f", and {len(hit) - 1} more ways" if len(hit) > 2 else ", and one more way" if len(hit) == 2 else ""
            said = f"{hit[0].words} by {nat.label}{more}: {blocked_words(found)}{share_words(hit)}."
            seen = {e.pointer: e for way in hit for e in evidence_for(way, found)}
            yield meta.failed(nat, said, *seen.values(), code=found[0]["code"], blames=blamed(found))
        elif use.missing is not None:
            yield meta.unknown(nat, use.missing.undecided(meta).message, code="NOT_READ")
        else:
            words, seen_well = passing(nat, use)
            yield meta.passed(nat, words, *seen_well)

    return each_use(meta, view, settings, judge)


def unrouted(traced: Traced, nats: list[str]) -> list[Json]:
    """Why packets of a flow find no NAT gateway: what stops the parts that pass none, or a zone that the one passed
    leaves out. `nats` are those passed."""
    found = [
        blocker
        for part in traced.parts
        for blocker in part["forward"]["blocked_by"]
        if blocker["code"] in _ROUTING
        and (blocker["component"] in nats or not any(hop["kind"] == "nat-gateway" for hop in part["forward"]["hops"]))
    ]
    return [blocker for index, blocker in enumerate(found) if blocker not in found[:index]]


def subnets_through(view: View, settings: Settings, nat: NatGateway, use: Use, service: str) -> list[str]:
    """The subnets whose traffic to a service passes the NAT gateway, sorted. Raises FactMissing."""
    found = {way.subnet.id for way in use.ways if way.flow.is_service and way.flow.to == service}
    to = destination(view, use.vpc_id, service)
    for subnet_id in settings.target.subnets_of(use.vpc_id) if to is not None else ():
        parts = decide(view, view.route_table_of(subnet_id), to.cidrs) if to is not None else ()
        if any(part.route is not None and part.route.target == nat.id for part in parts):
            found.add(subnet_id)
    return sorted(found)
