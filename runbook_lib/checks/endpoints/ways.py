"""Which way traffic to a service leaves a subnet, in words."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress

from runbook_lib.checks.endpoints.common import cidr_words
from runbook_lib.errors import FactMissing
from runbook_lib.model.gateways import InternetGateway, NatGateway, VpcEndpoint
from runbook_lib.model.vpc import Route
from runbook_lib.network.routing import Decision, decide
from runbook_lib.network.view import View

__all__ = ["detour_words", "ways_today"]


def detour_words(view: View, decisions: Iterable[Decision]) -> str:
    """What happens to each part of a service's addresses, for a sentence."""
    return "; ".join(f"{cidr_words(part.cidrs)} {_fate(view, part.route, len(part.cidrs) > 1)}" for part in decisions)


def ways_today(view: View, vpc_id: str, service: str, subnet_ids: Iterable[str]) -> str:
    """Where a service's traffic goes today, as a clause starting with `; `; empty when that was not read."""
    targets: set[str] = set()
    with suppress(FactMissing):
        listed = view.service_prefix_list(vpc_id, service)
        for subnet_id in subnet_ids:
            for part in decide(view, view.route_table_of(subnet_id), listed.cidrs or ()):
                targets.add(_fate(view, part.route))
        return f"; its traffic {' or '.join(sorted(targets))}" if targets else ""
    return ""


def _fate(view: View, route: Route | None, several: bool = False) -> str:
    dropped = "are dropped" if several else "is dropped"
    if route is None:
        return f"{dropped} for want of a route"
    if route.is_blackhole:
        return f"{dropped} by the blackhole route {route.destination} to {_label(view, route.target)}"
    return f"{'leave' if several else 'leaves'} through {_label(view, route.target)}"


def _label(view: View, target: str | None) -> str:
    if target is None:
        return "an unnamed target"
    kinds = (NatGateway, InternetGateway, VpcEndpoint)
    found = next((fact for fact in (view.find(kind, target) for kind in kinds) if fact), None)
    return found.label if found else target
