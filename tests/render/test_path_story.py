"""The ways behind the path figure: stations in order, stops where they belong, nothing invented."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from runbook_lib.facade.pathing import traced
from runbook_lib.model.status import Status
from runbook_lib.network import targets
from runbook_lib.render.path_groups import grouped
from runbook_lib.render.path_stations import stations_of
from runbook_lib.render.path_story import Way, ways_of
from runbook_lib.render.path_tables import directions_table
from tests.builders import World, acl_entry, rule
from tests.network.paths import nat_world, two_vpcs

HOST = "198.51.100.20"
WEB_ONLY = (
    acl_entry(100, ports=(1024, 65535)),
    acl_entry(100, egress=True, ports=(443, 443)),
    acl_entry(110, egress=True, cidr="10.0.0.0/16"),
    acl_entry(120, cidr="10.0.0.0/16"),
)


def ways(made: World, to: str = HOST, port: int = 443, **more: Any) -> tuple[Way, ...]:
    """The ways of the function `worker` in subnet a, unless the world has functions of its own."""
    if "worker" not in str(made.snapshot().listings):
        made.function(subnets=["a"])
    settings = made.settings(destinations=(to,), port=port, **more)
    view = made.view()
    return ways_of(view, traced(view, settings))


def stations(way: Way) -> list[tuple[str, str, str]]:
    """Kind, title and which directions pass it."""
    passed = {(True, True): "both", (True, False): "request", (False, True): "answer"}
    return [(s.kind, s.title, passed[s.on_request, s.on_answer]) for s in way.stations]


def stops(way: Way) -> list[tuple[str, str]]:
    """Direction and station of every stop."""
    return [(stop.direction, way.stations[stop.station].title) for stop in way.stops]


def test_through_a_nat_gateway_the_answer_comes_back_through_every_door() -> None:
    (way,) = ways(nat_world())
    assert stations(way) == [
        ("Function", "worker", "both"),
        ("Subnet", "subnet-a", "both"),
        ("NAT gateway", "nat-main", "both"),
        ("Internet gateway", "igw-main", "both"),
        ("Internet", HOST, "both"),
    ]
    assert (way.request, way.answer, way.status, way.notes) == (Status.PASS, Status.PASS, Status.PASS, ())
    assert way.words == (
        f"subnet-a to {HOST} (tcp 443): the request arrives, by worker > subnet-a > nat-main > igw-main > "
        f"internet ({HOST}). The answer arrives, by internet ({HOST}) > igw-main > nat-main > subnet-a > worker."
    )


def test_the_acl_around_a_nat_gateway_stops_at_the_gateway() -> None:
    (way,) = ways(nat_world().acl("edge", *WEB_ONLY, subnets=["public"]), port=22)
    assert stops(way) == [("forward", "nat-main")]
    assert (way.request_word, way.answer_word) == ("stopped", "would arrive")
    ((status, note),) = way.notes
    assert status is Status.FAIL
    assert note.startswith("nat-main: acl-edge, the implicit deny: denies tcp 22")


def test_one_acl_for_several_subnets_stops_where_the_sentence_says() -> None:
    made = nat_world().acl("all", *WEB_ONLY, subnets=["a", "public"])
    (way,) = ways(made, port=22)
    assert stops(way) == [("forward", "subnet-a"), ("forward", "nat-main")]


def test_a_part_of_the_return_ports_is_told_as_a_share() -> None:
    hole = (acl_entry(100, ports=(32768, 65535)), acl_entry(100, egress=True))
    (way,) = ways(nat_world().acl("hole", *hole, subnets=["a"]))
    assert stops(way) == [("return", "subnet-a")]
    assert (way.percent, way.is_partly_lost) == (49, True)
    assert way.answer_word == "stopped for 49% of the ports"
    assert way.notes[-1][1] == "49% of the return ports are blocked: expect about 49% of connections to time out."


@pytest.mark.parametrize(("ports", "percent"), [((1025, 65535), 1), ((65535, 65535), 99)])
def test_a_share_is_never_rounded_to_nothing_or_everything(ports: tuple[int, int], percent: int) -> None:
    hole = (acl_entry(100, ports=ports), acl_entry(100, egress=True))
    (way,) = ways(nat_world().acl("hole", *hole, subnets=["a"]))
    assert way.percent == percent


def test_security_groups_act_at_both_ends() -> None:
    made = two_vpcs().group("shut", egress=[rule("192.0.2.0/24")]).peering("p", "main", "far")
    made.route("main", "10.1.0.0/16", "pcx-p").route("far", "10.0.0.0/16", "pcx-p")
    made.changed("SecurityGroups", "sg-db", lambda group: group.update(IpPermissions=[]))
    made.changed("SecurityGroups", "sg-fn", lambda group: group.update(IpPermissionsEgress=[]))
    made.vpc_id = "vpc-main"
    (way,) = ways(made.function(subnets=["a"]), "10.1.0.20", 5432)
    assert stops(way) == [("forward", "worker"), ("forward", "eni-db")]
    assert stations(way)[-1] == ("Network interface", "eni-db", "both")


def test_an_answer_without_a_route_stops_far_away_and_the_door_is_of_the_request_only() -> None:
    made = two_vpcs().peering("p", "main", "far").route("main", "10.1.0.0/16", "pcx-p")
    made.vpc_id = "vpc-main"
    (way,) = ways(made.function(subnets=["a"]), "10.1.0.20", 5432)
    assert stops(way) == [("return", "subnet-far")]
    assert ("VPC peering", "pcx-p", "request") in stations(way)
    assert (way.request, way.answer, way.lost_ports, way.answer_word) == (Status.PASS, Status.FAIL, 1.0, "stopped")


def test_a_request_without_an_end_has_no_answer_to_judge() -> None:
    made = nat_world().changed("RouteTables", "rtb-main", lambda table: table["Routes"].pop())
    (way,) = ways(made)
    assert stops(way) == [("forward", "subnet-a")]
    assert (way.answer, way.answer_word, way.is_answer_judged) == (Status.NOT_APPLICABLE, "nothing to judge", False)
    assert "There is no answer to judge." in way.words
    assert stations(way)[-1] == ("Destination", HOST, "both")


def test_what_was_not_read_is_not_known_and_names_the_action() -> None:
    (way,) = ways(nat_world().function(subnets=["a"]).denied("NatGateways"))
    assert (way.request, way.answer, way.status) == (Status.UNKNOWN, Status.UNKNOWN, Status.UNKNOWN)
    assert way.notes == ((Status.UNKNOWN, "Not known: ec2:DescribeNatGateways"),)
    assert "arrives" not in way.words


def test_a_subnet_that_was_not_read_is_not_known_either() -> None:
    made = nat_world().function(subnets=["a"])
    settings = made.settings(destinations=(HOST,))
    view = made.denied("Subnets").view()
    (way,) = ways_of(view, traced(view, settings))
    assert (way.status, [s.title for s in way.stations]) == (Status.UNKNOWN, ["worker", "subnet-a", HOST])


def test_parts_of_a_destination_that_differ_are_ways_of_their_own() -> None:
    made = nat_world().route("main", "198.51.100.0/25", "nat-gone", "blackhole")
    found = ways(made, "198.51.100.0/24")
    assert [(way.to, way.goal, way.request) for way in found] == [
        ("198.51.100.0/25 of 198.51.100.0/24", "198.51.100.0/24", Status.FAIL),
        ("198.51.100.128/25 of 198.51.100.0/24", "198.51.100.0/24", Status.PASS),
    ]


def test_an_interface_inside_a_block_asked_for_is_the_destination_of_its_part() -> None:
    made = two_vpcs().peering("p", "main", "far").route("main", "10.1.0.0/16", "pcx-p")
    made.changed("SecurityGroups", "sg-db", lambda group: group.update(IpPermissions=[])).vpc_id = "vpc-main"
    way = next(way for way in ways(made.function(subnets=["a"]), "10.1.0.0/24") if way.to.startswith("10.1.0.20 "))
    assert stations(way)[-1] == ("Network interface", "eni-db", "both")
    assert stops(way)[0] == ("forward", "eni-db")


def test_an_interface_endpoint_and_its_interface_are_one_station() -> None:
    made = nat_world().group("endpoint").interface_endpoint("secretsmanager").function(subnets=["a"])
    (way,) = ways(made, "secretsmanager")
    assert [s.title for s in way.stations] == ["worker", "subnet-a", "vpce-secretsmanager", "secretsmanager"]
    assert stops(way) == [("forward", "vpce-secretsmanager")]
    assert "eni-secretsmanager-a" in way.stations[2].also[0]


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({}, "NAT gateway"),
        ({"ConnectivityType": "private"}, "Private NAT gateway"),
        ({"AvailabilityMode": "regional"}, "Regional NAT gateway"),
    ],
)
def test_a_nat_gateway_says_which_sort_it_is(changes: dict[str, str], word: str) -> None:
    view = nat_world().changed("NatGateways", "nat-main", lambda raw: raw.update(changes)).view()
    (station,) = stations_of(view, [{"kind": "nat-gateway", "id": "nat-main"}])
    assert (station.kind, station.id) == (word, "nat-main")


def many(count: int) -> World:
    """So many subnets behind one NAT gateway."""
    made = nat_world()
    for number in range(count):
        made.subnet(f"s{number}", cidr=f"10.0.{100 + number}.0/24")
    return made.function(subnets=[f"s{number}" for number in range(count)])


def test_ways_that_differ_in_their_subnet_only_are_grouped_worst_first() -> None:
    made = many(7).table("own", subnets=["s3"])
    found = grouped(ways(made))
    assert [(way.status, len(way.subnets), way.stations[1].title) for way in found] == [
        (Status.FAIL, 1, "subnet-s3"),
        (Status.PASS, 6, "6 subnets"),
    ]
    assert found[1].stations[1].also == found[1].subnets


def test_functions_with_other_groups_are_not_grouped() -> None:
    made = many(2).group("other").function("second", subnets=["s0", "s1"], groups=["other"])
    view = made.view()
    settings = replace(made.settings(destinations=(HOST,)), target=targets.of_vpc(view, "vpc-main"))
    assert len(grouped(ways_of(view, traced(view, settings)))) == 2


def test_subnets_that_are_stopped_by_other_tables_are_not_grouped() -> None:
    made = many(2).table("one", subnets=["s0"]).table("two", subnets=["s1"])
    assert [way.stops[0].component for way in grouped(ways(made))] == ["rtb-one", "rtb-two"]


def endpoint_in_two_subnets() -> World:
    """An interface endpoint with an address in each of the function's two subnets."""
    made = nat_world().subnet("b", az="b").group("endpoint", ingress=[rule("10.0.0.0/16", 443)])
    return made.interface_endpoint("secretsmanager", subnets=["a", "b"]).function(subnets=["a", "b"])


