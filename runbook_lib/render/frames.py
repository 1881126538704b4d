"""What the figures of invocations and of metrics share: their frame, and outcomes as marks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from runbook_lib.invocations.base import Outcome
from runbook_lib.model.status import Status
from runbook_lib.render.drawing import NEUTRAL, safe
from runbook_lib.render.marks import COLOURS, MARKS

__all__ = ["GRID", "OUTCOMES", "colour_of", "faint", "frame", "legend_name"]

GRID = "rgba(125,135,147,0.25)"
OUTCOMES: Mapping[Outcome, Status] = {
    Outcome.SUCCESS: Status.PASS,
    Outcome.FAILURE: Status.FAIL,
    Outcome.UNKNOWN: Status.UNKNOWN,
}

_LEGEND_FROM_TOP_PX = 34


def colour_of(outcome: Outcome) -> str:
    """The colour of an outcome."""
    return COLOURS[OUTCOMES[outcome]]


def legend_name(outcome: Outcome) -> str:
    """Symbol and word of an outcome."""
    return f"{MARKS[OUTCOMES[outcome]].symbol} {outcome.value}"


def faint(colour: str) -> str:
    """A colour as a tint."""
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},0.15)"


def frame(title: str, height: int, *, left: int = 90, top: int = 76, bottom: int = 58) -> dict[str, Any]:
    """The layout of a figure of that height in pixels: title on the left, the legend in a line of its own below it."""
    head = {"text": safe(title, 110), "x": 0, "xref": "paper", "y": 1, "yanchor": "top", "pad": {"t": 8}}
    return {
        "title": {**head, "font": {"size": 15}},
        "height": height,
        "margin": {"l": left, "r": 24, "t": top, "b": bottom},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"size": 12, "color": NEUTRAL},
        "hovermode": "closest",
        "legend": {
            "orientation": "h",
            "x": 0,
            "yref": "container",
            "y": 1 - _LEGEND_FROM_TOP_PX / height,
            "yanchor": "top",
        },
    }
