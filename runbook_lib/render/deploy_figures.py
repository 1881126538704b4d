"""Figures of a deployment: every request over time, how long they took, and what so many runs show."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from runbook_lib.invocations.base import Invocation, Outcome
from runbook_lib.invocations.bounds import lower_bound, percent, runs_needed
from runbook_lib.invocations.requests import Request
from runbook_lib.model.status import Status
from runbook_lib.render.drawing import NEUTRAL, safe
from runbook_lib.render.frames import GRID, colour_of, faint, frame, legend_name
from runbook_lib.render.invocation_figures import timeline
from runbook_lib.render.marks import COLOURS
from runbook_lib.render.text import seconds, visible

__all__ = ["confidence_figure", "duration_histogram", "request_timeline"]

_HEIGHT_PX, _MIN_WIDTH_PX = 320, 340
_BINS = 24
_LEAST_RUNS, _STEPS = 300, 120
_TICKS = (1, 3, 10, 30, 100, 300, 1000, 3000)


def request_timeline(rows: Sequence[Request]) -> Any:
    """One bar per request from sending to answer, by the client's clock; colour and mark tell what became of it."""
    return timeline([_as_invocation(row) for row in rows])


def duration_histogram(rows: Sequence[Request], window_ms: tuple[float, float | None]) -> Any:
    """How long requests took, by what became of them, over the window they should take (None: without an end).

    Requests without an answer are left out, and the title says so. Returns a plotly Figure; `layout.meta` holds the
    least readable width and the same in words.
    """
    import plotly.graph_objects as go

    timed = [(row.outcome, row.duration_ms / 1000) for row in rows if row.duration_ms is not None]
    longest = max((took for _, took in timed), default=1.0)
    size = max(longest, (window_ms[1] or 0) / 1000, 0.001) / _BINS
    shapes, edges = _window(window_ms, size * _BINS)
    return go.Figure(
        data=[
            _bars(outcome, [took for own, took in timed if own is outcome], size)
            for outcome in Outcome
            if any(own is outcome for own, _ in timed)
        ],
        layout={
            **frame(_duration_title(rows, len(timed)), _HEIGHT_PX),
            "showlegend": True,
            "barmode": "stack",
            "shapes": shapes,
            "xaxis": {"title": {"text": "seconds, by the client's clock", "standoff": 6}, "gridcolor": GRID,
                      "zeroline": False, "range": [0, size * _BINS]},
            "yaxis": {"title": {"text": "requests"}, "gridcolor": GRID, "zeroline": False, "tickformat": "d",
                      "fixedrange": True},
            "meta": {"min_width": _MIN_WIDTH_PX, "words": [*_duration_words(timed), *edges]},
        },
    )  # fmt: skip


def confidence_figure(good: int, runs: int, wanted: float) -> Any:
    """The success rate that runs show at least, with 95 % confidence, against their number; `wanted` 0 is none.

    The curve is that of runs which all succeed, the mark is what was seen. Returns a plotly Figure; `layout.meta` holds
    the least readable width and the same in words.
    """
    import plotly.graph_objects as go

    shown = lower_bound(good, runs)
    needed = runs_needed(wanted) if wanted else 0
    most = max(runs, needed, _LEAST_RUNS)
    counts = sorted({max(1, round(most ** (step / _STEPS))) for step in range(_STEPS + 1)})
    outcome = Outcome.SUCCESS if good == runs and runs else Outcome.FAILURE
    said = f"{good:,} of {runs:,} runs succeeded, which shows at least {percent(shown)}"
    words = [said, *([f"{needed:,} runs without a failure show {percent(wanted)}"] if wanted else [])]
    return go.Figure(
        data=[
            go.Scatter(x=counts, y=[lower_bound(count, count) for count in counts], mode="lines",
                       name="if all of them succeed", line={"color": NEUTRAL, "width": 2}, hoverinfo="x+y"),
            go.Scatter(x=[max(runs, 1)], y=[shown], mode="markers", name="seen",
                       marker={"size": 13, "color": colour_of(outcome), "symbol": "circle" if shown else "x"},
                       hovertext=safe(said, 200), hoverinfo="text"),
        ],
        layout={
            **frame(said, _HEIGHT_PX),
            "showlegend": True,
            "shapes": _wanted(wanted),
            "xaxis": {"type": "log", "title": {"text": "runs", "standoff": 6}, "gridcolor": GRID, "zeroline": False,
                      "tickmode": "array", "tickvals": _TICKS, "ticktext": [f"{tick:,}" for tick in _TICKS]},
            "yaxis": {"title": {"text": "success rate shown at least"}, "range": [0, 1.04], "tickformat": ".0%",
                      "gridcolor": GRID, "zeroline": False, "fixedrange": True},
            "meta": {"min_width": _MIN_WIDTH_PX, "words": [visible(word) for word in words]},
        },
    )  # fmt: skip


def _as_invocation(row: Request) -> Invocation:
    seen = row.attempts[0] if row.attempts else None
    return Invocation(
        request_id=row.result.request_id or row.result.id,
        start=row.result.started,
        end=row.result.ended,
        duration_ms=row.duration_ms,
        cold=bool(row.is_cold),
        outcome=row.outcome,
        error_class=row.error_class,
        destination=seen.destination if seen else None,
    )


def _bars(outcome: Outcome, took: Sequence[float], size: float) -> Any:
    import plotly.graph_objects as go

    counts = Counter(min(int(second / size), _BINS - 1) for second in took)
    return go.Bar(
        x=[(place + 0.5) * size for place in sorted(counts)],
        y=[counts[place] for place in sorted(counts)],
        width=size,
        name=legend_name(outcome),
        marker={"color": colour_of(outcome), "pattern": {"shape": "/" if outcome is Outcome.FAILURE else ""}},
        hovertext=[f"{place * size:.2f} to {(place + 1) * size:.2f} s: {counts[place]:,}" for place in sorted(counts)],
        hoverinfo="text",
    )


def _window(window_ms: tuple[float, float | None], end_s: float) -> tuple[list[dict[str, Any]], list[str]]:
    """The expected window as a tinted band, and the same in words."""
    shortest, longest = window_ms[0] / 1000, (window_ms[1] / 1000 if window_ms[1] else None)
    if not shortest and longest is None:
        return [], ["No duration is expected."]
    band = {"type": "rect", "xref": "x", "yref": "paper", "x0": shortest, "x1": longest or end_s, "y0": 0, "y1": 1}
    look = {"fillcolor": faint(COLOURS[Status.PASS]), "line": {"width": 0}, "layer": "below"}
    upto = f"to {seconds(longest)}" if longest else "on"
    return [{**band, **look}], [f"Expected: from {seconds(shortest)} {upto}."]


def _wanted(wanted: float) -> list[dict[str, Any]]:
    if not wanted:
        return []
    look = {"dash": "dash", "width": 1.2, "color": COLOURS[Status.UNKNOWN]}
    return [{"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": wanted, "y1": wanted, "line": look}]


def _duration_title(rows: Sequence[Request], timed: int) -> str:
    without = f", {len(rows) - timed:,} without an answer left out" if timed < len(rows) else ""
    return f"How long {timed:,} request{'' if timed == 1 else 's'} took{without}"


def _duration_words(timed: Sequence[tuple[Outcome, float]]) -> list[str]:
    words = []
    for outcome in Outcome:
        took = sorted(seconds_ for own, seconds_ in timed if own is outcome)
        if took:
            words.append(f"{outcome.value}: {len(took):,}, {seconds(took[0])} to {seconds(took[-1])}")
    return words
