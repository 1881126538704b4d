"""Which checks of a function's configuration wait until they are selected."""

import pytest

from runbook_lib.checks.base import Meta
from runbook_lib.facade.judging import keys_needed
from runbook_lib.facade.passive import is_passive, why_held_back
from runbook_lib.model.finding import ResourceRef
from runbook_lib.model.status import Severity
from runbook_lib.model.target import Target

FIXED = ("FunctionPolicies", "FunctionConcurrencies", "AccountLimit", "FunctionConfigurations")
FOLLOWED = ("RolePolicies", "Queues", "RestApis", "DBInstances", "Events", "Quotas")


def target(kind: str, **told: tuple[str, ...]) -> Target:
    ref = ResourceRef(type="AWS::Lambda::Function", id="worker")
    return Target(kind=kind, name="worker", ref=ref, placements=(), **told)


def meta(*needs: str, family: str = "function") -> Meta:
    return Meta(
        id="FUN999", title="t", severity=Severity.LOW, family=family, applies_to="AWS::Lambda::Function", needs=needs
    )


def test_what_costs_a_fixed_number_of_calls_runs() -> None:
    made = meta("Functions", *FIXED)
    assert is_passive(made)
    assert why_held_back(made, target("function"), {"Functions", *FIXED}) == ""


@pytest.mark.parametrize("key", FOLLOWED)
def test_what_follows_connections_waits(key: str) -> None:
    made = meta("FunctionConfigurations", key)
    assert not is_passive(made)
    assert "more about the function" in why_held_back(made, target("function"), {"FunctionConfigurations", key})


@pytest.mark.parametrize("kind", ["all", "vpc", "placement"])
@pytest.mark.parametrize("key", [*FIXED, *FOLLOWED])
def test_only_one_function_is_asked_about(kind: str, key: str) -> None:
    assert why_held_back(meta(key), target(kind), {key}) == "reads what AWS tells of one function; pick a function"
    assert why_held_back(meta("Functions", "Subnets"), target(kind), {"Functions"}) == ""


def test_facts_that_hold_no_details_leave_nothing_to_say() -> None:
    assert "was not collected" in why_held_back(
        meta("FunctionPolicies"), target("function"), {"FunctionConfigurations"}
    )


def test_a_function_in_no_vpc_is_not_passed_for_its_configuration() -> None:
    outside = target("function", outside_vpc=("worker",))
    assert "the function is in no VPC" in why_held_back(meta(*FIXED), outside, {*FIXED})


@pytest.mark.parametrize("kind", ["all", "vpc", "function"])
def test_other_families_are_left_alone(kind: str) -> None:
    made = meta("FunctionConfigurations", "Events", family="logs")
    assert is_passive(made)
    assert why_held_back(made, target(kind), ()) == ""


@pytest.mark.parametrize("select", [(), ("",), (" ",)])
def test_without_a_selection_no_log_role_or_database_is_read(select: tuple[str, ...]) -> None:
    assert not keys_needed(select) & set(FOLLOWED)
    assert "FunctionConfigurations" in keys_needed(["deploy"])
