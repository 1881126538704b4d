"""DEP007: does the log of the requests show no error, and all of them?"""

from __future__ import annotations

from datetime import timedelta

import pytest

from runbook_lib.checks.deploy import dep007_log_clean as dep007
from runbook_lib.model.status import Severity, Status
from tests.builders import NOON
from tests.checks.deploy.cases import ask, deployed, log_seen, sent_seen, told
from tests.deployments import request_id


def test_a_clean_log() -> None:
    made = deployed().sent("burst", "ok", "wrong")
    said = "worker: the log of 2 of 2 requests holds a REPORT and no error."
    seen = (sent_seen("burst", success=[1], failure=[2]), log_seen(success=2))
    assert ask(made, dep007, consented=True) == (dep007.META.passed(made.view().function("worker"), said, *seen),)
    assert dep007.META.severity is Severity.HIGH


def test_an_error_behind_a_good_answer() -> None:
    made = deployed().sent("burst", "ok", "logged", "silent")
    said = f"worker: the log of 1 of 3 requests shows connect_timeout: {request_id('burst', 2)}."
    seen = (sent_seen("burst", success=[1], failure=[2], unknown=[3]), log_seen(failure=1, success=1))
    failed = dep007.META.failed(made.view().function("worker"), said, *seen, code="LOG_SHOWS_ERRORS")
    assert ask(made, dep007, consented=True) == (failed,)


def test_the_tail_that_came_with_the_response_counts() -> None:
    made = deployed().sent("burst", "ok").denied("Events")
    tail = f"START RequestId: {request_id('burst', 1)}\n[ERROR] ConnectTimeoutError: Connect timeout on endpoint URL\n"
    made.changed("InvokeResults", "burst-0001", lambda raw: raw.update(LogTail=tail))
    assert told(ask(made, dep007, consented=True)) == [(Status.FAIL, "LOG_SHOWS_ERRORS")]


@pytest.mark.parametrize(("ago_s", "words"), [(600, "a REPORT never arrived"), (599.999, "a REPORT may still arrive")])
def test_a_log_that_is_late(ago_s: float, words: str) -> None:
    made = deployed().sent("burst", "ok", "silent", at=NOON - timedelta(seconds=ago_s + 2), apart_ms=0)
    said = f"worker: the log of 1 of 2 requests does not tell, {words}: {request_id('burst', 2)}."
    seen = (sent_seen("burst", success=[1], unknown=[2]), log_seen(success=1))
    unknown = dep007.META.unknown(made.view().function("worker"), said, *seen, code="LOG_NOT_WHOLE")
    assert ask(made, dep007, consented=True) == (unknown,)


def test_a_log_that_was_not_read() -> None:
    made = deployed().sent("smoke", "ok").denied("Events")
    said = (
        f"worker: the log of 1 of 1 request does not tell, it was not read: {request_id('smoke', 1)}; allow "
        "logs:FilterLogEvents and run again."
    )
    seen = sent_seen("smoke", unknown=[1])
    unknown = dep007.META.unknown(made.view().function("worker"), said, seen, code="LOG_NOT_WHOLE")
    assert ask(made, dep007, consented=True) == (unknown,)


def test_a_log_that_was_cut() -> None:
    made = deployed().sent("smoke", "ok").truncated("Events")
    (found,) = ask(made, dep007, consented=True)
    assert (found.status, found.code) == (Status.UNKNOWN, "LOG_NOT_WHOLE")
    assert "does not tell, some of its lines are missing: " in found.message


def test_an_error_that_may_have_been_handled() -> None:
    made = deployed().sent("burst", "ok", "printed")
    said = "worker: the log of 1 of 2 requests does not tell, it holds an error that may or may not have been handled"
    seen = (sent_seen("burst", success=[1], unknown=[2]), log_seen(success=1, unknown=1))
    whose = f"{said}: {request_id('burst', 2)}."
    unknown = dep007.META.unknown(made.view().function("worker"), whose, *seen, code="LOG_NOT_WHOLE")
    assert ask(made, dep007, consented=True) == (unknown,)


def test_requests_that_lambda_refused_have_no_log() -> None:
    made = deployed().sent("burst", "throttled", "lost")
    said = "worker: Lambda took none of the requests, so no log tells of them."
    (found,) = ask(made, dep007, consented=True)
    assert (found.status, found.code, found.message) == (Status.UNKNOWN, "NO_LOG_DUE", said)
    beside = ask(deployed().sent("burst", "throttled", "ok"), dep007, consented=True)
    assert [item.message for item in beside] == ["worker: the log of 1 of 1 request holds a REPORT and no error."]
