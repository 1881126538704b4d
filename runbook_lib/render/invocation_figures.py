"""Figures of invocations: when each ran and how it ended, success by rank of start, and metrics with their limits."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from runbook_lib.invocations.base import Burst, Invocation, Outcome
from runbook_lib.model.status import Status
from runbook_lib.render.drawing import MONO, NEUTRAL, safe
from runbook_lib.render.marks import COLOURS, MARKS
from runbook_lib.render.text import visible

__all__ = ["Panel", "metric_panels", "success_by_rank", "timeline"]

_STATUS = {Outcome.SUCCESS: Status.PASS, Outcome.FAILURE: Status.FAIL, Outcome.UNKNOWN: Status.UNKNOWN}
_PATTERNS = {Outcome.SUCCESS: "", Outcome.FAILURE: "/", Outcome.UNKNOWN: "."}
_GRID = "rgba(125,135,147,0.25)"
_MANY = 60
_ROW_PX, _AROUND_PX, _MIN_WIDTH_PX = 17, 120, 720


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One metric over time: `points` are moments and values, `limit` a line drawn across with its words.

    `gaps` are moments of periods without a value; `empty` says why there is nothing to draw.
    """

    title: str
    points: Sequence[tuple[datetime, float]]
    limit: float | None = None
    limit_words: str = ""
    gaps: Sequence[datetime] = ()
    empty: str = ""
    is_bad: bool = False


def timeline(invocations: Sequence[Invocation]) -> Any:
    """One bar per invocation from start to end, in order of start, coloured and marked by outcome.

    Of more than sixty, the window around the first failure is drawn and the title says so. An end that was not seen is
    drawn open, with a question mark. Returns a plotly Figure; `layout.meta` holds the least readable width and the
    same in words.
    """
    import plotly.graph_objects as go

    placed = [item for item in invocations if item.start is not None]
    shown = _around_first_failure(placed)
    traces = [_bars(outcome, shown) for outcome in Outcome if any(item.outcome is outcome for item in shown)]
    said = (
        f"{len(shown)} of {len(invocations):,} invocations, around the first failure"
        if len(shown) < len(invocations)
        else f"{len(shown)} invocations by start"
    )
    return go.Figure(
        data=traces,
        layout={
            **_layout(said, max(len(shown), 3) * _ROW_PX + _AROUND_PX),
            "barmode": "overlay",
            "bargap": 0.25,
            "xaxis": {"type": "date", "title": {"text": "UTC"}, "gridcolor": _GRID, "zeroline": False},
            "yaxis": {
                "autorange": "reversed",
                "tickmode": "array",
                "tickvals": list(range(len(shown))),
                "ticktext": [_name(item) for item in shown],
                "tickfont": {"family": MONO, "size": 10},
                "showgrid": False,
                "fixedrange": True,
            },
            "legend": {"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom"},
            "meta": {"min_width": _MIN_WIDTH_PX, "words": [visible(_words(item)) for item in shown]},
        },
    )


def success_by_rank(bursts: Iterable[Burst]) -> Any:
    """Every burst as a row of marks in the order of starts: where in a burst do invocations fail?

    Bursts with fewer than two invocations are left out, and all but the twelve largest. Returns a plotly Figure.
    """
    import plotly.graph_objects as go

    listed = sorted((b for b in bursts if len(b.invocations) > 1), key=lambda b: -len(b.invocations))[:12]
    listed.sort(key=lambda burst: str(burst.invocations[0].start))
    traces = []
    for outcome in Outcome:
        at = [
            (rank, row, item)
            for row, burst in enumerate(listed)
            for rank, item in enumerate(burst.invocations, 1)
            if item.outcome is outcome
        ]
        if at:
            traces.append(_marks(outcome, at))
    heads = [f"{burst.invocations[0].start:%H:%M:%S}" if burst.invocations[0].start else "no time" for burst in listed]
    longest = max((len(burst.invocations) for burst in listed), default=2)
    return go.Figure(
        data=traces,
        layout={
            **_layout("Outcome by rank of start, one row per burst", max(len(listed), 1) * 34 + _AROUND_PX),
            "xaxis": {
                "title": {"text": "rank of start within the burst"},
                "range": [0.4, longest + 0.6],
                "gridcolor": _GRID,
                "zeroline": False,
                "dtick": 1 if longest <= 20 else None,
            },
            "yaxis": {
                "autorange": "reversed",
                "tickmode": "array",
                "tickvals": list(range(len(listed))),
                "ticktext": heads,
                "range": [len(listed) - 0.5, -0.5],
                "showgrid": False,
                "fixedrange": True,
            },
            "legend": {"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom"},
            "meta": {
                "min_width": 560,
                "words": [
                    f"{head}: {' '.join(MARKS[_STATUS[item.outcome]].symbol for item in burst.invocations[:200])}"
                    for head, burst in zip(heads, listed, strict=True)
                ],
            },
        },
    )


