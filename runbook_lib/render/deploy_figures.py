"""Figures of a deployment: every request over time, how long they took, and what so many runs show."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from math import inf
from typing import Any

from runbook_lib.invocations.base import Invocation, Outcome
from runbook_lib.invocations.bounds import lower_bound, percent, runs_needed
from runbook_lib.invocations.requests import Request
from runbook_lib.model.status import Status
from runbook_lib.render.drawing import NEUTRAL, safe
from runbook_lib.render.frames import GRID, colour_of, faint, frame, legend_name
from runbook_lib.render.invocation_figures import OUTSIDE, timeline
from runbook_lib.render.marks import COLOURS
from runbook_lib.render.text import seconds, visible

__all__ = ["confidence_figure", "duration_histogram", "request_timeline"]

Window = tuple[float, float | None]
"""The shortest and the longest expected duration in milliseconds; None: without an end."""

_HEIGHT_PX, _MIN_WIDTH_PX = 320, 340
_BINS = 24
_LEAST_RUNS, _STEPS = 300, 120
_TICKS = (1, 3, 10, 30, 100, 300, 1000, 3000)
_KINDS = {
    **{legend_name(outcome): (colour_of(outcome), "/" if outcome is Outcome.FAILURE else "") for outcome in Outcome},
    OUTSIDE: (COLOURS[Status.FAIL], "x"),
}


def request_timeline(rows: Sequence[Request], window_ms: Window = (0.0, None), *, simulated: bool = False) -> Any:
    """One bar per request from sending to answer, by the client's clock; colour and mark tell what became of it.

    What its REPORT tells of the duration decides whether it took the expected time. `simulated` waiting is shortened,
    so the clock of the client and the REPORT differ, and the figure says so.
    """
    clock = "UTC, by the client's clock"
    return timeline(
        [_as_invocation(row) for row in rows],
        names={_id(row): row.result.id for row in rows},
        outside=[_id(row) for row in rows if _is_outside(row, window_ms)],
        clock=f"{clock}; SIMULATED, long waits pass faster than the REPORT says" if simulated else clock,
    )


def duration_histogram(rows: Sequence[Request], window_ms: Window) -> Any:
    """How long requests took by their REPORT, and what became of them, over the window they should take.

    Requests whose REPORT was not seen are left out, and the title says so. Returns a plotly Figure; `layout.meta` holds
    the least readable width and the same in words.
    """
    import plotly.graph_objects as go

    timed = [(_kind(row, window_ms), ms / 1000) for row in rows if (ms := _reported_ms(row)) is not None]
    longest = max((took for _, took in timed), default=1.0)
    size = max(longest, (window_ms[1] or 0) / 1000, 0.001) / _BINS
    shapes, edges = _window(window_ms, size * _BINS)
    return go.Figure(
        data=[
            _bars(kind, [took for own, took in timed if own == kind], size)
            for kind in _KINDS
            if any(own == kind for own, _ in timed)
        ],
        layout={
            **frame(_duration_title(rows, len(timed)), _HEIGHT_PX),
            "showlegend": True,
            "barmode": "stack",
            "shapes": shapes,
            "xaxis": {"title": {"text": "seconds, by the REPORT of each", "standoff": 6}, "gridcolor": GRID,
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
                       line={"color": NEUTRAL, "width": 2, "shape": "spline"}, name="if all of them succeed",
                       hoverinfo="x+y"),
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


def _id(row: Request) -> str:
    return row.result.request_id or row.result.id


def _reported_ms(row: Request) -> float | None:
    """What the code took by its first REPORT, without the start of an environment: what is judged."""
    return row.attempts[0].duration_ms if row.attempts else None


def _is_outside(row: Request, window_ms: Window) -> bool:
    took = _reported_ms(row)
    return took is not None and not window_ms[0] <= took <= (window_ms[1] or inf)


def _kind(row: Request, window_ms: Window) -> str:
    """What became of a request, as the legend calls it."""
    is_late = row.outcome is not Outcome.FAILURE and _is_outside(row, window_ms)
    return OUTSIDE if is_late else legend_name(row.outcome)


def _as_invocation(row: Request) -> Invocation:
    seen = row.attempts[0] if row.attempts else None
    return Invocation(
        request_id=_id(row),
        start=row.result.started,
        end=row.result.ended,
        duration_ms=row.duration_ms,
        cold=bool(row.is_cold),
        outcome=row.outcome,
        error_class=row.error_class,
        destination=seen.destination if seen else None,
    )


def _bars(kind: str, took: Sequence[float], size: float) -> Any:
    import plotly.graph_objects as go

    colour, pattern = _KINDS[kind]
    counts = Counter(min(int(second / size), _BINS - 1) for second in took)
    return go.Bar(
        x=[(place + 0.5) * size for place in sorted(counts)],
        y=[counts[place] for place in sorted(counts)],
        width=size,
        name=kind,
        marker={"color": colour, "pattern": {"shape": pattern}},
        hovertext=[f"{place * size:.2f} to {(place + 1) * size:.2f} s: {counts[place]:,}" for place in sorted(counts)],
        hoverinfo="text",
    )


def _window(window_ms: Window, end_s: float) -> tuple[list[dict[str, Any]], list[str]]:
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
    without = f", {len(rows) - timed:,} without a REPORT left out" if timed < len(rows) else ""
    return f"How long {timed:,} request{'' if timed == 1 else 's'} took{without}"


def _duration_words(timed: Sequence[tuple[str, float]]) -> list[str]:
    words = []
    for kind in _KINDS:
        took = sorted(seconds_ for own, seconds_ in timed if own == kind)
        if took:
            words.append(f"{kind[2:]}: {len(took):,}, {seconds(took[0])} to {seconds(took[-1])}")
    return words
