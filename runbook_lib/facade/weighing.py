"""The log of a function, or of a file, with everything known beside it: the analysis that ranks causes."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from runbook_lib.checks.base import Settings
from runbook_lib.checks.path.common import blocked_share
from runbook_lib.errors import FactMissing, UsageError
from runbook_lib.facade.pathing import traced
from runbook_lib.invocations.analysis import Analysis, analyse
from runbook_lib.invocations.assemble import invocations_of
from runbook_lib.invocations.base import ErrorClass, Invocation, Outcome, is_whole
from runbook_lib.invocations.case import HIDING, NO_CONNECTION
from runbook_lib.invocations.known import Known, Way
from runbook_lib.invocations.observed import Observed, observed
from runbook_lib.invocations.reading import read_events
from runbook_lib.model.gateways import NatGateway
from runbook_lib.model.interfaces import Function
from runbook_lib.model.observations import FLOW_LOG_RECORDS_KEY, AccountLimit, FunctionConcurrency, MetricSeries
from runbook_lib.model.sdk import Sdk
from runbook_lib.model.vpc import Subnet
from runbook_lib.network.view import View
from runbook_lib.render.path_story import TracedFlow

__all__ = ["analysis_of_file", "analysis_of_function", "concurrency_limit", "ways_of"]

_DESTINATIONS = 5


def analysis_of_file(path: Path, sdk: Sdk | None, connections: int) -> Analysis:
    """What the log events of a file, `-` for standard input, say by themselves. UsageError for a file without any."""
    saved = read_events(sys.stdin.buffer if str(path) == "-" else path)
    assembled = invocations_of(saved, complete=saved.is_complete)
    gaps = (*saved.gaps, *assembled.gaps)
    known = Known(
        sdk=sdk,
        connections_per_invocation=connections,
        log_is_whole=is_whole(gaps),
        log_hides_successes=assembled.hides_successes,
        unplaced_failures=len(assembled.unplaced),
    )
    return analyse(assembled.invocations, gaps, known)


def analysis_of_function(view: View, settings: Settings, function: Function, log_group: str = "") -> Analysis:
    """What a function's log, or another log group, says together with its configuration, its ways and the metrics."""
    try:
        seen = observed(view, function, log_group)
    except FactMissing as gap:
        seen = Observed(log_group="", invocations=(), gaps=(str(gap),), is_whole=False)
    return analyse(seen.invocations, seen.gaps, _known(view, settings, function, seen))


def ways_of(view: View, settings: Settings) -> tuple[Way, ...] | None:
    """The answer of the path model for every flow of the target; None when there is nothing to trace."""
    try:
        flows = traced(view, settings)
    except UsageError:
        return None
    return tuple(_way(view, flow) for flow in flows) or None


def concurrency_limit(view: View, function: Function) -> int | None:
    """How many executions of it may run at once: those reserved for it, else those the account leaves unreserved.

    None when that was not read.
    """
    own = view.find(FunctionConcurrency, function.id)
    if own is not None and own.reserved is not None:
        return own.reserved
    limits = [item for item in view.snapshot.all(AccountLimit) if item.scope == function.scope]
    return limits[0].unreserved_concurrent_executions if own is not None and limits else None


def _ways(view: View, settings: Settings, function: Function, seen: Observed) -> tuple[tuple[Way, ...] | None, str]:
    """The ways to what the function calls, and the destination that was assumed because nobody names one.

    Unless destinations were asked for, they are those that failing invocations name, the most frequent first.
    """
    if not function.vpc_id:
        return None, ""
    starved = [item for item in seen.invocations if item.outcome is Outcome.FAILURE and _may_starve(item)]
    hosts = Counter(item.destination for item in starved if item.destination)
    if settings.destinations or not hosts:
        named = settings.destinations or not starved
        return ways_of(view, settings), "" if named else ", ".join(settings.services)
    asked = [_towards(settings, host) for host, _ in hosts.most_common(_DESTINATIONS)]
    return tuple(way for one in asked for way in ways_of(view, one) or ()) or None, ""


def _may_starve(item: Invocation) -> bool:
    return item.error_class in NO_CONNECTION | HIDING | {ErrorClass.READ_TIMEOUT}


def _towards(settings: Settings, destination: str) -> Settings:
    """The settings with one destination of a log, `host` or `host:port`."""
    host, colon, port = destination.rpartition(":")
    named = (host, int(port)) if colon and port.isdigit() else (destination, settings.port)
    return replace(settings, destinations=(named[0].strip("[]"),), port=named[1])


def _known(view: View, settings: Settings, function: Function, seen: Observed) -> Known:
    memory = function.raw.get("MemorySize")
    ways, assumed = _ways(view, settings, function, seen)
    gateways = view.snapshot.all(NatGateway)
    return Known(
        function=function.id,
        timeout_s=function.timeout_s,
        memory_mb=memory if isinstance(memory, int) else None,
        sdk=settings.sdk,
        connections_per_invocation=settings.connections_per_invocation,
        ways=ways,
        assumed=assumed,
        nat_addresses={nat.id: nat.capacity_addresses or 1 for nat in gateways},
        nat_zones={nat.id: _zones(nat) for nat in gateways if nat.is_regional},
        series=tuple(i for i in view.snapshot.all(MetricSeries) if i.scope == function.scope and i.is_standard),
        concurrency_limit=concurrency_limit(view, function),
        dns_support=_dns_support(view, function),
        rejected=_rejected(view, function),
        log_is_whole=seen.is_whole,
        log_hides_successes=seen.hides_successes,
        unplaced_failures=len(seen.unplaced),
    )


def _zones(nat: NatGateway) -> tuple[str, ...]:
    return tuple(sorted({address.az for address in nat.addresses if address.az}))


def _rejected(view: View, function: Function) -> int | None:
    """How many records say REJECT; None where no flow log was read whole."""
    listing = view.snapshot.listings.get((function.scope, FLOW_LOG_RECORDS_KEY))
    if listing is None or (listing.incomplete and not listing.raws):
        return None
    return len(listing.raws)


def _dns_support(view: View, function: Function) -> bool | None:
    if function.vpc_id is None:
        return None
    try:
        return view.vpc_attributes(function.vpc_id).dns_support
    except FactMissing:
        return None


def _way(view: View, flow: TracedFlow) -> Way:
    subnet = view.find(Subnet, flow.subnet_id)
    verdicts = {part["verdict"] for part in flow.parts} or {"unknown"}
    worst = next(word for word in ("blocked", "unknown", "reachable") if word in verdicts)
    stops = (stop["detail"] for part in flow.parts for way in ("forward", "return") for stop in part[way]["blocked_by"])
    return Way(
        subnet=subnet.label if subnet else flow.subnet_id,
        zone=subnet.az if subnet else None,
        to=flow.to,
        verdict=worst,
        nat_ids=tuple(dict.fromkeys(_nat_ids(flow))),
        stops=tuple(dict.fromkeys(stops)),
        blocked_share=max((blocked_share(part) for part in flow.parts), default=0.0),
    )


def _nat_ids(flow: TracedFlow) -> Iterator[str]:
    for part in flow.parts:
        for hop in (*part["forward"]["hops"], *part["return"]["hops"]):
            if hop["kind"] == "nat-gateway":
                yield hop["id"]
