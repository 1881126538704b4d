"""DEP008: does every request of the burst succeed?"""

from __future__ import annotations

from dataclasses import replace

import pytest

from runbook_lib.checks.base import Settings
from runbook_lib.checks.deploy import dep008_burst_succeeds as dep008
from runbook_lib.engine import evaluate
from runbook_lib.model.deploy import Deploy
from runbook_lib.model.snapshot import Gap
from runbook_lib.model.status import Severity, Status, Verdict
from runbook_lib.network.view import View
from tests.builders import world
from tests.checks.deploy.cases import ask, deployed, log_seen, sent_seen, told
from tests.deployments import request_id


def test_all_succeed() -> None:
    made = deployed().sent("smoke", "wrong").sent("burst", *["ok"] * 10)
    said = "worker: 10 of 10 requests of the burst succeeded."
    seen = (sent_seen("burst", success=range(1, 11)), log_seen(success=11))
    passed = dep008.META.passed(made.view().function("worker"), said, *seen)
    assert ask(made, dep008, consented=True, burst=10) == (passed,)
    assert dep008.META.severity is Severity.CRITICAL


def test_one_in_ten_fails_and_is_named() -> None:
    made = deployed().sent("burst", *["ok"] * 9, "error")
    said = (
        "worker: 1 of 10 requests of the burst failed, because the function failed (Unhandled); the log shows "
        f"connect_timeout to s3.amazonaws.com ({request_id('burst', 10)})."
    )
    seen = (sent_seen("burst", success=range(1, 10), failure=[10]), log_seen(failure=1, success=9))
    failed = dep008.META.failed(made.view().function("worker"), said, *seen, code="REQUESTS_FAILED")
    assert ask(made, dep008, consented=True, burst=10) == (failed,)


def test_an_interrupted_burst() -> None:
    made = deployed().sent("burst", "ok", "ok")
    worker = made.view().function("worker")
    seen = (sent_seen("burst", success=[1, 2]), log_seen(success=2))
    said = "worker: no failure was seen in 5 requests of the burst, but 3 never sent."
    unknown = dep008.META.unknown(worker, said, *seen, code="REQUESTS_UNKNOWN")
    assert ask(made, dep008, consented=True, burst=5) == (unknown,)
    snapshot = replace(made.snapshot(), gaps=(Gap(what="InvokeResults", reason="interrupted"),))
    (found,) = dep008.check(View(snapshot), made.settings(deploy=Deploy(consented=True, burst=5)))
    assert found.message == "worker: no failure was seen in 5 requests of the burst, but 3 never sent (interrupted)."


def test_a_failure_in_an_interrupted_burst_stays_one() -> None:
    made = deployed().sent("burst", "ok", "wrong", "lost")
    (found,) = ask(made, dep008, consented=True, burst=5)
    assert (found.status, found.code) == (Status.FAIL, "REQUESTS_FAILED")
    assert found.message == (
        "worker: 1 of 5 requests of the burst failed, because the response is not as asserted: status is 'lost', "
        f"expected 'stored' ({request_id('burst', 2)}); 1 unknown and 2 never sent."
    )


def test_what_is_unknown_is_told_with_its_reason() -> None:
    made = deployed().sent("burst", "ok", "ok").denied("Events")
    said = (
        "worker: no failure was seen in 2 requests of the burst, but 2 unknown, because the log was not read "
        f"({request_id('burst', 1)}, {request_id('burst', 2)}); allow logs:FilterLogEvents and run again."
    )
    unknown = dep008.META.unknown(
        made.view().function("worker"), said, sent_seen("burst", unknown=[1, 2]), code="REQUESTS_UNKNOWN"
    )
    assert ask(made, dep008, consented=True, burst=2) == (unknown,)


@pytest.mark.parametrize(("burst", "status"), [(0, Status.PASS), (3, Status.PASS), (4, Status.UNKNOWN)])
def test_as_many_as_were_asked_for(burst: int, status: Status) -> None:
    (found,) = ask(deployed().sent("burst", "ok", "ok", "ok"), dep008, consented=True, burst=burst)
    assert found.status is status


def test_a_purpose_that_nobody_knows_is_judged_with_the_burst() -> None:
    made = deployed().sent("burst", "wrong")
    made.changed("InvokeResults", "burst-0001", lambda raw: raw.update(Purpose="rehearsal"))
    (found,) = ask(made, dep008, consented=True)
    assert found.status is Status.FAIL


def test_a_function_outside_a_vpc_is_judged_too() -> None:
    made = world().function("worker", in_vpc=False).configured().sent("burst", *["ok"] * 9, "error")
    settings = Settings(target=made.target("worker"), deploy=Deploy(consented=True, burst=10))
    found = evaluate(made.snapshot(), settings, select=["deploy"], prove=False)
    assert found.verdict is Verdict.FAIL
    assert found.headline.startswith("worker: 1 of 10 requests of the burst failed")


def test_a_printed_error_is_told_as_it_was_printed() -> None:
    (found,) = ask(deployed().sent("burst", "ok", "printed"), dep008, consented=True, burst=2)
    assert (found.status, found.code) == (Status.UNKNOWN, "REQUESTS_UNKNOWN")
    assert found.message == (
        "worker: no failure was seen in 2 requests of the burst, but 1 unknown, because its log holds an error that "
        f"may or may not have been handled: ERROR: upload failed ({request_id('burst', 2)})."
    )


@pytest.mark.parametrize(
    ("versions", "expected"),
    [
        (("7", "7", "7"), [(Status.PASS, "OK")]),
        ((None, "7", "7"), [(Status.PASS, "OK")]),
        (("7", "7", "8"), [(Status.PASS, "OK"), (Status.UNKNOWN, "VERSIONS_MIXED")]),
        (("7", "8", "8"), [(Status.PASS, "OK"), (Status.UNKNOWN, "VERSIONS_MIXED")]),
    ],
)
def test_requests_of_different_versions(versions: tuple[str | None, ...], expected: list[tuple[Status, str]]) -> None:
    made = deployed().sent("smoke", "ok").sent("burst", "ok", "ok")
    for id_, version in zip(("smoke-0001", "burst-0001", "burst-0002"), versions, strict=True):
        made.changed("InvokeResults", id_, lambda raw, ran=version: raw.update(ExecutedVersion=ran))
    found = ask(made, dep008, consented=True, burst=2)
    assert told(found) == expected
    if len(found) > 1:
        first, *others = versions
        assert request_id("smoke", 1) in found[1].message
        assert found[1].scope == "versions"
        assert set(found[1].evidence[0].value) == {first, *others}
