"""DEP014: did every event succeed without Lambda trying it again?"""

from __future__ import annotations

import pytest

from runbook_lib.checks.deploy import dep014_events_at_first_attempt as dep014
from runbook_lib.model.status import Severity, Status
from tests.checks.deploy.cases import ask, deployed, log_seen, sent_seen
from tests.deployments import request_id


def test_every_event_ran_once() -> None:
    made = deployed().sent("event", "ok", "ok")
    seen = (sent_seen("event", success=[1, 2]), log_seen(success=2))
    passed = dep014.META.passed(made.view().function("worker"), "worker: 2 of 2 events succeeded.", *seen)
    assert ask(made, dep014, consented=True, events=2) == (passed,)
    assert dep014.META.severity is Severity.CRITICAL


def test_a_retry_that_masks_a_failure() -> None:
    made = deployed().sent("event", "ok", "retried")
    said = (
        "worker: 1 of 2 events failed, because the log shows connect_timeout in attempt 1 of 2 to s3.amazonaws.com "
        f"({request_id('event', 2)})."
    )
    seen = (sent_seen("event", success=[1], failure=[2]), log_seen(failure=1, success=2))
    failed = dep014.META.failed(made.view().function("worker"), said, *seen, code="REQUESTS_FAILED")
    assert ask(made, dep014, consented=True, events=2) == (failed,)


@pytest.mark.parametrize(
    ("ends", "events", "status"),
    [
        (["ok"], 1, Status.PASS),
        (["ok"], 2, Status.UNKNOWN),
        (["refailed"], 1, Status.FAIL),
        (["retried"], 3, Status.FAIL),
        (["throttled"], 1, Status.FAIL),
        (["silent"], 1, Status.UNKNOWN),
        (["open"], 1, Status.UNKNOWN),
        (["ok"], 0, Status.PASS),
    ],
)
def test_every_end(ends: list[str], events: int, status: Status) -> None:
    (found,) = ask(deployed().sent("event", *ends), dep014, consented=True, events=events)
    assert found.status is status


def test_the_log_is_needed() -> None:
    (found,) = ask(deployed().sent("event", "ok").denied("Events"), dep014, consented=True, events=1)
    assert found.message == (
        "worker: no failure was seen in 1 event, but 1 unknown, because the log was not read "
        f"({request_id('event', 1)}); allow logs:FilterLogEvents and run again."
    )
