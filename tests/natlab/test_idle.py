"""Idle clients on a real kernel: the two measured tables, and the controls that show that the lab can tell."""

from __future__ import annotations

import json
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace

import pytest

from runbook_lib.facade.lab import as_table, predicted
from runbook_lib.model.keepalive import IdleOutcome, Situation
from runbook_lib.natlab import Case, Condition, Forgotten, IdleRun, Kind, Seen, Timers, run_idle
from runbook_lib.natlab.cases import Client, table
from tests.natlab.conftest import LIMIT_S

pytestmark = pytest.mark.netlab

OK, RESET, HANGS = IdleOutcome.OK, IdleOutcome.RESET, IdleOutcome.HANGS
REUSE, SLOW = Situation.REUSE, Situation.SLOW_ANSWER
BELOW, ABOVE = Timers(time_s=1, interval_s=1), Timers(time_s=4)

SOCKETS = {
    "no keepalive, idle just below the limit": (OK, None),
    "no keepalive, idle just above the limit": (RESET, None),
    "no keepalive": (RESET, HANGS),
    "SO_KEEPALIVE only": (RESET, HANGS),
    "sysctl below the limit, no SO_KEEPALIVE": (RESET, HANGS),
    "SO_KEEPALIVE and TCP_KEEPIDLE below the limit": (OK, OK),
    "SO_KEEPALIVE and sysctl below the limit": (OK, OK),
    "SO_KEEPALIVE and TCP_KEEPIDLE above the limit": (RESET, RESET),
    "SO_KEEPALIVE, TCP_KEEPIDLE below and TCP_KEEPINTVL above the limit": (RESET, RESET),
}
BOTO3 = {
    "boto3": (RESET, HANGS),
    "boto3, 3 attempts": (RESET, None),
    "boto3 tcp_keepalive=True": (RESET, HANGS),
    "boto3, sysctl below the limit": (RESET, HANGS),
    "boto3 tcp_keepalive=True, sysctl below the limit": (OK, OK),
    "boto3 tcp_keepalive=True, sysctl above the limit": (RESET, RESET),
}
INTERVALS = {(2, 1): OK, (2, 4): OK, (2, 10): RESET, (4, 1): OK, (4, 9): RESET}
"""Seconds to the first probe and between probes: what became of a slow answer behind a limit of 5 s."""


def case(name: str, situation: Situation, *, on: bool, options: Timers | None = None, idle_s: int = 6) -> Case:
    return Case(
        name=name, situation=situation, so_keepalive=on, options=options, idle_s=idle_s, read_timeout_s=idle_s + 3
    )


def interval_cases() -> list[Case]:
    return [
        case(f"{time_s} {interval_s}", SLOW, on=True, options=Timers(time_s=time_s, interval_s=interval_s), idle_s=16)
        for time_s, interval_s in INTERVALS
    ]


CONTROLS = [
    case("silent", REUSE, on=False),
    case("silent", SLOW, on=False),
    case("below", REUSE, on=True, options=BELOW),
    case("below", SLOW, on=True, options=BELOW),
    case("above", REUSE, on=True, options=ABOVE),
]


@pytest.fixture(scope="module")
def runs(place: Condition) -> dict[str, IdleRun]:
    """All runs of this file at the same time: labs do not know of each other."""
    with ThreadPoolExecutor(4) as pool:
        started: dict[str, Future[IdleRun]] = {
            "table": pool.submit(run_idle, place, LIMIT_S, table(LIMIT_S)),
            "intervals": pool.submit(run_idle, place, 5, interval_cases()),
            "recovered": pool.submit(run_idle, place, LIMIT_S, CONTROLS, forgotten=Forgotten.RECOVERED),
            "dropped": pool.submit(run_idle, place, LIMIT_S, CONTROLS, forgotten=Forgotten.DROPPED),
        }
        return {name: future.result() for name, future in started.items()}


