"""Fixes for NAT gateways: routes and entries are proven on a copy; what was counted in the past cannot be."""

from __future__ import annotations

from typing import Any

import pytest

from runbook_lib.engine import evaluate
from runbook_lib.model.finding import Fix
from runbook_lib.model.status import Status
from tests.builders import World, acl_entry, world
from tests.checks.path.flows import SSH, two_subnets
from tests.checks.worlds import half_attached, no_endpoint

TRIED = "Tried on a copy of the network:"


def fixes(made: World, check_id: str, **more: Any) -> tuple[Fix, ...]:
    """The fixes of the first failure of a check, with the whole NAT family asked again after each."""
    asked = made.settings(**{**SSH, **more})
    found = evaluate(made.snapshot(), asked, select=["nat", "path"]).findings
    return next(f for f in found if f.check_id == check_id and f.status is Status.FAIL).fixes


def proven(made: World, check_id: str, **more: Any) -> list[str]:
    return [fix.title for fix in fixes(made, check_id, **more) if fix.proven]


def misplaced() -> World:
    """The NAT gateway stands in a subnet that routes to it; a public subnet is there, and subnets a and b use it."""
    made = world().vpc().subnet("a").subnet("b").subnet("wrong").subnet("public").internet_gateway()
    made.table("public", subnets=["public"]).route("public", "0.0.0.0/0", "igw-main").nat(subnet="wrong").group()
    return made.route("main", "0.0.0.0/0", "nat-main").function(subnets=["a", "b"])


def test_a_nat_gateway_in_the_wrong_subnet_gets_the_public_table_or_a_successor() -> None:
    assert proven(misplaced(), "NAT003")[0] == "Associate subnet-wrong with rtb-public"


def test_a_broken_nat_gateway_is_left_for_another_one_in_every_table() -> None:
    made = two_subnets().changed("NatGateways", "nat-main", lambda raw: raw.update(State="failed"))
    titles = proven(made.nat("spare", subnet="public"), "NAT001")
    assert titles[-1] == (
        "Replace the route 0.0.0.0/0 to nat-spare in rtb-a; then replace the route 0.0.0.0/0 to nat-spare in rtb-b"
    )
    (last,) = [fix for fix in fixes(made, "NAT001") if fix.title == titles[-1]]
    assert last.reason == (
        f"{TRIED} nat-main is used no more, NAT001 passes for what takes its place and nothing else begins to fail."
    )


def test_one_table_alone_is_not_enough() -> None:
    made = two_subnets().changed("NatGateways", "nat-main", lambda raw: raw.update(State="failed"))
    made.acl("shut", subnets=["b"])
    listed = fixes(made.nat("spare", subnet="public"), "NAT001")
    assert listed
    assert not [fix.title for fix in listed if fix.proven and "rtb-b" not in fix.title]


def test_a_hole_in_its_acl_is_closed() -> None:
    hole = (acl_entry(90, cidr="10.0.0.0/16"), acl_entry(100, ports=(32768, 65535)), acl_entry(100, egress=True))
    titles = proven(two_subnets().acl("public", *hole, subnets=["public"]), "NAT004")
    assert titles
    assert all("in acl-public, ingress" in title for title in titles)


def without_route() -> World:
    """Subnet b has lost its route to the NAT gateway, which stands in zone a."""
    return two_subnets().changed("RouteTables", "rtb-b", lambda raw: raw["Routes"].pop())


def test_the_subnet_without_a_route_gets_one_to_the_nat_gateway_of_its_zone() -> None:
    made = without_route().subnet("public-b", az="b").table("public-b", subnets=["public-b"])
    made.route("public-b", "0.0.0.0/0", "igw-main").nat("b", subnet="public-b")
    assert proven(made, "NAT005") == ["Add a route 198.51.100.7/32 to nat-b in rtb-b"]


def test_a_route_to_another_zone_is_told_to_be_one() -> None:
    (narrow, _) = fixes(without_route(), "NAT005")
    assert (narrow.title, narrow.proven) == ("Add a route 198.51.100.7/32 to nat-main in rtb-b", False)
    assert "but then PTH009:subnet-b:sg-fn>198.51.100.7:tcp/22 does not" in narrow.reason


@pytest.mark.parametrize(
    ("made", "title"),
    [
        (no_endpoint(), "Create a gateway endpoint for s3 in vpc-main, for rtb-main"),
        (half_attached(), "Associate vpce-s3 with rtb-b"),
    ],
)
def test_an_endpoint_instead_of_the_nat_gateway_is_proven(made: World, title: str) -> None:
    assert proven(made, "NAT013", destinations=(), port=443) == [title]


@pytest.mark.parametrize(
    ("check_id", "counted"),
    [("NAT007", {"ErrorPortAllocation": 9.0}), ("NAT011", {"ActiveConnectionCount": 54_000.0})],
)
def test_what_takes_load_off_cannot_be_tried(check_id: str, counted: dict[str, float]) -> None:
    listed = fixes(no_endpoint().metrics(**counted), check_id, destinations=(), port=443)
    past = "Not tried: what was counted cannot be counted again on a copy of the network"
    assert [(fix.title, fix.proven, fix.reason) for fix in listed] == [
        (
            "Create a gateway endpoint for s3 in vpc-main, for rtb-main",
            False,
            f"{past}; traffic to s3 no longer passes nat-main afterwards.",
        ),
        ("Give nat-main another Elastic IP address: 55,000 more connections to each destination", False, f"{past}."),
    ]


def test_unmeasured_successors_do_not_make_a_fix_unproven() -> None:
    made = two_subnets().changed("RouteTables", "rtb-b", lambda raw: raw["Routes"].pop())
    made.changed("NatGateways", "nat-main", lambda raw: raw.update(State="failed"))
    assert proven(made.nat("spare", subnet="public"), "NAT001")
