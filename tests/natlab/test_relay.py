"""The relay on the loopback: the same outcomes where it can show them, and a word about where it cannot."""

from __future__ import annotations

import pytest

from runbook_lib.errors import LabError
from runbook_lib.facade.lab import IdleRow, idle_table
from runbook_lib.natlab import Condition, Forgotten, Kind, run_idle, table
from tests.natlab.conftest import LIMIT_S
from tests.natlab.test_idle import BOTO3, REUSE, SLOW, SOCKETS

RELAY = Condition(kind=Kind.RELAY, reason="refused here")


def test_relay_shows_what_needs_no_sysctl_and_is_no_pass() -> None:
    found = idle_table(LIMIT_S, place=RELAY)
    rows = [row for row in found.rows if isinstance(row, IdleRow)]
    assert {(row.client, row.situation): row.seen for row in rows} == {
        (name, situation): outcome
        for name, both in (SOCKETS | BOTO3).items()
        for situation, outcome in zip((REUSE, SLOW), both, strict=True)
        if outcome is not None and "sysctl" not in name
    }
    assert {row.agrees for row in rows} == {True}
    assert set(found.not_shown) == {
        f"{situation}: {name}" for name in SOCKETS | BOTO3 if "sysctl" in name for situation in (REUSE, SLOW)
    }
    assert (found.agrees, found.exit_code, found.counters) == (None, 3, {})


@pytest.mark.parametrize("forgotten", [Forgotten.DROPPED, Forgotten.RECOVERED])
def test_relay_refuses_what_it_does_not_do(forgotten: Forgotten) -> None:
    with pytest.raises(LabError, match="the lab cannot run: refused here"):
        run_idle(RELAY, LIMIT_S, table(LIMIT_S), forgotten=forgotten)
