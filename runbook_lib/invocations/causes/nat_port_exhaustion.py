"""The NAT gateway has no port left for the destination.

A NAT gateway carries 55,000 connections at a time per address to one destination (address, port, protocol); beyond
that, new ones fail and `ErrorPortAllocation` counts them. That metric decides: a split into first successes and later
failures fits other causes as well.

Sources: https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-basics.html and
https://docs.aws.amazon.com/vpc/latest/userguide/metrics-dimensions-nat-gateway.html (read 2026-11-21)
"""

from __future__ import annotations

from runbook_lib.invocations.base import Pattern, Plausibility
from runbook_lib.invocations.capacity import Capacity, demand
from runbook_lib.invocations.case import NO_CONNECTION, Case, Cause, Scale, Weighed, percent
from runbook_lib.invocations.causes.common import nothing_failed
from runbook_lib.invocations.known import Measured

__all__ = ["CAUSE"]

_NAME = "nat_port_exhaustion"
_CROWDED = 0.9


def weigh(case: Case) -> Weighed:
    """Ruled out where no failing minute counted an error, or no packet passes a NAT gateway."""
    known = case.known
    if known.avoids_nat:
        said = "No way from the function leads through a NAT gateway."
        return Scale().minus(said).says(_NAME, Plausibility.RULED_OUT)
    errors = {nat_id: known.of_gateway("ErrorPortAllocation", nat_id) for nat_id in known.nat_ids}
    counted = {nat_id: found for nat_id, found in errors.items() if found and found.total}
    if not counted and (quiet := nothing_failed(case, _NAME)):
        return quiet
    if not counted and not case.starved:
        said = "Every failure names a cause that comes after the connection stands, or before it is tried."
        return Scale().minus(said).says(_NAME, Plausibility.RULED_OUT)
    scale = _around(case, _own_demand(case, Scale()))
    return _with_errors(case, counted, scale) if counted else _without_errors(case, errors, scale)


def _with_errors(case: Case, counted: dict[str, Measured], scale: Scale) -> Weighed:
    spans, waiting = case.spans(case.failing(NO_CONNECTION)), case.spans(case.starved)
    for nat_id, found in sorted(counted.items()):
        said = f"{nat_id} could not allocate a port {found.total:,.0f} times (ErrorPortAllocation)"
        if during := found.within(spans)[0]:
            scale = scale.proof(f"{said}, {during:,.0f} of them in minutes in which invocations failed to connect.")
        elif during := found.within(waiting)[0]:
            scale = scale.plus(
                f"{said}, {during:,.0f} of them in minutes in which invocations failed without saying why."
            )
        else:
            scale = scale.plus(f"{said}, but not in a minute in which an invocation failed to connect.")
    return scale.says(_NAME, Plausibility.LIKELY if scale.proofs else Plausibility.POSSIBLE)


def _without_errors(case: Case, errors: dict[str, Measured | None], scale: Scale) -> Weighed:
    spans = case.spans(case.starved)
    unread = sorted(nat_id for nat_id, found in errors.items() if not found or not found.within(spans)[1])
    if not errors or not spans:
        said = "ErrorPortAllocation, the metric that proves it, was not read."
    elif unread:
        said = f"ErrorPortAllocation of {', '.join(unread)} has no value for every failing minute."
    elif case.known.has_unknown_way:
        said = "Not every way is known: another NAT gateway may be on one of them."
    else:
        names = ", ".join(sorted(errors))
        said = f"ErrorPortAllocation of {names} was 0 in every minute in which an invocation failed."
        return scale.minus(said).says(_NAME, Plausibility.RULED_OUT)
    return scale.minus(said).says(_NAME, Plausibility.CANNOT_TELL)


def _own_demand(case: Case, scale: Scale) -> Scale:
    """How many ports the invocations themselves can have asked for."""
    wanted = demand(case.peak_concurrency, case.known.connections_per_invocation)
    addresses = [case.known.nat_addresses.get(nat_id, 1) for nat_id in case.known.nat_ids]
    capacity = Capacity(addresses=min(addresses, default=1))
    said = (
        f"{case.peak_concurrency} invocations at once with {case.known.connections_per_invocation} connection(s) each "
        f"want {wanted:,} of {capacity.ports:,} ports to one destination"
    )
    if wanted >= capacity.ports:
        return scale.plus(f"{said}: more than there are.")
    return scale.minus(f"{said} ({percent(wanted / capacity.ports)}): alone they cannot fill it.")


def _around(case: Case, scale: Scale) -> Scale:
    """What surrounds the failures and fits: crowded gateways, and the split."""
    for nat_id in case.known.nat_ids:
        active = case.known.of_gateway("ActiveConnectionCount", nat_id)
        capacity = Capacity(addresses=case.known.nat_addresses.get(nat_id, 1))
        if active and active.peak is not None:
            share = active.peak / capacity.ports
            held = f"{nat_id} held {active.peak:,.0f} connections at its peak"
            said = f"{held}, {percent(share)} of {capacity.ports:,} ports"
            if share > 1:
                said = f"{held}, more than the {capacity.ports:,} ports it has to one destination"
            scale = scale.plus(f"{said}.") if share >= _CROWDED else scale.minus(f"{said} to one destination.")
    if case.pattern is Pattern.FIRST_N_THEN_FAIL:
        scale = scale.plus("The first invocations succeeded and later ones failed; other causes do that too.")
    return scale


CAUSE = Cause(name=_NAME, title="NAT gateway port exhaustion", weigh=weigh)
