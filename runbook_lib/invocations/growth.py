"""Whether durations grow over time, and when they will have grown to a limit.

Kendall's rank correlation of duration with time tells whether there is a trend at all (normal approximation, ties
corrected), Theil and Sen's median of slopes how steep it is: both are indifferent to a few outliers.

Sources (read 2026-11-21)
    Kendall 1938, https://doi.org/10.1093/biomet/30.1-2.81; Mann 1945, https://doi.org/10.2307/1907187
    Sen 1968, https://doi.org/10.1080/01621459.1968.10480934
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import median

__all__ = ["Growth", "growth"]

_FEWEST = 10
_MOST = 300
_SIGNIFICANT = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """A trend upwards: `slope` in seconds per second, `level` the typical value at the last moment `at`."""

    slope: float
    level: float
    at: float
    p_value: float

    def time_left(self, limit: float) -> float:
        """The seconds after the last moment until the trend reaches a limit; 0 when it has."""
        return max(0.0, (limit - self.level) / self.slope)


def growth(points: Sequence[tuple[float, float]]) -> Growth | None:
    """The growth of (moment, value) pairs, or None when fewer than ten or no significant trend upwards.

    Of more than 300 points as many are taken, evenly spaced in time order, the first and the last among them.
    """
    ordered = sorted(points)
    if len(ordered) > _MOST:
        ordered = [ordered[round(n * (len(ordered) - 1) / (_MOST - 1))] for n in range(_MOST)]
    if len(ordered) < _FEWEST:
        return None
    pairs = [(b[0] - a[0], b[1] - a[1]) for a, b in combinations(ordered, 2)]
    score = sum((rise > 0) - (rise < 0) for run, rise in pairs if run > 0)
    spread = math.sqrt(_variance(ordered))
    if score <= 0 or not spread:
        return None
    p_value = math.erfc((score - 1) / spread / math.sqrt(2)) / 2
    slope = median(rise / run for run, rise in pairs if run > 0)
    if p_value >= _SIGNIFICANT or slope <= 0:
        return None
    at = ordered[-1][0]
    level = median(value + slope * (at - moment) for moment, value in ordered)
    return Growth(slope=slope, level=level, at=at, p_value=p_value)


def _variance(points: Sequence[tuple[float, float]]) -> float:
    """The variance of Kendall's score without a trend, ties in either coordinate corrected."""
    n = len(points)

    def ties(index: int) -> tuple[int, int, int]:
        sizes = Counter(point[index] for point in points).values()
        return (
            sum(t * (t - 1) * (2 * t + 5) for t in sizes),
            sum(t * (t - 1) * (t - 2) for t in sizes),
            sum(t * (t - 1) for t in sizes),
        )

    (a5, a3, a2), (b5, b3, b2) = ties(0), ties(1)
    base = (n * (n - 1) * (2 * n + 5) - a5 - b5) / 18
    return base + a3 * b3 / (9 * n * (n - 1) * (n - 2)) + a2 * b2 / (2 * n * (n - 1))
