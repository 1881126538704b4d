"""NAT001: is the NAT gateway there, and available?"""

from __future__ import annotations

from dataclasses import replace

import pytest

from runbook_lib.checks.nat import nat001_available as check
from runbook_lib.checks.nat.nat001_available import META
from runbook_lib.model.finding import ResourceRef
from runbook_lib.model.status import Severity, Status
from tests.builders import World
from tests.checks.nat.gateways import ask, nat_of
from tests.checks.path.flows import bare, one_subnet, tagged, two_subnets
from tests.checks.worlds import gateway, two_zones


def test_it_is_available() -> None:
    made = tagged(one_subnet(), "NatGateways", "nat-main", "shared")
    nat = nat_of(made)
    assert ask(made, check) == (META.passed(nat, "nat-main (shared) is available with 192.0.2.10.", nat.cite("State")),)


@pytest.mark.parametrize("state", ["pending", "failed", "deleting", "deleted"])
def test_it_is_not(state: str) -> None:
    made = two_subnets().changed("NatGateways", "nat-main", lambda raw: raw.update(State=state))
    nat = nat_of(made)
    assert ask(made, check) == (
        META.failed(nat, f"nat-main is {state}: it carries nothing.", nat.cite("State"), code="BAD_STATE"),
    )


def test_a_failed_one_says_why() -> None:
    why = {"FailureCode": "Gateway.NotAttached", "FailureMessage": "Network has no Internet gateway attached"}
    made = one_subnet().changed("NatGateways", "nat-main", lambda raw: raw.update(State="failed", **why))
    nat = nat_of(made)
    said = "nat-main is failed (Gateway.NotAttached: Network has no Internet gateway attached): it carries nothing."
    seen = (nat.cite("State"), nat.cite("FailureMessage"))
    assert ask(made, check) == (META.failed(nat, said, *seen, code="BAD_STATE"),)


def blackholes(made: World) -> World:
    for table in ("a", "b"):
        made.changed("RouteTables", f"rtb-{table}", lambda raw: raw["Routes"].pop())
        made.route(table, "0.0.0.0/0", "nat-gone", "blackhole")
    return made


def test_it_is_gone_and_its_routes_are_blackholes() -> None:
    made = blackholes(two_subnets())
    view = made.view()
    seen = [view.get(type(view.route_table_of("subnet-a")), f"rtb-{name}").cite("Routes", 1) for name in "ab"]
    said = "nat-gone is gone, and the routes to it in rtb-a and rtb-b are blackholes."
    about = ResourceRef(type="AWS::EC2::NatGateway", id="nat-gone")
    (found,) = ask(made, check)
    assert found == META.failed(about, said, *seen, code="BAD_STATE_ROUTE")
    assert found.blames == ("BAD_STATE_ROUTE rtb-a", "BAD_STATE_ROUTE rtb-b")


def test_one_that_is_not_listed_may_belong_to_another_account() -> None:
    made = two_subnets().changed("RouteTables", "rtb-a", lambda raw: raw["Routes"].pop())
    made.route("a", "0.0.0.0/0", "nat-foreign").changed("RouteTables", "rtb-b", lambda raw: raw["Routes"].pop())
    (found,) = ask(made.route("b", "0.0.0.0/0", "nat-foreign"), check)
    assert (found.status, found.resource.id) == (Status.UNKNOWN, "nat-foreign")


def test_one_of_two_subnets_lost_its_gateway() -> None:
    made = two_subnets().changed("RouteTables", "rtb-b", lambda raw: raw["Routes"].pop())
    found = ask(made.route("b", "0.0.0.0/0", "nat-gone", "blackhole"), check)
    assert [(f.resource.id, f.status) for f in found] == [("nat-gone", Status.FAIL), ("nat-main", Status.PASS)]


def test_one_that_carries_nothing_asked_about_weighs_little() -> None:
    made = gateway().changed("NatGateways", "nat-main", lambda raw: raw.update(State="failed"))
    nat = nat_of(made)
    failed = META.failed(nat, "nat-main is failed: it carries nothing.", nat.cite("State"), code="BAD_STATE")
    assert made.ask(check) == (replace(failed, severity=Severity.LOW),)


def test_subnets_without_security_groups_are_judged_by_their_default_route() -> None:
    (found,) = two_zones().ask(check)
    assert (found.resource.id, found.status, found.severity) == ("nat-main", Status.PASS, Severity.HIGH)


def test_no_nat_gateway_is_used() -> None:
    made = bare()
    about = made.settings().target.ref
    assert made.ask(check) == (META.not_applicable(about, "worker uses no NAT gateway."),)


def test_what_was_not_read() -> None:
    made = one_subnet().denied("NatGateways")
    said = "nat-main: NAT gateway nat-main could not be read; allow ec2:DescribeNatGateways and run again."
    about = ResourceRef(type="AWS::EC2::NatGateway", id="nat-main")
    assert ask(made, check) == (META.unknown(about, said, code="NOT_READ"),)
    (found,) = ask(two_subnets().denied("RouteTables"), check)
    assert (found.status, found.resource.id) == (Status.UNKNOWN, "worker")
    assert "allow ec2:DescribeRouteTables" in found.message
