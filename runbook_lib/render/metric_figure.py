"""The figure of metrics: small panels on one time axis, limits drawn, missing minutes left open, failures as lines."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from runbook_lib.model.status import Status
from runbook_lib.model.window import Window
from runbook_lib.render.drawing import NEUTRAL, safe
from runbook_lib.render.frames import GRID, faint, frame
from runbook_lib.render.marks import COLOURS, MARKS
from runbook_lib.render.text import visible

__all__ = ["Curve", "Panel", "metric_panels"]

_LINES = (NEUTRAL, "#4f7fd9", "#8f6fd1", "#2f9aa0")
_DASHES = ("solid", "dot", "dash", "dashdot")
_RED = "rgba(229,72,77,0.55)"
_PANEL_PX, _TITLE_PX, _TOP_PX, _BOTTOM_PX, _MIN_WIDTH_PX = 80, 58, 82, 92, 340
_SMALL = "font-size:11px"
_MOMENTS, _FEW, _LINE, _MOST_LINES = 600, 3, 44, 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """One metric of one resource: `points` are the starts of periods with their values.

    `missing` are the starts of periods that should have a value and have none. `rank` numbers the resources of a
    figure, `kind` the metrics of a panel: together they decide how the line looks.
    """

    name: str
    period: timedelta
    points: Sequence[tuple[datetime, float]]
    missing: Sequence[datetime] = ()
    rank: int = 0
    kind: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """Curves over time with `limit` as a line across and its words.

    `title` is what is shown in words, `metric` its name; `said` is the sum or peak in words; `empty` says why there is
    nothing to draw.
    """

    title: str
    metric: str
    curves: Sequence[Curve] = ()
    said: str = ""
    limit: float | None = None
    limit_words: str = ""
    empty: str = ""
    is_bad: bool = False


def metric_panels(title: str, panels: Sequence[Panel], window: Window | None, failures: Iterable[datetime] = ()) -> Any:
    """The panels under each other; `failures` are starts of failed invocations, drawn as thin lines in every panel.

    A period without a value is a gap in the line and a cross on the axis. Returns a plotly Figure; `layout.meta` holds
    the least readable width and the same in words.
    """
    import plotly.graph_objects as go

    height = max(len(panels), 1) * (_PANEL_PX + _TITLE_PX) + _TOP_PX - _TITLE_PX + _BOTTOM_PX
    drawn = height - _TOP_PX - _BOTTOM_PX
    layout = frame(title, height, left=58, top=_TOP_PX, bottom=_BOTTOM_PX)
    layout["legend"] |= {"y": 4 / height, "yanchor": "bottom"}
    layout |= {"annotations": [], "shapes": [], "showlegend": True}
    layout["meta"] = {"min_width": _MIN_WIDTH_PX, "words": [visible(_panel_words(panel)) for panel in panels]}
    moments = _thinned(failures, window)
    data: list[dict[str, Any]] = []
    named: set[str] = set()
    for number, panel in enumerate(panels):
        axes = _Axes(number)
        top = 1 - number * (_PANEL_PX + _TITLE_PX) / drawn
        highest = _highest(panel)
        layout[axes.x] = _time_axis(axes, window, is_last=number == len(panels) - 1)
        layout[axes.y] = {**_VALUES, "anchor": axes.x_id, "domain": [max(top - _PANEL_PX / drawn, 0), top]}
        layout[axes.y] |= {"range": [0, highest * 1.25], **({"dtick": 1} if highest <= _FEW else {})}
        layout[axes.y] |= {"showticklabels": False} if panel.empty else {}
        layout["annotations"] += _labels(panel, axes)
        layout["shapes"] += _limit(panel, axes)
        for trace in _traces(panel, moments, highest * 1.25):
            trace |= {"xaxis": axes.x_id, "yaxis": axes.y_id, "showlegend": trace["name"] not in named | {""}}
            named.add(trace["name"])
            data.append(trace)
    return go.Figure(data=data, layout=layout)


_VALUES = {"gridcolor": GRID, "zeroline": False, "nticks": 4, "fixedrange": True, "tickformat": "~s"}


class _Axes:
    """The names of the axes of a panel, as plotly counts them."""

    def __init__(self, number: int) -> None:
        place = str(number + 1) if number else ""
        self.x, self.y, self.x_id, self.y_id = f"xaxis{place}", f"yaxis{place}", f"x{place}", f"y{place}"


def _time_axis(axes: _Axes, window: Window | None, *, is_last: bool) -> dict[str, Any]:
    axis: dict[str, Any] = {"type": "date", "anchor": axes.y_id, "gridcolor": GRID, "zeroline": False}
    axis |= {"showticklabels": is_last}
    axis |= {"matches": "x"} if axes.x_id != "x" else {}
    return axis | ({"range": [_utc(window.start), _utc(window.end)]} if window else {})


def _labels(panel: Panel, axes: _Axes) -> list[dict[str, Any]]:
    """The title above the panel, what stands in an empty one, and the words of the limit."""
    mark = f'<span style="color:{COLOURS[Status.FAIL]}">{MARKS[Status.FAIL].symbol}</span> ' if panel.is_bad else ""
    said = safe(": ".join(part for part in (panel.metric, panel.said) if part), 70)
    across = {"xref": f"{axes.x_id} domain", "yref": f"{axes.y_id} domain", "showarrow": False}
    labels = [
        {**across, "x": 0, "y": 1, "xanchor": "left", "yanchor": "bottom", "align": "left", "xshift": -2,
         "font": {"size": 12}, "text": f'{mark}<b>{safe(panel.title, 60)}</b><br><span style="{_SMALL}">{said}</span>'},
    ]  # fmt: skip
    if panel.empty:
        text = "<br>".join(safe(line, _LINE) for line in textwrap.wrap(visible(panel.empty), _LINE)[:_MOST_LINES])
        labels.append({**across, "x": 0.5, "y": 0.5, "text": text, "font": {"size": 11}})
    if panel.limit is not None:
        labels.append(
            {**across, "yref": axes.y_id, "x": 1, "y": panel.limit, "xanchor": "right", "yanchor": "bottom",
             "font": {"size": 10}, "text": safe(panel.limit_words, 80)}
        )  # fmt: skip
    return labels


def _limit(panel: Panel, axes: _Axes) -> list[dict[str, Any]]:
    if panel.limit is None:
        return []
    look = {"dash": "dash", "width": 1.2, "color": COLOURS[Status.UNKNOWN]}
    across = {"xref": f"{axes.x_id} domain", "yref": axes.y_id, "x0": 0, "x1": 1}
    return [{"type": "line", **across, "y0": panel.limit, "y1": panel.limit, "line": look}]


def _traces(panel: Panel, failures: Sequence[datetime], top: float) -> Iterator[dict[str, Any]]:
    """The failures behind, then every curve, then the crosses of its missing periods; nothing behind mere words."""
    if failures and not panel.empty:
        x = [value for moment in failures for value in (_utc(moment), _utc(moment), None)]
        y = [value for _ in failures for value in (0, top, None)]
        name = f"{MARKS[Status.FAIL].symbol} start of a failed invocation"
        yield {"type": "scatter", "mode": "lines", "x": x, "y": y, "name": name, "hoverinfo": "skip",
               "line": {"width": 1, "color": _RED}}  # fmt: skip
    several = len(panel.curves) > 1
    for curve in panel.curves:
        colour = COLOURS[Status.FAIL] if panel.is_bad and not curve.rank else _LINES[(curve.rank + curve.kind) % 4]
        runs = _runs(curve)
        look = {"color": colour, "width": 1.6, "dash": _DASHES[curve.kind % len(_DASHES)]}
        if not several:
            yield {"type": "scatter", "mode": "lines", **_joined(runs, closed=True), "fill": "toself", "name": "",
                   "fillcolor": faint(colour), "line": {"width": 0}, "hoverinfo": "skip"}  # fmt: skip
        yield {"type": "scatter", "mode": "lines", **_joined(runs), "connectgaps": False, "line": look,
               "name": safe(curve.name, 60) if several else "", "hoverinfo": "x+y"}  # fmt: skip
    missing = sorted({moment for curve in panel.curves for moment in curve.missing})[:_MOMENTS]
    if missing:
        look = {"symbol": "x-thin", "size": 7, "line": {"width": 1.5, "color": COLOURS[Status.UNKNOWN]}}
        yield {"type": "scatter", "mode": "markers", "x": [_utc(m) for m in missing], "y": [0] * len(missing),
               "marker": look, "cliponaxis": False, "name": "? no value", "hoverinfo": "name+x"}  # fmt: skip


def _runs(curve: Curve) -> list[list[tuple[datetime, float]]]:
    """The curve as steps, each value over its whole period; a new run begins where periods are missing."""
    runs: list[list[tuple[datetime, float]]] = []
    end: datetime | None = None
    for moment, value in curve.points:
        if end is None or moment > end:
            runs.append([])
        end = moment + curve.period
        runs[-1] += [(_utc(moment), value), (_utc(end), value)]
    return runs


def _joined(runs: Iterable[Sequence[tuple[datetime, float]]], *, closed: bool = False) -> dict[str, list[Any]]:
    """The runs as coordinates with a break after each; closed ones begin and end on the axis."""
    points: list[tuple[datetime | None, float | None]] = []
    for run in runs:
        points += [(run[0][0], 0.0), *run, (run[-1][0], 0.0)] if closed else run
        points.append((None, None))
    return {"x": [moment for moment, _ in points[:-1]], "y": [value for _, value in points[:-1]]}


def _thinned(failures: Iterable[datetime], window: Window | None) -> list[datetime]:
    """The moments, of those that would fall on the same pixel only the first."""
    listed = sorted(set(failures))
    span = window.length if window else (listed[-1] - listed[0] if listed else timedelta())
    kept: list[datetime] = []
    for moment in listed:
        if not kept or moment - kept[-1] >= span / _MOMENTS:
            kept.append(moment)
    return kept


def _highest(panel: Panel) -> float:
    """The largest thing to draw, never 0."""
    return max([panel.limit or 0, 1, *(value for curve in panel.curves for _, value in curve.points)])


def _panel_words(panel: Panel) -> str:
    title = f"{panel.title} ({panel.metric})"
    if panel.empty:
        return f"{title}: {panel.empty}"
    limit = f", limit {panel.limit:,.0f} ({panel.limit_words})" if panel.limit is not None else ""
    count = sum(len(curve.missing) for curve in panel.curves)
    missing = f", {count} period{'' if count == 1 else 's'} without a value" if count else ""
    return f"{title}: {panel.said or 'no value'}{limit}{missing}"


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)
