"""The path figure: a band per way, marks with words, rules in full, harmless names, and a drawing within its frame."""

from __future__ import annotations

import re
from typing import Any

import pytest

from runbook_lib.facade.pathing import traced
from runbook_lib.model.status import Status
from runbook_lib.render.marks import COLOURS
from runbook_lib.render.path_figure import path_figure
from runbook_lib.render.path_story import Way, ways_of
from runbook_lib.render.story import story_blocks
from tests.builders import World, acl_entry
from tests.network.paths import nat_world, two_vpcs
from tests.render.test_path_story import HOST, WEB_ONLY, many, ways

RED, GREEN = COLOURS[Status.FAIL], COLOURS[Status.PASS]


def drawn(figure: Any) -> dict[str, Any]:
    made: dict[str, Any] = figure.to_plotly_json()
    return made


def texts(figure: Any) -> list[str]:
    """The texts drawn, without markup."""
    return [re.sub(r"<[^>]+>", " ", item["text"]) for item in drawn(figure)["layout"]["annotations"]]


def lines(figure: Any) -> list[tuple[str, str]]:
    """Colour and dash of every line."""
    shapes = drawn(figure)["layout"]["shapes"]
    return [(shape["line"]["color"], shape["line"]["dash"]) for shape in shapes if shape["type"] == "line"]


def outlines(figure: Any) -> list[str]:
    """The colour of every box, in the order of the stations."""
    return [shape["line"]["color"] for shape in drawn(figure)["layout"]["shapes"] if shape["type"] == "path"]


def test_an_open_way_is_two_whole_lines() -> None:
    figure = path_figure("worker", ways(nat_world()))
    assert lines(figure) == [(GREEN, "solid")] * 8
    assert "request ✓ arrives   answer ✓ arrives" in texts(figure)
    assert drawn(figure)["layout"]["title"]["text"] == f"The way of worker to {HOST} (tcp 443)"
    said = " ".join(texts(figure))
    assert "✓ reached" in said
    assert "✓ answered" in said


def test_a_stop_is_marked_where_it_is_and_its_rule_is_written_whole() -> None:
    found = ways(nat_world().acl("edge", *WEB_ONLY, subnets=["public"]), port=22)
    figure = path_figure("worker", found)
    assert [colour == RED for colour in outlines(figure)] == [False, False, True, False, False]
    assert lines(figure)[:4] == [
        (RED, "solid"),
        (RED, "solid"),
        (lines(figure)[2][0], "dot"),
        (lines(figure)[2][0], "dot"),
    ]
    assert {dash for _, dash in lines(figure)[4:]} == {"dot"}
    said = texts(figure)
    assert any("nat-main" in text and "✕ request stopped" in text for text in said)
    assert any(found[0].notes[0][1] in " ".join(text.split()) for text in said)
    assert any("✕ not reached" in text for text in said)


def test_behind_a_stop_of_the_answer_the_line_is_dotted() -> None:
    hole = (acl_entry(100, ports=(32768, 65535)), acl_entry(100, egress=True))
    figure = path_figure("worker", ways(nat_world().acl("hole", *hole, subnets=["a"])))
    assert [dash for _, dash in lines(figure)] == ["solid"] * 4 + ["solid"] * 3 + ["dot"]
    assert any("✕ 49% not answered" in text for text in texts(figure))


def test_what_is_not_known_is_neither_green_nor_red() -> None:
    figure = path_figure("worker", ways(nat_world().function(subnets=["a"]).denied("NatGateways")))
    colours = {colour for colour, _ in lines(figure)} | set(outlines(figure))
    assert not colours & {GREEN, RED}
    assert any("? Not known: ec2:DescribeNatGateways" in " ".join(text.split()) for text in texts(figure))


@pytest.mark.parametrize(("subnets", "bands"), [(1, 1), (2, 2), (6, 6), (7, 1), (40, 1)])
def test_up_to_six_ways_have_a_band_each(subnets: int, bands: int) -> None:
    figure = path_figure("worker", ways(many(subnets)))
    assert sum("request ✓ arrives" in text for text in texts(figure)) == bands
    assert len(drawn(figure)["layout"]["meta"]["words"]) == subnets


def test_many_different_ways_are_cut_with_a_word() -> None:
    made = many(12)
    for number in range(12):
        made.table(f"t{number}", subnets=[f"s{number}"]).route(
            f"t{number}", "0.0.0.0/0", f"nat-gone{number}", "blackhole"
        )
    figure = path_figure("worker", ways(made))
    assert any("2 more ways: the table below has them all." in text for text in texts(figure))


