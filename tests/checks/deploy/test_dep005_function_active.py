"""DEP005: does the code that was deployed run?"""

from __future__ import annotations

from datetime import timedelta

import pytest

from runbook_lib.checks.deploy import dep005_function_active as dep005
from runbook_lib.checks.deploy import dep006_smoke_succeeds as dep006
from runbook_lib.model.finding import Evidence, Finding
from runbook_lib.model.functions import FunctionConfiguration
from runbook_lib.model.status import Status
from tests.builders import World
from tests.checks.deploy.cases import ask, deployed, told
from tests.checks.worlds import two_zones
from tests.deployments import SENT


def seen(made: World) -> tuple[Evidence, ...]:
    (known,) = made.snapshot().all(FunctionConfiguration)
    return known.cite("State"), known.cite("LastUpdateStatus")


def test_active_and_updated() -> None:
    made = deployed().configured()
    said = "worker is Active and its last update was Successful."
    assert ask(made, dep005) == (dep005.META.passed(made.view().function("worker"), said, *seen(made)),)


def failed(made: World, said: str, code: str) -> Finding:
    return dep005.META.failed(made.view().function("worker"), said, *seen(made), code=code)


def test_an_inactive_function_is_named_with_its_reason() -> None:
    made = deployed().configured(state="Inactive")
    reason = {"StateReasonCode": "Idle", "StateReason": "The function is idle."}
    made.changed("FunctionConfigurations", "worker", lambda raw: raw.update(reason))
    said = (
        "worker is Inactive (Idle: The function is idle): its network was reclaimed while it was idle, and the next "
        "invocation fails."
    )
    assert ask(made, dep005) == (failed(made, said, "FUNCTION_INACTIVE"),)


def test_an_update_that_failed_leaves_the_old_code() -> None:
    made = deployed().configured(update="Failed")
    made.changed(
        "FunctionConfigurations", "worker", lambda raw: raw.update(LastUpdateStatusReasonCode="EniLimitExceeded")
    )
    said = "The last update of worker is Failed (EniLimitExceeded): Lambda runs the code from before."
    assert ask(made, dep005) == (failed(made, said, "UPDATE_FAILED"),)


@pytest.mark.parametrize(
    ("state", "update", "status", "code"),
    [
        ("Active", "Successful", Status.PASS, "OK"),
        ("Active", "InProgress", Status.FAIL, "UPDATE_INPROGRESS"),
        ("Pending", "Successful", Status.FAIL, "FUNCTION_PENDING"),
        ("Pending", None, Status.FAIL, "FUNCTION_PENDING"),
        ("Failed", "Failed", Status.FAIL, "FUNCTION_FAILED"),
        ("Deleting", "Successful", Status.FAIL, "FUNCTION_DELETING"),
        ("Melting", "Successful", Status.FAIL, "FUNCTION_MELTING"),
        (None, "Failed", Status.FAIL, "UPDATE_FAILED"),
        (None, "Successful", Status.UNKNOWN, "NOT_TOLD"),
        ("Active", None, Status.UNKNOWN, "NOT_TOLD"),
        (None, None, Status.UNKNOWN, "NOT_TOLD"),
    ],
)
def test_every_state(state: str | None, update: str | None, status: Status, code: str) -> None:
    assert told(ask(deployed().configured(state=state, update=update), dep005)) == [(status, code)]


def test_what_was_not_read_is_unknown() -> None:
    made = deployed()
    said = (
        "worker: function configuration worker could not be read; allow lambda:GetFunctionConfiguration and run again."
    )
    expected = dep005.META.unknown(made.view().function("worker"), said, code="NOT_READ")
    assert ask(made, dep005) == ask(deployed().configured().denied("FunctionConfigurations"), dep005) == (expected,)


def test_a_deployment_is_that_of_one_function() -> None:
    assert told(ask(two_zones(), dep005)) == [(Status.NOT_APPLICABLE, "NOT_APPLICABLE")]


def looked(made: World, *states: str, update: str = "Successful") -> World:
    """Looks at the function, a minute apart, before anything was sent."""
    for number, state in enumerate(states):
        at = (SENT - timedelta(minutes=len(states) - number)).isoformat()
        made.item("FunctionStates", FunctionName="worker", SeenAt=at, State=state, LastUpdateStatus=update)
    return made


