"""What the lab saw, as a notebook shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runbook_lib.model.keepalive import IdleOutcome, Situation
from runbook_lib.model.status import Status
from runbook_lib.render.tables import Cell, Table
from runbook_lib.render.text import shorten

if TYPE_CHECKING:
    from runbook_lib.facade.lab import IdleRow, LabTable

__all__ = ["lab_shown"]

_LABS = {"namespaces": "network namespaces of this computer", "relay": "a relay on the loopback interface"}
_SAID = 90


def lab_shown(made: LabTable) -> Table:
    """One row per kind of client, one column per way to be idle: what became of it, and what the model had said."""
    from runbook_lib.facade.lab import IdleRow

    listed = [row for row in made.rows if isinstance(row, IdleRow)]
    clients: dict[tuple[str, bool, int, int], dict[Situation, IdleRow]] = {}
    for row in listed:
        clients.setdefault((row.client, row.so_keepalive, row.time_s, row.interval_s), {})[row.situation] = row
    agreeing = sum(row.agrees is True for row in listed)
    caption = (
        f"{agreeing} of {len(listed)} outcomes as predicted, behind a gateway that forgets after {made.limit_s} s, in "
        f"{_LABS.get(str(made.lab), str(made.lab))}"
    )
    idle = {row.situation: row.idle_s for row in listed}
    columns = (
        "Client",
        "SO_KEEPALIVE",
        "Packet every",
        f"Uses it again after {idle.get(Situation.REUSE, 0):,} s",
        f"Waits {idle.get(Situation.SLOW_ANSWER, 0):,} s for an answer",
        "Model",
    )
    note = f"Cannot be shown here ({made.reason}): {'; '.join(made.not_shown)}." if made.not_shown else ""
    return Table(caption, columns, tuple(_row(*told, seen) for told, seen in clients.items()), note)


def _row(client: str, on: bool, time_s: int, interval_s: int, seen: dict[Situation, IdleRow]) -> tuple[Cell, ...]:
    agreements = {row.agrees for row in seen.values()}
    status = Status.FAIL if False in agreements else Status.UNKNOWN if None in agreements else Status.PASS
    word = {Status.FAIL: "differs", Status.UNKNOWN: "cannot be told", Status.PASS: "agrees"}[status]
    return (
        Cell(client),
        Cell("on" if on else "off"),
        Cell(f"{max(time_s, interval_s):,} s" if on else "never", small=f"first after {time_s:,} s" if on else ""),
        _outcome(seen.get(Situation.REUSE)),
        _outcome(seen.get(Situation.SLOW_ANSWER)),
        Cell(status=status, word=word),
    )


def _outcome(row: IdleRow | None) -> Cell:
    """What a client saw, its own words, and the prediction where that was another."""
    if row is None:
        return Cell("–")
    said = shorten(row.said, _SAID)
    if row.seen is None:
        return Cell(status=Status.UNKNOWN, word="not seen", small=f"predicted {row.predicted.value}; {said}")
    predicted = "" if row.agrees else f"predicted {row.predicted.value}; "
    status = Status.PASS if row.seen is IdleOutcome.OK else Status.FAIL
    return Cell(status=status, word=row.seen.value, small=f"{predicted}{said}")
