"""The lab with its NAT gateway, and the model's prediction beside what a real kernel did."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from runbook_lib.keepalive.prediction import predict
from runbook_lib.model.keepalive import IdleOutcome, Situation
from runbook_lib.model.progress import Progress, silent
from runbook_lib.natlab import (
    Answer,
    Case,
    Condition,
    Crowd,
    IdleRun,
    Kind,
    Seen,
    condition,
    run_crowd,
    run_idle,
    table,
)
from runbook_lib.natlab.cases import require_lab_limit
from runbook_lib.natlab.saturation import ENDPOINT, GATEWAY, SWITCH

__all__ = ["CrowdRow", "IdleRow", "LabTable", "as_table", "crowd_rows", "idle_table", "predicted", "saturation_table"]

_ANSWERED, _TIMED_OUT, _LOST, _KEPT = "answered", "ConnectTimeoutError", "connection lost", "connection kept"
_ROUTED = (SWITCH, ENDPOINT)
"""Steps that need the route of a gateway endpoint."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IdleRow:
    """One idle client: what the model says it sees, and what it saw; `seen` is None when that could not be told."""

    client: str
    situation: Situation
    so_keepalive: bool
    time_s: int
    interval_s: int
    idle_s: int
    predicted: IdleOutcome
    seen: IdleOutcome | None
    said: str
    waited_s: float
    is_tried_as_told: bool = True

    @property
    def agrees(self) -> bool | None:
        """Whether the kernel did what the model says; None when it could not be told.

        `is_tried_as_told` is False for a client of boto3 that tried again though it may not, or did not though it may.
        """
        return None if self.seen is None else self.seen is self.predicted and self.is_tried_as_told


@dataclass(frozen=True, slots=True, kw_only=True)
class CrowdRow:
    """Clients of a crowd in one step: what each of them should see, and how many saw what.

    `sources` are the addresses that S3 saw.
    """

    step: str
    clients: tuple[int, int]
    predicted: str
    seen: tuple[tuple[str, int], ...]
    sources: tuple[str, ...]
    agrees: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LabTable:
    """What was predicted and seen in one run of the lab; `not_shown` says what this kind of lab cannot show.

    `uncounted` are the counters of the gateway that stayed at zero although clients saw what it counts.
    """

    lab: Kind
    reason: str
    limit_s: int
    rows: tuple[IdleRow, ...] | tuple[CrowdRow, ...]
    not_shown: tuple[str, ...]
    counters: Mapping[str, int]
    uncounted: tuple[str, ...] = ()

    @property
    def agrees(self) -> bool | None:
        """False when anything differs; None when something was not shown or there is nothing; else True."""
        found = {row.agrees for row in self.rows}
        if False in found or self.uncounted:
            return False
        return True if found == {True} and not self.not_shown else None

    @property
    def exit_code(self) -> int:
        """0 model and kernel agree, 1 they differ, 3 something could not be shown."""
        return {True: 0, False: 1, None: 3}[self.agrees]

    def to_json(self) -> dict[str, Any]:
        """The same as an object for JSON."""
        told = asdict(self)
        told["rows"] = [asdict(row) | {"agrees": row.agrees} for row in self.rows]
        return told | {"counters": dict(self.counters), "agrees": self.agrees}


def predicted(case: Case, limit_s: float) -> IdleOutcome:
    """What the model says a client of the lab sees."""
    timers = case.timers
    return predict(
        case.situation,
        so_keepalive=case.so_keepalive,
        time_s=timers.time_s,
        interval_s=timers.interval_s,
        limit_s=limit_s,
        idle_s=case.idle_s,
        read_timeout_s=case.read_timeout_s,
    )


def idle_table(limit_s: int, progress: Progress = silent, place: Condition | None = None) -> LabTable:
    """Every kind of client, idle behind a gateway that forgets after `limit_s`.

    UsageError for a limit that no kernel can keep, LabError when there is no lab to be had here.
    """
    require_lab_limit(limit_s)
    place = place or condition()
    return as_table(place, limit_s, run_idle(place, limit_s, table(limit_s), progress=progress))


def as_table(place: Condition, limit_s: int, run: IdleRun) -> LabTable:
    """A run of idle clients with the model's prediction beside what each saw."""
    return LabTable(
        lab=place.kind,
        reason=place.reason,
        limit_s=limit_s,
        rows=_idle_rows(run, limit_s),
        not_shown=tuple(f"{case.situation}: {case.name}" for case in run.not_shown),
        counters=run.counters,
        uncounted=_uncounted(run),
    )


