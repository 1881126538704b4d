"""NAT005: does every subnet have a route to a NAT gateway?"""

from __future__ import annotations

from typing import Any

from runbook_lib.checks.nat import nat005_subnets_routed as check
from runbook_lib.checks.nat.nat005_subnets_routed import META
from runbook_lib.model.status import Status
from tests.builders import World
from tests.checks.nat.gateways import ask, regional
from tests.checks.path.flows import BANK, bare, one_subnet, peered, scope, two_subnets
from tests.checks.worlds import gateway

WHERE = scope(BANK, "tcp/22")


def lost(made: World, table: str = "b") -> World:
    return made.changed("RouteTables", f"rtb-{table}", lambda raw: raw["Routes"].pop())


def test_one_subnet_of_two_has_no_route() -> None:
    made = lost(two_subnets())
    view = made.view()
    a, b = view.subnet("subnet-a"), view.subnet("subnet-b")
    has = f"subnet-a to {BANK} (tcp 22) passes nat-main."
    has_not = f"subnet-b to {BANK} (tcp 22) has no NAT gateway: rtb-b has no route to {BANK}."
    seen = view.route_table_of("subnet-a").cite("Routes"), view.route_table_of("subnet-b").cite("Routes")
    found = ask(made, check)
    assert found == (
        META.passed(a, has, seen[0], scope=WHERE),
        META.failed(b, has_not, seen[1], code="NO_ROUTE_TO_DESTINATION", scope=WHERE),
    )
    assert found[1].blames == ("NO_ROUTE_TO_DESTINATION rtb-b",)


def test_a_blackhole_and_an_internet_gateway_are_no_nat_gateway() -> None:
    made = lost(two_subnets()).route("b", "0.0.0.0/0", "nat-gone", "blackhole")
    lost(made, "a").route("a", "0.0.0.0/0", "igw-main")
    codes = [(f.status, f.code) for f in ask(made, check)]
    assert codes == [(Status.FAIL, "IGW_PUBLIC_IP_ASSOCIATION_FOR_EGRESS"), (Status.FAIL, "BAD_STATE_ROUTE")]


def test_a_regional_one_serves_only_the_zones_it_has_when_it_adds_none() -> None:
    made = regional("a").changed("NatGateways", "nat-main", lambda raw: raw.update(AutoProvisionZones="disabled"))
    found = ask(made, check)
    assert [(f.resource.id, f.status) for f in found] == [("subnet-a", Status.PASS), ("subnet-b", Status.FAIL)]
    assert found[1].code == "REGIONAL_NGW_ROUTE_AZ_RESTRICTION"


def test_s3_needs_none_unless_another_subnet_passes_one() -> None:
    made = gateway()
    assert [f.status for f in made.ask(check)] == [Status.NOT_APPLICABLE, Status.NOT_APPLICABLE]
    assert [f.status for f in bare().ask(check)] == [Status.NOT_APPLICABLE]
    mixed = lost(two_subnets()).ask(check)
    assert [(f.resource.id, f.status) for f in mixed] == [("subnet-a", Status.PASS), ("subnet-b", Status.FAIL)]


def test_private_destinations_need_none() -> None:
    database: dict[str, Any] = {"destinations": ("10.9.1.5",), "port": 5432}
    found = peered(back=True).ask(check, **database)
    assert [f.status for f in found] == [Status.NOT_APPLICABLE]
    unrouted = bare().ask(check, destinations=("10.9.1.5",))
    assert [f.status for f in unrouted] == [Status.NOT_APPLICABLE]


def test_what_lies_behind_the_nat_gateway_is_no_fault_of_the_subnet() -> None:
    made = one_subnet().changed("NatGateways", "nat-main", lambda raw: raw.update(State="failed"))
    assert [f.status for f in ask(made, check)] == [Status.PASS]


def test_the_tables_were_not_read() -> None:
    (found,) = ask(one_subnet().denied("RouteTables"), check)
    assert (found.status, found.scope) == (Status.UNKNOWN, WHERE)
    assert "allow ec2:DescribeRouteTables" in found.message
