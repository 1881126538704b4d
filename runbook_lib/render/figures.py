"""Figures for notebooks and reports, drawn with plotly so that they read well on light and on dark."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from runbook_lib.model.target import Target
from runbook_lib.network.view import View
from runbook_lib.render.drawing import (
    BOX_WIDTH,
    COLUMNS,
    NEUTRAL,
    Box,
    Line,
    arrows,
    head,
    hover_points,
    label,
    name_line,
    outline,
    safe,
)
from runbook_lib.render.route_story import SERVICE_NAMES, Exit, Leg, State, route_legs
from runbook_lib.render.text import visible

__all__ = ["route_map"]

_COLOURS = {
    State.PRIVATE: "#2f9e62",
    State.SHARED: "#b7791f",
    State.OTHER: "#b7791f",
    State.DEAD: "#e5484d",
    State.UNREAD: "#7d8793",
}
_DASHES = {State.PRIVATE: "solid", State.SHARED: "dash", State.OTHER: "dash", State.DEAD: "dot", State.UNREAD: "dot"}
_ROW_PX, _TOP_PX, _MIN_WIDTH_PX = 96, 66, 940
_MANY = 8


def route_map(view: View, target: Target, services: Iterable[str] = ("s3",)) -> Any:
    """A left-to-right map: target → subnets → route tables in effect → where S3 and DynamoDB traffic goes.

    Exits carry a symbol and a word besides their colour; names are shortened and shown in full on hover. What was not
    read is drawn as not read. With more than eight subnets those of one route table share a box. `layout.meta` holds
    the same in words and the least width at which the map is readable. Returns a plotly Figure.
    """
    import plotly.graph_objects as go

    legs = route_legs(view, target, services)
    named = " and ".join(dict.fromkeys(SERVICE_NAMES[leg.service] for leg in legs)) or "S3 and DynamoDB"
    boxes, lines = _arranged(target, legs)
    rows = max((box.row for box in boxes), default=0) + 1
    shapes = [shape for line in lines for shape in line.shapes] + [outline(box) for box in boxes]
    labels = [label for line in lines for label in line.labels] + [label(box) for box in boxes]
    heads = (_target_head(target), "Subnets", "Route tables in effect", "Where the traffic goes")
    return go.Figure(
        data=[arrows(lines), hover_points(boxes)],
        layout={
            "title": {
                "text": safe(f"How {target.name} reaches {named}", 90),
                "x": 0,
                "xref": "paper",
                "y": 1,
                "yanchor": "top",
                "pad": {"t": 8},
                "font": {"size": 15},
            },
            "height": int(_TOP_PX + 24 + rows * _ROW_PX),
            "margin": {"l": 4, "r": 4, "t": _TOP_PX, "b": 12},
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "font": {"size": 12, "color": NEUTRAL},
            "showlegend": False,
            "hovermode": "closest",
            "hoverdistance": 70,
            "xaxis": {"range": [-4, 1004], "visible": False, "fixedrange": True},
            "yaxis": {"range": [rows - 0.5, -0.5], "visible": False, "fixedrange": True},
            "shapes": shapes,
            "annotations": labels + [head(column, text) for column, text in enumerate(heads)],
            "meta": {"min_width": _MIN_WIDTH_PX, "words": [visible(leg.words) for leg in legs]},
        },
    )


def _arranged(target: Target, legs: Sequence[Leg]) -> tuple[list[Box], list[Line]]:
    """Boxes and lines of all columns, each column centred on those it is fed by."""
    groups = _subnet_groups(legs)
    tables = list(dict.fromkeys(_table_key(leg) for leg in legs))
    exits = list(dict.fromkeys(leg.exit for leg in legs))
    total = max(len(groups), len(exits), 1)
    subnet_rows = _spread({key: (total - len(groups)) / 2 + index for index, key in enumerate(groups)}, total)
    table_rows = _spread(
        {
            t: _mean([subnet_rows[key] for key, members in groups.items() if _table_key(members[0]) == t])
            for t in tables
        },
        total,
    )
    exit_rows = _spread(
        {way: _mean([table_rows[_table_key(leg)] for leg in legs if leg.exit == way]) for way in exits}, total
    )
    home = Box(0, (total - 1) / 2, name_line(target.name), safe(_target_small(target)), hover=safe(target.name, 400))
    boxes, lines = [home], []
    for key, members in groups.items():
        box = _subnet_box(subnet_rows[key], members)
        boxes.append(box)
        lines.append(Line(_right(0, home.row), _left(1, box.row)))
        lines.append(Line(_right(1, box.row), _left(2, table_rows[_table_key(members[0])])))
    for table in tables:
        members = [leg for leg in legs if _table_key(leg) == table]
        boxes.append(_table_box(table_rows[table], members))
        lines += _exit_lines(table_rows[table], members, exit_rows)
    boxes += [_exit_box(exit_rows[way], way) for way in exits]
    return boxes, lines


def _exit_lines(row: float, legs: Sequence[Leg], exit_rows: dict[Exit, float]) -> list[Line]:
    """The lines out of one table, one per exit, named after the services that take it."""
    ways = sorted(dict.fromkeys(leg.exit for leg in legs), key=lambda way: exit_rows[way])
    lines = []
    for index, way in enumerate(ways):
        taken = dict.fromkeys(
            SERVICE_NAMES[leg.service] + (" (part)" if leg.part else "") for leg in legs if leg.exit == way
        )
        start = row + (index - (len(ways) - 1) / 2) * min(0.3, 0.6 / len(ways))
        lines.append(
            Line(
                (COLUMNS[2] + BOX_WIDTH, start),
                _left(3, exit_rows[way]),
                _COLOURS[way.state],
                _DASHES[way.state],
                ", ".join(taken) if len(taken) < 2 or "(part)" not in "".join(taken) else "<br>".join(taken),
            )
        )
    return lines


def _subnet_groups(legs: Sequence[Leg]) -> dict[str, list[Leg]]:
    """Mapping box → legs: a box per subnet, or per route table when there are many subnets."""
    many = len({leg.subnet_id for leg in legs}) > _MANY
    groups: dict[str, list[Leg]] = {}
    for leg in legs:
        groups.setdefault(_table_key(leg) if many else leg.subnet_id, []).append(leg)
    return groups


def _table_key(leg: Leg) -> str:
    return leg.table_id or f"not read: {leg.subnet_id}"


def _subnet_box(row: float, legs: Sequence[Leg]) -> Box:
    subnets = {leg.subnet_id: leg for leg in legs}
    full = "<br>".join(safe(f"{leg.subnet_id} {leg.subnet_name} {leg.az}", 400) for leg in subnets.values())
    if len(subnets) > 1:
        zones = len({leg.az for leg in legs})
        return Box(1, row, f"{len(subnets)} subnets", f"{zones} availability zones", hover=full)
    leg = legs[0]
    return Box(1, row, name_line(leg.subnet_name or leg.subnet_id), safe(leg.subnet_id), safe(leg.az), full)


def _table_box(row: float, legs: Sequence[Leg]) -> Box:
    leg = legs[0]
    if not leg.table_id:
        return Box(
            2, row, "Route table", "", "? not read", "The route table in effect was not read.", _COLOURS[State.UNREAD]
        )
    mark = "main table" if any(member.table_is_main for member in legs) else ""
    full = safe(f"{leg.table_id} {leg.table_name} {mark}", 400)
    return Box(2, row, name_line(leg.table_name or leg.table_id), safe(leg.table_id), mark, full)


def _exit_box(row: float, way: Exit) -> Box:
    symbol, word = way.state.value
    full = " ".join(part for part in (way.kind, way.id, way.name, way.detail) if part)
    said = f"{symbol} {word}"
    return Box(3, row, safe(way.kind), safe(way.id or way.detail), said, safe(full, 400), _COLOURS[way.state])


def _target_head(target: Target) -> str:
    return {"function": "Function", "vpc": "VPC"}.get(target.kind, "Looked at")


def _target_small(target: Target) -> str:
    functions = {name for placement in target.placements for name in placement.functions}
    if target.kind != "function" and functions:
        return f"{len(functions)} function{'s' if len(functions) != 1 else ''}"
    return ", ".join(target.vpc_ids)


def _spread(rows: dict[Any, float], total: int) -> dict[Any, float]:
    """The same order with at least one row between neighbours, kept inside the figure."""
    ordered = sorted(rows, key=lambda key: rows[key])
    placed: dict[Any, float] = {}
    last = -1.0
    for index, key in enumerate(ordered):
        last = max(last + 1, min(rows[key], total - (len(ordered) - index)))
        placed[key] = last
    return placed


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _left(column: int, row: float) -> tuple[float, float]:
    return COLUMNS[column], row


def _right(column: int, row: float) -> tuple[float, float]:
    return COLUMNS[column] + BOX_WIDTH, row
