"""DEP009: were there really so many at once?"""

from __future__ import annotations

import pytest

from runbook_lib.checks.deploy import dep009_burst_overlaps as dep009
from runbook_lib.model.status import Severity, Status
from tests.builders import World
from tests.checks.deploy.cases import ask, deployed, log_seen, sent_seen, told


def burst(at_once: int, later: int) -> World:
    """Some requests of two seconds at once, the others one after the other."""
    made = deployed().sent("burst", *["ok"] * at_once)
    return made.sent("burst", *["ok"] * later, apart_ms=3000)


@pytest.mark.parametrize(
    ("at_once", "later", "status"),
    [(10, 0, Status.PASS), (9, 1, Status.PASS), (8, 2, Status.FAIL), (1, 0, Status.PASS), (1, 1, Status.FAIL)],
)
def test_nine_of_ten(at_once: int, later: int, status: Status) -> None:
    made, every = burst(at_once, later), at_once + later
    worker = made.view().function("worker")
    said = f"worker: {at_once} of {every} requests were under way at once ({at_once} by the times in the log)"
    seen = (sent_seen("burst", success=range(1, every + 1)), log_seen(success=every))
    passed = dep009.META.passed(worker, f"{said}.", *seen)
    failed = dep009.META.failed(worker, f"{said}, fewer than 90 percent.", *seen, code="BURST_NOT_AT_ONCE")
    assert ask(made, dep009, consented=True, burst=every) == (passed if status is Status.PASS else failed,)
    assert dep009.META.severity is Severity.MEDIUM


def test_an_interrupted_burst_shows_less() -> None:
    made = burst(8, 0)
    said = "worker: 8 of 10 requests were under way at once (8 by the times in the log), and 2 were never sent."
    seen = (sent_seen("burst", success=range(1, 9)), log_seen(success=8))
    unknown = dep009.META.unknown(made.view().function("worker"), said, *seen, code="BURST_INTERRUPTED")
    assert ask(made, dep009, consented=True, burst=10) == (unknown,)
    assert told(ask(burst(9, 0), dep009, consented=True, burst=10)) == [(Status.PASS, "OK")]


@pytest.mark.parametrize(
    ("at_once", "status"), [(0, Status.FAIL), (6, Status.FAIL), (5, Status.PASS), (1, Status.PASS), (99, Status.FAIL)]
)
def test_fewer_at_once_may_be_asked_for(at_once: int, status: Status) -> None:
    (found,) = ask(burst(5, 5), dep009, consented=True, burst=10, at_once=at_once)
    assert found.status is status


def test_a_request_without_an_answer_does_not_count() -> None:
    made = deployed().sent("burst", "ok", "lost")
    assert told(ask(made, dep009, consented=True, burst=2)) == [(Status.UNKNOWN, "BURST_INTERRUPTED")]


def test_without_a_log_nothing_shows_that_they_ran_at_once() -> None:
    made = burst(10, 0).denied("Events")
    said = (
        "worker: 10 of 10 requests were under way at once (the log was not read); the log of 10 requests would tell "
        "whether Lambda ran them at once; allow logs:FilterLogEvents and run again."
    )
    seen = sent_seen("burst", unknown=range(1, 11))
    unknown = dep009.META.unknown(made.view().function("worker"), said, seen, code="LOG_NOT_WHOLE")
    assert ask(made, dep009, consented=True, burst=10) == (unknown,)


def test_open_at_once_is_not_run_at_once() -> None:
    made = deployed().sent("burst", *["ok"] * 10, runs_apart_ms=300, took_ms=4000, ran_ms=250)
    said = (
        "worker: 10 of 10 requests were under way at once (1 by the times in the log), fewer than 90 percent ran at "
        "once: take a payload that takes longer, so that none ends before another starts."
    )
    seen = (sent_seen("burst", success=range(1, 11)), log_seen(success=10))
    failed = dep009.META.failed(made.view().function("worker"), said, *seen, code="RAN_NOT_AT_ONCE")
    assert ask(made, dep009, consented=True, burst=10) == (failed,)