def woken(made: World, code: str | None = "ResourceNotReadyException") -> World:
    """The invocation that woke it, before the first look that found it active."""
    made.sent("smoke", "throttled", at=SENT - timedelta(minutes=3))
    told = {"Purpose": "wake", "Number": "wake-001", "ErrorCode": code, "StatusCode": 502}
    made.changed("InvokeResults", "smoke-0001", lambda raw: raw.update(told))
    return made


def test_an_inactive_function_that_answers_once_woken_fails_for_the_request_that_was_refused() -> None:
    made = looked(woken(deployed().configured(state="Inactive")), "Inactive", "Pending", "Active").sent("smoke", "ok")
    (found,) = ask(made, dep005)
    assert (found.status, found.code, found.message) == (
        Status.FAIL,
        "REFUSED_ONCE",
        "At the start worker is Inactive: its network was reclaimed while it was idle, and the next "
        "invocation fails; wake-001 was sent to wake it and failed, as is documented (ResourceNotReadyException); it "
        "was Active with its last update Successful 120 s later, and smoke-0001 was answered. "
        "Run again now that it is awake.",
    )
    assert told(ask(made, dep006, consented=True)) == [(Status.PASS, "OK")]


def test_an_inactive_function_whose_waking_was_not_refused_passes() -> None:
    made = looked(woken(deployed().configured(state="Inactive"), None), "Inactive", "Active").sent("smoke", "ok")
    assert told(ask(made, dep005)) == [(Status.PASS, "OK")]


@pytest.mark.parametrize("end", ["error", "wrong", "lost", "throttled"])
def test_without_an_answer_since_it_stays_a_failure(end: str) -> None:
    made = looked(woken(deployed().configured(state="Inactive")), "Inactive", "Active").sent("smoke", end)
    (found,) = ask(made, dep005)
    assert (found.status, found.code) == (Status.FAIL, "FUNCTION_INACTIVE")
    assert found.message.endswith("Successful 60 s later, but has not answered since.")


@pytest.mark.parametrize(
    ("first", "looks", "update", "status", "code"),
    [
        ("Pending", ("Pending", "Active"), "Successful", Status.PASS, "OK"),
        ("Pending", ("Active",), "", Status.PASS, "OK"),
        ("Inactive", ("Inactive", "Pending"), "Successful", Status.FAIL, "FUNCTION_PENDING"),
        ("Pending", ("Pending", "Failed"), "Successful", Status.FAIL, "FUNCTION_FAILED"),
        ("Active", ("Active", "Inactive"), "Successful", Status.FAIL, "FUNCTION_INACTIVE"),
        ("Pending", ("Active",), "Failed", Status.FAIL, "UPDATE_FAILED"),
        ("Active", ("Active",), "Successful", Status.PASS, "OK"),
    ],
)
def test_the_last_look_decides(first: str, looks: tuple[str, ...], update: str, status: Status, code: str) -> None:
    made = looked(deployed().configured(state=first), *looks, update=update).sent("smoke", "ok")
    assert told(ask(made, dep005)) == [(status, code)]


@pytest.mark.parametrize(
    ("purpose", "code", "status"),
    [
        ("wake", "ResourceNotReadyException", Status.PASS),
        ("wake", "CodeArtifactUserPendingException", Status.PASS),
        ("wake", "TooManyRequestsException", Status.FAIL),
        ("wake", None, Status.FAIL),
        ("smoke", "ResourceNotReadyException", Status.FAIL),
    ],
)
def test_only_what_woke_it_is_excused(purpose: str, code: str | None, status: Status) -> None:
    made = woken(deployed().configured(state="Inactive"), code).sent("smoke", "ok")
    changes = {"Purpose": purpose, "FunctionError": None if code else "Unhandled"}
    made.changed("InvokeResults", "wake-001", lambda raw: raw.update(changes))
    assert (status in [found.status for found in ask(made, dep006, consented=True)]) is True
    assert (Status.FAIL in [found.status for found in ask(made, dep006, consented=True)]) is (status is Status.FAIL)


def test_a_look_at_it_before_a_burst_that_was_refused_takes_nothing_back() -> None:
    made = looked(deployed().configured(state="Pending"), "Pending", "Active").sent("smoke", "ok")
    later = (SENT + timedelta(minutes=2)).isoformat()
    made.item("FunctionStates", FunctionName="worker", SeenAt=later, State="Active", LastUpdateStatus="")
    assert told(ask(made, dep005)) == [(Status.PASS, "OK")]
