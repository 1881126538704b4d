"""END002: is every endpoint available?"""

from __future__ import annotations

import pytest

from runbook_lib.checks.endpoints.end002_state_available import META, check
from runbook_lib.model.finding import Finding
from runbook_lib.model.status import Severity, Status
from tests.builders import World
from tests.checks.worlds import two_zones


def ask(made: World, *services: str) -> tuple[Finding, ...]:
    return tuple(check(made.view(), made.settings(*services)))


def base(state: str) -> World:
    return two_zones().function(subnets=["a", "b"]).gateway_endpoint("s3", tables=["main"], State=state)


@pytest.mark.parametrize("state", ["available", "Available", "AVAILABLE"])
def test_available_passes_in_any_case(state: str) -> None:
    made = base(state)
    endpoint = made.view().endpoint("vpce-s3")
    assert ask(made) == (META.passed(endpoint, "vpce-s3 for s3 is available.", endpoint.cite("State")),)


@pytest.mark.parametrize(
    ("state", "why"),
    [
        ("pending", "AWS is still creating it, and it carries no traffic yet"),
        ("PendingAcceptance", "the owner of the service has not accepted it yet"),
        ("pending-acceptance", "the owner of the service has not accepted it yet"),
        ("rejected", "the owner of the service rejected it"),
        ("expired", "the owner of the service did not accept it in time"),
        ("Failed", "AWS could not create it, and it must be made anew"),
        ("deleting", "it is being deleted"),
        ("Deleted", "it was deleted"),
    ],
)
def test_every_other_state_fails_and_is_explained(state: str, why: str) -> None:
    made = base(state)
    endpoint = made.view().endpoint("vpce-s3")
    said = f"vpce-s3 for s3 is {state.lower()}: {why}."
    assert ask(made) == (META.failed(endpoint, said, endpoint.cite("State"), code="BAD_STATE"),)


@pytest.mark.parametrize("state", ["partial", "melting", ""])
def test_states_that_say_too_little_are_unknown(state: str) -> None:
    (finding,) = ask(base(state))
    assert (finding.status, finding.code) == (Status.UNKNOWN, "BAD_STATE")


def test_a_deleted_one_beside_a_living_one_is_not_judged() -> None:
    made = base("available").gateway_endpoint("s3", name="old", State="deleted")
    assert [f.resource.id for f in ask(made)] == ["vpce-s3"]


def test_interface_endpoints_are_judged_and_weigh_little_when_not_asked_for() -> None:
    made = base("available").group("endpoint").interface_endpoint("ssm", State="failed")
    found = {f.resource.id: (f.status, f.severity) for f in ask(made)}
    assert found == {"vpce-s3": (Status.PASS, Severity.HIGH), "vpce-ssm": (Status.FAIL, Severity.LOW)}
    asked = {f.resource.id: (f.status, f.severity) for f in ask(made, "s3", "ssm")}
    assert asked["vpce-ssm"] == (Status.FAIL, Severity.HIGH)


def test_nothing_to_judge() -> None:
    made = two_zones().function(subnets=["a"])
    said = "worker has no gateway or interface endpoint to judge; END001 says whether it needs one."
    assert ask(made) == (META.not_applicable(made.target().ref, said),)


def test_unread_endpoints_are_unknown() -> None:
    (finding,) = ask(base("available").denied("VpcEndpoints"))
    assert (finding.resource.id, finding.status) == ("vpc-main", Status.UNKNOWN)
    assert "ec2:DescribeVpcEndpoints" in finding.message
