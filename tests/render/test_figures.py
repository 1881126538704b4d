"""The route map and the legs behind it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from runbook_lib.model.target import Placement, Target
from runbook_lib.network.view import View
from runbook_lib.render.figures import route_map
from runbook_lib.render.route_story import Exit, State, route_legs
from tests.render import samples

NAT = {"DestinationCidrBlock": "0.0.0.0/0", "NatGatewayId": "nat-0cafe1234cafe1234"}
S3 = {"DestinationPrefixListId": "pl-6fa54006", "GatewayId": "vpce-1"}
ENDPOINT = {
    "VpcEndpointId": "vpce-1",
    "VpcId": samples.VPC,
    "VpcEndpointType": "Gateway",
    "ServiceName": f"com.amazonaws.{samples.REGION}.s3",
    "State": "available",
    "Tags": samples.tag("s3"),
}
NAT_EXIT = Exit("NAT gateway", "nat-0cafe1234cafe1234", "shared-nat", State.SHARED)


def world(routes: list[dict[str, Any]], *without: str, endpoint: dict[str, Any] | None = None) -> View:
    """The sample network with one main route table that holds these routes; some keys not read."""
    table = {"RouteTableId": "rtb-1", "VpcId": samples.VPC, "Associations": [{"Main": True}], "Routes": routes}
    raw = samples.RAW | {"RouteTables": [table], "VpcEndpoints": [endpoint or ENDPOINT]}
    return View(samples.snapshot({key: items for key, items in raw.items() if key not in without}))


def exits(view: View) -> list[Exit]:
    """Where S3 traffic of the first subnet goes."""
    return [leg.exit for leg in route_legs(view, samples.TARGET, ("s3",)) if leg.subnet_id == samples.SUBNETS[0]]


@pytest.mark.parametrize(
    ("routes", "expected"),
    [
        ([NAT, S3], [Exit("Gateway endpoint", "vpce-1", "s3", State.PRIVATE)]),
        ([NAT], [NAT_EXIT]),
        ([], [Exit("Nowhere", "", "", State.DEAD, "no route matches")]),
        (
            [{**NAT, "State": "blackhole"}],
            [
                Exit(
                    "Nowhere",
                    "nat-0cafe1234cafe1234",
                    "",
                    State.DEAD,
                    "the route's target is gone (blackhole)",
                )
            ],
        ),
        (
            [{"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "igw-1"}],
            [Exit("Internet gateway", "igw-1", "", State.DEAD, "a function has no public address to be answered at")],
        ),
        (
            [{"DestinationCidrBlock": "0.0.0.0/0", "TransitGatewayId": "tgw-1"}],
            [Exit("Transit gateway", "tgw-1", "", State.OTHER)],
        ),
        (
            [S3, {"DestinationCidrBlock": "52.219.128.0/17", "NatGatewayId": "nat-0cafe1234cafe1234"}],
            [Exit("Gateway endpoint", "vpce-1", "s3", State.PRIVATE), NAT_EXIT],
        ),
    ],
)
def test_exit_of_every_kind_of_route(routes: list[dict[str, Any]], expected: list[Exit]) -> None:
    assert exits(world(routes)) == expected


def test_endpoint_that_is_not_available_is_a_dead_end() -> None:
    view = world([S3], endpoint={**ENDPOINT, "State": "Pending"})
    assert exits(view) == [Exit("Gateway endpoint", "vpce-1", "s3", State.DEAD, "its state is pending")]


@pytest.mark.parametrize(
    ("without", "expected"),
    [
        ("VpcEndpoints", Exit("Gateway endpoint", "vpce-1", "", State.UNREAD, "its state was not read")),
        ("RouteTables", Exit("Not read", "", "", State.UNREAD, "the route table in effect")),
        (
            "PrefixLists",
            Exit("Not read", "", "", State.UNREAD, f"the prefix list com.amazonaws.{samples.REGION}.s3"),
        ),
    ],
)
def test_what_was_not_read_is_never_guessed(without: str, expected: Exit) -> None:
    assert exits(world([NAT, S3], without)) == [expected]


def test_legs_in_words() -> None:
    legs = route_legs(View(samples.snapshot()), samples.TARGET, ("s3", "secretsmanager"))
    assert [leg.words for leg in legs] == [
        f"{samples.SUBNETS[0]} (private-0), route table rtb-0aaa1111aaa1111aa (private-a), S3: "
        "NAT gateway nat-0cafe1234cafe1234 (shared-nat) (through NAT).",
        f"{samples.SUBNETS[1]} (private-1), route table rtb-0bbb2222bbb2222bb (private-b), S3: "
        "NAT gateway nat-0cafe1234cafe1234 (shared-nat) (through NAT).",
    ]


def texts(figure: Any) -> list[str]:
    """The texts drawn."""
    return [annotation["text"] for annotation in figure.to_plotly_json()["layout"]["annotations"]]


def test_map_marks_exits_with_symbol_and_word() -> None:
    drawn = " ".join(texts(route_map(world([NAT, S3]), samples.TARGET, ("s3", "dynamodb"))))
    assert "✓ stays in AWS" in drawn
    assert "! through NAT" in drawn
    assert "main table" in drawn


@pytest.mark.parametrize("count", [1, 2, 6])
def test_map_has_a_box_per_subnet(count: int) -> None:
    figure = route_map(*wide(count))
    assert sum("<b>subnet-" in text for text in texts(figure)) == count
    assert len(figure.layout.meta["words"]) == count


def test_map_of_many_subnets_groups_them() -> None:
    assert "<b>30 subnets</b>" in " ".join(texts(route_map(*wide(30))))


def wide(count: int) -> tuple[View, Target]:
    """A network of so many subnets on one route table."""
    names = tuple(f"subnet-{number:04d}" for number in range(count))
    subnets = [{"SubnetId": name, "VpcId": samples.VPC, "AvailabilityZone": "ap-southeast-1a"} for name in names]
    table = {"RouteTableId": "rtb-1", "VpcId": samples.VPC, "Associations": [{"Main": True}], "Routes": [NAT]}
    raw = samples.RAW | {"Subnets": subnets, "RouteTables": [table]}
    target = replace(samples.TARGET, placements=(Placement(vpc_id=samples.VPC, subnet_ids=names, group_ids=()),))
    return View(samples.snapshot(raw)), target


def test_map_of_a_target_outside_any_vpc_has_only_the_target() -> None:
    alone = replace(samples.TARGET, placements=())
    assert sum("<b>" in text for text in texts(route_map(View(samples.snapshot()), alone))) == 1


def test_names_cannot_bring_markup_into_the_map() -> None:
    nasty = [{**subnet, "Tags": samples.tag("<a href='http://x'>\u202e")} for subnet in samples.RAW["Subnets"]]
    figure = route_map(View(samples.snapshot(samples.RAW | {"Subnets": nasty})), samples.TARGET)
    everything = " ".join(texts(figure)) + str(figure.to_plotly_json()["data"])
    assert "<a" not in everything
    assert "\u202e" not in everything
    assert "&lt;a href=" in everything
