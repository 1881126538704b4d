"""What the lab saw, as a notebook shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runbook_lib.model.status import Status
from runbook_lib.render.tables import Cell, Table

if TYPE_CHECKING:
    from runbook_lib.facade.lab import IdleRow, LabTable

__all__ = ["lab_shown"]

_AGREEMENT = {True: (Status.PASS, "agrees"), False: (Status.FAIL, "differs"), None: (Status.UNKNOWN, "not to be told")}
_LABS = {"namespaces": "network namespaces of this computer", "relay": "a relay on the loopback interface"}


def lab_shown(made: LabTable) -> Table:
    """One row per idle client: the model's prediction beside what the kernel did."""
    from runbook_lib.facade.lab import IdleRow

    columns = ("Client", "It", "SO_KEEPALIVE", "First probe", "Interval", "Idle", "Predicted", "Seen", "Model")
    kind = _LABS.get(str(made.lab), str(made.lab))
    caption = f"{len(made.rows)} clients in {kind}, behind a gateway that forgets after {made.limit_s} s"
    note = f"Cannot be shown here ({made.reason}): {'; '.join(made.not_shown)}." if made.not_shown else ""
    return Table(caption, columns, tuple(_row(row) for row in made.rows if isinstance(row, IdleRow)), note)


def _row(row: IdleRow) -> tuple[Cell, ...]:
    status, word = _AGREEMENT[row.agrees]
    return (
        Cell(row.client),
        Cell(row.situation.value),
        Cell("on" if row.so_keepalive else "off"),
        Cell(f"{row.time_s:,} s"),
        Cell(f"{row.interval_s:,} s"),
        Cell(f"{row.idle_s:,} s"),
        Cell(row.predicted.value),
        Cell(row.seen.value if row.seen else "–", small=row.said),
        Cell(status=status, word=word),
    )
