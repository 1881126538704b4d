"""Figures of invocations: when each ran and how it ended, and success by rank of start."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from runbook_lib.invocations.base import Burst, Invocation, Outcome
from runbook_lib.model.status import Status
from runbook_lib.render.drawing import MONO, safe
from runbook_lib.render.frames import GRID, OUTCOMES, colour_of, frame, legend_name
from runbook_lib.render.marks import COLOURS, MARKS
from runbook_lib.render.text import visible

__all__ = ["OUTSIDE", "around_first_failure", "success_by_rank", "timeline"]

OUTSIDE = f"{MARKS[Status.FAIL].symbol} outside the expected time"
"""The name in a legend of what succeeded, but not in the time it should take."""

_PATTERNS = {Outcome.SUCCESS: "", Outcome.FAILURE: "/", Outcome.UNKNOWN: "."}
_SYMBOLS = {Outcome.SUCCESS: "circle", Outcome.FAILURE: "x", Outcome.UNKNOWN: "diamond-open"}
_MANY, _BURSTS, _RANKS = 60, 12, 100
_ROW_PX, _AROUND_PX, _MIN_WIDTH_PX, _BURST_PX = 17, 136, 560, 34
_LEFT_PX, _LETTER_PX, _RANK_PX = 96, 6.4, 16


def timeline(
    invocations: Sequence[Invocation],
    *,
    names: Mapping[str, str] | None = None,
    outside: Collection[str] = (),
    clock: str = "UTC",
) -> Any:
    """One bar per invocation from start to end, in the order given, coloured and marked by outcome.

    Of more than sixty, those around the first failure are drawn and the title says so. An end that was not seen is
    drawn as a question mark. `names` are what stands beside the bars by request id, else the starts do; `outside` are
    the request ids of those that did not take the expected time; `clock` tells whose time it is. Returns a plotly
    Figure; `layout.meta` holds the least readable width and the same in words.
    """
    import plotly.graph_objects as go

    placed = [item for item in invocations if item.start is not None]
    shown = around_first_failure(placed, _MANY)
    height = max(len(shown), 3) * _ROW_PX + _AROUND_PX
    frame_ = frame(_timeline_title(shown, len(invocations), "number" if names else "start"), height, left=_LEFT_PX)
    return go.Figure(
        data=_traces(shown, outside),
        layout={
            **frame_,
            "showlegend": True,
            "barmode": "overlay",
            "bargap": 0.25,
            "xaxis": {
                "type": "date",
                "range": _span(shown),
                "title": {"text": clock, "standoff": 6},
                "gridcolor": GRID,
                "zeroline": False,
            },
            "yaxis": {
                "range": [max(len(shown), 1) - 0.4, -0.6],
                "tickmode": "array",
                "tickvals": list(range(len(shown))),
                "ticktext": [safe((names or {}).get(item.request_id) or _clock(item.start), 16) for item in shown],
                "tickfont": {"family": MONO, "size": 10},
                "showgrid": False,
                "zeroline": False,
                "fixedrange": True,
            },
            "meta": {"min_width": _MIN_WIDTH_PX, "words": [visible(_words(item, outside)) for item in shown]},
        },
    )


def success_by_rank(bursts: Iterable[Burst]) -> Any:
    """Every burst as a row of marks in the order of starts: where in a burst do invocations fail?

    Bursts with fewer than two invocations are left out, all but the twelve largest, and of each all but the first
    hundred invocations; the title says so. Returns a plotly Figure.
    """
    import plotly.graph_objects as go

    several = [burst for burst in bursts if len(burst.invocations) > 1]
    listed = sorted(several, key=lambda burst: -len(burst.invocations))[:_BURSTS]
    listed.sort(key=lambda burst: str(burst.invocations[0].start))
    ranked = [
        (rank, row, item) for row, burst in enumerate(listed) for rank, item in enumerate(burst.invocations[:_RANKS], 1)
    ]
    present = [outcome for outcome in Outcome if any(item.outcome is outcome for _, _, item in ranked)]
    heads = [_clock(burst.invocations[0].start)[:8] for burst in listed]
    longest = max((rank for rank, _, _ in ranked), default=2)
    return go.Figure(
        data=[_marks(outcome, [place for place in ranked if place[2].outcome is outcome]) for outcome in present],
        layout={
            **frame(_rank_title(several, listed), max(len(listed), 1) * _BURST_PX + _AROUND_PX, left=_LEFT_PX),
            "showlegend": True,
            "xaxis": {
                "title": {"text": "rank of start within the burst", "standoff": 6},
                "range": [0.4, longest + 0.6],
                "gridcolor": GRID,
                "zeroline": False,
                "dtick": 1 if longest <= 20 else None,
            },
            "yaxis": {
                "range": [max(len(listed), 1) - 0.5, -0.5],
                "tickmode": "array",
                "tickvals": list(range(len(listed))),
                "ticktext": heads,
                "tickfont": {"family": MONO, "size": 10},
                "showgrid": False,
                "zeroline": False,
                "fixedrange": True,
            },
            "meta": {
                "min_width": max(340, longest * _RANK_PX + _LEFT_PX),
                "words": [visible(_burst_words(burst)) for burst in listed],
            },
        },
    )


def around_first_failure(placed: Sequence[Invocation], most: int) -> list[Invocation]:
    """At most so many invocations in order, the first that did not succeed a third of the way in."""
    first = next((index for index, item in enumerate(placed) if item.outcome is not Outcome.SUCCESS), 0)
    begin = max(0, min(first - most // 3, len(placed) - most))
    return list(placed[begin : begin + most])


def _timeline_title(shown: Sequence[Invocation], count: int, order: str) -> str:
    day = f" on {shown[0].start.astimezone(UTC):%Y-%m-%d}" if shown and shown[0].start else ""
    if len(shown) < count:
        return f"{len(shown)} of {count:,} invocations{day}, around the first failure"
    return f"{len(shown)} invocation{'' if len(shown) == 1 else 's'}{day} by {order}"


def _rank_title(several: Sequence[Burst], listed: Sequence[Burst]) -> str:
    rest = []
    if len(several) > len(listed):
        rest.append(f"the {len(listed)} largest of {len(several)} bursts")
    if any(len(burst.invocations) > _RANKS for burst in listed):
        rest.append(f"their first {_RANKS} invocations")
    return "Outcome by rank of start" + (f": {', '.join(rest)}" if rest else "")


def _traces(shown: Sequence[Invocation], outside: Collection[str]) -> list[Any]:
    """The bars by what they mean: what took too long or too short is no success, whatever it answered."""
    placed = list(enumerate(shown))
    late = [at for at in placed if at[1].outcome is not Outcome.FAILURE and at[1].request_id in outside]
    traces = []
    for outcome in Outcome:
        mine = [at for at in placed if at[1].outcome is outcome and at not in late]
        if mine:
            traces.append(_bars(legend_name(outcome), colour_of(outcome), _PATTERNS[outcome], mine, shown, outside))
    return [*traces, *([_bars(OUTSIDE, COLOURS[Status.FAIL], "x", late, shown, outside)] if late else [])]


def _bars(
    name: str,
    colour: str,
    pattern: str,
    mine: Sequence[tuple[int, Invocation]],
    shown: Sequence[Invocation],
    outside: Collection[str],
) -> Any:
    import plotly.graph_objects as go

    shortest = _span_ms(shown) / 400
    return go.Bar(
        orientation="h",
        y=[row for row, _ in mine],
        base=[item.start for _, item in mine],
        x=[max(_length_ms(item), shortest) for _, item in mine],
        name=name,
        marker={
            "color": colour,
            "line": {"width": 0},
            "pattern": {"shape": pattern, "fgcolor": "rgba(255,255,255,0.55)", "size": 6},
        },
        text=[f" {OUTSIDE[0]}" if name == OUTSIDE else _beside(item) for _, item in mine],
        textposition="outside",
        cliponaxis=False,
        hovertext=[safe(_words(item, outside), 400) for _, item in mine],
        hoverinfo="text",
    )


def _marks(outcome: Outcome, at: Sequence[tuple[int, int, Invocation]]) -> Any:
    import plotly.graph_objects as go

    return go.Scatter(
        x=[rank for rank, _, _ in at],
        y=[row for _, row, _ in at],
        mode="markers",
        name=legend_name(outcome),
        marker={"symbol": _SYMBOLS[outcome], "size": 11, "color": colour_of(outcome)},
        hovertext=[safe(_words(item), 400) for _, _, item in at],
        hoverinfo="text",
    )


def _span(shown: Sequence[Invocation]) -> list[datetime] | None:
    """From the first start to the last end, with room for the words beside the bars."""
    starts = [item.start for item in shown if item.start]
    if not starts:
        return None
    whole = timedelta(milliseconds=_span_ms(shown))
    letters = max(len(_beside(item)) for item in shown)
    share = letters * _LETTER_PX / (_MIN_WIDTH_PX - _LEFT_PX - 24)
    return [min(starts) - whole * 0.01, min(starts) + whole / max(1 - share, 0.4)]


def _span_ms(shown: Sequence[Invocation]) -> float:
    """The time between the first start and the last end in milliseconds, never 0."""
    starts = [item.start for item in shown if item.start]
    if not starts:
        return 1.0
    ends = [start + timedelta(milliseconds=_length_ms(item)) for start, item in zip(starts, shown, strict=True)]
    return max((max(ends) - min(starts)) / timedelta(milliseconds=1), 1.0)


def _length_ms(item: Invocation) -> float:
    if item.start and item.end:
        return max((item.end - item.start) / timedelta(milliseconds=1), 0.0)
    return item.duration_ms or 0.0


def _beside(item: Invocation) -> str:
    """What stands beside a bar: the mark of its outcome, and the class of the error."""
    return f" {MARKS[OUTCOMES[item.outcome]].symbol} {safe(str(item.error_class or ''), 30)}".rstrip()


def _clock(moment: datetime | None) -> str:
    return moment.astimezone(UTC).strftime("%H:%M:%S.%f")[:-3] if moment else "no time"


def _words(item: Invocation, outside: Collection[str] = ()) -> str:
    took = "end not seen" if item.duration_ms is None else f"{item.duration_ms / 1000:,.2f} s"
    why = " ".join(part for part in (str(item.error_class or ""), item.destination or "") if part)
    cold = ", cold start" if item.cold else ""
    late = f", {OUTSIDE[2:]}" if item.request_id in outside else ""
    return (
        f"{_clock(item.start)} {item.request_id}: {item.outcome.value}{late}, {took}{cold}{', ' + why if why else ''}"
    )


def _burst_words(burst: Burst) -> str:
    marks = " ".join(MARKS[OUTCOMES[item.outcome]].symbol for item in burst.invocations[:_RANKS])
    return f"{_clock(burst.invocations[0].start)[:8]}: {marks}"
