"""What the lab saw as a table: one row per kind of client, and no agreement where there was none."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from runbook_lib.facade.lab import IdleRow, LabTable
from runbook_lib.facade.lab_shown import lab_shown
from runbook_lib.model.keepalive import IdleOutcome, Situation
from runbook_lib.natlab import Kind

REUSE = IdleRow(
    client="boto3",
    situation=Situation.REUSE,
    so_keepalive=True,
    time_s=1,
    interval_s=4,
    idle_s=5,
    predicted=IdleOutcome.RESET,
    seen=IdleOutcome.RESET,
    said="connection reset",
    waited_s=0.1,
)
SLOW = replace(
    REUSE, situation=Situation.SLOW_ANSWER, idle_s=6, predicted=IdleOutcome.OK, seen=IdleOutcome.OK, said="answered"
)


def shown(*rows: IdleRow, **more: Any) -> Any:
    told: dict[str, Any] = {"lab": Kind.NAMESPACES, "reason": "", "limit_s": 3, "rows": rows}
    told |= {"not_shown": (), "counters": {}}
    return lab_shown(LabTable(**told | more))


def test_one_row_per_client_with_both_ways_to_be_idle() -> None:
    table = shown(REUSE, SLOW)
    assert table.caption.startswith("2 of 2 outcomes as predicted, behind a gateway that forgets after 3 s, in network")
    assert table.columns[3:5] == ("Uses it again after 5 s", "Waits 6 s for an answer")
    assert [[cell.plain for cell in row] for row in table.rows] == [
        ["boto3", "on", "4 s (first after 1 s)", "✕ reset (connection reset)", "✓ ok (answered)", "✓ agrees"]
    ]


def test_another_setting_is_another_client() -> None:
    table = shown(REUSE, replace(REUSE, so_keepalive=False))
    assert [[cell.plain for cell in row][1:3] for row in table.rows] == [
        ["on", "4 s (first after 1 s)"],
        ["off", "never"],
    ]
    assert table.rows[0][4].plain == "–"


@pytest.mark.parametrize(
    ("seen", "cell", "model"),
    [
        (IdleOutcome.HANGS, "✕ hangs (predicted reset; connection reset)", "✕ differs"),
        (None, "? not seen (predicted reset; connection reset)", "? cannot be told"),
    ],
)
def test_what_was_not_as_predicted_is_no_agreement(seen: IdleOutcome | None, cell: str, model: str) -> None:
    table = shown(replace(REUSE, seen=seen), SLOW)
    assert table.caption.startswith("1 of 2 outcomes as predicted")
    assert (table.rows[0][3].plain, table.rows[0][5].plain) == (cell, model)


def test_what_a_relay_cannot_show_is_said() -> None:
    table = shown(REUSE, lab=Kind.RELAY, reason="no namespaces", not_shown=("reuse: sysctl",))
    assert table.caption.endswith("in a relay on the loopback interface")
    assert table.note == "Cannot be shown here (no namespaces): reuse: sysctl."
