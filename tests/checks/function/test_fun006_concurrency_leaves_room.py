"""FUN006: may the function run as often at once as it is asked to?"""

from __future__ import annotations

import pytest

from runbook_lib.checks.function import fun006_concurrency_leaves_room as fun006
from runbook_lib.model.status import Status
from tests.builders import World
from tests.checks.function.about import cited
from tests.checks.path.flows import bare
from tests.checks.worlds import two_zones

WINDOW = "from 2026-11-21 11:30 to 12:00 UTC"


def running(peak: float, *, reserved: int | None = None, free: int = 900, refused: float = 0, **more: object) -> World:
    told = {} if reserved is None else {"ReservedConcurrentExecutions": reserved}
    made = bare().item("FunctionConcurrencies", FunctionName="worker", **told)
    made.item("AccountLimit", ConcurrentExecutions=1000, UnreservedConcurrentExecutions=free)
    return made.counted(ConcurrentExecutions=peak, Throttles=refused, **more)  # type: ignore[arg-type]


def answer(made: World, **settings: int) -> tuple[Status, str]:
    (found,) = made.ask(fun006, **settings)
    return found.status, found.code


def test_room_in_what_the_account_shares() -> None:
    made = running(5)
    said = (
        "worker has 900 executions that it shares with every function without reserved ones, and at most 5 ran at once "
        f"{WINDOW}; none was refused."
    )
    key, operation = "MetricDataResults", "cloudwatch:GetMetricData"
    account = cited("AccountLimit", "lambda:GetAccountSettings", "/UnreservedConcurrentExecutions", 900)
    seen = (cited(key, operation, "/Values", [0], 3), cited(key, operation, "/Values", [5], 0))
    assert made.ask(fun006) == (fun006.META.passed(made.view().function("worker"), said, account, *seen),)


@pytest.mark.parametrize(
    ("peak", "expected"), [(8, (Status.PASS, "OK")), (9, (Status.FAIL, "CONCURRENCY_NEAR")), (10, None)]
)
def test_ninety_percent_of_the_reserved_ones(peak: int, expected: tuple[Status, str] | None) -> None:
    found = answer(running(peak, reserved=10))
    assert found == expected if expected else found[0] is Status.FAIL


@pytest.mark.parametrize(("peak", "words"), [(10, "near the end of them"), (11, "more than it has now")])
def test_a_limit_that_was_lowered_since(peak: int, words: str) -> None:
    (found,) = running(peak, reserved=10).ask(fun006)
    assert found.message == f"worker has 10 executions reserved, and at most {peak} ran at once {WINDOW}, {words}."


@pytest.mark.parametrize(("wanted", "code"), [(10, "OK"), (11, "CONCURRENCY_TOO_LOW")])
def test_what_is_wanted_at_once(wanted: int, code: str) -> None:
    assert answer(running(1, reserved=10), concurrency=wanted)[1] == code


def test_one_that_was_refused() -> None:
    (found,) = running(5, reserved=100, refused=2).ask(fun006)
    assert (found.status, found.code) == (Status.FAIL, "THROTTLED")
    assert found.message == (f"worker has 100 executions reserved, and at most 5 ran at once {WINDOW}; 2 were refused.")


def test_a_function_that_was_switched_off() -> None:
    made = running(0, reserved=0)
    seen = cited("FunctionConcurrencies", "lambda:GetFunctionConcurrency", "/ReservedConcurrentExecutions", 0)
    said = "worker has 0 executions reserved: every invocation is refused."
    assert made.ask(fun006) == (fun006.META.failed(made.view().function("worker"), said, seen, code="NONE_LEFT"),)


@pytest.mark.parametrize(
    "made",
    [
        running(5).denied("FunctionConcurrencies"),
        running(5).denied("AccountLimit"),
        running(5).denied("MetricDataResults"),
        running(5, status="PartialData"),
    ],
)
def test_what_was_not_read_is_no_pass(made: World) -> None:
    assert answer(made) == (Status.UNKNOWN, "NOT_READ")


@pytest.mark.parametrize("metric", ["Throttles", "ConcurrentExecutions"])
def test_a_metric_that_was_cut_short_is_no_pass(metric: str) -> None:
    made = running(5)
    for raw in made._items["MetricDataResults"]:
        raw["StatusCode"] = "PartialData" if raw["MetricName"] == metric else "Complete"
    assert answer(made) == (Status.UNKNOWN, "NOT_READ")


def test_a_function_that_nobody_called_and_a_target_without_one() -> None:
    assert answer(running(0, missing=["ConcurrentExecutions"]))[0] is Status.NOT_APPLICABLE
    assert answer(two_zones())[0] is Status.NOT_APPLICABLE
