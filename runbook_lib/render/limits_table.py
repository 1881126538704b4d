"""The table of what a function may take beside what it took."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from runbook_lib.model.status import Status
from runbook_lib.render.marks import Mark
from runbook_lib.render.tables import Cell, Table

__all__ = ["Gauge", "limits_table"]

_NEAR = Mark("!", "Near", "unknown")
_LEAST, _NEAR_SHARE, _TWICE = 0.01, 0.9, 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Gauge:
    """One limit in words and the most that was seen, in words too.

    `share` is the part of the limit that was used, None where either is not known; `missing` then says why. `typical`
    stands below what was seen, `told_by` below the limit. `beyond` is the word for a share of 1 or more; where all of
    the limit may be used (`is_enough`), for more than 1.
    """

    name: str
    limit: str
    told_by: str = ""
    most: str = ""
    typical: str = ""
    share: float | None = None
    beyond: str = "Reached"
    is_enough: bool = False
    missing: str = ""


def limits_table(function: str, gauges: Iterable[Gauge], window: str = "") -> Table:
    """One row per limit of a function; what is at nine tenths of its limit or above it is marked."""
    rows = tuple(
        (
            Cell(gauge.name),
            Cell(gauge.limit or "not known", small=gauge.told_by),
            Cell(gauge.most or "–", small=gauge.typical),
            _used(gauge),
        )
        for gauge in gauges
    )
    seen = f", {window}" if window else ""
    return Table(f"What {function} may take and what it took{seen}", ("", "Limit", "Most seen", "Used"), rows)


def _used(gauge: Gauge) -> Cell:
    share = gauge.share
    if share is None:
        return Cell(status=Status.UNKNOWN, word="Not known", small=gauge.missing)
    if share > 1 or (share == 1 and not gauge.is_enough):
        return Cell(_words(share), Status.FAIL, word=gauge.beyond, small=gauge.missing)
    text = _words(share)
    if share >= _NEAR_SHARE and not gauge.is_enough:
        return Cell(text, mark=_NEAR, small=gauge.missing)
    return Cell(text, Status.PASS, word="Room", small=gauge.missing)


def _words(share: float) -> str:
    if math.isinf(share):
        return ""
    if share >= _TWICE:
        return f"{share:,.0f} times"
    return "less than 1%" if 0 < share < _LEAST else f"{share:.0%}"
