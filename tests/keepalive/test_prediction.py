"""The model predicts what was measured on a real kernel: idle outcomes (at 7 s and 350 s), interval cases (at 5 s)."""

from __future__ import annotations

import pytest

from runbook_lib.keepalive.prediction import predict
from runbook_lib.model.keepalive import IdleOutcome, Situation

OK, RESET, HANGS = IdleOutcome.OK, IdleOutcome.RESET, IdleOutcome.HANGS
REUSE, SLOW = Situation.REUSE, Situation.SLOW_ANSWER


@pytest.mark.parametrize(
    ("so_keepalive", "time_s", "interval_s", "reuse", "slow"),
    [
        pytest.param(False, 7200, 75, RESET, HANGS, id="no keepalive"),
        pytest.param(True, 7200, 75, RESET, HANGS, id="SO_KEEPALIVE alone"),
        pytest.param(False, 300, 75, RESET, HANGS, id="sysctl alone"),
        pytest.param(True, 300, 75, OK, OK, id="both"),
        pytest.param(True, 360, 75, RESET, RESET, id="first probe too late"),
        pytest.param(True, 60, 360, RESET, RESET, id="interval too long"),
    ],
)
def test_outcomes_at_350_s(
    so_keepalive: bool, time_s: int, interval_s: int, reuse: IdleOutcome, slow: IdleOutcome
) -> None:
    # The reused connection of the interval row was idle for longer than its first probe and the limit together.
    idle_s = 420 if interval_s > 350 else 380
    said = [
        predict(
            situation,
            so_keepalive=so_keepalive,
            time_s=time_s,
            interval_s=interval_s,
            limit_s=350,
            idle_s=idle_s,
            read_timeout_s=430,
        )
        for situation in (REUSE, SLOW)
    ]
    assert said == [reuse, slow]


@pytest.mark.parametrize(
    ("time_s", "interval_s", "outcome"),
    [(2, 1, OK), (2, 4, OK), (2, 10, RESET), (4, 1, OK), (4, 9, RESET)],
)
def test_interval_cases_at_5_s(time_s: int, interval_s: int, outcome: IdleOutcome) -> None:
    said = predict(
        SLOW,
        so_keepalive=True,
        time_s=time_s,
        interval_s=interval_s,
        limit_s=5,
        idle_s=16,
        read_timeout_s=30,
    )
    assert said == outcome


@pytest.mark.parametrize(("idle_s", "outcome"), [(6.9, OK), (7, RESET)])
def test_one_probe_in_time_earns_one_more_limit(idle_s: float, outcome: IdleOutcome) -> None:
    said = predict(REUSE, so_keepalive=True, time_s=2, interval_s=10, limit_s=5, idle_s=idle_s, read_timeout_s=30)
    assert said == outcome


@pytest.mark.parametrize(("idle_s", "outcome"), [(349, OK), (350, RESET)])
def test_nothing_happens_below_the_limit(idle_s: float, outcome: IdleOutcome) -> None:
    said = predict(REUSE, so_keepalive=False, time_s=7200, interval_s=75, limit_s=350, idle_s=idle_s, read_timeout_s=60)
    assert said == outcome
