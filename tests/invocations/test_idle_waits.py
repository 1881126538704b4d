"""Invocations that wait for a slow answer themselves, longer than a NAT gateway remembers their connection."""

from __future__ import annotations

import pytest

from runbook_lib.invocations.analysis import analyse
from runbook_lib.invocations.base import ErrorClass, Invocation, Outcome, Plausibility
from runbook_lib.invocations.known import Known
from runbook_lib.model.sdk import Sdk
from tests.invocations.rows import at


def invocation(number: int, took_s: float, error: ErrorClass | None) -> Invocation:
    start = at(number * 1000)
    return Invocation(
        request_id=f"id-{number}",
        start=start,
        end=at(number * 1000 + took_s),
        duration_ms=took_s * 1000,
        outcome=Outcome.FAILURE if error else Outcome.SUCCESS,
        error_class=error,
        log_stream=f"stream-{number}",
        cold=True,
    )


def verdict(*listed: Invocation, known: Known | None = None) -> tuple[Plausibility, tuple[str, ...]]:
    found = analyse(listed, (), known or Known()).hypotheses
    return next((item.verdict, item.supporting) for item in found if item.cause == "idle_timeout")


@pytest.mark.parametrize(
    ("took_s", "error", "expected"),
    [
        (371.0, ErrorClass.CONNECTION_RESET, Plausibility.LIKELY),
        (350.0, ErrorClass.CONNECTION_CLOSED, Plausibility.LIKELY),
        (349.9, ErrorClass.CONNECTION_CLOSED, Plausibility.CANNOT_TELL),
        (400.0, ErrorClass.READ_TIMEOUT, Plausibility.POSSIBLE),
    ],
)
def test_a_wait_beyond_the_limit(took_s: float, error: ErrorClass, expected: Plausibility) -> None:
    said = verdict(invocation(1, took_s, error), invocation(2, 60, None))
    assert said[0] is expected
    told = f"The only failure came {took_s:.0f} s or more into the invocation."
    assert (told in said[1]) is (took_s >= 350)


def test_a_client_that_gives_up_earlier_did_not_wait_so_long_on_one_connection() -> None:
    failed = invocation(1, 400.0, ErrorClass.READ_TIMEOUT)
    patient, hasty = Known(sdk=Sdk(read_timeout_s=900)), Known(sdk=Sdk(read_timeout_s=60))
    assert verdict(failed, known=patient)[0] is Plausibility.POSSIBLE
    assert verdict(failed, known=hasty)[0] is Plausibility.CANNOT_TELL


def test_a_success_that_lasted_as_long_speaks_against_it() -> None:
    failed = invocation(1, 371.0, ErrorClass.CONNECTION_RESET)
    assert verdict(failed, invocation(2, 420, None))[0] is Plausibility.POSSIBLE
