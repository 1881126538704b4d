"""Causes that lie on the network path: one subnet, the return ports, or every subnet.

The path model answers for every subnet the function may run in; Lambda spreads its execution environments over them,
and an environment stays where it was made. Sources:
https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html and, for timeouts that come and go,
https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-networking.html (read 2026-11-21)
"""

from __future__ import annotations

from collections import defaultdict

from runbook_lib.invocations.base import Outcome, Plausibility
from runbook_lib.invocations.case import HIDING, NO_CONNECTION, Case, Cause, Scale, Weighed, percent
from runbook_lib.invocations.causes.common import nothing_failed, of_failures
from runbook_lib.invocations.known import Way
from runbook_lib.model.sdk import Sdk

__all__ = ["EPHEMERAL", "EVERYWHERE", "ONE_SUBNET"]

_UNREAD = "The network path was not judged: read the VPC's facts to decide it."


def one_subnet(case: Case) -> Weighed:
    """Some subnets are blocked and others are not."""
    name = "subnet_or_zone"
    if quiet := nothing_failed(case, name):
        return quiet
    if not _starved(case):
        return _names_other(name)
    ways = case.known.ways
    if not ways:
        return _streams(case, Scale()).minus(_UNREAD).says(name, Plausibility.CANNOT_TELL)
    if len({way.subnet for way in ways}) == 1:
        said = "The function has one subnet only: there is no difference between subnets."
        return Scale().minus(said).says(name, Plausibility.RULED_OUT)
    blocked, fine = _closed(ways), _of(ways, "reachable")
    scale = Scale()
    if blocked and len(blocked) < len(ways):
        for way in blocked:
            scale = scale.proof(f"From {_place(way)} {way.to} is blocked: {'; '.join(way.stops) or 'see the path'}.")
        if fine:
            scale = scale.plus(f"From {', '.join(_place(way) for way in fine)} it is reachable.")
        return _streams(case, scale).says(name, Plausibility.LIKELY)
    if _of(ways, "unknown"):
        unknown = ", ".join(_place(way) for way in _of(ways, "unknown"))
        return _streams(case, scale).minus(f"The path from {unknown} is unknown.").says(name, Plausibility.CANNOT_TELL)
    said = "no subnet is without a path" if not blocked else "none of them has a path"
    return scale.minus(f"The path model sees no such subnet: {said}.").says(name, Plausibility.RULED_OUT)


def ephemeral(case: Case) -> Weighed:
    """A network ACL lets back only a part of the ports that answers come to."""
    name = "nacl_ephemeral_ports"
    if quiet := nothing_failed(case, name):
        return quiet
    if not _starved(case):
        return _names_other(name)
    ways = case.known.ways
    if not ways:
        return Scale().minus(_UNREAD).says(name, Plausibility.CANNOT_TELL)
    holes = [way for way in ways if 0 < way.blocked_share < 1]
    scale = _rejects(case, Scale())
    for way in holes:
        said = f"From {_place(way)} the answers to {percent(way.blocked_share)} of the ports are stopped"
        scale = scale.proof(f"{said}: {'; '.join(way.stops) or 'see the path'}.")
    if holes:
        share, attempts = max(way.blocked_share for way in holes), (case.known.sdk or Sdk()).attempts
        scale = scale.plus(
            f"Each attempt takes another port: with {attempts} attempts between {percent(share**attempts)} and "
            f"{percent(share)} of invocations fail there; {of_failures(case, _starved(case))} got no connection."
        )
        return scale.says(name, Plausibility.LIKELY)
    if _of(ways, "unknown"):
        return scale.minus("Not every path is known.").says(name, Plausibility.CANNOT_TELL)
    return scale.minus("No path loses only a part of its return ports.").says(name, Plausibility.RULED_OUT)


def everywhere(case: Case) -> Weighed:
    """The destination is blocked from every subnet."""
    name = "network_path_blocked"
    if quiet := nothing_failed(case, name):
        return quiet
    if not _starved(case):
        return _names_other(name)
    ways = case.known.ways
    if not ways:
        return Scale().minus(_UNREAD).says(name, Plausibility.CANNOT_TELL)
    whole = _closed(ways)
    scale = _rejects(case, Scale())
    if len(whole) < len(ways):
        fine = _of(ways, "reachable")
        if not fine and _of(ways, "unknown"):
            return scale.minus("Not every path is known.").says(name, Plausibility.CANNOT_TELL)
        said = (
            f"The path is open from {', '.join(_place(way) for way in fine)}." if fine else "No path is wholly closed."
        )
        return scale.minus(said).says(name, Plausibility.RULED_OUT)
    for way in whole:
        scale = scale.proof(f"From {_place(way)} {way.to} is blocked: {'; '.join(way.stops) or 'see the path'}.")
    if case.successes:
        scale = scale.minus(f"{len(case.successes)} invocations succeeded: they did not need it, or got there before.")
        return scale.says(name, Plausibility.POSSIBLE)
    return scale.says(name, Plausibility.LIKELY)


def _starved(case: Case) -> int:
    return len(case.failing(NO_CONNECTION | HIDING))


def _names_other(name: str) -> Weighed:
    said = "Every failure names a cause other than a connection that does not come about."
    return Scale().minus(said).says(name, Plausibility.RULED_OUT)


def _of(ways: tuple[Way, ...], verdict: str) -> list[Way]:
    return [way for way in ways if way.verdict == verdict]


def _closed(ways: tuple[Way, ...]) -> list[Way]:
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
