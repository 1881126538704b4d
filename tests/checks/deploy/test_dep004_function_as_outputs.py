"""DEP004: is the function the one that Terraform deployed, and as it deployed it?"""

from __future__ import annotations

from typing import Any

import pytest

from runbook_lib.checks.deploy import dep004_function_as_outputs as dep004
from runbook_lib.model.actions import TerraformOutput
from runbook_lib.model.finding import Evidence, Finding
from runbook_lib.model.status import Status
from tests.builders import World
from tests.checks.deploy.cases import ARN, ask, deployed, told
from tests.deployments import request_id

ALL = {"function_name": "name", "function_arn": "arn", "subnet_ids": "subnets", "security_group_ids": "groups"}
SAME: dict[str, Any] = {"name": "worker", "arn": ARN, "subnets": ["subnet-b", "subnet-a"], "groups": ["sg-fn"]}


def seen(made: World, name: str, *path: str) -> tuple[Evidence, Evidence]:
    named = next(item for item in made.snapshot().all(TerraformOutput) if item.id == name)
    return made.view().function("worker").cite(*path), named.cite("Value")


def passed(made: World, role: str, value: str, *path: str) -> Finding:
    said = f"worker has the {role.replace('_', ' ')} {value}, as the Terraform output {ALL[role]} says."
    return dep004.META.passed(made.view().function("worker"), said, *seen(made, ALL[role], *path), scope=role)


def test_the_function_is_as_terraform_made_it() -> None:
    made = deployed().outputs(**SAME)
    assert ask(made, dep004, outputs=ALL) == (
        passed(made, "function_name", "worker", "FunctionName"),
        passed(made, "function_arn", ARN, "FunctionArn"),
        passed(made, "subnet_ids", "subnet-a, subnet-b", "VpcConfig", "SubnetIds"),
        passed(made, "security_group_ids", "sg-fn", "VpcConfig", "SecurityGroupIds"),
    )


def test_a_subnet_that_was_changed_by_hand() -> None:
    made = deployed().outputs(subnets=["subnet-a", "subnet-c"], name="worker")
    said = (
        "worker and the Terraform output subnets differ in subnet ids: only the function has subnet-b, only the "
        "output has subnet-c."
    )
    differs = dep004.META.failed(
        made.view().function("worker"),
        said,
        *seen(made, "subnets", "VpcConfig", "SubnetIds"),
        code="CONFIGURATION_DIFFERS",
        scope="subnet_ids",
    )
    found = ask(made, dep004, outputs={"subnet_ids": "subnets", "function_name": "name"})
    assert (found[0].status, found[1]) == (Status.PASS, differs)


@pytest.mark.parametrize(
    ("role", "value", "status"),
    [
        ("function_name", "Worker", Status.FAIL),
        ("function_arn", f"{ARN}:live", Status.PASS),
        ("function_arn", f"{ARN}:$LATEST", Status.PASS),
        ("function_arn", f"{ARN}2", Status.FAIL),
        ("function_arn", ARN.replace("111122223333", "444455556666"), Status.FAIL),
        ("subnet_ids", ["subnet-a"], Status.FAIL),
        ("subnet_ids", {"one": "subnet-a", "two": "subnet-b"}, Status.PASS),
        ("security_group_ids", "sg-fn", Status.PASS),
        ("security_group_ids", ["sg-fn", "sg-more"], Status.FAIL),
        ("security_group_ids", 7, Status.UNKNOWN),
        ("security_group_ids", None, Status.UNKNOWN),
    ],
)
def test_every_output(role: str, value: Any, status: Status) -> None:
    (found,) = ask(deployed().outputs(it=value), dep004, outputs={role: "it"})
    assert found.status is status


def test_what_was_not_read() -> None:
    unread = ask(deployed().outputs(**SAME).denied("TerraformOutputs"), dep004, outputs=ALL)
    assert told(unread) == [(Status.UNKNOWN, "NOT_READ")] * 4
    (found,) = ask(deployed().outputs(**SAME).denied("Functions"), dep004, outputs=ALL)
    assert found.message == "worker: function worker could not be read; allow lambda:ListFunctions and run again."
    made = deployed().outputs(arn=ARN).changed("Functions", "worker", lambda raw: raw.pop("FunctionArn"))
    (found,) = ask(made, dep004, outputs={"function_arn": "arn"})
    assert found.message == (
        "worker: the function arn of worker could not be read; allow lambda:ListFunctions and run again."
    )


def test_nothing_is_asked_about_the_function() -> None:
    made = deployed()
    said = "No Terraform output is asked for that tells how worker is made."
    expected = (dep004.META.not_applicable(made.view().function("worker"), said),)
    assert ask(made, dep004) == ask(made, dep004, outputs={"endpoint_id": "id"}) == expected


def answered(made: World, **versions: str) -> World:
    for id_, version in versions.items():
        made.changed("InvokeResults", id_.replace("_", "-"), lambda raw, told=version: raw.update(ExecutedVersion=told))
    return made


@pytest.mark.parametrize(
    ("told_by_output", "smoke", "burst", "status", "code"),
    [
        ("7", "7", "7", Status.PASS, "OK"),
        ("7", "7", "6", Status.FAIL, "VERSION_DIFFERS"),
        ("7", "6", "6", Status.FAIL, "VERSION_DIFFERS"),
        ("7", "$LATEST", "$LATEST", Status.UNKNOWN, "VERSION_NOT_INVOKED"),
        ("7", "$LATEST", "6", Status.FAIL, "VERSION_DIFFERS"),
        ("$LATEST", "$LATEST", "$LATEST", Status.PASS, "OK"),
    ],
)
def test_the_version_that_answered(told_by_output: str, smoke: str, burst: str, status: Status, code: str) -> None:
    made = deployed().outputs(version=told_by_output).sent("smoke", "ok").sent("burst", "ok")
    made = answered(made, smoke_0001=smoke, burst_0001=burst)
    assert told(ask(made, dep004, outputs={"function_version": "version"})) == [(status, code)]


def test_a_request_of_another_version_is_named() -> None:
    made = answered(deployed().outputs(version="7").sent("burst", "ok", "ok"), burst_0001="7", burst_0002="6")
    (found,) = ask(made, dep004, outputs={"function_version": "version"})
    assert found.message == (
        "worker: requests were answered by version 6, 7, and the Terraform output version says 7: the others ran "
        f"another version ({request_id('burst', 2)})."
    )
    assert found.evidence[0].value == {"6": [request_id("burst", 2)], "7": [request_id("burst", 1)]}


def test_without_requests_no_version_is_known() -> None:
    made = deployed().outputs(version="7")
    assert told(ask(made, dep004, outputs={"function_version": "version"})) == [(Status.UNKNOWN, "VERSION_NOT_TOLD")]
    other = answered(made.sent("smoke", "ok", name="other"), smoke_0001="7")
    assert told(ask(other, dep004, outputs={"function_version": "version"})) == [(Status.UNKNOWN, "VERSION_NOT_TOLD")]
