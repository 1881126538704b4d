"""The table of claims that do not hold, or no longer."""

from __future__ import annotations

from collections.abc import Iterable

from runbook_lib.render.tables import Cell, Table

__all__ = ["claims_table"]

Told = tuple[str, str, str, str, tuple[str, ...]]


def claims_table(claims: Iterable[Told], read: str) -> Table:
    """One row per claim as (topic, what is heard, how it stands, what holds, sources), in the order given."""
    rows = tuple(
        (Cell(heard, small=topic), Cell(standing), Cell(holds, small="\n".join(sources)))
        for topic, heard, standing, holds, sources in claims
    )
    columns = ("What you may have read", "It is", "What holds, and where that stands")
    return Table("Claims to be careful with", columns, rows, f"Sources were read on {read}.")