def outcomes(run: IdleRun, client: Client) -> dict[str, tuple[IdleOutcome | None, IdleOutcome | None]]:
    """Name → outcome of the reuse and of the slow answer."""
    seen = {(row.case.name, row.case.situation): row.outcome for row in run.seen if row.case.client is client}
    return {name: (seen.get((name, REUSE)), seen.get((name, SLOW))) for name, _ in seen}


def test_sockets_end_as_measured(runs: dict[str, IdleRun]) -> None:
    assert outcomes(runs["table"], Client.SOCKET) == SOCKETS


def test_boto3_clients_end_as_measured(runs: dict[str, IdleRun]) -> None:
    assert outcomes(runs["table"], Client.BOTO3) == BOTO3


def test_the_model_says_the_same_of_every_client(runs: dict[str, IdleRun]) -> None:
    rows = runs["table"].seen
    assert [(row.case, predicted(row.case, LIMIT_S)) for row in rows] == [(row.case, row.outcome) for row in rows]
    assert runs["table"].not_shown == ()


def test_a_socket_that_survives_keeps_its_port_of_the_gateway(runs: dict[str, IdleRun]) -> None:
    alive = [row for row in runs["table"].seen if row.outcome is OK and row.case.client is Client.SOCKET]
    assert {str(row.source).partition(":")[0] for row in alive} == {"10.77.2.1"}


def test_the_gateway_counts_what_it_refused_and_lost(runs: dict[str, IdleRun]) -> None:
    counters = runs["table"].counters
    assert counters["resets"] > 0
    assert counters["lost_answers"] > 0
    assert (counters["dropped"], counters["no_free_port"]) == (0, 0)


def test_a_retry_of_boto3_hides_the_reset(runs: dict[str, IdleRun]) -> None:
    (row,) = [row for row in runs["table"].seen if row.case.name == "boto3, 3 attempts"]
    assert (row.outcome, row.retries, row.said) == (RESET, 1, "answered on a new connection, at attempt 2")


def test_the_interval_decides_too(runs: dict[str, IdleRun]) -> None:
    seen = {row.case.name: row.outcome for row in runs["intervals"].seen}
    assert seen == {f"{time_s} {interval_s}": outcome for (time_s, interval_s), outcome in INTERVALS.items()}
    assert seen == {case.name: predicted(case, 5) for case in interval_cases()}


def test_loose_tracking_recovers_so_the_lab_can_tell(runs: dict[str, IdleRun]) -> None:
    """With the defaults of Linux nothing fails at reuse; a late answer is lost all the same."""
    seen = [(row.case.name, row.case.situation, row.outcome) for row in runs["recovered"].seen]
    assert seen == [
        ("silent", REUSE, OK),
        ("silent", SLOW, HANGS),
        ("below", REUSE, OK),
        ("below", SLOW, OK),
        ("above", REUSE, OK),
    ]
    assert [predicted(case, LIMIT_S) for case in CONTROLS] == [RESET, HANGS, OK, OK, RESET]
    assert runs["recovered"].counters["resets"] == 0


def test_a_gateway_that_drops_leaves_clients_hanging(runs: dict[str, IdleRun]) -> None:
    seen = [(row.case.name, row.case.situation, row.outcome) for row in runs["dropped"].seen]
    assert seen == [
        ("silent", REUSE, HANGS),
        ("silent", SLOW, HANGS),
        ("below", REUSE, OK),
        ("below", SLOW, OK),
        ("above", REUSE, HANGS),
    ]
    assert runs["dropped"].counters["resets"] == 0
    assert runs["dropped"].counters["dropped"] > 0


@pytest.mark.parametrize("limit_s", [2, 3, 5, 7, 20, 60, 350, 3000])
def test_the_model_tells_the_clients_apart_at_every_limit(limit_s: int) -> None:
    told = {(case.name, case.situation): predicted(case, limit_s) for case in table(limit_s)}
    expected = {
        (name, situation): outcome
        for name, both in (SOCKETS | BOTO3).items()
        for situation, outcome in zip((REUSE, SLOW), both, strict=True)
        if outcome is not None
    }
    assert told == expected


