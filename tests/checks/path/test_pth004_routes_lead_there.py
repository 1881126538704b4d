"""PTH004: do the routes lead there and back?"""

from __future__ import annotations

from typing import Any

import pytest

from runbook_lib.checks.path import pth004_routes_lead_there as check
from runbook_lib.checks.path.pth004_routes_lead_there import META
from runbook_lib.model.finding import Finding
from runbook_lib.model.status import Status
from tests.builders import World
from tests.checks.path.flows import BANK, SSH, ask, bare, one_subnet, peered, scope, tagged
from tests.checks.worlds import two_zones

WHERE = scope(BANK, "tcp/22")
LEDGER: dict[str, Any] = {"destinations": ("10.9.1.5",), "port": 5432}


def no_route(made: World, subnet_id: str, table_id: str) -> Finding:
    view = made.view()
    said = f"{subnet_id} to {BANK} (tcp 22): {table_id} has no route to {BANK}."
    seen = view.route_table_of(subnet_id).cite("Routes")
    return META.failed(view.subnet(subnet_id), said, seen, code="NO_ROUTE_TO_DESTINATION", scope=WHERE)


def routed(made: World, subnet_id: str) -> Finding:
    view = made.view()
    tables = (view.route_table_of(subnet_id), view.route_table_of("subnet-public"))
    names = ", ".join(table.label for table in tables)
    said = f"{subnet_id} to {BANK} (tcp 22) and its answer are routed by {names}."
    return META.passed(view.subnet(subnet_id), said, *(table.cite("Routes") for table in tables), scope=WHERE)


def test_the_way_through_a_nat_gateway_has_two_tables() -> None:
    made = tagged(one_subnet(), "RouteTables", "rtb-main", "private")
    (found,) = ask(made, check, **SSH)
    assert found == routed(made, "subnet-a")
    assert "rtb-main (private), rtb-public" in found.message


def test_there_is_no_route() -> None:
    made = bare()
    assert ask(made, check, **SSH) == (no_route(made, "subnet-a", "rtb-main"),)


def test_the_main_table_serves_the_subnet_that_has_none_of_its_own() -> None:
    made = two_zones().table("b", subnets=["b"]).function(subnets=["a", "b"])
    assert ask(made, check, **SSH) == (routed(made, "subnet-a"), no_route(made, "subnet-b", "rtb-b"))


@pytest.mark.parametrize(
    ("cidr", "status"),
    [("198.51.100.0/29", Status.PASS), ("198.51.100.0/30", Status.FAIL), ("198.51.100.7/32", Status.PASS)],
)
def test_the_route_just_covers_or_just_misses(cidr: str, status: Status) -> None:
    made = two_zones().table("own", subnets=["a"]).route("own", cidr, "nat-main").function(subnets=["a"])
    (found,) = ask(made, check, **SSH)
    assert found.status is status


def test_a_blackhole_that_is_longer_wins_and_drops() -> None:
    made = one_subnet().route("main", "198.51.100.0/24", "nat-gone", "blackhole")
    view = made.view()
    said = f"subnet-a to {BANK} (tcp 22): the winning route 198.51.100.0/24 -> nat-gone of rtb-main is a blackhole."
    seen = view.route_table_of("subnet-a").cite("Routes")
    failed = META.failed(view.subnet("subnet-a"), said, seen, code="BAD_STATE_ROUTE", scope=WHERE)
    assert ask(made, check, **SSH) == (failed,)


def test_the_peer_needs_a_route_back() -> None:
    (found,) = ask(peered(back=False), check, **LEDGER)
    assert (found.status, found.code) == (Status.FAIL, "NO_ROUTE_TO_DESTINATION")
    assert found.message.startswith("subnet-a to 10.9.1.5 (tcp 5432): rtb-ledger has no route to 10.0.0.")
    assert found.evidence == (peered(back=False).view().route_table_of("subnet-db").cite("Routes"),)
    (found,) = ask(peered(back=True), check, **LEDGER)
    assert found.status is Status.PASS
    assert found.message.endswith("and its answer are routed by rtb-main, rtb-ledger.")


def test_a_peering_connection_that_is_not_active_leads_nowhere() -> None:
    made = peered(back=True, status="pending-acceptance")
    (found,) = ask(made, check, **LEDGER)
    assert (found.status, found.code) == (Status.FAIL, "BAD_STATE")
    assert "pcx-ledger is pending-acceptance" in found.message
    assert [item.value for item in found.evidence] == [{"Code": "pending-acceptance"}]


def test_inside_one_subnet_no_route_is_asked() -> None:
    made = bare().interface_endpoint("sqs", groups=["fn"])
    said = "subnet-a to sqs (tcp 443) meets no route table."
    found = ask(made, check, "sqs")
    assert found == (META.not_applicable(made.view().subnet("subnet-a"), said, scope=scope("sqs")),)


def test_the_tables_were_not_read() -> None:
    made = one_subnet().denied("RouteTables")
    said = f"subnet-a to {BANK} (tcp 22) cannot be decided from the facts; allow ec2:DescribeRouteTables and run again."
    unknown = META.unknown(made.view().subnet("subnet-a"), said, code="NOT_READ", scope=WHERE)
    assert ask(made, check, **SSH) == (unknown,)


def test_a_target_without_security_groups() -> None:
    (found,) = ask(two_zones(), check)
    assert found.status is Status.NOT_APPLICABLE
