"""The figure of idle clients: probes, the moment of forgetting, and nothing certain where nothing is."""

from __future__ import annotations

from typing import Any

import pytest

from runbook_lib.keepalive.verdict import Safety
from runbook_lib.model.keepalive import KeepaliveSubject
from runbook_lib.model.status import Status
from runbook_lib.render.keepalive_figure import SAFETIES, idle_timelines, worst_clients
from runbook_lib.render.marks import COLOURS
from tests.keepalive.subjects import subject
from tests.render.invocations import HOSTILE

USUAL = {"TimeS": 7200, "IntervalS": 75}
BAD = subject(Subject="bad", **USUAL)
GOOD = subject(Subject="good", TimeS=120)
DOUBT = subject(Subject="doubt", TimeS=120, SoKeepalive=None)


def drawn(*clients: KeepaliveSubject, limit_s: float = 350) -> dict[str, Any]:
    made: dict[str, Any] = idle_timelines(clients, limit_s, "NAT gateway nat-main").to_plotly_json()
    return made


def marks(figure: dict[str, Any]) -> dict[str, list[tuple[float, float]]]:
    """Where the marks of each kind are, by their name in the legend."""
    listed = [trace for trace in figure["data"] if "markers" in trace["mode"]]
    assert all(trace["showlegend"] and trace["name"] for trace in listed)
    return {trace["name"]: list(zip(trace["x"], trace["y"], strict=True)) for trace in listed}


def headings(figure: dict[str, Any]) -> list[str]:
    return [item["text"] for item in figure["layout"]["annotations"][:-1]]


def test_a_client_that_probes_too_late_is_forgotten_at_the_limit() -> None:
    figure = drawn(BAD)
    assert marks(figure) == {"the path forgets the connection": [(350, 0)]}
    alive, gone, _ = figure["data"][:3]
    assert (alive["x"], alive["y"]) == ([0, 350, None], [0, 0, None])
    assert (gone["x"], gone["line"]["dash"]) == ([350, 455, None], "dot")
    assert headings(figure)[0].endswith("first probe only at 7,200 s, forgotten at 350 s</span>")


def test_a_client_that_probes_in_time_stays_to_the_end() -> None:
    figure = drawn(GOOD)
    assert marks(figure) == {
        "probe (band: if it is late)": [(120, 0), (240, 0), (360, 0)],
        "still open": [(455, 0)],
    }
    (band,) = [trace for trace in figure["data"] if "fill" in trace]
    late = 4096 / 300
    assert band["x"][:6] == pytest.approx([120, 120 + late, 120 + late, 120, 120, None])
    assert band["x"][6:8] == pytest.approx([240, 240 + late])
    assert figure["data"][1]["x"] == []


def test_where_nobody_can_tell_probes_are_open_and_nothing_is_forgotten_for_certain() -> None:
    figure = drawn(DOUBT)
    assert marks(figure) == {
        "probe that may not come": [(120, 0), (240, 0), (360, 0)],
        "cannot tell": [(455, 0)],
    }
    alive, gone, doubt = figure["data"][:3]
    assert (alive["x"], gone["x"], doubt["x"]) == ([0, 350, None], [], [350, 455, None])
    assert "if SO_KEEPALIVE is on" in headings(figure)[0]


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"SoKeepalive": False}, "no probe, SO_KEEPALIVE is off, forgotten at 350 s"),
        ({"TimeS": 60, "IntervalS": 360}, "probe at 60 s, next due at 420 s, forgotten at 410 s"),
        ({"TimeS": 60, "Probes": 0}, "its own kernel ends it at 60 s, unprobed"),
        ({"TimeS": 5, "IntervalS": 5}, "a probe every 5 s"),
        ({"TimeS": 60, "IntervalS": 15}, "a probe every 60 s"),
        ({"TimeS": 345}, "a probe every 345 s at best"),
        ({"TimeS": None}, "first probe not known"),
        ({"IntervalS": None}, "first probe at 60 s, the next not known at best"),
        (
            {"Connection": {"Local": "a", "Peer": "b", "TimerLeftS": 6000}},
            "first probe only at 6,000 s, forgotten at 350 s",
        ),
    ],
)
def test_what_happens_is_said_in_a_few_words(told: dict[str, Any], said: str) -> None:
    (heading,) = headings(drawn(subject(**told)))
    assert heading.endswith(f">{said}</span>")