def test_table_of_the_facade_agrees_and_is_json(runs: dict[str, IdleRun], place: Condition) -> None:
    found = as_table(place, LIMIT_S, runs["table"])
    assert (found.agrees, found.exit_code, found.not_shown) == (True, 0, ())
    told = json.loads(json.dumps(found.to_json()))["rows"]
    (first,) = [row for row in told if (row["client"], row["situation"]) == ("no keepalive", "reuse")]
    assert first.pop("waited_s") < 3
    assert first == {
        "client": "no keepalive",
        "situation": "reuse",
        "so_keepalive": False,
        "time_s": 7200,
        "interval_s": 75,
        "idle_s": 5,
        "predicted": "reset",
        "seen": "reset",
        "said": "ConnectionResetError: [Errno 104] Connection reset by peer",
        "is_tried_as_told": True,
        "agrees": True,
    }


@pytest.mark.parametrize(
    ("outcome", "agrees", "code"), [(OK, False, 1), (HANGS, False, 1), (RESET, True, 0), (None, None, 3)]
)
def test_one_row_that_differs_or_was_not_seen_decides(
    outcome: IdleOutcome | None, agrees: bool | None, code: int
) -> None:
    above = case("above", REUSE, on=True, options=ABOVE)
    below = case("below", REUSE, on=True, options=BELOW)
    rows = (
        Seen(case=above, outcome=outcome, said="", waited_s=0.0),
        Seen(case=below, outcome=OK, said="PONG", waited_s=0.0),
    )
    found = as_table(Condition(kind=Kind.NAMESPACES), LIMIT_S, IdleRun(seen=rows, not_shown=(), counters={}))
    assert (found.agrees, found.exit_code) == (agrees, code)


@pytest.mark.parametrize(("attempts", "retries", "agrees"), [(1, 0, True), (1, 1, False), (3, 0, False), (3, 1, True)])
def test_boto3_must_have_tried_as_often_as_it_was_told(attempts: int, retries: int, agrees: bool) -> None:
    silent = replace(case("boto3", REUSE, on=False), client=Client.BOTO3, attempts=attempts)
    rows = (Seen(case=silent, outcome=RESET, said="", waited_s=0.0, retries=retries),)
    found = as_table(Condition(kind=Kind.NAMESPACES), LIMIT_S, IdleRun(seen=rows, not_shown=(), counters={}))
    assert found.agrees is agrees


@pytest.mark.parametrize(("resets", "lost", "uncounted"), [(1, 1, ()), (0, 1, ("resets",)), (1, 0, ("lost_answers",))])
def test_a_gateway_must_have_counted_what_clients_met(resets: int, lost: int, uncounted: tuple[str, ...]) -> None:
    rows = (
        Seen(case=case("silent", REUSE, on=False), outcome=RESET, said="", waited_s=0.0),
        Seen(case=case("silent", SLOW, on=False), outcome=HANGS, said="", waited_s=0.0),
    )
    run = IdleRun(seen=rows, not_shown=(), counters={"resets": resets, "lost_answers": lost})
    found = as_table(Condition(kind=Kind.NAMESPACES), LIMIT_S, run)
    assert (found.uncounted, found.exit_code) == (uncounted, 1 if uncounted else 0)


def test_late_probes_come_before_clients_give_up() -> None:
    """The timer wheel makes a timer up to an eighth late."""
    for limit_s in range(2, 5001):
        cases = [row for row in table(limit_s) if row.situation is SLOW and predicted(row, limit_s) is RESET]
        for row in cases:
            late_s = row.timers.time_s if row.timers.time_s >= limit_s else row.timers.time_s + row.timers.interval_s
            assert late_s * 9 / 8 < row.read_timeout_s, (limit_s, row)


def test_what_differs_stays_seen_beside_what_was_not_shown() -> None:
    above = case("above", REUSE, on=True, options=ABOVE)
    seen = (Seen(case=above, outcome=OK, said="PONG", waited_s=0.0),)
    found = as_table(Condition(kind=Kind.RELAY), LIMIT_S, IdleRun(seen=seen, not_shown=(above,), counters={}))
    assert (found.agrees, found.exit_code, found.not_shown) == (False, 1, ("reuse: above",))
