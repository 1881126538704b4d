"""PTH006: does the NAT gateway on the way take the flow and send it on?"""

from __future__ import annotations

import pytest

from runbook_lib.checks.path import pth006_nat_forwards as check
from runbook_lib.checks.path.pth006_nat_forwards import META
from runbook_lib.model.status import Status
from tests.builders import World, acl_entry, world
from tests.checks.path.flows import BANK, SSH, ask, bare, one_subnet, scope, tagged, two_subnets
from tests.checks.worlds import two_zones

WHERE = scope(BANK, "tcp/22")


def in_state(made: World, state: str) -> World:
    return made.changed("NatGateways", "nat-main", lambda raw: raw.update(State=state))


def test_it_forwards() -> None:
    made = tagged(one_subnet(), "NatGateways", "nat-main", "shared")
    view = made.view()
    said = f"subnet-a to {BANK} (tcp 22) is forwarded by nat-main (shared)."
    seen = view.nat_gateway("nat-main").cite("State")
    assert ask(made, check, **SSH) == (META.passed(view.subnet("subnet-a"), said, seen, scope=WHERE),)


@pytest.mark.parametrize("state", ["pending", "failed", "deleting", "deleted"])
def test_it_is_not_available(state: str) -> None:
    made = in_state(one_subnet(), state)
    view = made.view()
    said = f"subnet-a to {BANK} (tcp 22): nat-main is {state}."
    seen = view.nat_gateway("nat-main").cite("State")
    failed = META.failed(view.subnet("subnet-a"), said, seen, code="BAD_STATE", scope=WHERE)
    assert ask(made, check, **SSH) == (failed,)


def test_it_stands_in_a_subnet_that_routes_back_to_it() -> None:
    made = world().vpc().subnet("a").subnet("wrong").internet_gateway().nat(subnet="wrong").group()
    made.route("main", "0.0.0.0/0", "nat-main").function(subnets=["a"])
    view = made.view()
    said = f"subnet-a to {BANK} (tcp 22): the route table of nat-main's own subnet sends traffic back to it."
    seen = view.nat_gateway("nat-main").cite("State")
    failed = META.failed(view.subnet("subnet-a"), said, seen, code="CANNOT_ROUTE", scope=WHERE)
    assert ask(made, check, **SSH) == (failed,)


@pytest.mark.parametrize(
    ("protocol", "status"),
    [("tcp", Status.PASS), ("udp", Status.PASS), ("icmp", Status.PASS), ("6", Status.PASS), ("47", Status.FAIL)],
)
def test_it_carries_three_protocols(protocol: str, status: Status) -> None:
    (found,) = ask(one_subnet(), check, destinations=(BANK,), protocol=protocol)
    assert found.status is status
    assert found.code == ("OK" if status is Status.PASS else "PROTOCOL_RESTRICTION")


def test_what_its_subnet_filters_is_no_fault_of_its_own() -> None:
    made = one_subnet().acl("public", acl_entry(100), subnets=["public"])
    (found,) = ask(made, check, **SSH)
    assert found.status is Status.PASS


def test_each_subnet_is_told() -> None:
    made = in_state(two_subnets().nat("b", subnet="public"), "failed")
    made.changed("RouteTables", "rtb-b", lambda raw: raw["Routes"].pop()).route("b", "0.0.0.0/0", "nat-b")
    found = ask(made, check, **SSH)
    assert [(f.resource.id, f.status) for f in found] == [("subnet-a", Status.FAIL), ("subnet-b", Status.PASS)]


def test_no_nat_gateway_is_on_the_way() -> None:
    made = bare().gateway_endpoint("s3", tables=["main"])
    said = "subnet-a to s3 (tcp 443) meets no NAT gateway."
    assert ask(made, check) == (META.not_applicable(made.view().subnet("subnet-a"), said, scope=scope()),)


@pytest.mark.parametrize(
    ("key", "action"), [("NatGateways", "ec2:DescribeNatGateways"), ("RouteTables", "ec2:DescribeRouteTables")]
)
def test_what_was_not_read(key: str, action: str) -> None:
    made = one_subnet().denied(key)
    said = f"subnet-a to {BANK} (tcp 22) cannot be decided from the facts; allow {action} and run again."
    assert ask(made, check, **SSH) == (
        META.unknown(made.view().subnet("subnet-a"), said, code="NOT_READ", scope=WHERE),
    )


def test_a_target_without_security_groups() -> None:
    (found,) = ask(two_zones(), check)
    assert found.status is Status.NOT_APPLICABLE