def metric_panels(title: str, panels: Sequence[Panel], failures: Iterable[datetime] = ()) -> Any:
    """Small panels under each other on one time axis, limits as dashed lines, minutes without a value marked.

    `failures` are starts of failed invocations, drawn as thin lines through all panels. Returns a plotly Figure.
    """
    import plotly.graph_objects as go
    from plotly.subplots import make_subplots

    figure = make_subplots(
        rows=max(len(panels), 1),
        cols=1,
        shared_xaxes=True,
        vertical_spacing=0.4 / max(len(panels), 1) ** 1.2,
        subplot_titles=[f"{MARKS[Status.FAIL].symbol} {p.title}" if p.is_bad else p.title for p in panels],
    )
    for row, panel in enumerate(panels, 1):
        colour = COLOURS[Status.FAIL] if panel.is_bad else NEUTRAL
        x, y = [moment for moment, _ in panel.points], [value for _, value in panel.points]
        line = {"color": colour, "width": 1.6, "shape": "hv"}
        figure.add_trace(
            go.Scatter(x=x, y=y, mode="lines", line=line, fill="tozeroy", fillcolor=_faint(colour), showlegend=False),
            row=row,
            col=1,
        )
        if panel.gaps:
            missing = {"symbol": "x-thin", "size": 7, "line": {"width": 1.5, "color": COLOURS[Status.UNKNOWN]}}
            figure.add_trace(
                go.Scatter(x=list(panel.gaps), y=[0] * len(panel.gaps), mode="markers", marker=missing,
                           hovertext="no value", hoverinfo="text+x", showlegend=False),
                row=row, col=1,
            )  # fmt: skip
        top = max([*y, panel.limit or 0, 1])
        figure.update_yaxes(
            range=[0, top * 1.15], row=row, col=1, gridcolor=_GRID, zeroline=False, nticks=4, fixedrange=True,
            tickformat="~s",
        )  # fmt: skip
        if panel.limit is not None:
            figure.add_hline(
                y=panel.limit, row=row, col=1, line={"dash": "dash", "width": 1.2, "color": COLOURS[Status.UNKNOWN]},
                annotation={"text": safe(panel.limit_words, 60), "font": {"size": 10}, "xanchor": "left", "x": 0.005,
                            "yanchor": "top"},
            )  # fmt: skip
        if panel.empty:
            figure.add_annotation(text=safe(panel.empty, 90), showarrow=False, x=0.5, y=0.5, xref="x domain",
                                  yref="y domain", row=row, col=1)  # fmt: skip
    marks = [
        {"type": "line", "xref": "x", "yref": "paper", "x0": at, "x1": at, "y0": 0, "y1": 1, "layer": "below",
         "line": {"width": 1, "color": "rgba(229,72,77,0.35)"}}
        for at in sorted(set(failures))[:_MANY]
    ]  # fmt: skip
    figure.update_layout(**_layout(title, max(len(panels), 1) * 118 + 90), shapes=[*figure.layout.shapes, *marks])
    figure.update_layout(meta={"min_width": 640, "words": [visible(_panel_words(panel)) for panel in panels]})
    figure.update_xaxes(gridcolor=_GRID, zeroline=False)
    figure.update_annotations(font_size=12)
    return figure


