"""DEP001: are there outputs to compare with at all?"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from runbook_lib.checks.deploy import dep001_outputs_exist as dep001
from runbook_lib.model.actions import TerraformOutput
from runbook_lib.model.deploy import Deploy
from runbook_lib.model.finding import Evidence, ResourceRef
from runbook_lib.model.snapshot import Gap
from runbook_lib.model.status import Status
from runbook_lib.network.view import View
from tests.builders import World
from tests.checks.deploy.cases import ask, deployed, pointer, told

ASKED = {"endpoint_id": "s3_endpoint", "function_name": "name"}


def fact(made: World, name: str) -> TerraformOutput:
    return next(item for item in made.snapshot().all(TerraformOutput) if item.id == name)


def test_nothing_is_asked_for() -> None:
    made = deployed().outputs(name="worker")
    said = "No Terraform output is asked for about worker."
    assert ask(made, dep001) == (dep001.META.not_applicable(made.view().function("worker"), said),)
    assert told(made.ask(dep001)) == [(Status.NOT_APPLICABLE, "NOT_APPLICABLE")]


def test_outputs_that_are_there() -> None:
    made = deployed().outputs(s3_endpoint="vpce-s3", name="worker", more=1)
    origin = "holds a value (workspace default, serial 7)."
    assert ask(made, dep001, outputs=ASKED) == tuple(
        dep001.META.passed(
            fact(made, name), f"Terraform output {name} for {role} {origin}", fact(made, name).cite("Value"), scope=role
        )
        for role, name in ASKED.items()
    )


def test_an_output_that_is_missing_beside_one_that_is_not() -> None:
    made = deployed().outputs(name="worker", other="x")
    said = "Terraform output s3_endpoint for endpoint_id is not in the state (it has: name, other)."
    seen = Evidence(operation="terraform:output", pointer=pointer("TerraformOutputs"), value=["name", "other"])
    missing = dep001.META.failed(
        ResourceRef(type="Terraform::Output", id="s3_endpoint"), said, seen, code="OUTPUT_MISSING", scope="endpoint_id"
    )
    found = ask(made, dep001, outputs=ASKED)
    assert (found[0], found[1].status) == (missing, Status.PASS)


def test_a_state_without_any_output() -> None:
    found = ask(deployed(), dep001, outputs=ASKED)
    assert [(item.status, item.code) for item in found] == [(Status.FAIL, "OUTPUT_MISSING")] * 2
    assert found[1].message == "Terraform output name for function_name is not in the state (it has: no output at all)."


@pytest.mark.parametrize(
    ("value", "status"),
    [
        (None, Status.FAIL),
        ("", Status.FAIL),
        (" ", Status.FAIL),
        ([], Status.FAIL),
        ({}, Status.FAIL),
        ([""], Status.FAIL),
        (["vpce-s3", None], Status.FAIL),
        ({"a": "vpce-s3", "b": ""}, Status.FAIL),
        ("x", Status.PASS),
        (["vpce-s3"], Status.PASS),
        ({"a": "vpce-s3"}, Status.PASS),
        (0, Status.PASS),
        (False, Status.PASS),
    ],
)
def test_a_value_that_tells_nothing(value: Any, status: Status) -> None:
    made = deployed().outputs(s3_endpoint=value)
    (found,) = ask(made, dep001, outputs={"endpoint_id": "s3_endpoint"})
    assert found.status is status
    if status is Status.FAIL:
        said = f"Terraform output s3_endpoint for endpoint_id holds no value: {value!r}."
        seen = fact(made, "s3_endpoint").cite("Value")
        expected = dep001.META.failed(fact(made, "s3_endpoint"), said, seen, code="OUTPUT_EMPTY", scope="endpoint_id")
        assert found == expected


def test_a_sensitive_output_cannot_be_compared() -> None:
    made = deployed().item("TerraformOutputs", Name="name", Sensitive=True)
    said = "Terraform output name for function_name is sensitive, so its value is not kept: give an output that is not."
    expected = dep001.META.unknown(
        fact(made, "name"), said, fact(made, "name").cite("Sensitive"), code="OUTPUT_SENSITIVE", scope="function_name"
    )
    assert ask(made, dep001, outputs={"function_name": "name"}) == (expected,)


@pytest.mark.parametrize(
    ("read_by", "changed", "status"),
    [
        ("outputs file", "2026-11-21T11:00:01.000+0000", Status.UNKNOWN),
        ("outputs file", "2026-11-21T12:00:01.000+0100", Status.UNKNOWN),
        ("outputs file", "2026-11-21T11:00:00.000+0000", Status.PASS),
        ("outputs file", None, Status.PASS),
        ("state file", "2026-11-21T11:00:01.000+0000", Status.PASS),
        ("terraform", "2026-11-21T11:00:01.000+0000", Status.PASS),
    ],
)
def test_printed_outputs_that_are_older_than_the_function(read_by: str, changed: str | None, status: Status) -> None:
    made = deployed().outputs(name="worker")
    made.changed("TerraformStates", "network", lambda raw: raw.update(ReadBy=read_by))
    made.changed("Functions", "worker", lambda raw: raw.update(LastModified=changed))
    (found,) = ask(made, dep001, outputs={"function_name": "name"})
    assert found.status is status
    if status is Status.UNKNOWN:
        assert found.code == "STATE_IN_DOUBT"
        assert "(network was written at 2026-11-21 11:00:00 UTC and worker last modified at 2026" in found.message
        assert found.message.endswith("11:00:01 UTC; print the outputs again).")


def test_a_state_that_may_be_older() -> None:
    made = deployed().outputs(name="worker")
    gap = Gap(what="TerraformStates", reason="the state may be older: its backup has a higher serial")
    snapshot = replace(made.snapshot(), gaps=(gap,))
    settings = made.settings(deploy=Deploy(outputs={"function_name": "name"}))
    (found,) = dep001.check(View(snapshot), settings)
    assert (found.status, found.code) == (Status.UNKNOWN, "STATE_IN_DOUBT")
    assert found.message == (
        "Terraform output name for function_name has a value, but of a state that may not be the last one applied "
        "(the state may be older: its backup has a higher serial)."
    )


def test_a_state_that_was_not_read() -> None:
    made = deployed().outputs(name="worker").denied("TerraformOutputs")
    said = "worker: the state of Terraform, whose folder or file has to be given, could not be read."
    expected = dep001.META.unknown(made.view().function("worker"), said, code="NOT_READ")
    assert ask(made, dep001, outputs=ASKED) == (expected,)


def test_a_state_that_was_not_read_whole() -> None:
    made = deployed().outputs(name="worker").truncated("TerraformOutputs", "its format is of version 3")
    found = ask(made, dep001, outputs=ASKED)
    assert [(item.status, item.code) for item in found] == [(Status.UNKNOWN, "NOT_READ"), (Status.PASS, "OK")]
    assert found[0].message == (
        "Terraform output s3_endpoint for endpoint_id was not found; the state was not read whole "
        "(its format is of version 3)."
    )
