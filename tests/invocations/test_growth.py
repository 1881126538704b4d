"""Do durations grow, and when will they have grown to a limit?"""

from __future__ import annotations

import random

import pytest

from runbook_lib.invocations.growth import growth

LINE = [(float(n), 100.0 + 2 * n) for n in range(20)]


def test_a_line() -> None:
    found = growth(LINE)
    assert found is not None
    assert (found.slope, found.level, found.at) == (2.0, 138.0, 19.0)
    assert found.time_left(238.0) == 50.0
    assert found.time_left(100.0) == 0.0
    assert 0 < found.p_value < 1e-6


def test_order_of_the_points_does_not_matter() -> None:
    mixed = LINE.copy()
    random.Random(7).shuffle(mixed)
    assert growth(mixed) == growth(LINE)


def test_one_outlier_changes_nothing() -> None:
    found = growth([*LINE[:10], (10.0, 9000.0), *LINE[11:]])
    assert found is not None
    assert found.slope == pytest.approx(2.0)


@pytest.mark.parametrize(
    "points",
    [
        [],
        LINE[:9],
        [(moment, 5.0) for moment, _ in LINE],
        [(moment, -value) for moment, value in LINE],
        [(1.0, value) for _, value in LINE],
        [(moment, float(number % 2)) for number, (moment, _) in enumerate(LINE)],
    ],
)
def test_no_trend(points: list[tuple[float, float]]) -> None:
    assert growth(points) is None


def test_ten_points_are_enough() -> None:
    assert growth(LINE[:10]) is not None


def test_noise_is_seldom_taken_for_growth() -> None:
    mix = random.Random(11)
    taken = sum(growth([(float(n), mix.random()) for n in range(30)]) is not None for _ in range(300))
    assert taken <= 9


def test_of_many_points_the_first_and_the_last_are_kept() -> None:
    many = [(float(n), float(n)) for n in range(5000)]
    found = growth(many)
    assert found is not None
    assert (found.at, found.slope) == (4999.0, 1.0)
