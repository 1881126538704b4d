"""The figure of how long invocations took over time, against the Timeout of their function."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from runbook_lib.invocations.base import Invocation, Outcome
from runbook_lib.invocations.growth import Growth
from runbook_lib.model.status import Status
from runbook_lib.model.window import Window
from runbook_lib.render.drawing import NEUTRAL, safe
from runbook_lib.render.frames import GRID, colour_of, frame, legend_name
from runbook_lib.render.marks import COLOURS
from runbook_lib.render.text import seconds, visible

__all__ = ["durations_over_time"]

_HEIGHT_PX, _LEFT_PX, _MIN_WIDTH_PX = 340, 64, 340
_MANY, _SLOTS = 1500, 400
_HEADROOM = 1.22
_SYMBOLS = {Outcome.SUCCESS: "circle", Outcome.FAILURE: "x", Outcome.UNKNOWN: "diamond-open"}
_DAY_S = 86_400

Placed = tuple[datetime, float, Invocation]


def durations_over_time(
    invocations: Iterable[Invocation],
    timeout_s: float | None,
    *,
    window: Window | None = None,
    trend: Growth | None = None,
) -> Any:
    """One mark per invocation: when it started and how long it took; the Timeout is a line across.

    Of more than 1,500 the longest of each of 400 equal spans is drawn, per outcome, and the title says so. `trend` is
    drawn as a line to the end of the window. What has no start or no duration is only counted. Returns a plotly Figure;
    `layout.meta` holds the least readable width and the same in words.
    """
    import plotly.graph_objects as go

    listed = list(invocations)
    placed = [
        (item.start.astimezone(UTC), item.duration_ms / 1000, item)
        for item in listed
        if item.start is not None and item.duration_ms is not None
    ]
    drawn = {outcome: _thinned([at for at in placed if at[2].outcome is outcome], placed) for outcome in Outcome}
    top = max([timeout_s or 0, 0.001, *(took for _, took, _ in placed)]) * _HEADROOM
    shown = sum(map(len, drawn.values()))
    traces = [_marks(outcome, at) for outcome, at in drawn.items() if at]
    if trend is not None and placed:
        traces.append(_trend(trend, placed, window))
    return go.Figure(
        data=traces,
        layout={
            **frame(_title(shown, len(placed)), _HEIGHT_PX, left=_LEFT_PX),
            "showlegend": True,
            "xaxis": {"type": "date", "gridcolor": GRID, "zeroline": False, "title": {"text": "start, UTC"}}
            | ({"range": [window.start.astimezone(UTC), window.end.astimezone(UTC)]} if window else {}),
            "yaxis": {
                "range": [0, top],
                "title": {"text": "duration in s", "standoff": 4},
                "gridcolor": GRID,
                "zeroline": False,
                "nticks": 6,
                "fixedrange": True,
            },
            "shapes": [] if timeout_s is None else [_line(timeout_s)],
            "annotations": [] if timeout_s is None else [_label(timeout_s)],
            "meta": {
                "min_width": _MIN_WIDTH_PX,
                "words": [visible(words) for words in _words(listed, placed, timeout_s, trend)],
            },
        },
    )


def _title(shown: int, count: int) -> str:
    noun = f"{count:,} invocation{'' if count == 1 else 's'}"
    return f"The {shown:,} longest of {noun}" if shown < count else f"How long {noun} took"


def _thinned(at: Sequence[Placed], every: Sequence[Placed]) -> list[Placed]:
    """All marks, or of too many the longest in each of equal spans of time."""
    if len(every) <= _MANY:
        return list(at)
    first, last = min(moment for moment, _, _ in every), max(moment for moment, _, _ in every)
    whole = max((last - first).total_seconds(), 1e-3)
    longest: dict[int, Placed] = {}
    for one in at:
        slot = min(_SLOTS - 1, int(_SLOTS * (one[0] - first).total_seconds() / whole))
        if slot not in longest or one[1] > longest[slot][1]:
            longest[slot] = one
    return [longest[slot] for slot in sorted(longest)]


def _marks(outcome: Outcome, at: Sequence[Placed]) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "markers",
        "x": [moment for moment, _, _ in at],
        "y": [took for _, took, _ in at],
        "name": legend_name(outcome),
        "marker": {"symbol": _SYMBOLS[outcome], "size": 8, "color": colour_of(outcome), "opacity": 0.85},
        "hovertext": [safe(_about(took, item), 200) for _, took, item in at],
        "hoverinfo": "text+x",
        "cliponaxis": False,
    }


def _trend(trend: Growth, placed: Sequence[Placed], window: Window | None) -> dict[str, Any]:
    first = min(moment for moment, _, _ in placed)
    end = window.end.astimezone(UTC) if window else max(moment for moment, _, _ in placed)
    return {
        "type": "scatter",
        "mode": "lines",
        "x": [first, end],
        "y": [trend.level + trend.slope * (moment.timestamp() - trend.at) for moment in (first, end)],
        "name": _growth_words(trend),
        "line": {"color": COLOURS[Status.UNKNOWN], "width": 2, "dash": "dot"},
        "hoverinfo": "skip",
    }


def _line(timeout_s: float) -> dict[str, Any]:
    look = {"dash": "dash", "width": 1.6, "color": COLOURS[Status.FAIL]}
    return {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": timeout_s, "y1": timeout_s, "line": look}


def _label(timeout_s: float) -> dict[str, Any]:
    return {
        "xref": "paper",
        "x": 0,
        "y": timeout_s,
        "xanchor": "left",
        "xshift": 4,
        "yanchor": "bottom",
        "showarrow": False,
        "font": {"size": 11, "color": NEUTRAL},
        "text": f"Timeout {timeout_s:,g} s",
    }


def _growth_words(trend: Growth) -> str:
    return f"grows by {seconds(trend.slope * _DAY_S)} a day"


def _about(took: float, item: Invocation) -> str:
    cold = ", cold start" if item.cold else ""
    why = f", {item.error_class}" if item.error_class else ""
    return f"{item.request_id}: {item.outcome.value}{why}, {seconds(took)}{cold}"


def _words(
    listed: Sequence[Invocation], placed: Sequence[Placed], timeout_s: float | None, trend: Growth | None
) -> Iterable[str]:
    for outcome in Outcome:
        took = sorted(duration for _, duration, item in placed if item.outcome is outcome)
        if took:
            middle, most = took[math.ceil(len(took) / 2) - 1], took[-1]
            yield f"{legend_name(outcome)}: {len(took):,}, half of them up to {seconds(middle)}, all {seconds(most)}."
    if len(placed) < len(listed):
        yield f"Of {len(listed) - len(placed):,} the log tells no start or no duration."
    if timeout_s is not None:
        yield f"Timeout: {timeout_s:,g} s."
    if trend is not None:
        yield f"The duration {_growth_words(trend)}."
