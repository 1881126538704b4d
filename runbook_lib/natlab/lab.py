"""The lab as others use it: idle clients and crowds, in namespaces or through the relay."""

from __future__ import annotations

import resource
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from runbook_lib.errors import LabError, UsageError
from runbook_lib.model.keepalive import IdleOutcome
from runbook_lib.model.progress import Progress, silent
from runbook_lib.natlab.cases import Case, Forgotten, Seen, Timers, require_lab_limit
from runbook_lib.natlab.condition import Condition, Kind
from runbook_lib.natlab.launch import play
from runbook_lib.natlab.rules import MANY_PORTS

__all__ = ["MOST_CLIENTS", "MOST_PORTS", "Answer", "Crowd", "IdleRun", "run_crowd", "run_idle"]

MOST_PORTS, MOST_CLIENTS = 128, 500
"""Linux looks for a free port among at most 128 before it gives up, whether or not one is left.

Source: https://github.com/torvalds/linux/blob/master/net/netfilter/nf_nat_core.c (NF_NAT_MAX_ATTEMPTS, read 2026-11-21)
"""

_SPARE_FILES = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class IdleRun:
    """What the clients saw, in their order; `not_shown` are those this kind of lab cannot show.

    `counters` are those of the gateway: `resets` sent, `lost_answers` of the server, and others; empty for the relay.
    """

    seen: tuple[Seen, ...]
    not_shown: tuple[Case, ...]
    counters: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What one client of a crowd saw in one step; `error` is the class of the exception, empty for an answer.

    `source` is the address that S3 saw, `log` what the client logged when that was asked for.
    """

    step: str
    client: int
    error: str
    said: str
    waited_s: float
    source: str | None = None
    traceback: str = ""
    log: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Crowd:
    """The answers of all steps; the relay has only the first one. `live` connections stood before the route was added.

    `counters["no_free_port"]` counts packets that found no free port, as ErrorPortAllocation of a NAT gateway does.
    """

    answers: tuple[Answer, ...]
    live: int
    counters: Mapping[str, int]


def run_idle(
    place: Condition,
    limit_s: int,
    cases: Sequence[Case],
    *,
    forgotten: Forgotten = Forgotten.RESET,
    progress: Progress = silent,
) -> IdleRun:
    """Play clients behind a gateway that forgets after `limit_s`. UsageError for a limit no kernel can keep.

    LabError when there is no lab to be had here, or it died.
    """
    require_lab_limit(limit_s)
    is_relay = _is_relay(place, plain=forgotten is Forgotten.RESET)
    own = _own_sysctls() if is_relay else None
    shown = [case for case in cases if own is None or _is_shown(case, own)]
    job = {"play": "cases", "limit_s": limit_s, "ports": MANY_PORTS, "forgotten": forgotten}
    told: dict[str, Any] = {"rows": [], "counters": {}}
    if shown:
        raws = [case.to_json() for case in shown]
        told = play(place.prefix, {**job, "relay": is_relay, "cases": raws}, progress)
    return IdleRun(
        seen=tuple(_seen(case, row) for case, row in zip(shown, told["rows"], strict=True)),
        not_shown=tuple(case for case in cases if case not in shown),
        counters=told["counters"],
    )


def run_crowd(
    place: Condition,
    limit_s: int,
    *,
    ports: int,
    clients: int,
    debug: bool = False,
    progress: Progress = silent,
) -> Crowd:
    """Let boto3 clients write to S3 through so few ports, then add the route of a gateway endpoint and let all do so.

    UsageError for numbers that make no sense, LabError when there is no lab to be had here, or it died.
    """
    require_lab_limit(limit_s)
    for name, number, most in (("ports", ports, MOST_PORTS), ("clients", clients, MOST_CLIENTS)):
        if not 1 <= number <= most:
            raise UsageError(f"{name} must be 1 to {most:,}, not {number}")
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    if files != resource.RLIM_INFINITY and files < clients + _SPARE_FILES:
        raise LabError(
            f"{clients} clients need {clients + _SPARE_FILES} open files, and {files} are allowed: ulimit -n"
        )
    job = {"play": "crowd", "limit_s": limit_s, "ports": ports, "forgotten": Forgotten.RESET}
    job |= {"clients": clients, "debug": debug, "relay": _is_relay(place, plain=True)}
    told = play(place.prefix, job, progress)
    return Crowd(answers=tuple(Answer(**row) for row in told["answers"]), live=told["live"], counters=told["counters"])


def _is_relay(place: Condition, *, plain: bool) -> bool:
    """Whether the relay plays. LabError when nothing can, or when the relay is asked for what it does not do."""
    if place.kind is Kind.NONE or (place.kind is Kind.RELAY and not plain):
        raise LabError(f"the lab cannot run: {place.reason}")
    return place.kind is Kind.RELAY


def _is_shown(case: Case, own: Timers) -> bool:
    """Whether the relay can show a case: it has no network namespace whose sysctls could be set."""
    if case.sysctls == own:
        return True
    return case.sysctls == Timers() and (case.options is not None or not case.so_keepalive)


def _own_sysctls() -> Timers:
    folder = Path("/proc/sys/net/ipv4")
    names = ("tcp_keepalive_time", "tcp_keepalive_intvl", "tcp_keepalive_probes")
    time_s, interval_s, probes = (int((folder / name).read_text()) for name in names)
    return Timers(time_s=time_s, interval_s=interval_s, probes=probes)


def _seen(case: Case, row: Mapping[str, Any]) -> Seen:
    outcome = row["outcome"]
    return Seen(case=case, **{**row, "outcome": None if outcome is None else IdleOutcome(outcome)})