def test_open_ways_to_every_address_of_an_endpoint_are_one() -> None:
    found = ways(endpoint_in_two_subnets(), "secretsmanager")
    assert len(found) == 4
    (way,) = grouped(found)
    assert (way.to, len(way.subnets), len(way.cidrs)) == ("2 addresses of secretsmanager", 2, 2)
    assert [s.title for s in way.stations] == ["worker", "2 subnets", "vpce-secretsmanager", "secretsmanager"]


def test_ways_to_the_addresses_of_an_endpoint_stay_apart_where_one_of_them_is_stopped() -> None:
    closed = (acl_entry(90, "deny", "10.0.0.0/24"), acl_entry(100), acl_entry(100, egress=True))
    found = grouped(ways(endpoint_in_two_subnets().acl("b", *closed, subnets=["b"]), "secretsmanager"))
    assert [(way.status, len(way.subnets), len(way.cidrs)) for way in found] == [
        (Status.FAIL, 1, 1),
        (Status.FAIL, 1, 1),
        (Status.PASS, 1, 1),
        (Status.PASS, 1, 1),
    ]


# the table


def test_the_table_has_a_row_per_subnet_worst_first_with_whole_values() -> None:
    made = directions_table(ways(many(2).table("own", subnets=["s1"])), "A note.")
    assert made.caption == f"Both directions, subnet by subnet: {HOST} (tcp 443)"
    assert made.columns == ("Subnet", "Request", "Answer", "Way, or what stops it")
    assert [[cell.plain for cell in row] for row in made.rows] == [
        [
            "subnet-s1",
            "✕ stopped",
            "– nothing to judge",
            f"subnet-s1: rtb-own has no route to {HOST} (worker > subnet-s1 > {HOST})",
        ],
        ["subnet-s0", "✓ arrives", "✓ arrives", f"worker > subnet-s0 > nat-main > igw-main > {HOST}"],
    ]
    assert made.note == "A note."


def test_several_destinations_have_a_column_and_nothing_at_all_says_so() -> None:
    made = nat_world().function(subnets=["a"])
    view = made.view()
    found = ways_of(view, traced(view, made.settings(destinations=(HOST, "192.0.2.200"))))
    assert directions_table(found).columns[1] == "To"
    assert directions_table(()).note.startswith("No path was traced")