def _bars(outcome: Outcome, shown: Sequence[Invocation]) -> Any:
    import plotly.graph_objects as go

    mine = [(row, item) for row, item in enumerate(shown) if item.outcome is outcome]
    status = _STATUS[outcome]
    shortest = _shortest_ms(shown)
    return go.Bar(
        orientation="h",
        y=[row for row, _ in mine],
        base=[item.start for _, item in mine],
        x=[max(_length_ms(item), shortest) for _, item in mine],
        name=f"{MARKS[status].symbol} {outcome.value}",
        marker={
            "color": COLOURS[status],
            "line": {"width": 0},
            "pattern": {"shape": _PATTERNS[outcome], "fgcolor": "rgba(255,255,255,0.55)", "size": 6},
        },
        text=[f" {MARKS[status].symbol} {safe(str(item.error_class or ''), 30)}".rstrip() for _, item in mine],
        textposition="outside",
        cliponaxis=False,
        hovertext=[safe(_words(item), 400) for _, item in mine],
        hoverinfo="text",
    )


def _marks(outcome: Outcome, at: Sequence[tuple[int, int, Invocation]]) -> Any:
    import plotly.graph_objects as go

    status = _STATUS[outcome]
    return go.Scatter(
        x=[rank for rank, _, _ in at],
        y=[row for _, row, _ in at],
        mode="markers",
        name=f"{MARKS[status].symbol} {outcome.value}",
        marker={
            "symbol": {Outcome.SUCCESS: "circle", Outcome.FAILURE: "x", Outcome.UNKNOWN: "diamond-open"}[outcome],
            "size": 11,
            "color": COLOURS[status],
        },
        hovertext=[safe(_words(item), 400) for _, _, item in at],
        hoverinfo="text",
    )


def _layout(title: str, height: int) -> dict[str, Any]:
    head = {"text": safe(title, 110), "x": 0, "xref": "paper", "y": 1, "yanchor": "top", "pad": {"t": 8}}
    return {
        "title": {**head, "font": {"size": 15}},
        "height": height,
        "margin": {"l": 90, "r": 30, "t": 76, "b": 44},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"size": 12, "color": NEUTRAL},
        "hovermode": "closest",
    }


def _around_first_failure(placed: Sequence[Invocation]) -> list[Invocation]:
    """At most sixty invocations in order, the first failure a third of the way in."""
    first = next((index for index, item in enumerate(placed) if item.outcome is not Outcome.SUCCESS), 0)
    begin = max(0, min(first - _MANY // 3, len(placed) - _MANY))
    return list(placed[begin : begin + _MANY])


def _length_ms(item: Invocation) -> float:
    if item.start and item.end:
        return max((item.end - item.start) / timedelta(milliseconds=1), 0.0)
    return item.duration_ms or 0.0


def _shortest_ms(shown: Sequence[Invocation]) -> float:
    """A length that can still be seen, given the whole span."""
    starts = [item.start for item in shown if item.start]
    if not starts:
        return 1.0
    ends = [start + timedelta(milliseconds=_length_ms(item)) for start, item in zip(starts, shown, strict=True)]
    return max((max(ends) - min(starts)) / timedelta(milliseconds=1) / 400, 1.0)


def _name(item: Invocation) -> str:
    return safe(item.request_id, 9)


def _words(item: Invocation) -> str:
    start = item.start.astimezone(UTC).strftime("%H:%M:%S.%f")[:-3] if item.start else "no time"
    took = "end not seen" if item.duration_ms is None else f"{item.duration_ms / 1000:,.2f} s"
    why = " ".join(part for part in (str(item.error_class or ""), item.destination or "") if part)
    cold = ", cold start" if item.cold else ""
    return f"{start} {item.request_id}: {item.outcome.value}, {took}{cold}{', ' + why if why else ''}"


def _panel_words(panel: Panel) -> str:
    if not panel.points:
        return f"{panel.title}: {panel.empty or 'no value'}"
    peak = max(value for _, value in panel.points)
    limit = f", limit {panel.limit:,.0f} ({panel.limit_words})" if panel.limit is not None else ""
    missing = f", {len(panel.gaps)} minutes without a value" if panel.gaps else ""
    return f"{panel.title}: peak {peak:,.0f}{limit}{missing}"


def _faint(colour: str) -> str:
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},0.15)"
