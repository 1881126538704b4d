"""DEP002: is the endpoint that Terraform speaks of there, and as it says?"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from runbook_lib.checks.deploy import dep002_endpoint_as_output as dep002
from runbook_lib.model.actions import TerraformOutput
from runbook_lib.model.deploy import Deploy
from runbook_lib.model.finding import Evidence, ResourceRef
from runbook_lib.model.snapshot import Gap
from runbook_lib.model.status import Status
from runbook_lib.network.view import View
from tests.builders import World
from tests.checks.deploy.cases import ask, deployed, told

BOTH = {"endpoint_id": "id", "endpoint_state": "state"}


def cite(made: World, name: str) -> Evidence:
    return next(item for item in made.snapshot().all(TerraformOutput) if item.id == name).cite("Value")


def live(made: World, state: str | None) -> World:
    return made.changed("VpcEndpoints", "vpce-s3", lambda raw: raw.update(State=state))


def test_the_endpoint_is_as_the_outputs_say() -> None:
    made = deployed().outputs(id="vpce-s3", state="available")
    endpoint = made.view().endpoint("vpce-s3")
    said = "vpce-s3 is available, and the Terraform output says available."
    seen = (endpoint.cite("State"), cite(made, "id"), cite(made, "state"))
    assert ask(made, dep002, outputs=BOTH) == (dep002.META.passed(endpoint, said, *seen),)
    said = "vpce-s3 is available, and the Terraform output names it."
    assert ask(made, dep002, outputs={"endpoint_id": "id"}) == (dep002.META.passed(endpoint, said, *seen[:2]),)


def test_the_output_says_available_and_the_api_pending() -> None:
    made = live(deployed().outputs(id="vpce-s3", state="available"), "pending")
    endpoint = made.view().endpoint("vpce-s3")
    said = "vpce-s3 is pending, but the Terraform output says available."
    seen = (endpoint.cite("State"), cite(made, "id"), cite(made, "state"))
    assert ask(made, dep002, outputs=BOTH) == (dep002.META.failed(endpoint, said, *seen, code="STATE_DIFFERS"),)


def test_a_doubtful_state_is_told_with_what_differs() -> None:
    made = live(deployed().outputs(id="vpce-s3", state="available"), "pending")
    snapshot = replace(made.snapshot(), gaps=(Gap(what="TerraformStates", reason="the state may be older: locked"),))
    (found,) = dep002.check(View(snapshot), made.settings(deploy=Deploy(outputs=BOTH)))
    assert found.status is Status.FAIL
    assert found.message == (
        "vpce-s3 is pending, but the Terraform output says available (the state may be older: locked)."
    )


def test_an_endpoint_that_is_gone() -> None:
    made = deployed().outputs(id="vpce-old", state="available")
    said = "vpce-old does not exist in ap-southeast-1, but the Terraform output says available."
    gone = dep002.META.failed(
        ResourceRef(type="AWS::EC2::VPCEndpoint", id="vpce-old"),
        said,
        cite(made, "id"),
        cite(made, "state"),
        code="ENDPOINT_GONE",
    )
    assert ask(made, dep002, outputs=BOTH) == (gone,)
    assert told(ask(made.truncated("VpcEndpoints"), dep002, outputs=BOTH)) == [(Status.UNKNOWN, "NOT_READ")]


@pytest.mark.parametrize(
    ("output", "state", "status", "code"),
    [
        ("Available", "available", Status.PASS, "OK"),
        ("available", "Available", Status.PASS, "OK"),
        ("pendingAcceptance", "pending-acceptance", Status.FAIL, "BAD_STATE"),
        ("pending", "available", Status.FAIL, "STATE_DIFFERS"),
        ("pending", "pending", Status.FAIL, "BAD_STATE"),
        ("available", "deleting", Status.FAIL, "STATE_DIFFERS"),
        ("partial", "partial", Status.UNKNOWN, "BAD_STATE"),
        ("available", None, Status.UNKNOWN, "BAD_STATE"),
    ],
)
def test_every_state(output: str, state: str | None, status: Status, code: str) -> None:
    made = live(deployed().outputs(id="vpce-s3", state=output), state)
    assert told(ask(made, dep002, outputs=BOTH)) == [(status, code)]


@pytest.mark.parametrize(
    ("ids", "states", "expected"),
    [
        (["vpce-s3", "vpce-dynamodb"], "available", [Status.PASS, Status.PASS]),
        (["vpce-s3", "vpce-dynamodb"], ["available", "pending"], [Status.PASS, Status.FAIL]),
        ({"b": "vpce-s3", "a": "vpce-dynamodb"}, {"b": "pending", "a": "available"}, [Status.PASS, Status.FAIL]),
        (["vpce-s3", "vpce-gone"], "available", [Status.PASS, Status.FAIL]),
        (["vpce-s3"], ["available", "available"], [Status.UNKNOWN]),
        ("vpce-s3", 4, [Status.UNKNOWN]),
        (["vpce-s3", 5], "available", [Status.UNKNOWN]),
    ],
)
def test_several_endpoints(ids: Any, states: Any, expected: list[Status]) -> None:
    made = deployed().gateway_endpoint("dynamodb", tables=["main"]).outputs(id=ids, state=states)
    assert [item.status for item in ask(made, dep002, outputs=BOTH)] == expected


@pytest.mark.parametrize(
    ("made", "outputs", "why"),
    [
        (deployed(), BOTH, "a value of the Terraform output id (see DEP001) could not be read."),
        (deployed().outputs(id=""), BOTH, "a value of the Terraform output id (see DEP001) could not be read."),
        (
            deployed().outputs(id="vpce-s3"),
            BOTH,
            "a value of the Terraform output state (see DEP001) could not be read.",
        ),
        (
            deployed().outputs(state="available"),
            {"endpoint_state": "state"},
            "the id of the endpoint, of which no output is asked for, could not be read.",
        ),
        (
            deployed().outputs(id="vpce-s3").denied("TerraformOutputs"),
            {"endpoint_id": "id"},
            "the state of Terraform, whose folder or file has to be given, could not be read.",
        ),
    ],
)
def test_outputs_that_are_not_there(made: World, outputs: dict[str, str], why: str) -> None:
    expected = dep002.META.unknown(made.view().function("worker"), f"worker: {why}", code="NOT_READ")
    assert ask(made, dep002, outputs=outputs) == (expected,)


def test_endpoints_that_were_not_read() -> None:
    made = deployed().outputs(id="vpce-s3", state="available").denied("VpcEndpoints")
    said = "vpce-s3: the list of VPC endpoints could not be read; allow ec2:DescribeVpcEndpoints and run again."
    about = ResourceRef(type="AWS::EC2::VPCEndpoint", id="vpce-s3")
    assert ask(made, dep002, outputs=BOTH) == (dep002.META.unknown(about, said, code="NOT_READ"),)


def test_nothing_is_asked_about_an_endpoint() -> None:
    made = deployed().outputs(name="worker")
    said = "No Terraform output about an endpoint is asked for with worker."
    expected = dep002.META.not_applicable(made.view().function("worker"), said)
    assert ask(made, dep002, outputs={"function_name": "name"}) == (expected,)
