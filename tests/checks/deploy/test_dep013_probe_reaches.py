"""DEP013: does a probe come through from every subnet?"""

from __future__ import annotations

from dataclasses import replace

from runbook_lib.checks.deploy import dep013_probe_reaches as dep013
from runbook_lib.model.actions import ProbeResult
from runbook_lib.model.deploy import Deploy
from runbook_lib.model.finding import Finding
from runbook_lib.model.snapshot import Gap
from runbook_lib.model.status import Severity, Status
from runbook_lib.network.view import View
from tests.builders import World
from tests.checks.deploy.cases import ask, deployed, told


def result(made: World, number: int) -> ProbeResult:
    return made.snapshot().all(ProbeResult)[number - 1]


def passed(made: World, subnet: str, number: int) -> Finding:
    said = f"From {subnet} the probe reached s3 (1 address, 10 ms at most)."
    seen = result(made, number).cite("Stages")
    return dep013.META.passed(made.view().subnet(subnet), said, seen, scope="s3")


def test_every_subnet_comes_through() -> None:
    made = deployed().probed("a", "s3", address="3.5.146.1").probed("b", "s3", address="3.5.146.1")
    expected = (passed(made, "subnet-a", 1), passed(made, "subnet-b", 2))
    assert ask(made, dep013, probed=("s3",)) == ask(made, dep013) == expected
    assert dep013.META.severity is Severity.HIGH


def test_one_address_from_one_subnet_does_not_answer() -> None:
    made = deployed().probed("a", "s3", address="3.5.146.1").probed("b", "s3", address="3.5.146.1")
    made.probed("b", "s3", address="3.5.146.9", error="timeout: no answer in 5 s.\n")
    said = "From subnet-b the probe did not reach s3 (3.5.146.9) for 1 of 2 addresses: timeout: no answer in 5 s."
    failed = dep013.META.failed(
        made.view().subnet("subnet-b"), said, result(made, 3).cite("Error"), code="PROBE_FAILED", scope="s3"
    )
    assert ask(made, dep013, probed=("s3",)) == (passed(made, "subnet-a", 1), failed)


def test_a_name_that_does_not_resolve() -> None:
    (found, _) = ask(deployed().probed("a", "db.example", error="dns: no such name"), dep013)
    assert found.message == "From subnet-a the probe did not reach db.example: dns: no such name."


def test_a_subnet_or_destination_without_result() -> None:
    made = deployed().probed("a", "s3", address="3.5.146.1")
    said = "subnet-b: what a probe sees of s3 could not be read; allow lambda:InvokeFunction and run again."
    unknown = dep013.META.unknown(made.view().subnet("subnet-b"), said, code="NOT_READ", scope="s3")
    assert ask(made, dep013, probed=("s3",)) == (passed(made, "subnet-a", 1), unknown)
    found = ask(made, dep013, probed=("s3", "sqs"))
    assert [(item.resource.id, item.scope, item.status) for item in found] == [
        ("subnet-a", "s3", Status.PASS),
        ("subnet-a", "sqs", Status.UNKNOWN),
        ("subnet-b", "s3", Status.UNKNOWN),
        ("subnet-b", "sqs", Status.UNKNOWN),
    ]


def test_a_record_that_is_not_whole_never_passes() -> None:
    made = deployed().probed("a", "s3").probed("b", "s3").item("ProbeResults", Number="probe-003")
    assert told(ask(made, dep013)) == [(Status.UNKNOWN, "NOT_READ")] * 2


def test_a_probe_that_was_refused_says_why() -> None:
    made = deployed().denied("ProbeResults")
    snapshot = replace(made.snapshot(), gaps=(Gap(what="ProbeResults", reason="nobody consented"),))
    found = tuple(dep013.check(View(snapshot), made.settings(deploy=Deploy(probed=("s3",)))))
    assert told(found) == [(Status.UNKNOWN, "NOT_READ")] * 2
    assert found[0].message == (
        "subnet-a: what a probe sees of s3 (nobody consented) could not be read; allow lambda:InvokeFunction and run "
        "again."
    )


def test_no_probe_is_asked_for() -> None:
    made = deployed().denied("ProbeResults")
    said = "No probe is asked for beside worker."
    assert ask(made, dep013) == (dep013.META.not_applicable(made.view().function("worker"), said),)
