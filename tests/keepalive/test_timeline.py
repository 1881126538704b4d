"""The timeline of an idle connection: probes where the kernel sends them, and never a moment the verdict denies."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runbook_lib.keepalive.timeline import Timeline, latest_s, timeline_of
from runbook_lib.keepalive.verdict import Safety, judge
from tests.keepalive.subjects import subject


def line(**told: Any) -> Timeline:
    return timeline_of(subject(**told), 350, 440)


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({"TimeS": 200, "IntervalS": 15}, ((200, 400), None)),
        ({"TimeS": 100, "IntervalS": 150}, ((100, 250, 400), None)),
        ({"TimeS": 349, "IntervalS": 15, "SoKeepalive": False}, ((), 350)),
        ({"TimeS": 350}, ((350,), 350)),
        ({"TimeS": 7200, "IntervalS": 75}, ((), 350)),
        ({"TimeS": 60, "IntervalS": 360}, ((60,), 410)),
    ],
)
def test_probes_come_every_period_until_the_path_forgets(told: dict[str, Any], expected: tuple[Any, Any]) -> None:
    found = line(**told)
    assert (found.probes_s, found.forgotten_s) == expected
    assert (found.ended_s, found.is_sure) == (None, True)


@pytest.mark.parametrize(
    ("told", "probes"),
    [
        ({"SoKeepalive": None, "TimeS": 200, "IntervalS": 200}, (200, 400)),
        ({"TimeS": 345}, (345,)),
        ({"TimeS": None}, ()),
        ({"IntervalS": None, "TimeS": 200}, (200,)),
    ],
)
def test_what_cannot_be_told_is_not_sure_and_names_no_moment(told: dict[str, Any], probes: tuple[float, ...]) -> None:
    first = probes[0] if probes else None
    assert line(**told) == Timeline(first_s=first, probes_s=probes, forgotten_s=None, ended_s=None, is_sure=False)


def test_without_probes_the_kernel_ends_the_connection_itself() -> None:
    assert line(Probes=0, TimeS=60) == Timeline(first_s=60, probes_s=(), forgotten_s=None, ended_s=60, is_sure=True)
    assert line(Probes=0, TimeS=7200).forgotten_s == 350


def test_a_live_timer_decides_when_the_first_probe_comes() -> None:
    live = {"Local": "10.0.0.1:1", "Peer": "10.0.0.2:443", "TimerLeftS": 12.5}
    assert line(TimeS=200, Connection=live).probes_s == (12.5, 212.5, 412.5)
    armed_before = line(TimeS=200, Connection=live | {"TimerLeftS": 6000.0})
    assert (armed_before.first_s, armed_before.forgotten_s) == (6000, 350)


@pytest.mark.parametrize(
    ("due_s", "late_s"),
    [(0.5, 0.032), (3, 0.256), (60, 5.12), (257, 16.384), (300, 32.768), (345, 40.96), (7200, 262144 / 300)],
)
def test_a_timer_is_late_by_at_most_one_step_of_the_wheel(due_s: float, late_s: float) -> None:
    assert latest_s(due_s) == pytest.approx(due_s + late_s)


@given(st.integers(1, 7200), st.floats(1, 7200))
def test_what_is_called_safe_is_so_however_late_the_kernel_is(time_s: int, limit_s: float) -> None:
    client = subject(TimeS=time_s, IntervalS=1)
    if judge(client, limit_s).safety is Safety.SAFE:
        assert latest_s(time_s) < limit_s


@given(
    st.integers(1, 1000),
    st.integers(1, 1000),
    st.sampled_from([0, 3, 9]),
    st.sampled_from([True, False, None]),
    st.integers(5, 900),
)
def test_the_moment_of_forgetting_agrees_with_the_verdict(
    time_s: int, interval_s: int, probes: int, so_keepalive: bool | None, limit_s: int
) -> None:
    client = subject(TimeS=time_s, IntervalS=interval_s, Probes=probes, SoKeepalive=so_keepalive)
    found = timeline_of(client, limit_s, 2 * limit_s)
    ends = found.forgotten_s is not None or found.ended_s is not None
    safety = judge(client, limit_s).safety
    if safety is Safety.SAFE:
        assert (ends, found.is_sure) == (False, True)
    if safety is Safety.CANNOT_TELL:
        assert (found.forgotten_s, found.is_sure) == (None, False)
    if safety is Safety.UNSAFE:
        assert (ends, found.is_sure) == (True, True)
