"""The truth table, with the pair on each side of every boundary."""

from __future__ import annotations

import pytest

from runbook_lib.errors import UsageError
from runbook_lib.keepalive.verdict import Judged, Safety, judge, overall
from tests.keepalive.subjects import subject

SAFE, UNSAFE, CANNOT_TELL = Safety.SAFE, Safety.UNSAFE, Safety.CANNOT_TELL


@pytest.mark.parametrize(
    ("told", "limit_s", "safety", "reason"),
    [
        ({}, 350, SAFE, "first probe at 60 s, then every 60 s, path drops at 350 s."),
        ({"TimeS": 300}, 350, SAFE, "first probe at 300 s, then every 300 s, path drops at 350 s."),
        (
            {"TimeS": 301},
            350,
            CANNOT_TELL,
            "first probe at 301 s, path drops at 350 s: the kernel sends long timers late, so only 300 s or less is "
            "sure.",
        ),
        (
            {"IntervalS": 349},
            350,
            CANNOT_TELL,
            "a probe every 349 s, path drops at 350 s: the kernel sends long timers late, so only 300 s or less is "
            "sure.",
        ),
        ({"TimeS": 350}, 350, UNSAFE, "first probe at 350 s, path drops at 350 s."),
        ({"TimeS": 350}, 351, CANNOT_TELL, None),
        (
            {"IntervalS": 360},
            350,
            UNSAFE,
            "after the first answered probe the next one comes 360 s later; path drops at 350 s.",
        ),
        (
            {"SoKeepalive": False},
            350,
            UNSAFE,
            "no probe is ever sent, since SO_KEEPALIVE is off; path drops at 350 s.",
        ),
        (
            {"SoKeepalive": None},
            350,
            CANNOT_TELL,
            "first probe at 60 s, then every 60 s if the client sets SO_KEEPALIVE; nothing here tells, and the socket "
            "option decides.",
        ),
        ({"SoKeepalive": None, "TimeS": 7200}, 350, UNSAFE, "first probe at 7200 s, path drops at 350 s."),
        ({"TimeS": None, "Gaps": ["nobody told the time"]}, 350, CANNOT_TELL, "nobody told the time"),
        ({"TimeS": None, "IntervalS": 400}, 350, UNSAFE, None),
        ({"TimeS": None, "SoKeepalive": False}, 350, UNSAFE, None),
        ({"Refused": "the kubelet refuses it."}, 350, CANNOT_TELL, "the kubelet refuses it."),
        (
            {"Refused": "tune is not privileged.", "TimeS": 7200},
            350,
            UNSAFE,
            "first probe at 7200 s, path drops at 350 s. tune is not privileged.",
        ),
        (
            {"Probes": 0},
            350,
            UNSAFE,
            "with 0 probes the kernel ends a connection at the first idle period instead of probing it.",
        ),
        (
            {"TimeS": 100, "Connection": {"Local": "a:1", "Peer": "b:2", "TimerLeftS": 296.0}},
            350,
            CANNOT_TELL,
            "the timer of this connection has 296 s left, more than the setting of 100 s: it was armed before the "
            "setting changed; connections made from now on are safe.",
        ),
        (
            {"TimeS": 100, "Connection": {"Local": "a:1", "Peer": "b:2", "TimerLeftS": 7100.0}},
            350,
            UNSAFE,
            "the timer of this connection was armed earlier and has 7100 s left; path drops at 350 s.",
        ),
        ({"TimeS": 100, "Connection": {"Local": "a:1", "Peer": "b:2", "TimerLeftS": 100.0}}, 350, SAFE, None),
    ],
)
def test_verdict_and_reason(told: dict[str, object], limit_s: float, safety: Safety, reason: str | None) -> None:
    found = judge(subject(**told), limit_s)
    assert found == Judged(safety=safety, reason=reason or found.reason)


@pytest.mark.parametrize("limit_s", [0, -1, float("nan")])
def test_a_limit_must_be_above_zero(limit_s: float) -> None:
    with pytest.raises(UsageError, match=r"the idle limit must be more than 0 seconds, not "):
        judge(subject(), limit_s)


@pytest.mark.parametrize(
    ("seen", "together"),
    [
        ((), CANNOT_TELL),
        ((SAFE,), SAFE),
        ((SAFE, CANNOT_TELL), CANNOT_TELL),
        ((CANNOT_TELL, UNSAFE, SAFE), UNSAFE),
    ],
)
def test_overall(seen: tuple[Safety, ...], together: Safety) -> None:
    assert overall(Judged(safety=item, reason="") for item in seen) == together
