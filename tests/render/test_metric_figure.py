"""The figure of metrics, by its data: steps that break where minutes are missing, limits, failures, one time axis."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from runbook_lib.model.status import Status
from runbook_lib.model.window import Window
from runbook_lib.render.marks import COLOURS
from runbook_lib.render.metric_figure import Curve, Panel, metric_panels
from tests.render.invocations import HOSTILE, NOON

MINUTE = timedelta(minutes=1)
HOUR = Window(start=NOON, end=NOON + 60 * MINUTE)


def at(minute: float) -> datetime:
    return NOON + minute * MINUTE


def curve(*values: float | None, **more: Any) -> Curve:
    """One value a minute from noon on; None is a minute without."""
    points = tuple((at(minute), value) for minute, value in enumerate(values) if value is not None)
    missing = tuple(at(minute) for minute, value in enumerate(values) if value is None)
    return Curve(**{"name": "gateway", "period": MINUTE, "points": points, "missing": missing, **more})


def panel(*curves: Curve, **more: Any) -> Panel:
    return Panel(**{"title": "Refused", "metric": "ErrorPortAllocation", "curves": curves, **more})


def drawn(*panels: Panel, failures: tuple[datetime, ...] = (), window: Window | None = HOUR) -> dict[str, Any]:
    made: dict[str, Any] = metric_panels("nat", panels, window, failures).to_plotly_json()
    return made


def line(figure: dict[str, Any]) -> list[tuple[datetime | None, float | None]]:
    """The points of the last line without fill and cross."""
    (found,) = [t for t in figure["data"] if t["mode"] == "lines" and "fill" not in t and "failed" not in t["name"]]
    return list(zip(found["x"], found["y"], strict=True))


def test_a_value_holds_for_its_whole_period() -> None:
    assert line(drawn(panel(curve(0, 3)))) == [(at(0), 0), (at(1), 0), (at(1), 3), (at(2), 3)]


def test_a_line_breaks_where_minutes_are_missing_and_they_are_marked() -> None:
    figure = drawn(panel(curve(1, None, None, 2)))
    assert line(figure) == [(at(0), 1), (at(1), 1), (None, None), (at(3), 2), (at(4), 2)]
    (crosses,) = [trace for trace in figure["data"] if trace["mode"] == "markers"]
    assert (crosses["x"], crosses["y"], crosses["name"]) == ([at(1), at(2)], [0, 0], "? no value")
    (area,) = [trace for trace in figure["data"] if "fill" in trace]
    assert (area["fill"], area["y"]) == ("toself", [0, 1, 1, 0, None, 0, 2, 2, 0])
    whole = drawn(panel(curve(1, 1, 1, 2)))
    assert [trace for trace in whole["data"] if trace["mode"] == "markers"] == []
    assert None not in {moment for moment, _ in line(whole)}


def test_a_single_minute_can_be_seen() -> None:
    assert line(drawn(panel(curve(None, 5, None))))[:2] == [(at(1), 5), (at(2), 5)]


@pytest.mark.parametrize("empty", [panel(empty="not read"), panel()], ids=["with a reason", "without"])
def test_every_panel_has_the_same_time_axis_also_an_empty_one(empty: Panel) -> None:
    layout = drawn(panel(curve(1)), empty, panel(curve(2)))["layout"]
    assert [layout[axis]["range"] for axis in ("xaxis", "xaxis2", "xaxis3")] == [[HOUR.start, HOUR.end]] * 3
    assert [layout[axis]["showticklabels"] for axis in ("xaxis", "xaxis2", "xaxis3")] == [False, False, True]


def test_panels_do_not_overlap_and_their_titles_have_room() -> None:
    layout = drawn(*[panel(curve(1))] * 4)["layout"]
    inner = layout["height"] - layout["margin"]["t"] - layout["margin"]["b"]
    domains = [layout[axis]["domain"] for axis in ("yaxis", "yaxis2", "yaxis3", "yaxis4")]
    assert domains[0][1] == 1
    for above, below in pairwise(domains):
        assert (above[0] - below[1]) * inner == pytest.approx(58)
    assert domains[-1][0] == pytest.approx(0)


def test_a_limit_is_a_line_with_its_words_above_it() -> None:
    layout = drawn(panel(curve(10), limit=55_000, limit_words="55,000 to one destination"))["layout"]
    (shape,) = layout["shapes"]
    assert (shape["y0"], shape["y1"], shape["yref"], shape["xref"]) == (55_000, 55_000, "y", "x domain")
    (words,) = [item for item in layout["annotations"] if item["text"] == "55,000 to one destination"]
    assert (words["y"], words["yanchor"]) == (55_000, "bottom")
    assert layout["yaxis"]["range"][1] > 55_000 * 1.2


def test_failures_are_lines_inside_every_panel_and_named_once() -> None:
    figure = drawn(panel(curve(1)), panel(curve(4)), failures=(at(5), at(5), at(5.01), at(20)))
    lines = [trace for trace in figure["data"] if "failed" in trace["name"]]
    assert [trace["x"] for trace in lines] == [[at(5), at(5), None, at(20), at(20), None]] * 2
    assert [trace["y"][1] for trace in lines] == [1.25, 5]
    assert [trace["showlegend"] for trace in lines] == [True, False]


def test_a_fault_is_red_and_marked_with_a_cross() -> None:
    figure = drawn(panel(curve(0, 4), is_bad=True, said="4 in all"), panel(curve(0, 0), said="0 in all"))
    colours = [trace["line"]["color"] for trace in figure["data"] if "fill" not in trace]
    assert colours[0] == COLOURS[Status.FAIL] != colours[1]
    titles = [item["text"] for item in figure["layout"]["annotations"]]
    assert ["✕" in title for title in titles] == [True, False]
    assert "ErrorPortAllocation: 4 in all" in titles[0]
    assert figure["layout"]["meta"]["words"] == [
        "Refused (ErrorPortAllocation): 4 in all",
        "Refused (ErrorPortAllocation): 0 in all",
    ]


def test_curves_of_one_panel_differ_in_more_than_their_colour() -> None:
    both = panel(curve(5, kind=0, name="attempted"), curve(3, kind=1, name="established"))
    traces = drawn(both)["data"]
    assert [(trace["name"], trace["showlegend"]) for trace in traces] == [("attempted", True), ("established", True)]
    assert len({trace["line"]["dash"] for trace in traces}) == 2
    assert len({trace["line"]["color"] for trace in traces}) == 2


def test_what_is_missing_is_in_the_words_too() -> None:
    figure = drawn(panel(curve(1, None), said="1 in all", limit=9.0, limit_words="nine"), panel(empty="not read"))
    assert figure["layout"]["meta"]["words"] == [
        "Refused (ErrorPortAllocation): 1 in all, limit 9 (nine), 1 period without a value",
        "Refused (ErrorPortAllocation): not read",
    ]
    assert any(item["text"] == "not read" for item in figure["layout"]["annotations"])


def test_names_of_strangers_are_no_markup() -> None:
    hostile = panel(curve(1, name=HOSTILE), curve(2, name="b"), title=HOSTILE, said=HOSTILE, empty=HOSTILE)
    figure = drawn(hostile)
    texts = [item["text"] for item in figure["layout"]["annotations"]] + [trace["name"] for trace in figure["data"]]
    assert not any(tag in text for text in texts for tag in ("<img", "</script", "\u202e"))


def test_nothing_is_drawn_behind_the_reason_of_an_empty_panel() -> None:
    figure = drawn(panel(empty="not read"), failures=(at(5),))
    assert figure["data"] == []
    assert figure["layout"]["yaxis"]["showticklabels"] is False


def test_without_a_window_the_data_decide() -> None:
    assert "range" not in drawn(panel(curve(1)), failures=(at(1),), window=None)["layout"]["xaxis"]
