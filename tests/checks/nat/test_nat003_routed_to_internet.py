"""NAT003: does the NAT gateway's own route table lead on?"""

from __future__ import annotations

from runbook_lib.checks.nat import nat003_routed_to_internet as check
from runbook_lib.checks.nat.nat003_routed_to_internet import META
from runbook_lib.model.status import Status
from runbook_lib.model.vpc import RouteTable
from tests.builders import World, world
from tests.checks.nat.gateways import ask, nat_of, regional
from tests.checks.path.flows import BANK, bare, one_subnet, two_subnets
from tests.checks.worlds import gateway


def table(made: World, name: str) -> RouteTable:
    return made.view().get(RouteTable, f"rtb-{name}")


def test_it_is_routed_on() -> None:
    made = one_subnet()
    said = "nat-main is routed on to igw-main by rtb-public."
    assert ask(made, check) == (META.passed(nat_of(made), said, table(made, "public").cite("Routes")),)


def test_a_regional_one_has_a_table_of_its_own() -> None:
    made = regional("a", "b")
    said = "nat-main is routed on to igw-main by rtb-regional."
    assert ask(made, check) == (META.passed(nat_of(made), said, table(made, "regional").cite("Routes")),)


def test_it_is_routed_back_to_itself() -> None:
    made = world().vpc().subnet("a").subnet("wrong").internet_gateway().nat(subnet="wrong").group()
    made.route("main", "0.0.0.0/0", "nat-main").function(subnets=["a"])
    nat = nat_of(made)
    said = (
        f"subnet-a to {BANK} (tcp 22) by nat-main: the route table of nat-main's own subnet sends traffic back to it."
    )
    (found,) = ask(made, check)
    assert found == META.failed(nat, said, nat.cite("State"), code="CANNOT_ROUTE")
    assert found.blames == ("CANNOT_ROUTE nat-main",)


def test_its_table_has_no_way_on() -> None:
    made = two_subnets().changed("RouteTables", "rtb-public", lambda raw: raw["Routes"].pop())
    (found,) = ask(made, check)
    assert (found.status, found.code, found.resource.id) == (Status.FAIL, "NO_ROUTE_TO_DESTINATION", "nat-main")
    assert found.blames == ("NO_ROUTE_TO_DESTINATION rtb-public",)


def test_the_internet_gateway_is_detached() -> None:
    made = one_subnet().changed("InternetGateways", "igw-main", lambda raw: raw.update(Attachments=[]))
    (found,) = ask(made, check)
    assert (found.status, found.code) == (Status.FAIL, "BAD_STATE_ATTACHMENT")


def test_what_stops_packets_before_it_is_no_fault_of_its_own() -> None:
    made = one_subnet().changed("SecurityGroups", "sg-fn", lambda raw: raw.update(IpPermissionsEgress=[]))
    (found,) = ask(made, check)
    assert found.status is Status.PASS


def test_nothing_passes_it() -> None:
    assert [f.status for f in gateway().ask(check)] == [Status.NOT_APPLICABLE]
    assert [f.status for f in bare().ask(check)] == [Status.NOT_APPLICABLE]


def test_the_tables_were_not_read() -> None:
    (found,) = ask(one_subnet().denied("RouteTables"), check)
    assert found.status is Status.UNKNOWN
    assert "allow ec2:DescribeRouteTables" in found.message