def test_nothing_traced_is_said() -> None:
    assert any("No path was traced" in text for text in texts(path_figure("worker", ())))


LONG = "a-very-long-name-of-a-subnet-that-somebody-made-with-terraform-modules-and-workspaces-in-production"
HOSTILE = "<a href='http://x'>\u202ebold</b>"


@pytest.mark.parametrize("name", [LONG, HOSTILE], ids=["long", "hostile"])
def test_names_are_shortened_harmless_and_whole_on_hover(name: str) -> None:
    figure = path_figure(name, ways(tagged(name)))
    said = (
        str(drawn(figure)["layout"]["annotations"]) + str(drawn(figure)["data"]) + str(drawn(figure)["layout"]["title"])
    )
    assert "<a" not in said
    assert "\u202e" not in said
    hovers = " ".join(drawn(figure)["data"][1]["hovertext"])
    if name is LONG:
        assert LONG in hovers
        assert max(len(line) for text in texts(figure) for line in text.splitlines()) < 400
        boxes = [item["text"] for item in drawn(figure)["layout"]["annotations"] if item["yanchor"] == "middle"]
        assert all(LONG not in text for text in boxes)


def tagged(name: str) -> World:
    """The NAT world with this name on the things a way passes."""
    tags = [{"Key": "Name", "Value": name}]
    made = nat_world()
    for key, id_ in (
        ("Subnets", "subnet-a"),
        ("NatGateways", "nat-main"),
        ("InternetGateways", "igw-main"),
    ):
        made.changed(key, id_, lambda raw: raw.update(Tags=tags))
    return made


def every_way() -> tuple[Way, ...]:
    return (*ways(many(6)), *ways(tagged(LONG)), *ways(nat_world().acl("edge", *WEB_ONLY, subnets=["public"]), port=22))


def test_everything_is_drawn_within_the_frame() -> None:
    layout = drawn(path_figure("worker", every_way()))["layout"]
    bottom = layout["yaxis"]["range"][0]
    for item in layout["annotations"]:
        if item.get("yref") != "paper":
            assert 0 <= item["y"] <= bottom, item["text"]
            assert 0 <= item["x"] <= 1000
    for shape in layout["shapes"]:
        if shape["type"] == "line":
            assert 0 <= shape["x0"] <= 1000
            assert 0 <= shape["x1"] <= 1000


def test_the_same_in_words_goes_with_the_figure_into_a_report() -> None:
    found = ways(nat_world())
    figure = path_figure("worker", found)
    output = {"output_type": "display_data", "data": {"application/vnd.plotly.v1+json": drawn(figure)}}
    block = story_blocks({"cells": [{"cell_type": "code", "source": "run.path_map()", "outputs": [output]}]})[-1]
    assert (block.kind, block.words) == ("figure", tuple(way.words for way in found))


def test_the_outcome_stands_on_the_left_where_a_narrow_screen_shows_it() -> None:
    placed = drawn(path_figure("worker", ways(nat_world())))["layout"]["annotations"]
    (outcome,) = [item for item in placed if item["text"].startswith("request ")]
    (head,) = [item for item in placed if item["text"].startswith("<b>subnet-a")]
    assert (outcome["x"], outcome["xanchor"]) == (0, "left")
    assert head["y"] + 16 <= outcome["y"] < head["y"] + 24


def test_a_station_of_one_direction_has_its_name_on_two_lines() -> None:
    made = two_vpcs().peering("p", "main", "far").route("main", "10.1.0.0/16", "pcx-p")
    tags = [{"Key": "Name", "Value": "documents-to-ledger-production"}]
    made.changed("VpcPeeringConnections", "pcx-p", lambda raw: raw.update(Tags=tags)).vpc_id = "vpc-main"
    found = texts(path_figure("worker", ways(made.function(subnets=["a"]), "10.1.0.20")))
    assert any("VPC peering" in text and "documents-to-   ledger-production" in text for text in found)


def test_more_stations_make_the_figure_wider() -> None:
    made = nat_world().function(subnets=["a"])
    narrow = path_figure("worker", ways(made)).layout
    assert (narrow.meta["min_width"], narrow.width) == (940, None)
    view = made.view()
    (way,) = ways_of(view, traced(view, made.settings(destinations=(HOST,))))
    longer = Way(**{name: getattr(way, name) for name in Way.__slots__} | {"stations": way.stations * 2})
    assert (
        path_figure("worker", (longer,)).layout.width == path_figure("worker", (longer,)).layout.meta["min_width"] > 940
    )
