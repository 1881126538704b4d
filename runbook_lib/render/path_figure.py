"""The figure of paths: for each way the stations from sender to destination, the request above, the answer below."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from runbook_lib.model.status import Status
from runbook_lib.render.drawing import NEUTRAL, rounded, safe
from runbook_lib.render.marks import COLOURS, MARKS
from runbook_lib.render.path_boxes import Slot, box_label, hover_text
from runbook_lib.render.path_groups import grouped
from runbook_lib.render.path_story import REQUEST, Way
from runbook_lib.render.text import visible

__all__ = ["path_figure"]

_MANY, _MOST = 6, 10
_TOP_PX, _HEAD_PX, _BAND_PX, _NOTE_PX, _LINE_PX, _END_PX = 66, 42, 104, 7, 16, 26
_MIN_WIDTH_PX, _GAP_PX, _BOX_PX, _LETTER_PX = 940, 34, 120, 6.2
_WIDEST_PX, _BOLD_PX = 176, 8.0
_NOTES = 4
_LEGEND = "Upper line: the request →   Lower line: the answer ←   Dotted: behind a stop, or not known"


@dataclass(frozen=True, slots=True)
class _Ruler:
    """Lengths of one figure in pixels at its least width, where 1000 units across are that width."""

    width: float
    box: float

    @classmethod
    def of(cls, ways: Sequence[Way]) -> _Ruler:
        most = max((len(way.stations) for way in ways), default=2)
        width = max(_MIN_WIDTH_PX, most * _BOX_PX + (most - 1) * _GAP_PX)
        return cls(width, min(_WIDEST_PX, (width - (most - 1) * _GAP_PX) / most))

    def units(self, pixels: float) -> float:
        """Pixels across as units of the drawing."""
        return pixels * 1000 / self.width

    @property
    def pitch(self) -> float:
        """From one box to the next."""
        return self.units(self.box + _GAP_PX)


def path_figure(name: str, ways: Sequence[Way]) -> Any:
    """One band per way, the stopped stations marked with symbol and word, the rules that stop it written below.

    With more than six ways those that differ only in their subnet share a band, and after ten the rest is left to the
    table. `layout.meta` holds every way in words and the least width at which the figure is readable. Returns a
    plotly Figure.
    """
    import plotly.graph_objects as go

    shown = grouped(ways) if len(ways) > _MANY else tuple(ways)
    left = len(shown) - _MOST
    shown = shown[:_MOST]
    ruler = _Ruler.of(shown)
    drawing = _Drawing(ruler)
    for way in shown:
        drawing.add(way)
    if left > 0:
        drawing.note(f"{left} more {'way' if left == 1 else 'ways'}: the table below has them all.")
    if not shown:
        drawing.note("No path was traced: there are no security groups to start from, or the target is in no VPC.")
    layout = _layout(name, shown, drawing.bottom) | {
        "shapes": drawing.shapes,
        "annotations": [_legend(), *drawing.labels],
        "meta": {"min_width": int(ruler.width), "words": [visible(way.words) for way in ways]},
    }
    if ruler.width > _MIN_WIDTH_PX:
        layout["width"] = int(ruler.width)
    return go.Figure(data=[drawing.arrows(), drawing.hovers()], layout=layout)


def _layout(name: str, ways: Sequence[Way], height: float) -> dict[str, Any]:
    goals = list(dict.fromkeys(f"{way.goal} ({way.traffic})" for way in ways))
    where = " and ".join(goals) if len(goals) < 3 else f"{len(goals)} destinations"
    axis = {"visible": False, "fixedrange": True}
    title = {"text": safe(f"The way of {name} to {where}" if where else f"The way of {name}", 100), "x": 0, "y": 1}
    return {
        "title": title | {"xref": "paper", "yanchor": "top", "pad": {"t": 8}, "font": {"size": 15}},
        "height": int(_TOP_PX + height + 8),
        "margin": {"l": 4, "r": 4, "t": _TOP_PX, "b": 8},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"size": 12, "color": NEUTRAL},
        "showlegend": False,
        "hovermode": "closest",
        "hoverdistance": 60,
        "xaxis": axis | {"range": [-2, 1002]},
        "yaxis": axis | {"range": [height, 0]},
    }


class _Drawing:
    """Shapes and labels of a figure, band below band; heights are in pixels from the top."""

    def __init__(self, ruler: _Ruler) -> None:
        self.ruler = ruler
        self.bottom = 0.0
        self.shapes: list[dict[str, Any]] = []
        self.labels: list[dict[str, Any]] = []
        self._heads: list[tuple[float, float, str, str]] = []
        self._points: list[tuple[float, float, str]] = []

    def add(self, way: Way) -> None:
        """Draw one way below the last one."""
        self._head(way)
        top = self.bottom + _HEAD_PX
        slots = [Slot(way, number) for number in range(len(way.stations))]
        for slot in slots:
            self._box(slot, top)
        for direction in (REQUEST, "return"):
            self._line(way, direction, top)
        self.bottom = top + _BAND_PX + _NOTE_PX
        for status, text in way.notes[:_NOTES]:
            self.note(text, status)
        if len(way.notes) > _NOTES:
            self.note(f"and {len(way.notes) - _NOTES} more: the findings name them all.")
        self.bottom += _END_PX - _NOTE_PX

    def note(self, text: str, status: Status | None = None) -> None:
        """Write a sentence at the bottom, on as many lines as it needs."""
        lines = textwrap.wrap(visible(text), int((self.ruler.width - 24) / _LETTER_PX))[:3] or [""]
        sign = f'<span style="color:{COLOURS[status]}"><b>{MARKS[status].symbol}</b></span> ' if status else ""
        self._text(0, self.bottom, sign + "<br>".join(safe(line, 400) for line in lines), 11)
        self.bottom += _LINE_PX * len(lines)

    def arrows(self) -> dict[str, Any]:
        """The heads of all lines as one trace."""
        marker = {"symbol": [head[2] for head in self._heads], "color": [head[3] for head in self._heads], "size": 9}
        place = {"x": [head[0] for head in self._heads], "y": [head[1] for head in self._heads]}
        return {"type": "scatter", "mode": "markers", **place, "marker": marker, "hoverinfo": "skip"}

    def hovers(self) -> dict[str, Any]:
        """Invisible points that show everything about a station when hovered."""
        place = {"x": [point[0] for point in self._points], "y": [point[1] for point in self._points]}
        look = {"type": "scatter", "mode": "markers", "marker": {"size": 40, "opacity": 0}, "hoverinfo": "text"}
        return look | place | {"hovertext": [point[2] for point in self._points]}

    def _head(self, way: Way) -> None:
        """From where to where, and below it the outcome: on the left, where a narrow screen shows it."""
        where = safe(", ".join(way.subnets) if len(way.subnets) == 1 else f"{len(way.subnets)} subnets", 70)
        self._text(0, self.bottom, f"<b>{where}</b> to {safe(way.to, 50)}", 12)
        said = "   ".join(
            f"{word} {MARKS[status].symbol} {outcome}"
            for word, status, outcome in (
                ("request", way.request, way.request_word),
                ("answer", way.answer, way.answer_word),
            )
        )
        self._text(0, self.bottom + _LINE_PX + 2, said, 12)

    def _box(self, slot: Slot, top: float) -> None:
        x0 = self._left(slot.way, slot.number)
        x1 = x0 + self.ruler.units(self.ruler.box)
        y0, y1 = top + _BAND_PX * slot.share[0], top + _BAND_PX * slot.share[1]
        colour = COLOURS[slot.status] if slot.status else NEUTRAL
        self.shapes.append(rounded((x0, x1), (y0, y1), (self.ruler.units(8), 8), colour))
        text = box_label(slot, int((self.ruler.box - 14) / _BOLD_PX))
        inside = {"xanchor": "left", "yanchor": "middle", "align": "left", "showarrow": False}
        self.labels.append({"x": x0 + self.ruler.units(8), "y": (y0 + y1) / 2, "text": text, **inside})
        self._points.append(((x0 + x1) / 2, (y0 + y1) / 2, hover_text(slot)))

    def _line(self, way: Way, direction: str, top: float) -> None:
        """The line of one direction: coloured up to its first stop, dotted behind it."""
        is_request = direction == REQUEST
        y = top + _BAND_PX * (0.27 if is_request else 0.73)
        for start, end, status in _stretches(way, direction):
            right_to_left = self._left(way, start), self._left(way, end) + self.ruler.units(self.ruler.box)
            left_to_right = self._left(way, start) + self.ruler.units(self.ruler.box), self._left(way, end)
            x0, x1 = left_to_right if is_request else right_to_left
            colour = COLOURS[status] if status else NEUTRAL
            head = self.ruler.units(7) * (1 if is_request else -1)
            stroke = {"color": colour, "width": 2.2 if status else 1.4, "dash": "solid" if status else "dot"}
            ends = {"x0": x0, "x1": x1 - head, "y0": y, "y1": y}
            self.shapes.append({"type": "line", **ends, "line": stroke, "layer": "below"})
            self._heads.append((x1 - head * 0.7, y, "triangle-right" if is_request else "triangle-left", colour))

    def _left(self, way: Way, number: int) -> float:
        """The left edge of a station; the destination stands at the right edge of the figure."""
        if number == len(way.stations) - 1:
            return 1000 - self.ruler.units(self.ruler.box)
        return number * self.ruler.pitch

    def _text(self, x: float, y: float, text: str, size: int) -> None:
        place = {"x": x, "y": y, "xanchor": "left", "yanchor": "top", "align": "left"}
        self.labels.append({**place, "text": text, "showarrow": False, "font": {"size": size}})


def _stretches(way: Way, direction: str) -> Iterator[tuple[int, int, Status | None]]:
    """From station to station in the direction of travel; the status is None behind a stop and where nothing is known.

    An answer to a request that never arrives is drawn like something behind a stop.
    """
    is_request = direction == REQUEST
    passed = [n for n, s in enumerate(way.stations) if (s.on_request if is_request else s.on_answer)]
    if not is_request:
        passed = passed[::-1] if way.is_answer_judged else []
    stops = {stop.station for stop in way.stops if stop.direction == direction}
    status: Status | None = way.request if is_request else way.answer
    status = None if not is_request and way.request is Status.FAIL else status
    for start, end in pairwise(passed):
        status = None if start in stops else status
        is_last = is_request and end == passed[-1]
        yield start, end, None if is_last and way.request is Status.UNKNOWN else status


def _legend() -> dict[str, Any]:
    place = {"x": 0, "y": 1, "yref": "paper", "xanchor": "left", "yanchor": "bottom", "yshift": 8}
    return {**place, "text": _LEGEND, "showarrow": False, "font": {"size": 11}}
