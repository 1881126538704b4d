"""Figures of invocations, by their data: bars and marks per outcome, room for words, what is left out is said."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from runbook_lib.invocations.base import Outcome
from runbook_lib.render.frames import colour_of
from runbook_lib.render.invocation_figures import around_first_failure, success_by_rank, timeline
from tests.render.invocations import HOSTILE, NOON, analysis, failed, ok, open_ended


def drawn(figure: Any) -> dict[str, Any]:
    made: dict[str, Any] = figure.to_plotly_json()
    return made


def bars(figure: Any) -> dict[str, list[tuple[int, float]]]:
    """Row and length in seconds of every bar, by outcome."""
    return {
        trace["name"]: [(row, length / 1000) for row, length in zip(trace["y"], trace["x"], strict=True)]
        for trace in drawn(figure)["data"]
    }


def test_one_bar_per_invocation_with_its_length_and_outcome() -> None:
    figure = timeline([ok(0), failed(1), ok(2, 4), open_ended(3)])
    least = 181 / 400
    assert bars(figure) == {"✓ success": [(0, 2), (2, 4)], "✕ failure": [(1, 180)], "? unknown": [(3, least)]}
    by_name = {trace["name"]: trace for trace in drawn(figure)["data"]}
    assert by_name["✕ failure"]["base"] == [NOON + timedelta(seconds=1)]
    assert by_name["✕ failure"]["text"] == [" ✕ connect_timeout"]
    assert [trace["marker"]["color"] for trace in drawn(figure)["data"]] == [
        colour_of(outcome) for outcome in (Outcome.SUCCESS, Outcome.FAILURE, Outcome.UNKNOWN)
    ]
    layout = drawn(figure)["layout"]
    assert layout["yaxis"]["ticktext"] == ["12:00:00.000", "12:00:01.000", "12:00:02.000", "12:00:03.000"]
    assert layout["title"]["text"] == "4 invocations on 2026-11-21 by start"
    assert layout["meta"]["words"][1] == (
        "12:00:01.000 failure-1: failure, 180.00 s, connect_timeout s3.example.com:443"
    )
    assert layout["meta"]["words"][3] == "12:00:03.000 open-3: unknown, end not seen"


def test_outcomes_differ_in_more_than_their_colour() -> None:
    traces = drawn(timeline([ok(0), failed(1), open_ended(3)]))["data"]
    assert len({trace["marker"]["pattern"]["shape"] for trace in traces}) == 3
    marks = drawn(success_by_rank(analysis(ok(0), failed(0.1), open_ended(0.2)).bursts))["data"]
    assert len({trace["marker"]["symbol"] for trace in marks}) == 3


@pytest.mark.parametrize("took_s", [1, 180, 900])
def test_words_beside_the_longest_bar_have_room(took_s: float) -> None:
    figure = drawn(timeline([failed(0, took_s), ok(1)]))
    first, last = figure["layout"]["xaxis"]["range"]
    end = NOON + timedelta(seconds=max(took_s, 3))
    share = (last - end) / (last - first)
    plot_px = figure["layout"]["meta"]["min_width"] - figure["layout"]["margin"]["l"] - figure["layout"]["margin"]["r"]
    assert share * plot_px >= len(" ✕ connect_timeout") * 6


def test_of_many_the_first_failure_and_what_is_around_it_are_drawn() -> None:
    many = [ok(second) for second in range(100)] + [failed(100)] + [ok(101 + second) for second in range(99)]
    figure = timeline(many)
    assert drawn(figure)["layout"]["title"]["text"] == ("60 of 200 invocations on 2026-11-21, around the first failure")
    assert bars(figure)["✕ failure"] == [(20, 180)]
    assert around_first_failure(many, 60)[0].start == NOON + timedelta(seconds=80)


def test_around_the_first_failure_never_leaves_the_list() -> None:
    assert around_first_failure([], 3) == []
    few = [ok(0), failed(1)]
    assert around_first_failure(few, 3) == few
    late = [*(ok(second) for second in range(9)), failed(9)]
    assert around_first_failure(late, 4) == late[6:]
    early = [failed(0), *(ok(second) for second in range(1, 9))]
    assert around_first_failure(early, 4) == early[:4]


def test_every_burst_is_a_row_of_marks_in_the_order_of_starts() -> None:
    found = analysis(ok(0), ok(0.1), failed(0.2), ok(60), failed(60.1), ok(300))
    figure = drawn(success_by_rank(found.bursts))
    places = {t["name"]: list(zip(t["x"], t["y"], strict=True)) for t in figure["data"]}
    assert places == {"✓ success": [(1, 0), (2, 0), (1, 1)], "✕ failure": [(3, 0), (2, 1)]}
    assert figure["layout"]["yaxis"]["ticktext"] == ["12:00:00", "12:01:00"]
    assert figure["layout"]["meta"]["words"] == ["12:00:00: ✓ ✓ ✕", "12:01:00: ✓ ✕"]


def test_what_is_left_out_of_the_ranks_is_said() -> None:
    found = analysis(*(ok(60 * burst + place / 10) for burst in range(13) for place in range(2)))
    assert drawn(success_by_rank(found.bursts))["layout"]["title"]["text"].endswith(": the 12 largest of 13 bursts")
    large = analysis(*(ok(place / 100) for place in range(101)))
    figure = drawn(success_by_rank(large.bursts))
    assert figure["layout"]["title"]["text"].endswith(": their first 100 invocations")
    assert max(figure["data"][0]["x"]) == 100


def test_text_of_strangers_is_no_markup() -> None:
    hostile = failed(1, request_id=HOSTILE, destination=HOSTILE)
    for figure in (timeline([ok(0), hostile]), success_by_rank(analysis(ok(0), hostile).bursts)):
        shown = [word for trace in drawn(figure)["data"] for word in (*trace["hovertext"], *(trace.get("text") or ()))]
        assert not any("<" in word or "\u202e" in word for word in shown)
        assert not any("\u202e" in word for word in drawn(figure)["layout"]["meta"]["words"])


def test_times_are_in_utc() -> None:
    other = datetime.fromisoformat("2026-11-21T20:00:00+08:00")
    figure = drawn(timeline([ok(0, start=other, end=other + timedelta(seconds=1))]))
    assert figure["layout"]["yaxis"]["ticktext"] == ["12:00:00.000"]
