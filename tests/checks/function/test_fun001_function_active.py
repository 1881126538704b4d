"""FUN001: is the function Active, and did its last update succeed?"""

from __future__ import annotations

import botocore.session
import pytest

from runbook_lib.checks.function import fun001_function_active as fun001
from runbook_lib.checks.function.reasons import REMEDIES, remedy
from runbook_lib.model.finding import Evidence
from runbook_lib.model.status import Severity, Status
from runbook_lib.network import targets
from tests.builders import ACCOUNT, REGION, World, world
from tests.checks.path.flows import bare
from tests.checks.worlds import two_zones


def seen(field: str, value: str | None) -> Evidence:
    pointer = f"/accounts/{ACCOUNT}/{REGION}/FunctionConfigurations/0/{field}"
    return Evidence(operation="lambda:GetFunctionConfiguration", pointer=pointer, value=value)


def told(**fields: str) -> World:
    made = bare().configured()
    return made.changed("FunctionConfigurations", "worker", lambda raw: raw.update(fields))


def test_an_active_function_whose_update_succeeded() -> None:
    made = bare().configured()
    said = "worker is Active and its last update was Successful."
    evidence = (seen("State", "Active"), seen("LastUpdateStatus", "Successful"))
    assert made.ask(fun001) == (fun001.META.passed(made.view().function("worker"), said, *evidence),)
    assert fun001.META.severity is Severity.HIGH


def test_an_idle_function() -> None:
    made = told(State="Inactive", StateReasonCode="Idle", StateReason="The function is idle.")
    said = (
        "worker is Inactive (Idle: The function is idle): its network was reclaimed while it was idle, and the next "
        "invocation fails; invoke it once, wait until it is Active and invoke it again."
    )
    evidence = (
        seen("State", "Inactive"),
        seen("StateReasonCode", "Idle"),
        seen("StateReason", "The function is idle."),
    )
    failed = fun001.META.failed(made.view().function("worker"), said, *evidence, code="FUNCTION_INACTIVE")
    assert made.ask(fun001) == (failed,)


def test_an_update_that_failed_although_the_function_is_active() -> None:
    made = told(LastUpdateStatus="Failed", LastUpdateStatusReasonCode="SubnetOutOfIPAddresses")
    said = (
        "The last update of worker is Failed (SubnetOutOfIPAddresses): Lambda runs the code from before; "
        "a subnet has no free address: free some, or give it larger subnets."
    )
    evidence = (
        seen("LastUpdateStatus", "Failed"),
        seen("LastUpdateStatusReasonCode", "SubnetOutOfIPAddresses"),
        seen("LastUpdateStatusReason", None),
    )
    failed = fun001.META.failed(made.view().function("worker"), said, *evidence, code="UPDATE_FAILED")
    assert made.ask(fun001) == (failed,)


def test_an_update_that_failed_where_the_state_is_not_told() -> None:
    made = told(LastUpdateStatus="Failed", LastUpdateStatusReasonCode="SubnetOutOfIPAddresses")
    made.changed("FunctionConfigurations", "worker", lambda raw: raw.pop("State"))
    (found,) = made.ask(fun001)
    assert (found.status, found.code) == (Status.FAIL, "UPDATE_FAILED")
    assert found.message.endswith("a subnet has no free address: free some, or give it larger subnets.")


@pytest.mark.parametrize(
    "state", ["Pending", "Failed", "Deactivating", "Deactivated", "ActiveNonInvocable", "Deleting"]
)
def test_every_other_state_is_a_failure(state: str) -> None:
    (found,) = told(State=state).ask(fun001)
    assert (found.status, found.code) == (Status.FAIL, f"FUNCTION_{state.upper()}")
    assert found.message.startswith(f"worker is {state}: ")


@pytest.mark.parametrize("code", ["EniLimitExceeded", "DisallowedByVpcEncryptionControl", "InvalidSubnet"])
def test_the_reason_is_explained(code: str) -> None:
    (found,) = told(State="Failed", StateReasonCode=code).ask(fun001)
    assert found.message == (
        f"worker is Failed ({code}): Lambda could not prepare it, and it has to be deployed again; {REMEDIES[code]}."
    )


def test_every_reason_that_aws_knows_is_explained() -> None:
    model = botocore.session.get_session().get_service_model("lambda")
    codes = {
        code for shape in ("StateReasonCode", "LastUpdateStatusReasonCode") for code in model.shape_for(shape).enum
    }
    assert set(REMEDIES) == codes
    for text in REMEDIES.values():
        assert not text.endswith(".")
    assert remedy("Strange") == "Strange is a reason that was not known when this was written"
    assert remedy(None) == ""


@pytest.mark.parametrize(
    ("state", "update", "what"),
    [
        (None, "Successful", "State"),
        ("Active", None, "LastUpdateStatus"),
        (None, None, "State and LastUpdateStatus"),
    ],
)
def test_a_state_that_was_not_told_is_no_pass(state: str | None, update: str | None, what: str) -> None:
    made = bare().configured(state=state, update=update)
    said = f"worker: its configuration does not tell {what}."
    evidence = (seen("State", state), seen("LastUpdateStatus", update))
    unknown = fun001.META.unknown(made.view().function("worker"), said, *evidence, code="NOT_TOLD")
    assert made.ask(fun001) == (unknown,)


@pytest.mark.parametrize(
    "made", [bare(), bare().configured(name="other"), bare().configured().denied("FunctionConfigurations")]
)
def test_a_configuration_that_was_not_read(made: World) -> None:
    (found,) = made.ask(fun001)
    assert (found.status, found.code) == (Status.UNKNOWN, "NOT_READ")
    assert "allow lambda:GetFunctionConfiguration" in found.message


def test_a_function_outside_any_vpc_is_judged_too() -> None:
    (found,) = world().function(in_vpc=False).configured().ask(fun001)
    assert found.status is Status.PASS


def test_a_target_without_a_function_and_one_with_several() -> None:
    (none,) = two_zones().ask(fun001)
    assert none.status is Status.NOT_APPLICABLE
    made = bare().function("other").configured()
    view = made.view()
    settings = made.settings()
    several = tuple(fun001.check(view, type(settings)(target=targets.of_vpc(view, "vpc-main"))))
    assert [(found.status, found.code) for found in several] == [(Status.UNKNOWN, "SEVERAL_FUNCTIONS")]