@pytest.mark.parametrize(("ran_ms", "status"), [(99, Status.NOT_APPLICABLE), (100, Status.FAIL)])
def test_what_runs_for_a_moment_cannot_run_at_once(ran_ms: int, status: Status) -> None:
    made = deployed().sent("burst", *["ok"] * 10, runs_apart_ms=150, took_ms=4000, ran_ms=ran_ms)
    (found,) = ask(made, dep009, consented=True, burst=10)
    assert found.status is status
    short = (
        "worker: 10 of 10 requests were under way at once (1 by the times in the log); each ran for less than 100 ms, "
        "too short to meet another: take a payload that takes longer, so that none ends before another starts."
    )
    assert (found.message == short) is (status is Status.NOT_APPLICABLE)


def test_a_refused_request_is_not_a_short_one() -> None:
    made = deployed().sent("burst", "ok", "throttled", "throttled", ran_ms=5)
    assert told(ask(made, dep009, consented=True, burst=3)) == [(Status.FAIL, "RAN_NOT_AT_ONCE")]


@pytest.mark.parametrize(
    ("ends", "answer"),
    [
        ([*["ok"] * 9, "silent"], (Status.PASS, "OK")),
        ([*["ok"] * 8, "silent", "silent"], (Status.UNKNOWN, "LOG_NOT_WHOLE")),
        ([*["ok"] * 8, "throttled", "silent"], (Status.UNKNOWN, "LOG_NOT_WHOLE")),
        ([*["ok"] * 8, "throttled", "throttled"], (Status.FAIL, "RAN_NOT_AT_ONCE")),
    ],
    ids=["nine told", "two not told", "one refused", "two refused"],
)
def test_what_the_log_lacks_may_have_run(ends: list[str], answer: tuple[Status, str]) -> None:
    assert told(ask(deployed().sent("burst", *ends), dep009, consented=True, burst=10)) == [answer]


def test_what_lambda_refused_did_not_run() -> None:
    (found,) = ask(deployed().sent("burst", "ok", "throttled", "throttled"), dep009, consented=True, burst=3)
    assert found.message == (
        "worker: 3 of 3 requests were under way at once (1 by the times in the log), fewer than 90 percent ran at "
        "once: Lambda refused 2 of them."
    )


def test_an_environment_that_starts_is_at_work() -> None:
    warm = deployed().sent("burst", "ok", ran_ms=250)
    cold = warm.sent("burst", *["ok"] * 4, runs_apart_ms=0, runs_after_ms=900, ran_ms=250, init_ms=880)
    assert told(ask(cold, dep009, consented=True, burst=5)) == [(Status.PASS, "OK")]
    slow = deployed().sent("burst", "ok", ran_ms=250).sent("burst", *["ok"] * 4, runs_after_ms=900, ran_ms=250)
    assert told(ask(slow, dep009, consented=True, burst=5)) == [(Status.FAIL, "RAN_NOT_AT_ONCE")]


def test_answers_that_nobody_awaited_do_not_tell_how_many_ran() -> None:
    (found,) = ask(deployed().sent("burst", "lost", "lost", "ok"), dep009, burst=4, consented=True)
    assert (found.status, found.code) == (Status.UNKNOWN, "BURST_INTERRUPTED")
    assert found.message.endswith(", and 1 were never sent, 2 have an answer that was not awaited.")


@pytest.mark.parametrize(("asked", "left"), [(2, ""), (10, ", 8 more were never sent")])
def test_when_none_was_answered_nothing_tells_how_many_ran(asked: int, left: str) -> None:
    (found,) = ask(deployed().sent("burst", "lost", "lost"), dep009, consented=True, burst=asked)
    assert (found.status, found.code) == (Status.UNKNOWN, "BURST_INTERRUPTED")
    assert found.message.startswith(
        f"worker: none of 2 requests that were sent was answered{left}: nothing tells how many were under way at once ("
    )
    (some,) = ask(deployed().sent("burst", "ok", "lost"), dep009, consented=True, burst=asked)
    assert some.message.startswith("worker: 1 of ")
