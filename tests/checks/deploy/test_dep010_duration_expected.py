"""DEP010: does the function take as long as is expected?"""

from __future__ import annotations

import pytest

from runbook_lib.checks.deploy import dep010_duration_expected as dep010
from runbook_lib.model.status import Severity, Status
from tests.checks.deploy.cases import ask, deployed, log_seen, sent_seen, told
from tests.deployments import request_id

WINDOW = {"shortest_ms": 1000.0, "longest_ms": 3000.0, "consented": True}


def test_inside_the_window() -> None:
    made = deployed().sent("burst", "ok", took_ms=1002).sent("burst", "ok", took_ms=3002)
    said = "worker: 2 requests took 1,000 to 3,000 ms, expected 1,000 ms to 3,000 ms."
    seen = (sent_seen("burst", success=[1, 2]), log_seen(success=2))
    assert ask(made, dep010, **WINDOW) == (dep010.META.passed(made.view().function("worker"), said, *seen),)
    assert dep010.META.severity is Severity.MEDIUM


def test_slow_but_correct() -> None:
    made = deployed().sent("burst", "ok").sent("burst", "ok", took_ms=3002.01).sent("burst", "silent")
    said = (
        "worker: 1 of 3 requests did not take the expected 1,000 ms to 3,000 ms, all took 1,998 to 3,000.01 ms: "
        f"{request_id('burst', 2)}."
    )
    seen = (sent_seen("burst", success=[1, 2], unknown=[3]), log_seen(success=2))
    failed = dep010.META.failed(made.view().function("worker"), said, *seen, code="DURATION_OUTSIDE")
    assert ask(made, dep010, **WINDOW) == (failed,)


@pytest.mark.parametrize(
    ("took_ms", "shortest_ms", "longest_ms", "status"),
    [
        (1000, 1000.0, None, Status.PASS),
        (999.99, 1000.0, None, Status.FAIL),
        (9e6, 1000.0, None, Status.PASS),
        (1000, 0.0, 1000.0, Status.PASS),
        (1000.01, 0.0, 1000.0, Status.FAIL),
        (1, 0.0, 1000.0, Status.PASS),
        (1000, 0.0, None, Status.NOT_APPLICABLE),
    ],
)
def test_the_ends_of_the_window(took_ms: float, shortest_ms: float, longest_ms: float | None, status: Status) -> None:
    made = deployed().sent("smoke", "ok", took_ms=took_ms + 2)
    (found,) = ask(made, dep010, consented=True, shortest_ms=shortest_ms, longest_ms=longest_ms)
    assert found.status is status


def test_a_duration_that_was_not_seen() -> None:
    made = deployed().sent("burst", "ok", "silent")
    said = f"worker: the REPORT of 1 of 2 requests was not seen, the others took 1,998 ms: {request_id('burst', 2)}."
    seen = (sent_seen("burst", success=[1], unknown=[2]), log_seen(success=1))
    unknown = dep010.META.unknown(made.view().function("worker"), said, *seen, code="DURATION_UNKNOWN")
    assert ask(made, dep010, **WINDOW) == (unknown,)
    (found,) = ask(made.denied("Events"), dep010, **WINDOW)
    assert found.message == (
        "worker: the REPORT of 2 of 2 requests was not seen, the others told no duration: "
        f"{request_id('burst', 1)}, {request_id('burst', 2)}; allow logs:FilterLogEvents and run again."
    )


def test_events_are_not_waited_for() -> None:
    made = deployed().sent("event", "ok", took_ms=9000)
    assert told(ask(made, dep010, **WINDOW)) == [(Status.UNKNOWN, "NOTHING_SENT")]
