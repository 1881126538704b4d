"""Boxes, curves and labels of a plotly drawing; lengths are on a ruler of 1000 across, heights in rows."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from runbook_lib.render.text import shorten, visible

__all__ = [
    "BOX_WIDTH",
    "COLUMNS",
    "MONO",
    "NEUTRAL",
    "Box",
    "Line",
    "arrows",
    "head",
    "hover_points",
    "label",
    "name_line",
    "outline",
    "rounded",
    "safe",
]

COLUMNS = (0, 240, 480, 805)  # left edges of the boxes
BOX_WIDTH = 195
NEUTRAL = "#7d8793"
_STUB = 76  # the level beginning of a line that carries a word
_HALF = 0.36  # half the height of a box
MONO = "ui-monospace, SFMono-Regular, Menlo, Consolas, monospace"


@dataclass(frozen=True, slots=True)
class Box:
    """A box: column, row (counted from the top, may be fractional), lines of text, hover text, colour."""

    column: int
    row: float
    title: str
    small: str
    mark: str = ""
    hover: str = ""
    colour: str = NEUTRAL


@dataclass(frozen=True, slots=True)
class Line:
    """A curve between two boxes, with an optional word at its beginning."""

    start: tuple[float, float]
    end: tuple[float, float]
    colour: str = NEUTRAL
    dash: str = "solid"
    word: str = ""

    @property
    def shapes(self) -> list[dict[str, Any]]:
        """The curve; it ends where the arrow head begins."""
        (x0, y0), (x1, y1) = self.start, (self.end[0] - 7, self.end[1])
        bend = x0 + _STUB if self.word else x0
        middle = (bend + x1) / 2
        path = f"M {x0},{y0:.3f} L {bend},{y0:.3f} C {middle},{y0:.3f} {middle},{y1:.3f} {x1},{y1:.3f}"
        return [
            {
                "type": "path",
                "path": path,
                "line": {"color": self.colour, "width": 1.8, "dash": self.dash},
                "layer": "below",
            }
        ]

    @property
    def labels(self) -> list[dict[str, Any]]:
        """The word above the beginning of the line, if there is one."""
        if not self.word:
            return []
        at = {"x": self.start[0] + 4, "y": self.start[1], "xanchor": "left", "yanchor": "bottom", "align": "left"}
        return [{**at, "text": self.word, "showarrow": False, "font": {"size": 11}}]


def arrows(lines: Sequence[Line]) -> dict[str, Any]:
    """The heads of all lines as one trace."""
    return {
        "type": "scatter",
        "mode": "markers",
        "x": [line.end[0] - 5 for line in lines],
        "y": [line.end[1] for line in lines],
        "marker": {"symbol": "triangle-right", "size": 9, "color": [line.colour for line in lines]},
        "hoverinfo": "skip",
    }


def head(column: int, text: str) -> dict[str, Any]:
    """The heading of a column, above the figure."""
    return {
        "x": COLUMNS[column],
        "y": 1,
        "yref": "paper",
        "xanchor": "left",
        "yanchor": "bottom",
        "showarrow": False,
        "font": {"size": 11},
        "text": text,
    }


def hover_points(boxes: Sequence[Box]) -> dict[str, Any]:
    """Invisible points that show the full names when hovered."""
    return {
        "type": "scatter",
        "mode": "markers",
        "x": [COLUMNS[box.column] + BOX_WIDTH / 2 for box in boxes],
        "y": [box.row for box in boxes],
        "marker": {"size": 44, "opacity": 0},
        "hoverinfo": "text",
        "hovertext": [box.hover or box.title for box in boxes],
    }


def label(box: Box) -> dict[str, Any]:
    """The text of a box."""
    lines = [f"<b>{box.title}</b>"]
    if box.small and box.small != box.title:
        lines.append(f'<span style="font-size:10px;font-family:{MONO}">{box.small}</span>')
    if box.mark:
        lines.append(f'<span style="font-size:11px">{box.mark}</span>')
    return {
        "x": COLUMNS[box.column] + 11,
        "y": box.row,
        "xanchor": "left",
        "yanchor": "middle",
        "align": "left",
        "showarrow": False,
        "text": "<br>".join(lines),
    }


def name_line(text: str) -> str:
    """The bold first line of a box, which holds fewer letters."""
    return safe(text, 22)


def outline(box: Box) -> dict[str, Any]:
    """A rounded box."""
    left = COLUMNS[box.column]
    return rounded((left, left + BOX_WIDTH), (box.row - _HALF, box.row + _HALF), (8, 0.085), box.colour)


def rounded(
    across: tuple[float, float], down: tuple[float, float], radius: tuple[float, float], colour: str
) -> dict[str, Any]:
    """A rectangle with round corners; a coloured one has a thicker outline."""
    (x0, x1), (y0, y1), (rx, ry) = across, down, radius
    path = (
        f"M {x0 + rx},{y0} L {x1 - rx},{y0} Q {x1},{y0} {x1},{y0 + ry} L {x1},{y1 - ry} Q {x1},{y1} {x1 - rx},{y1} "
        f"L {x0 + rx},{y1} Q {x0},{y1} {x0},{y1 - ry} L {x0},{y0 + ry} Q {x0},{y0} {x0 + rx},{y0} Z"
    )
    line = {"color": colour, "width": 2 if colour != NEUTRAL else 1.2}
    return {"type": "path", "path": path, "line": line, "fillcolor": _tint(colour), "layer": "below"}


def safe(text: str, length: int = 27) -> str:
    """Text for plotly, which reads a little HTML: nothing in it is read as markup."""
    return html.escape(shorten(visible(text), length))


def _tint(colour: str) -> str:
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},0.10)"