def test_the_figure_reaches_behind_the_last_moment_of_forgetting() -> None:
    figure = drawn(subject(TimeS=300, IntervalS=400))
    assert marks(figure)["the path forgets the connection"] == [(650, 0)]
    assert figure["layout"]["xaxis"]["range"][1] > 650


def test_the_limit_is_a_line_with_the_device_that_has_it() -> None:
    layout = drawn(GOOD, limit_s=60.5)["layout"]
    (line,) = layout["shapes"]
    assert (line["x0"], line["x1"]) == (60.5, 60.5)
    assert layout["annotations"][-1]["text"] == "NAT gateway nat-main<br>forgets after 60.5 s"


def test_the_worst_come_first_and_are_marked_in_three_ways() -> None:
    figure = drawn(GOOD, DOUBT, BAD)
    assert [heading[heading.index("<b>") + 3 : heading.index("</b>")] for heading in headings(figure)] == [
        "bad",
        "doubt",
        "good",
    ]
    assert [symbol in heading for symbol, heading in zip("✕?✓", headings(figure), strict=True)] == [True] * 3
    assert figure["layout"]["title"]["text"] == "3 clients: 1 unsafe, 1 cannot tell, 1 safe"
    ends = {trace["name"]: trace["marker"] for trace in figure["data"] if "markers" in trace["mode"]}
    last = [ends["the path forgets the connection"], ends["cannot tell"], ends["still open"]]
    assert len({look["symbol"] for look in last}) == len({look["color"] for look in last}) == 3
    assert {safety: COLOURS[status] for safety, status in SAFETIES.items()} == {
        Safety.UNSAFE: COLOURS[Status.FAIL],
        Safety.CANNOT_TELL: COLOURS[Status.UNKNOWN],
        Safety.SAFE: COLOURS[Status.PASS],
    }


def test_of_very_many_clients_the_worst_are_drawn_and_all_are_in_the_words() -> None:
    figure = drawn(*[subject(Subject=f"good-{number}") for number in range(60)], BAD)
    assert figure["layout"]["title"]["text"] == "40 of 61 clients: 1 unsafe, 60 safe"
    assert (len(headings(figure)), len(figure["layout"]["meta"]["words"])) == (40, 61)
    assert marks(figure)["the path forgets the connection"] == [(350, 0)]
    assert figure["layout"]["meta"]["words"][0] == "bad: unsafe, first probe at 7200 s, path drops at 350 s."


@pytest.mark.parametrize(("count", "row_px", "has_words"), [(10, 58, True), (11, 36, False)])
def test_many_rows_are_lower_and_leave_the_words_to_the_pointer(count: int, row_px: int, has_words: bool) -> None:
    figure = drawn(*[BAD] * count)
    layout = figure["layout"]
    assert layout["height"] - layout["margin"]["t"] - layout["margin"]["b"] == count * row_px
    assert ["<br>" in heading for heading in headings(figure)] == [has_words] * count
    (crosses,) = [trace for trace in figure["data"] if trace["mode"] == "markers"]
    assert crosses["hovertext"] == ["bad: unsafe, first probe at 7200 s, path drops at 350 s."] * count


def test_marks_of_quick_probes_do_not_hide_the_line() -> None:
    quick = marks(drawn(subject(TimeS=5, IntervalS=5)))["probe (band: if it is late)"]
    assert [moment for moment, _ in quick] == list(range(5, 456, 25))


def test_the_file_is_left_out_of_names_when_it_is_the_same() -> None:
    same = drawn(subject(Subject="pod.yaml: Pod a"), subject(Subject="pod.yaml: Pod b"))
    assert ["<b>Pod" in heading for heading in headings(same)] == [True, True]
    assert same["layout"]["meta"]["words"][0].startswith("pod.yaml: Pod a: safe")
    differ = drawn(subject(Subject="pod.yaml: Pod a"), subject(Subject="job.yaml: Job b"))
    assert ["<b>pod.yaml: Pod a" in heading for heading in headings(differ)] == [True, False]


def test_names_of_strangers_are_no_markup() -> None:
    figure = drawn(subject(Subject=HOSTILE, TimeS=None, Gaps=[HOSTILE]))
    hovers = [text for trace in figure["data"] for text in trace.get("hovertext", ())]
    texts = [item["text"] for item in figure["layout"]["annotations"]] + hovers
    assert not any(tag in text for text in texts for tag in ("<img", "</script", "\u202e"))


def test_without_a_client_the_figure_is_empty_and_says_so() -> None:
    figure = drawn()
    assert figure["layout"]["title"]["text"] == "No client"
    assert marks(figure) == {}
    assert worst_clients((), 350) == []
