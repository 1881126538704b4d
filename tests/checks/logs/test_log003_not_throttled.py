"""LOG003: was the function throttled?"""

from __future__ import annotations

import pytest

from runbook_lib.checks.logs import log003_not_throttled as log003
from runbook_lib.model.finding import Evidence
from runbook_lib.model.status import Severity, Status
from tests.builders import ACCOUNT, REGION, World
from tests.checks.path.flows import bare
from tests.checks.worlds import two_zones

WINDOW = "from 2026-11-21 11:00 to 12:00 UTC"


def seen(*counts: float) -> Evidence:
    pointer = f"/accounts/{ACCOUNT}/{REGION}/MetricDataResults/0/Values"
    return Evidence(operation="cloudwatch:GetMetricData", pointer=pointer, value=list(counts))


@pytest.mark.parametrize(("counts", "said"), [((0, 1), "1 time"), ((2, 3), "5 times")])
def test_one_throttle_is_a_failure(counts: tuple[float, ...], said: str) -> None:
    made = bare().throttled(*counts)
    message = f"worker was throttled {said} {WINDOW}: those invocations never started."
    worker = made.view().function("worker")
    assert made.ask(log003) == (log003.META.failed(worker, message, seen(*counts), code="THROTTLED"),)
    assert log003.META.severity is Severity.HIGH


def test_minutes_without_a_value_are_normal() -> None:
    made = bare().throttled(0, 0)
    passed = log003.META.passed(made.view().function("worker"), f"worker was not throttled {WINDOW}.", seen(0, 0))
    assert made.ask(log003) == (passed,)


def test_a_function_nobody_called() -> None:
    (found,) = bare().throttled().ask(log003)
    assert (found.status, found.message) == (
        Status.NOT_APPLICABLE,
        f"CloudWatch counted no request for worker {WINDOW}.",
    )


@pytest.mark.parametrize(
    ("made", "what"),
    [
        (bare(), "Throttles of worker"),
        (bare().throttled(5, name="somebody-else"), "Throttles of worker"),
        (bare().throttled(0, status="PartialData"), "the whole of Throttles of worker"),
        (bare().throttled(status="PartialData"), "the whole of Throttles of worker"),
    ],
)
def test_what_was_not_read_is_no_pass(made: World, what: str) -> None:
    said = f"worker: {what} could not be read; allow cloudwatch:GetMetricData and run again."
    assert made.ask(log003) == (log003.META.unknown(made.view().function("worker"), said, code="NOT_READ"),)


def test_metrics_that_were_denied() -> None:
    (found,) = bare().denied("MetricDataResults").ask(log003)
    assert (found.status, found.code) == (Status.UNKNOWN, "NOT_READ")


def test_a_throttle_counts_also_in_an_answer_that_was_cut_short() -> None:
    (found,) = bare().throttled(3, status="PartialData").ask(log003)
    assert found.status is Status.FAIL


def test_a_target_without_functions() -> None:
    (found,) = two_zones().ask(log003)
    assert found.status is Status.NOT_APPLICABLE
