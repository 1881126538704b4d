"""DEP011: how much do so many successes show?"""

from __future__ import annotations

import pytest

from runbook_lib.checks.deploy import dep011_rate_shown as dep011
from runbook_lib.errors import UsageError
from runbook_lib.model.status import Severity, Status
from tests.checks.deploy.cases import ask, deployed, log_seen, sent_seen, told


def test_ten_of_ten() -> None:
    made = deployed().sent("burst", *["ok"] * 10)
    worker = made.view().function("worker")
    said = (
        "worker: 10 successes in 10 requests of the burst show a success rate of at least 74% with 95 percent "
        "confidence; "
    )
    seen = (sent_seen("burst", success=range(1, 11)), log_seen(success=10))
    passed = dep011.META.passed(worker, f"{said}74% is wanted.", *seen)
    assert ask(made, dep011, consented=True, burst=10, wanted_rate=0.74) == (passed,)
    need = f"{said}99% is wanted and needs 299 runs without a failure."
    unknown = dep011.META.unknown(worker, need, *seen, code="TOO_FEW_RUNS")
    assert ask(made, dep011, consented=True, burst=10, wanted_rate=0.99) == (unknown,)
    assert dep011.META.severity is Severity.MEDIUM


def test_failures_do_not_reach_it() -> None:
    made = deployed().sent("burst", *["ok"] * 5, *["wrong"] * 5)
    said = (
        "worker: 5 successes in 10 requests of the burst show a success rate of at least 22% with 95 percent "
        "confidence; 90% is wanted and needs 29 runs without a failure."
    )
    seen = (sent_seen("burst", success=range(1, 6), failure=range(6, 11)), log_seen(success=10))
    failed = dep011.META.failed(made.view().function("worker"), said, *seen, code="RATE_NOT_REACHED")
    assert ask(made, dep011, consented=True, burst=10, wanted_rate=0.9) == (failed,)


@pytest.mark.parametrize(("runs", "status"), [(28, Status.UNKNOWN), (29, Status.PASS)])
def test_just_enough_runs(runs: int, status: Status) -> None:
    (found,) = ask(deployed().sent("burst", *["ok"] * runs), dep011, consented=True, wanted_rate=0.9)
    assert found.status is status


def test_one_that_is_unknown_is_no_success() -> None:
    made = deployed().sent("burst", *["ok"] * 28, "silent")
    assert told(ask(made, dep011, consented=True, wanted_rate=0.9)) == [(Status.UNKNOWN, "TOO_FEW_RUNS")]


def test_other_requests_do_not_count() -> None:
    made = deployed().sent("burst", *["ok"] * 28).sent("smoke", "ok").sent("event", "ok")
    assert told(ask(made, dep011, consented=True, wanted_rate=0.9)) == [(Status.UNKNOWN, "TOO_FEW_RUNS")]


def test_no_number_of_runs_shows_a_rate_of_one() -> None:
    with pytest.raises(UsageError):
        ask(deployed().sent("burst", "ok"), dep011, consented=True, wanted_rate=1.0)
