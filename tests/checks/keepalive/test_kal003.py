"""KAL003: does the caller get the answer of a long invocation?"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from runbook_lib.checks.keepalive import kal003_answers_arrive as check
from runbook_lib.checks.keepalive.kal003_answers_arrive import META
from runbook_lib.model.finding import Finding
from runbook_lib.model.idle import Keepalive
from runbook_lib.model.interfaces import Function
from runbook_lib.model.status import Status
from tests.builders import World, world

TEN = datetime(2026, 11, 21, 10, tzinfo=UTC)
ASKED = Keepalive(idle_limit_s=350, caller_log="worker.log", function="scan")
LIMIT = "beyond the 350 s after which the path forgets an idle connection"


def empty() -> World:
    return world().vpc().subnet(az="a").group().function("scan")


def ran(made: World, number: int, worked_s: float, *, start_s: float = 0.0, closed: bool = True) -> World:
    """An invocation in Lambda's log that worked so long and succeeded."""
    id_ = f"{number:08d}-0000-4000-8000-000000000000"
    start = TEN + timedelta(seconds=start_s)
    end = start + timedelta(seconds=worked_s)
    ms = f"{worked_s * 1000:.2f}"
    report = f"REPORT RequestId: {id_}\tDuration: {ms} ms\tBilled Duration: {ms} ms\tMemory Size: 128 MB\t"
    lines = [(start, f"START RequestId: {id_} Version: $LATEST")]
    lines += [(end, f"END RequestId: {id_}"), (end, report + "Max Memory Used: 64 MB")] if closed else []
    for line, (moment, message) in enumerate(lines):
        made.item(
            "Events",
            eventId=f"{number}-{line}",
            timestamp=int(moment.timestamp() * 1000),
            logStreamName="2026/11/21/[$LATEST]scan",
            logGroupName="/aws/lambda/scan",
            message=f"{message}\n",
        )
    return made


def called(made: World, number: int, end: str, waited_s: float | None, *, start_s: float = 0.0, **told: Any) -> World:
    """A call in the caller's log."""
    start = TEN + timedelta(seconds=start_s)
    ended = None if waited_s is None else (start + timedelta(seconds=waited_s)).isoformat()
    fields = {"Id": f"worker.log:{number}", "Function": "scan", "StartedAt": start.isoformat(), "EndedAt": ended}
    return made.item("CallerRequests", **fields, WaitedS=waited_s, End=end, **told)


def ask(made: World, asked: Keepalive | None = ASKED) -> Finding:
    (finding,) = made.ask(check, keepalive=asked)
    return finding


def test_without_a_callers_log_there_is_no_question() -> None:
    made = ran(empty(), 1, 420)
    said = "scan: no log of a caller was given, so what callers got is not asked."
    assert ask(made, None) == META.not_applicable(made.target().ref, said)
    assert ask(made, Keepalive(idle_limit_s=350)) == META.not_applicable(made.target().ref, said)


def test_a_function_that_succeeds_while_its_caller_waits_to_the_end() -> None:
    made = called(ran(empty(), 1, 420, start_s=0.3), 1, "timed out", 900)
    found = ask(made)
    function = made.view().get(Function, "scan")
    said = (
        f"scan: the caller lost 1 of the answers of 1 invocation {LIMIT}, for example one that succeeded after 420 s "
        "while its caller gave up after 900 s."
    )
    assert found == META.failed(function, said, *found.evidence, code="ANSWER_LOST")
    call, log = found.evidence
    assert (call.operation, call.value["WaitedS"]) == ("caller:ReadLog", 900)
    assert [(item["duration_ms"], item["outcome"]) for item in log.value] == [(420_000.0, "success")]


def test_a_caller_that_was_reset_by_its_own_late_probe() -> None:
    made = called(ran(empty(), 1, 420), 1, "reset", 371)
    assert "while its caller was reset after 371 s" in ask(made).message


def test_all_answers_arrive() -> None:
    made = called(ran(empty(), 1, 420), 1, "answered", 420.4)
    made = called(ran(made, 2, 600, start_s=60), 2, "answered", 600.4, start_s=60)
    found = ask(made)
    said = f"scan: the caller got the answer of 2 of 2 invocations {LIMIT}."
    assert found == META.passed(made.view().get(Function, "scan"), said, *found.evidence)


@pytest.mark.parametrize(("worked_s", "status"), [(349.999, Status.NOT_APPLICABLE), (350.0, Status.FAIL)])
def test_only_what_lasts_as_long_as_the_limit_counts(worked_s: float, status: Status) -> None:
    assert ask(called(ran(empty(), 1, worked_s), 1, "timed out", 900)).status is status


@pytest.mark.parametrize(
    ("made", "code"),
    [
        (lambda: called(empty(), 1, "timed out", 900), "CALL_NOT_SEEN"),
        (lambda: called(ran(empty(), 1, 420), 1, "open", None), "END_NOT_SEEN"),
        (lambda: called(ran(empty(), 1, 420), 1, "failed", 3), "END_NOT_SEEN"),
        (lambda: ran(empty(), 1, 420), "CALLER_NOT_SEEN"),
        (lambda: called(ran(empty(), 1, 420), 1, "timed out", 900).denied("Events"), "NOT_READ"),
        (lambda: called(ran(empty(), 1, 420), 1, "timed out", 900).denied("CallerRequests"), "NOT_READ"),
        (lambda: called(ran(empty(), 1, 420), 1, "timed out", 900).truncated("CallerRequests"), "NOT_READ"),
    ],
)
def test_what_one_side_does_not_tell(made: Any, code: str) -> None:
    found = ask(made())
    assert (found.status, found.code) == (Status.UNKNOWN, code)


def test_an_invocation_whose_end_is_not_in_the_log_is_no_success() -> None:
    found = ask(called(ran(empty(), 1, 420, closed=False), 1, "timed out", 900))
    assert found.status is Status.NOT_APPLICABLE


def test_calls_of_other_functions_are_not_judged_and_those_that_name_none_are_of_the_only_one() -> None:
    made = called(ran(empty(), 1, 420), 1, "timed out", 900)
    made.changed("CallerRequests", "worker.log:1", lambda raw: raw.update(Function="other"))
    assert ask(made).code == "CALLER_NOT_SEEN"
    made.changed("CallerRequests", "worker.log:1", lambda raw: raw.update(Function=None))
    assert ask(made).code == "ANSWER_LOST"


def test_a_target_without_a_function() -> None:
    made = world().vpc().subnet(az="a").item("CallerRequests", Id="x", End="open")
    found = ask(made, Keepalive(idle_limit_s=350, caller_log="worker.log"))
    assert (found.status, found.code) == (Status.UNKNOWN, "NO_FUNCTION")
