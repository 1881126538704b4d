"""DEP005: does the code that was deployed run?"""

from __future__ import annotations

import pytest

from runbook_lib.checks.deploy import dep005_function_active as dep005
from runbook_lib.model.finding import Evidence, Finding
from runbook_lib.model.interfaces import FunctionConfiguration
from runbook_lib.model.status import Status
from tests.builders import World
from tests.checks.deploy.cases import ask, deployed, told
from tests.checks.worlds import two_zones


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