def saturation_table(
    limit_s: int, ports: int, clients: int, progress: Progress = silent, place: Condition | None = None
) -> LabTable:
    """So many boto3 clients through so few ports of a NAT gateway, then through a gateway endpoint.

    UsageError for numbers that make no sense, LabError when there is no lab to be had here.
    """
    require_lab_limit(limit_s)
    place = place or condition()
    crowd = run_crowd(place, limit_s, ports=ports, clients=clients, progress=progress)
    is_whole = place.kind is Kind.NAMESPACES
    return LabTable(
        lab=place.kind,
        reason=place.reason,
        limit_s=limit_s,
        rows=crowd_rows(crowd, ports, clients),
        not_shown=() if is_whole else ("refused packets counted", *(f"{step}: every client" for step in _ROUTED)),
        counters=crowd.counters,
    )


def _idle_rows(run: IdleRun, limit_s: int) -> tuple[IdleRow, ...]:
    return tuple(
        IdleRow(
            client=seen.case.name,
            situation=seen.case.situation,
            so_keepalive=seen.case.so_keepalive,
            time_s=seen.case.timers.time_s,
            interval_s=seen.case.timers.interval_s,
            idle_s=seen.case.idle_s,
            predicted=predicted(seen.case, limit_s),
            seen=seen.outcome,
            said=seen.said,
            waited_s=round(seen.waited_s, 2),
            is_tried_as_told=_is_tried_as_told(seen),
        )
        for seen in run.seen
    )


def _is_tried_as_told(seen: Seen) -> bool:
    """Whether boto3 tried as often as it was told: once, or again after a reset that no probe met before it."""
    if seen.case.attempts == 1:
        return seen.retries == 0
    return seen.retries > 0 or seen.outcome is not IdleOutcome.RESET or seen.case.so_keepalive


def _uncounted(run: IdleRun) -> tuple[str, ...]:
    """Counters of the gateway that should have counted; the relay has none."""
    outcomes = {seen.outcome for seen in run.seen}
    expected = (("resets", IdleOutcome.RESET), ("lost_answers", IdleOutcome.HANGS))
    return tuple(name for name, outcome in expected if outcome in outcomes and run.counters.get(name) == 0)


def crowd_rows(crowd: Crowd, ports: int, clients: int) -> tuple[CrowdRow, ...]:
    """The first ones through the gateway, the others, what it refused, and both steps after the route was added."""
    served = min(ports, clients)
    steps = {step: [answer for answer in crowd.answers if answer.step == step] for step in (GATEWAY, *_ROUTED)}
    through = steps[GATEWAY]
    old = {answer.client: answer.source for answer in through}
    rows = [_row(through[:served], (1, served), _ANSWERED, [_word(answer) for answer in through[:served]])]
    if clients > served:
        rows.append(
            _row(through[served:], (served + 1, clients), _TIMED_OUT, [_word(answer) for answer in through[served:]])
        )
    if "no_free_port" in crowd.counters:
        rows.append(_refused(crowd.counters["no_free_port"], clients, clients - served))
    if again := steps[SWITCH]:
        rows.append(_living(crowd.live, served))
        rows.append(_row(again, (1, served), _LOST, [_fate(answer, old[answer.client]) for answer in again]))
    if anew := steps[ENDPOINT]:
        outside = _addresses(through)
        ways = ["through the gateway" if outside & _addresses([answer]) else _word(answer) for answer in anew]
        rows.append(_row(anew, (1, clients), _ANSWERED, ways))
    return tuple(rows)


def _row(answers: Sequence[Answer], clients: tuple[int, int], expected: str, words: Sequence[str]) -> CrowdRow:
    return CrowdRow(
        step=answers[0].step,
        clients=clients,
        predicted=expected,
        seen=tuple(Counter(words).most_common()),
        sources=tuple(sorted(_addresses(answers))),
        agrees=Counter(words) == {expected: clients[1] - clients[0] + 1},
    )


def _refused(packets: int, clients: int, failing: int) -> CrowdRow:
    """Packets that found no free port: one or more of each client that fails, since it tries again; else none."""
    return CrowdRow(
        step=GATEWAY,
        clients=(1, clients),
        predicted=f"packets without a free port: {f'{failing} or more' if failing else 'none'}",
        seen=(("packets without a free port", packets),),
        sources=(),
        agrees=packets >= failing if failing else packets == 0,
    )


def _living(live: int, served: int) -> CrowdRow:
    """Connections that stood when the route was added: without them it could not have ended any."""
    return CrowdRow(
        step=GATEWAY,
        clients=(1, served),
        predicted=f"connections kept: {served}",
        seen=(("connections kept", live),),
        sources=(),
        agrees=live == served,
    )


def _word(answer: Answer) -> str:
    return answer.error or _ANSWERED


def _fate(answer: Answer, old: str | None) -> str:
    """What became of a live connection: an answer on a new one hides that the old one was lost."""
    if answer.error == "ConnectionClosedError" or (not answer.error and answer.source != old):
        return _LOST
    return answer.error or _KEPT


def _addresses(answers: Iterable[Answer]) -> frozenset[str]:
    """The addresses, without ports, that S3 saw."""
    return frozenset(answer.source.rpartition(":")[0] for answer in answers if answer.source)
