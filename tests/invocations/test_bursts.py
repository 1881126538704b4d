"""Bursts, concurrency by sweep, and what is said about missing times."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runbook_lib.invocations.base import Burst, Invocation, Pattern
from runbook_lib.invocations.bursts import GAP_S, bursts_of, peak_concurrency
from tests.invocations.rows import at, placed, rows


def ran(start_s: float, end_s: float | None = None, duration_ms: float | None = None) -> Invocation:
    return Invocation(
        request_id=f"{start_s}", start=at(start_s), end=None if end_s is None else at(end_s), duration_ms=duration_ms
    )


def starts(*seconds: float | None, gap_s: float = GAP_S) -> list[int]:
    """The sizes of the bursts of invocations with these starts."""
    return [len(burst.invocations) for burst in bursts_of(placed("S" * len(seconds), seconds), gap_s)]


def test_a_burst_ends_with_a_gap_longer_than_allowed() -> None:
    assert starts(0, 2.0, 4.0) == [3]
    assert starts(0, 2.001, 4.001) == [1, 2]
    assert starts(0, 2.0, 4.0, gap_s=1.999) == [1, 1, 1]
    assert starts(0, 0, 0.001, gap_s=0) == [2, 1]
    assert starts() == []


def test_a_burst_is_whole() -> None:
    invocations = rows("SSSSSFFFFF")
    assert bursts_of(reversed(invocations)) == (
        Burst(
            invocations=tuple(invocations),
            peak_concurrency=1,
            pattern=Pattern.FIRST_N_THEN_FAIL,
            p_value=pytest.approx(1 / 252),
        ),
    )


def test_equal_starts_are_ordered_by_request_id() -> None:
    invocations = placed("SFS", [0, 0, 0])
    assert [item.request_id for item in bursts_of(reversed(invocations))[0].invocations] == [
        "0.000-0",
        "0.000-1",
        "0.000-2",
    ]


def test_what_has_no_start_is_a_last_burst() -> None:
    made = bursts_of(placed("FSF", [None, 0, None]))
    assert [(len(burst.invocations), burst.peak_concurrency, burst.pattern) for burst in made] == [
        (1, 1, Pattern.HEALTHY),
        (2, 1, Pattern.TOO_FEW),
    ]
    assert made[1].to_json()["start"] is None


def test_concurrency_is_that_of_half_open_intervals() -> None:
    assert peak_concurrency([]) == 0
    assert peak_concurrency([ran(0, 1), ran(1, 2)]) == 1
    assert peak_concurrency([ran(0, 1.001), ran(1, 2)]) == 2
    assert peak_concurrency([ran(0, 10), ran(1, 2), ran(3, 4), ran(3.5, 5)]) == 3


def test_what_has_no_end_ran_at_its_start_only() -> None:
    assert peak_concurrency([ran(0), ran(0)]) == 2
    assert peak_concurrency([ran(0), ran(0.5)]) == 1
    assert peak_concurrency([ran(0, duration_ms=1000), ran(0.5)]) == 2
    assert peak_concurrency([ran(0, duration_ms=500), ran(0.5)]) == 1


def test_an_end_before_the_start_does_not_undo_others() -> None:
    assert peak_concurrency([ran(5, 1), ran(5, 6), ran(5, 5)]) == 3


intervals = st.lists(st.tuples(st.integers(0, 20), st.integers(0, 8)), min_size=1, max_size=12)


@given(intervals, st.randoms(use_true_random=False))
def test_concurrency_is_that_of_looking_at_every_start(pairs: list[tuple[int, int]], chance: random.Random) -> None:
    invocations = [ran(start, start + length) for start, length in pairs]
    chance.shuffle(invocations)
    looked = max(sum(s == moment or s < moment < s + length for s, length in pairs) for moment, _ in pairs)
    assert peak_concurrency(invocations) == looked


@given(st.lists(st.one_of(st.none(), st.integers(0, 30)), max_size=12), st.randoms(use_true_random=False))
def test_every_invocation_is_in_one_burst_whatever_the_order(seconds: list[int | None], chance: random.Random) -> None:
    invocations = placed("S" * len(seconds), seconds)
    expected = bursts_of(invocations)
    assert sorted(item.request_id for burst in expected for item in burst.invocations) == sorted(
        item.request_id for item in invocations
    )
    chance.shuffle(invocations)
    assert bursts_of(invocations) == expected
