"""The figure of durations over time: marks by outcome, the Timeout across, a trend, thinning that keeps peaks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from runbook_lib.invocations.base import ErrorClass, Invocation, Outcome
from runbook_lib.invocations.growth import growth
from runbook_lib.model.window import Window
from runbook_lib.render.duration_figure import durations_over_time

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def took(number: int, seconds: float, outcome: Outcome = Outcome.SUCCESS, **more: Any) -> Invocation:
    start = NOON + timedelta(days=number)
    return Invocation(request_id=f"id-{number}", start=start, duration_ms=1000 * seconds, outcome=outcome, **more)


def drawn(figure: Any) -> dict[str, Any]:
    made: dict[str, Any] = figure.to_plotly_json()
    return made


def test_a_job_that_grows_is_drawn_towards_its_timeout() -> None:
    listed = [took(day, 600 + 30 * day) for day in range(10)]
    killed = took(10, 900, Outcome.FAILURE, error_class=ErrorClass.FUNCTION_TIMEOUT)
    trend = growth([(item.start.timestamp(), (item.duration_ms or 0) / 1000) for item in listed if item.start])
    window = Window(start=NOON, end=NOON + timedelta(days=11))
    figure = drawn(durations_over_time([*listed, killed], 900, window=window, trend=trend))
    succeeded, failed, line = figure["data"]
    assert (len(succeeded["x"]), len(failed["x"]), failed["marker"]["symbol"]) == (10, 1, "x")
    assert line["name"] == "grows by 30.0 s a day"
    assert [round(value) for value in line["y"]] == [600, 930]
    assert figure["layout"]["shapes"][0]["y0"] == 900
    assert figure["layout"]["meta"]["words"] == [
        "✓ success: 10, half of them up to 12 min 00 s, all 14 min 30 s.",
        "✕ failure: 1, half of them up to 15 min 00 s, all 15 min 00 s.",
        "Timeout: 900 s.",
        "The duration grows by 30.0 s a day.",
    ]


def test_without_a_timeout_nothing_is_drawn_across() -> None:
    layout = drawn(durations_over_time([took(0, 1)], None))["layout"]
    assert (layout.get("shapes", ()), layout.get("annotations", ())) == ((), ())
    assert layout["title"]["text"] == "How long 1 invocation took"


def test_of_very_many_the_longest_of_each_span_are_drawn_and_the_title_says_so() -> None:
    listed = [took(number, 100 if number == 777 else 1) for number in range(2_000)]
    figure = drawn(durations_over_time(listed, 900))
    (marks,) = figure["data"]
    assert len(marks["x"]) == 400
    assert max(marks["y"]) == 100
    assert figure["layout"]["title"]["text"] == "The 400 longest of 2,000 invocations"


def test_what_has_no_duration_is_counted_and_not_drawn() -> None:
    open_ = Invocation(request_id="open", start=NOON)
    figure = drawn(durations_over_time([took(0, 1), open_], 30))
    assert [len(trace["x"]) for trace in figure["data"]] == [1]
    assert "Of 1 the log tells no start or no duration." in figure["layout"]["meta"]["words"]


def test_what_a_log_says_is_escaped() -> None:
    odd = Invocation(request_id="<script>", start=NOON, duration_ms=1.0, outcome=Outcome.SUCCESS)
    assert "<script>" not in drawn(durations_over_time([odd], 3))["data"][0]["hovertext"][0]
