"""The figure of idle connections: one line per client from its last data on, probes, and when the path forgets it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from runbook_lib.keepalive.timeline import Timeline, latest_s, timeline_of
from runbook_lib.keepalive.verdict import Judged, Safety, judge
from runbook_lib.model.keepalive import KeepaliveSubject
from runbook_lib.model.status import Status
from runbook_lib.render.drawing import NEUTRAL, safe
from runbook_lib.render.frames import GRID, faint, frame
from runbook_lib.render.marks import COLOURS, MARKS
from runbook_lib.render.text import visible

__all__ = ["SAFETIES", "idle_timelines", "worst_clients"]

SAFETIES = {Safety.SAFE: Status.PASS, Safety.UNSAFE: Status.FAIL, Safety.CANNOT_TELL: Status.UNKNOWN}
"""The status whose mark and colour a verdict on a client has."""

_ORDER = (Safety.UNSAFE, Safety.CANNOT_TELL, Safety.SAFE)
_PROBE = "#4f7fd9"
_MANY, _SPACIOUS = 40, 10
_ROW_PX, _DENSE_ROW_PX, _TOP_PX, _AXIS_PX, _ENTRY_PX, _MIN_WIDTH_PX = 58, 36, 78, 50, 21, 340
_BAND, _MOST_MARKS = 0.17, 20
_NAME, _SAID, _DEVICE = 38, 54, 34


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """One client in the figure; its line is drawn at `y`, up to `end_s`."""

    subject: KeepaliveSubject
    name: str
    judged: Judged
    line: Timeline
    y: float
    limit_s: float
    end_s: float

    @property
    def stops_s(self) -> float:
        """Until when the connection lives for certain, or the end of the figure."""
        if not self.line.is_sure:
            return self.limit_s
        ends = (self.line.forgotten_s, self.line.ended_s)
        return min([self.end_s, *(end for end in ends if end is not None)])

    @property
    def probes_s(self) -> tuple[float, ...]:
        """The probes to mark: of very many every second, third and so on."""
        every = -(-len(self.line.probes_s) // _MOST_MARKS)
        return self.line.probes_s[:: every or 1]

    @property
    def said(self) -> str:
        """What happens, in a few words."""
        if self.line.ended_s is not None:
            return f"its own kernel ends it at {self.line.ended_s:,.0f} s, unprobed"
        moment = self.line.forgotten_s
        return f"{_rhythm(self)}{'' if moment is None else f', forgotten at {moment:,.0f} s'}"


def worst_clients(subjects: Iterable[KeepaliveSubject], limit_s: float) -> list[tuple[KeepaliveSubject, Judged]]:
    """Every client with its verdict: unsafe ones first, then those that cannot be told, each in their given order."""
    found = [(subject, judge(subject, limit_s)) for subject in subjects]
    return sorted(found, key=lambda item: _ORDER.index(item[1].safety))


def idle_timelines(subjects: Sequence[KeepaliveSubject], limit_s: float, device: str) -> Any:
    """One line per client, the worst first; `device` is what forgets a connection after `limit_s` of silence.

    Of more than forty clients the first forty are drawn and the title says so. Returns a plotly Figure; `layout.meta`
    holds the least readable width and the same in words.
    """
    import plotly.graph_objects as go

    end_s = _end_s(subjects, limit_s)
    listed = worst_clients(subjects, limit_s)
    rows = [
        _Row(
            subject=subject,
            name=name,
            judged=judged,
            line=timeline_of(subject, limit_s, end_s),
            y=number,
            limit_s=limit_s,
            end_s=end_s,
        )
        for number, ((subject, judged), name) in enumerate(zip(listed, _names(one for one, _ in listed), strict=True))
    ]
    shown = rows[:_MANY]
    row_px = _ROW_PX if len(shown) <= _SPACIOUS else _DENSE_ROW_PX
    data = [*_lines(shown), *_probes(shown), *_ends(shown)]
    bottom = _AXIS_PX + _ENTRY_PX * sum(bool(trace["showlegend"]) for trace in data)
    height = max(len(shown), 1) * row_px + _TOP_PX + bottom
    layout = frame(_title(shown, rows), height, left=14, top=_TOP_PX, bottom=bottom)
    layout["legend"] |= {"y": (bottom - _AXIS_PX) / height, "itemclick": False, "itemdoubleclick": False}
    return go.Figure(
        data=data,
        layout={
            **layout,
            "showlegend": True,
            "annotations": [
                *(_heading(row, is_short=row_px == _DENSE_ROW_PX) for row in shown),
                _limit(limit_s, device),
            ],
            "shapes": [_limit_line(limit_s)],
            "xaxis": {
                "title": {"text": "seconds since the last data", "standoff": 6},
                "range": [-end_s * 0.01, end_s * 1.04],
                "gridcolor": GRID,
                "zeroline": False,
                "nticks": 8,
            },
            "yaxis": {
                "range": [max(len(shown), 1) - 1 + 0.45, -0.75],
                "visible": False,
                "fixedrange": True,
            },
            "meta": {"min_width": _MIN_WIDTH_PX, "words": [visible(_words(row)) for row in rows]},
        },
    )


def _names(subjects: Iterable[KeepaliveSubject]) -> list[str]:
    """Their names, without the file when all come from the same one."""
    parts = [subject.id.partition(": ") for subject in subjects]
    is_same = len({head for head, _, _ in parts}) == 1 and all(rest for _, _, rest in parts)
    return [rest if is_same else f"{head}{colon}{rest}" for head, colon, rest in parts]


def _end_s(subjects: Iterable[KeepaliveSubject], limit_s: float) -> float:
    """Where the figure ends: behind the limit, and behind the last moment at which a connection is forgotten."""
    moments = (timeline_of(subject, limit_s, 0).forgotten_s or 0 for subject in subjects)
    return max([limit_s * 1.3, *(moment * 1.12 for moment in moments)])


def _title(shown: Sequence[_Row], rows: Sequence[_Row]) -> str:
    counted = [(safety, sum(row.judged.safety is safety for row in rows)) for safety in _ORDER]
    counts = ", ".join(f"{count:,} {safety.value.replace('_', ' ').lower()}" for safety, count in counted if count)
    of = f"{len(shown)} of {len(rows):,}" if len(shown) < len(rows) else f"{len(rows)}"
    return f"{of} client{'' if len(rows) == 1 else 's'}: {counts}" if rows else "No client"


def _rhythm(row: _Row) -> str:
    """When probes come, in a few words."""
    subject, line = row.subject, row.line
    if subject.so_keepalive is False:
        return "no probe, SO_KEEPALIVE is off"
    if line.first_s is None:
        return "first probe not known"
    if not line.probes_s:
        said = f"first probe only at {line.first_s:,.0f} s"
    elif subject.period_s is None:
        said = f"first probe at {line.first_s:,.0f} s, the next not known"
    elif line.forgotten_s is not None:
        said = f"probe at {line.first_s:,.0f} s, next due at {line.first_s + subject.period_s:,.0f} s"
    else:
        said = f"a probe every {subject.period_s:,} s"
    return said if line.is_sure else f"{said}{' at best' if subject.so_keepalive else ' if SO_KEEPALIVE is on'}"


def _heading(row: _Row, *, is_short: bool) -> dict[str, Any]:
    """The name above the line, and what happens below it or, where rows are many, not at all."""
    status = SAFETIES[row.judged.safety]
    mark = f'<span style="color:{COLOURS[status]}">{MARKS[status].symbol}</span>'
    said = "" if is_short else f'<br><span style="font-size:11px">{safe(row.said, _SAID)}</span>'
    return {
        "x": 0,
        "xref": "paper",
        "y": row.y,
        "yshift": 5,
        "xanchor": "left",
        "yanchor": "bottom",
        "align": "left",
        "showarrow": False,
        "font": {"size": 12},
        "text": f"{mark} <b>{safe(row.name, _NAME)}</b>{said}",
    }


def _limit_line(limit_s: float) -> dict[str, Any]:
    look = {"dash": "dash", "width": 1.4, "color": COLOURS[Status.FAIL]}
    return {
        "type": "line",
        "x0": limit_s,
        "x1": limit_s,
        "yref": "paper",
        "y0": 0,
        "y1": 1,
        "line": look,
        "layer": "below",
    }


def _limit(limit_s: float, device: str) -> dict[str, Any]:
    return {
        "x": limit_s,
        "yref": "paper",
        "y": 1,
        "xanchor": "right",
        "yanchor": "bottom",
        "align": "right",
        "showarrow": False,
        "font": {"size": 11},
        "text": f"{safe(device, _DEVICE)}<br>forgets after {limit_s:g} s",
    }


def _lines(rows: Sequence[_Row]) -> list[dict[str, Any]]:
    """The connections: whole while they live, dotted when the path has forgotten them, dashed where nobody can tell."""
    alive = _strokes((0, row.stops_s, row.y) for row in rows)
    gone = _strokes((row.stops_s, row.end_s, row.y) for row in rows if row.line.is_sure)
    open_ = _strokes((row.stops_s, row.end_s, row.y) for row in rows if not row.line.is_sure)
    return [
        {**alive, "type": "scatter", "mode": "lines", "line": {"color": NEUTRAL, "width": 3}, "hoverinfo": "skip",
         "showlegend": False},
        {**gone, "type": "scatter", "mode": "lines", "hoverinfo": "skip", "showlegend": False,
         "line": {"color": COLOURS[Status.FAIL], "width": 1.5, "dash": "dot"}},
        {**open_, "type": "scatter", "mode": "lines", "hoverinfo": "skip", "showlegend": False,
         "line": {"color": COLOURS[Status.UNKNOWN], "width": 1.5, "dash": "dash"}},
    ]  # fmt: skip


def _strokes(parts: Iterable[tuple[float, float, float]]) -> dict[str, list[Any]]:
    """Level lines as coordinates with a break after each."""
    listed = [part for part in parts if part[0] < part[1]]
    return {
        "x": [value for start, end, _ in listed for value in (start, end, None)],
        "y": [value for _, _, y in listed for value in (y, y, None)],
    }


def _probes(rows: Sequence[_Row]) -> list[dict[str, Any]]:
    """The bands in which the kernel may send a probe, then the probes: open ones where they may be missing."""
    bands = [(due, min(due + _late_s(row, due), row.end_s), row.y) for row in rows for due in row.probes_s]
    found: list[dict[str, Any]] = []
    if bands:
        found.append(
            {"type": "scatter", "mode": "lines", "fill": "toself", "fillcolor": faint(_PROBE), "line": {"width": 0},
             "x": [x for due, late, _ in bands for x in (due, late, late, due, due, None)],
             "y": [v for *_, y in bands for v in (y - _BAND, y - _BAND, y + _BAND, y + _BAND, y - _BAND, None)],
             "hoverinfo": "skip", "showlegend": False}
        )  # fmt: skip
    for is_sure, symbol, name in (
        (True, "diamond", "probe (band: if it is late)"),
        (False, "diamond-open", "probe that may not come"),
    ):
        mine = [(due, row) for row in rows if row.line.is_sure is is_sure for due in row.probes_s]
        found += [_marks(name, symbol, _PROBE, mine)] if mine else []
    return found


def _late_s(row: _Row, due: float) -> float:
    """By how much a probe may be late, after the packet before it."""
    wait = due if due == row.line.first_s else row.subject.period_s or due
    return latest_s(wait) - wait


def _ends(rows: Sequence[_Row]) -> list[dict[str, Any]]:
    """How every line ends: forgotten, ended by its own kernel, not to be told, or still open."""
    lost = [(row.line.forgotten_s, row) for row in rows if row.line.forgotten_s is not None]
    ended = [(row.line.ended_s, row) for row in rows if row.line.ended_s is not None]
    open_ = [(row.end_s, row) for row in rows if row.line.is_sure and row.stops_s == row.end_s]
    doubt = [(row.end_s, row) for row in rows if not row.line.is_sure]
    kinds = (
        ("the path forgets the connection", "x", Status.FAIL, lost),
        ("the client's kernel ends it", "square", Status.FAIL, ended),
        ("cannot tell", "?", Status.UNKNOWN, doubt),
        ("still open", "circle", Status.PASS, open_),
    )
    return [_marks(name, symbol, COLOURS[status], mine) for name, symbol, status, mine in kinds if mine]


def _marks(name: str, symbol: str, colour: str, at: Sequence[tuple[float, _Row]]) -> dict[str, Any]:
    look: dict[str, Any] = {"marker": {"symbol": symbol, "size": 10, "color": colour}, "mode": "markers"}
    if symbol == "?":
        text = {"text": ["<b>?</b>"] * len(at), "textfont": {"size": 16, "color": colour}}
        look = {"mode": "markers+text", "marker": {"size": 15, "symbol": "circle-open", "color": colour}, **text}
    return {
        "type": "scatter",
        "x": [moment for moment, _ in at],
        "y": [row.y for _, row in at],
        "name": name,
        "cliponaxis": False,
        "showlegend": True,
        "hovertext": [safe(_words(row), 400) for _, row in at],
        "hoverinfo": "text",
        **look,
    }


def _words(row: _Row) -> str:
    return f"{row.subject.id}: {row.judged.safety.value.replace('_', ' ').lower()}, {row.judged.reason}"
