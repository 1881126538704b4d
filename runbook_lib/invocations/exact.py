"""Exact tests on the order of successes and failures, as functions of numbers.

The null hypothesis of both order tests: every arrangement of the same outcomes over the same starts is equally likely.

Outcomes are given as moments: per moment of start, in order, how many succeeded and how many failed. What started at
the same moment has no order, so it is counted in the order that speaks most against a pattern: a p-value is never
smaller than for any order of the tied ones.

Sources
    Rank sum: Mann and Whitney 1947, https://doi.org/10.1214/aoms/1177730491. The counts of its null distribution are
    the coefficients of the Gaussian binomial, https://en.wikipedia.org/wiki/Gaussian_binomial_coefficient
    Runs: Wald and Wolfowitz 1940, https://doi.org/10.1214/aoms/1177731909
    Fisher's exact test: https://en.wikipedia.org/wiki/Fisher%27s_exact_test (all read 2026-11-21)
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from itertools import accumulate, product
from operator import sub

__all__ = [
    "EXACT_OUTCOMES",
    "EXACT_STEPS",
    "Method",
    "Moments",
    "Tail",
    "clean",
    "disorder",
    "fisher_greater",
    "most_runs",
    "no_success",
    "rank_sum",
    "rank_sum_exact",
    "rank_sum_normal",
    "runs",
    "runs_exact",
    "runs_rounded",
    "sizes",
]

Moments = Sequence[tuple[int, int]]
"""Successes and failures at each moment of start, in order of time."""

EXACT_STEPS = 2_000_000
"""Additions the exact rank sum may cost (well under a second). Beyond, the normal approximation is used; its tails are
heavier than those of the exact distribution, so it errs towards seeing no pattern.
"""

EXACT_OUTCOMES = 2_000
"""Outcomes up to which binomials are integers; beyond, they are logarithms, good to six digits of the result."""

_Term = tuple[int, int, int, int]


class Method(StrEnum):
    """How a p-value was computed."""

    EXACT = "exact"
    ROUNDED = "exact up to rounding"
    NORMAL = "normal approximation"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tail:
    """The probability of an order at least as extreme; at least the smallest normal float, never 0."""

    p_value: float
    method: Method


def sizes(moments: Moments) -> tuple[int, int]:
    """How many succeeded and how many failed in all."""
    return sum(succeeded for succeeded, _ in moments), sum(failed for _, failed in moments)


def disorder(moments: Moments) -> int:
    """The pairs of a failure and a success in which the failure does not start later; 0 is a clean split."""
    failures, pairs = 0, 0
    for succeeded, failed in moments:
        failures += failed
        pairs += succeeded * failures
    return pairs


def clean(moments: Moments) -> Moments:
    """The same starts and the same number of outcomes, successes first: the most extreme order that could be."""
    left, _ = sizes(moments)
    arranged = []
    for moment in moments:
        succeeded = min(sum(moment), left)
        left -= succeeded
        arranged.append((succeeded, sum(moment) - succeeded))
    return tuple(arranged)


def most_runs(moments: Moments) -> int:
    """The runs of equal outcomes in a row, as many as the order of what started at the same moment allows.

    Inside a moment the rarer outcome separates the others. Kept are the most runs of an order that ends with a success
    and of one that ends with a failure; they differ by at most 1, and an end that cannot be counts as one run less.
    """
    success = failure = 0
    for succeeded, failed in moments:
        if not succeeded and not failed:
            continue
        before_success, before_failure = max(failure, success - 1), max(success, failure - 1)
        success = before_success + 2 * failed + 1 if succeeded > failed else before_failure + 2 * succeeded
        failure = before_failure + 2 * succeeded + 1 if failed > succeeded else before_success + 2 * failed
    return max(success, failure)


def rank_sum(groups: Iterable[Moments]) -> Tail:
    """The one-sided rank-sum test "failures start later", stratified: only orders inside a group are compared.

    The p-value is P(disorder <= observed), the disorder summed over the groups.
    """
    listed = list(groups)
    shapes, observed = [sizes(moments) for moments in listed], sum(disorder(moments) for moments in listed)
    if _steps(shapes, observed) <= EXACT_STEPS:
        return _tail(rank_sum_exact(shapes, observed), Method.EXACT)
    return _tail(rank_sum_normal(shapes, observed), Method.NORMAL)


def rank_sum_exact(shapes: Sequence[tuple[int, int]], observed: int) -> Fraction:
    """P(disorder <= observed) over groups of given successes and failures."""
    pairs = sum(math.prod(shape) for shape in shapes)
    if 2 * observed >= pairs:
        return 1 - rank_sum_exact(shapes, pairs - observed - 1) if observed < pairs else Fraction(1)
    if observed < 0:
        return Fraction(0)
    arrangements = math.prod(math.comb(sum(shape), shape[0]) for shape in shapes)
    return Fraction(sum(_disorder_counts(shapes, observed)), arrangements)


def _disorder_counts(shapes: Sequence[tuple[int, int]], largest: int) -> list[int]:
    """How many arrangements have disorder 0, 1, … largest: the coefficients of the groups' Gaussian binomials.

    Each binomial is the product of (1 - q^(many + k)) / (1 - q^k) for k = 1 … few.
    """
    counts = [1] + [0] * largest
    for shape in shapes:
        few, many = sorted(shape)
        for k in range(1, few + 1):
            counts[many + k :] = map(sub, counts[many + k :], counts[: -many - k])
            for start in range(min(k, len(counts))):
                counts[start::k] = accumulate(counts[start::k])
    return counts


def _steps(shapes: Sequence[tuple[int, int]], observed: int) -> int:
    """The additions of `_disorder_counts` over the nearer tail; where that is short, the binomials' lengths count."""
    pairs, few = sum(math.prod(shape) for shape in shapes), sum(min(shape) for shape in shapes)
    return 2 * few * max(1 + min(observed, pairs - observed), few)


