"""Causes that lie on the network path: one subnet, the return ports, or every subnet.

The path model answers for every subnet the function may run in; Lambda spreads its execution environments over them,
and an environment stays where it was made. Sources:
https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html and, for timeouts that come and go,
https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-networking.html (read 2026-11-21)
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from runbook_lib.invocations.base import Outcome, Plausibility
from runbook_lib.invocations.case import Case, Cause, Scale, Weighed, percent
from runbook_lib.invocations.causes.common import nothing_failed, of_failures
from runbook_lib.invocations.known import Way
from runbook_lib.model.sdk import Sdk

__all__ = ["EPHEMERAL", "EVERYWHERE", "ONE_SUBNET"]


def one_subnet(case: Case) -> Weighed:
    """Some subnets have no path to a destination and others have."""
    name = "subnet_or_zone"
    if early := _early(case, name):
        return early
    ways, scale = case.known.ways or (), Scale()
    for group in _by_destination(ways):
        closed = _closed(group)
        if closed and len(closed) < len(group):
            scale = _blocked(scale, closed)
            fine = ", ".join(_place(way) for way in _of(group, "reachable"))
            scale = scale.plus(f"From {fine} it is reachable.") if fine else scale
    if scale.proofs:
        return _streams(case, scale).says(name, Plausibility.LIKELY)
    if len({way.subnet for way in ways}) == 1:
        said = "The function has one subnet only: there is no difference between subnets."
        return scale.minus(said).says(name, Plausibility.RULED_OUT)
    if case.known.has_unknown_way:
        unknown = ", ".join(_place(way) for way in _of(ways, "unknown"))
        return _streams(case, scale).minus(f"The path from {unknown} is unknown.").says(name, Plausibility.CANNOT_TELL)
    said = "none of them has a path" if len(_closed(ways)) == len(ways) else "no subnet is without a path"
    return _cleared(case, scale.minus(f"The path model sees no such subnet: {said}."), name)


def ephemeral(case: Case) -> Weighed:
    """A network ACL lets back only a part of the ports that answers come to."""
    name = "nacl_ephemeral_ports"
    if early := _early(case, name):
        return early
    scale, holes = _rejects(case, Scale()), [way for way in case.known.ways or () if 0 < way.blocked_share < 1]
    for way in holes:
        said = f"From {_place(way)} the answers to {percent(way.blocked_share)} of the ports are stopped"
        scale = scale.proof(f"{said}: {'; '.join(way.stops) or 'see the path'}.")
    if holes:
        share, attempts = max(way.blocked_share for way in holes), (case.known.sdk or Sdk()).attempts
        scale = scale.plus(
            f"Each attempt takes another port: with {attempts} attempts between {percent(share**attempts)} and "
            f"{percent(share)} of invocations fail there; {of_failures(case, len(case.starved)).lower()} got no "
            "connection."
        )
        return scale.says(name, Plausibility.LIKELY)
    if case.known.has_unknown_way:
        return scale.minus("Not every path is known.").says(name, Plausibility.CANNOT_TELL)
    return _cleared(case, scale.minus("No path loses only a part of its return ports."), name)


def everywhere(case: Case) -> Weighed:
    """A destination is blocked from every subnet."""
    name = "network_path_blocked"
    if early := _early(case, name):
        return early
    scale, ways = _rejects(case, Scale()), case.known.ways or ()
    for group in _by_destination(ways):
        if len(_closed(group)) == len(group):
            scale = _blocked(scale, group)
    if not scale.proofs:
        fine = ", ".join(_place(way) for way in _of(ways, "reachable"))
        if not fine and case.known.has_unknown_way:
            return scale.minus("Not every path is known.").says(name, Plausibility.CANNOT_TELL)
        said = f"The path is open from {fine}." if fine else "No path is wholly closed."
        return _cleared(case, scale.minus(said), name)
    if case.successes:
        scale = scale.minus(f"{len(case.successes)} invocations succeeded: they did not need it, or got there before.")
        return scale.says(name, Plausibility.POSSIBLE)
    return scale.says(name, Plausibility.LIKELY)


def _early(case: Case, name: str) -> Weighed | None:
    """The answer where no path needs to be looked at, or none was."""
    if quiet := nothing_failed(case, name):
        return quiet
    if not case.starved:
        said = "Every failure names a cause other than a connection that does not come about."
        return Scale().minus(said).says(name, Plausibility.RULED_OUT)
    if not case.known.ways:
        said = "The network path was not judged: read the VPC's facts to decide it."
        scale = _streams(case, Scale()) if name == "subnet_or_zone" else Scale()
        return scale.minus(said).says(name, Plausibility.CANNOT_TELL)
    return None


def _cleared(case: Case, scale: Scale, name: str) -> Weighed:
    """Ruled out, unless the paths lead to a destination that was only assumed."""
    if not case.known.assumed:
        return scale.says(name, Plausibility.RULED_OUT)
    said = f"The failures name no destination; {case.known.assumed} was assumed. Say which one is called."
    return scale.minus(said).says(name, Plausibility.CANNOT_TELL)


def _by_destination(ways: Iterable[Way]) -> Iterator[list[Way]]:
    """The ways to each destination."""
    found: dict[str, list[Way]] = {}
    for way in ways:
        found.setdefault(way.to, []).append(way)
    yield from found.values()


def _blocked(scale: Scale, ways: Iterable[Way]) -> Scale:
    for way in ways:
        scale = scale.proof(f"From {_place(way)} {way.to} is blocked: {'; '.join(way.stops) or 'see the path'}.")
    return scale


def _of(ways: Iterable[Way], verdict: str) -> list[Way]:
    return [way for way in ways if way.verdict == verdict]


def _closed(ways: Iterable[Way]) -> list[Way]:
    """Those that carry nothing; one that loses a part of its return ports carries the rest."""
    return [way for way in _of(ways, "blocked") if way.blocked_share in (0, 1)]


def _place(way: Way) -> str:
    return f"{way.subnet} in {way.zone}" if way.zone else way.subnet


def _rejects(case: Case, scale: Scale) -> Scale:
    """What flow logs say: groups and ACLs that reject are recorded, missing routes are not."""
    if case.known.rejected is None:
        return scale
    if case.known.rejected:
        said = f"Flow logs hold {case.known.rejected:,} records of rejected packets at the function's interfaces."
        return scale.plus(said)
    return scale.minus("Flow logs hold no record of a rejected packet at the function's interfaces.")


def _streams(case: Case, scale: Scale) -> Scale:
    """What the environments say: each stays in one subnet, so one bad subnet fails all of an environment or none."""
    ends: dict[str, list[Outcome]] = defaultdict(list)
    for item in (*case.successes, *case.failures):
        if item.log_stream:
            ends[item.log_stream].append(item.outcome)
    several = [outcomes for outcomes in ends.values() if len(outcomes) > 1]
    mixed = [outcomes for outcomes in several if len(set(outcomes)) > 1]
    if mixed:
        return scale.minus(f"{len(mixed)} environments had successes and failures, though each stays in one subnet.")
    if len(several) > 1:
        return scale.plus(f"Each of {len(several)} environments either always succeeded or always failed.")
    return scale


ONE_SUBNET = Cause(name="subnet_or_zone", title="a subnet or zone without a working path", weigh=one_subnet)
EPHEMERAL = Cause(
    name="nacl_ephemeral_ports", title="a network ACL that stops part of the return ports", weigh=ephemeral
)
EVERYWHERE = Cause(name="network_path_blocked", title="a path blocked from every subnet", weigh=everywhere)
