"""The table of paths: every subnet and destination against both directions."""

from __future__ import annotations

from collections.abc import Sequence

from runbook_lib.model.status import Status
from runbook_lib.render.path_story import Way
from runbook_lib.render.tables import Cell, Table

__all__ = ["directions_table"]

_MOST = 3


def directions_table(ways: Sequence[Way], note: str = "") -> Table:
    """One row per subnet and destination: the request, the answer, and the way or what stops it, whole; worst first.

    `note` is a sentence below the table.
    """
    order = (Status.FAIL, Status.UNKNOWN, Status.PASS)
    rows = [_row(way) for way in sorted(ways, key=lambda way: order.index(way.status))]
    goals = len({way.to for way in ways}) > 1
    columns = ("Subnet", "To", "Request", "Answer", "Way, or what stops it")
    kept = [index for index, name in enumerate(columns) if goals or name != "To"]
    caption = "Both directions, subnet by subnet"
    if not goals and ways:
        caption = f"{caption}: {ways[0].to} ({ways[0].traffic})"
    told = note if ways else "No path was traced: the target has no security groups to start from, or is in no VPC."
    return Table(
        caption, tuple(columns[index] for index in kept), tuple(tuple(row[i] for i in kept) for row in rows), told
    )


def _row(way: Way) -> tuple[Cell, ...]:
    subnet = way.stations[1]
    more = f"and {len(way.notes) - _MOST} more" if len(way.notes) > _MOST else ""
    stops = " · ".join([*(text for _, text in way.notes[:_MOST]), *([more] if more else [])])
    there = " > ".join(station.title for station in way.stations if station.on_request)
    return (
        Cell(subnet.title, small=subnet.id if subnet.id != subnet.title else ""),
        Cell(way.to, small=way.traffic),
        Cell(status=way.request, word=way.request_word),
        Cell(status=way.answer, word=way.answer_word),
        Cell(stops or there, small=there if stops else ""),
    )