def rank_sum_normal(shapes: Sequence[tuple[int, int]], observed: int) -> float:
    """P(disorder <= observed) by the normal approximation with continuity correction."""
    mean = sum(math.prod(shape) for shape in shapes) / 2
    variance = sum(math.prod(shape) * (sum(shape) + 1) for shape in shapes) / 12
    return math.erfc((mean - observed - 0.5) / math.sqrt(2 * variance)) / 2


def runs(moments: Moments) -> Tail:
    """The one-sided runs test "failures come in stretches": P(runs <= observed)."""
    (successes, failures), observed = sizes(moments), most_runs(moments)
    if successes + failures <= EXACT_OUTCOMES:
        return _tail(runs_exact(successes, failures, observed), Method.EXACT)
    return _tail(runs_rounded(successes, failures, observed), Method.ROUNDED)


def runs_exact(successes: int, failures: int, observed: int) -> Fraction:
    """P(runs <= observed) in integers."""
    if not successes or not failures:
        return Fraction(1)
    terms = _runs_terms(successes, failures, observed)
    return _share_exact(terms, successes + failures, successes)


def runs_rounded(successes: int, failures: int, observed: int) -> float:
    """P(runs <= observed) by logarithms of the same binomials."""
    if not successes or not failures:
        return 1.0
    terms = _runs_terms(successes, failures, observed)
    return _share_rounded(terms, successes + failures, successes)


def _runs_terms(successes: int, failures: int, observed: int) -> Iterable[_Term]:
    """Binomials C(a, b)·C(c, d) whose sum counts the arrangements with at most so many runs.

    Successes in i runs and failures in j: C(s-1, i-1)·C(f-1, j-1) each way to begin; i and j differ by at most 1.
    """
    most = min(successes, failures + 1, observed // 2 + 1)
    for i, step in product(range(1, most + 1), (-1, 0, 0, 1)):
        if 1 <= i + step <= failures and 2 * i + step <= observed:
            yield successes - 1, i - 1, failures - 1, i + step - 1


def no_success(failures: int, unknown: int = 0) -> float:
    """The sign test: the probability of so few successes when at least every second invocation succeeds.

    What is unknown counts as a success.
    """
    total = failures + unknown
    terms = (math.exp(_log_comb(total, known) - total * math.log(2)) for known in range(unknown + 1))
    return min(1.0, max(math.fsum(terms), sys.float_info.min))


def fisher_greater(with_failed: int, without_failed: int, with_fine: int, without_fine: int) -> float:
    """Fisher's exact test, one-sided: that failures have a property more often than successes.

    The arguments are how many failed with and without it, and how many succeeded with and without it.
    """
    having, failed = with_failed + with_fine, with_failed + without_failed
    total = failed + with_fine + without_fine
    counts = range(with_failed, min(having, failed) + 1)
    terms = [(having, count, total - having, failed - count) for count in counts if failed - count <= total - having]
    if total <= EXACT_OUTCOMES:
        return _tail(_share_exact(terms, total, failed), Method.EXACT).p_value
    return _tail(_share_rounded(terms, total, failed), Method.ROUNDED).p_value


def _share_exact(terms: Iterable[_Term], total: int, chosen: int) -> Fraction:
    """The sum of C(a, b)·C(c, d), as a share of C(total, chosen)."""
    return Fraction(sum(math.comb(a, b) * math.comb(c, d) for a, b, c, d in terms), math.comb(total, chosen))


def _share_rounded(terms: Iterable[_Term], total: int, chosen: int) -> float:
    """The same by logarithms, for numbers too long to be multiplied."""
    every = _log_comb(total, chosen)
    return min(1.0, math.fsum(math.exp(_log_comb(a, b) + _log_comb(c, d) - every) for a, b, c, d in terms))


def _log_comb(total: int, chosen: int) -> float:
    return math.lgamma(total + 1) - math.lgamma(chosen + 1) - math.lgamma(total - chosen + 1)


def _tail(p_value: Fraction | float, method: Method) -> Tail:
    return Tail(p_value=max(float(p_value), sys.float_info.min), method=method)
