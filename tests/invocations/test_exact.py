"""The p-values are those of counting every arrangement."""

from __future__ import annotations

import math
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from fractions import Fraction
from functools import cache
from itertools import combinations, groupby, permutations, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runbook_lib.invocations import exact
from runbook_lib.invocations.exact import Method, Moments, Tail

UP_TO_8 = list(product(range(9), repeat=2))


def arrangements(successes: int, failures: int) -> Iterator[str]:
    """Every order of so many successes and failures."""
    total = successes + failures
    for chosen in combinations(range(total), failures):
        yield "".join("F" if place in chosen else "S" for place in range(total))


def disordered(word: str) -> int:
    """Pairs of a failure that is before a success, counted one by one."""
    return sum(word[a] == "F" and word[b] == "S" for a, b in combinations(range(len(word)), 2))


def run_count(word: str) -> int:
    return len(list(groupby(word)))


def moments(word: str) -> Moments:
    """Each letter at a moment of its own."""
    return [(int(letter == "S"), int(letter == "F")) for letter in word]


def lower_tails(values: Iterable[int]) -> dict[int, Fraction]:
    """P(value <= v) for every v up to the largest, each value counted once."""
    counts = Counter(values)
    total = sum(counts.values())
    return {v: Fraction(sum(counts[w] for w in range(v + 1)), total) for v in range(max(counts) + 1)}


@cache
def disorders(successes: int, failures: int) -> tuple[int, ...]:
    return tuple(map(disordered, arrangements(successes, failures)))


@pytest.mark.parametrize(("successes", "failures"), UP_TO_8)
def test_rank_sum_is_that_of_counting(successes: int, failures: int) -> None:
    expected = lower_tails(disorders(successes, failures))
    assert {v: exact.rank_sum_exact([(successes, failures)], v) for v in expected} == expected


@pytest.mark.parametrize(("successes", "failures"), UP_TO_8)
def test_runs_are_those_of_counting(successes: int, failures: int) -> None:
    expected = lower_tails(map(run_count, arrangements(successes, failures)))
    del expected[0]
    if successes and failures:
        assert {v: exact.runs_exact(successes, failures, v) for v in expected} == expected
    else:
        assert exact.runs_exact(successes, failures, 1) == 1


@pytest.mark.parametrize(
    "shapes",
    [
        *product([(1, 1), (2, 1), (2, 3), (4, 2), (4, 4), (0, 3)], repeat=2),
        *product([(1, 2), (2, 2), (3, 1)], repeat=3),
    ],
)
def test_combined_bursts_are_those_of_counting(shapes: tuple[tuple[int, int], ...]) -> None:
    expected = lower_tails(sum(values) for values in product(*(disorders(*shape) for shape in shapes)))
    assert {v: exact.rank_sum_exact(shapes, v) for v in expected} == expected


def test_p_values_of_the_seed_split() -> None:
    assert exact.rank_sum([moments("SSSSSFFFFF")]) == Tail(p_value=1 / 252, method=Method.EXACT)
    assert exact.rank_sum([moments("SSSSFFFF")]) == Tail(p_value=1 / 70, method=Method.EXACT)
    assert exact.rank_sum([moments("SSSFFF")] * 2) == Tail(p_value=1 / 400, method=Method.EXACT)
    assert exact.rank_sum([moments("FFFFFSSSSS")]) == Tail(p_value=1.0, method=Method.EXACT)
    assert exact.runs(moments("SSSSSFFFFF")) == Tail(p_value=1 / 126, method=Method.EXACT)


def test_without_a_pair_nothing_is_shown() -> None:
    nothing = Tail(p_value=1.0, method=Method.EXACT)
    for words in ([], [""], ["SSSS"], ["FFFF"], ["SSSS", "FFFF"]):
        assert exact.rank_sum(map(moments, words)) == nothing
    assert exact.runs(moments("FFFF")) == nothing


small_moments = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), max_size=3)


def orders(tied: Moments) -> set[str]:
    """Every order in which those that are tied may have started."""
    within = [{"".join(p) for p in permutations("S" * succeeded + "F" * failed)} for succeeded, failed in tied]
    return {"".join(parts) for parts in product(*within)}


@given(small_moments)
def test_ties_are_ordered_against_the_pattern(tied: Moments) -> None:
    every = orders(tied)
    assert exact.disorder(tied) == max(map(disordered, every))
    assert exact.most_runs(tied) == max(map(run_count, every))


@given(st.lists(small_moments, min_size=1, max_size=2))
def test_p_is_never_smaller_than_for_any_order_of_the_tied(groups: list[Moments]) -> None:
    p_value = exact.rank_sum(groups).p_value
    assert all(exact.rank_sum(map(moments, words)).p_value <= p_value for words in product(*map(orders, groups)))
    assert all(exact.runs(moments(word)).p_value <= exact.runs(groups[0]).p_value for word in orders(groups[0]))


@given(small_moments)
def test_clean_keeps_starts_and_outcomes_and_is_the_most_extreme(tied: Moments) -> None:
    cleaned = exact.clean(tied)
    assert [sum(moment) for moment in cleaned] == [sum(moment) for moment in tied]
    assert exact.sizes(cleaned) == exact.sizes(tied)
    assert exact.disorder(cleaned) <= exact.disorder(tied)


def test_many_in_one_millisecond_show_nothing() -> None:
    assert exact.rank_sum([[(20, 20)]]).p_value == 1.0
    assert exact.runs([(20, 20)]).p_value == 1.0


def test_p_is_never_zero() -> None:
    assert exact.rank_sum([[(900, 0), (0, 900)]]) == Tail(p_value=sys.float_info.min, method=Method.EXACT)
    assert exact.rank_sum([[(90000, 0), (0, 90000)]]) == Tail(p_value=sys.float_info.min, method=Method.NORMAL)
    assert exact.runs([(1, 0)] * 3000 + [(0, 1)] * 3000).p_value == sys.float_info.min
    assert exact.no_success(5000) == sys.float_info.min


def test_method_is_said_on_both_sides_of_the_size() -> None:
    """Many pairs are costly only when failures are many: one failure among ten thousand stays exact."""
    half = exact.EXACT_OUTCOMES // 2
    assert exact.runs([(half, 0), (0, half)]).method is Method.EXACT
    assert exact.runs([(half, 0), (0, half + 1)]).method is Method.ROUNDED
    assert exact.rank_sum([[(500, 0), (0, 500), (500, 0)]]).method is Method.NORMAL
    assert exact.rank_sum([[(5000, 0), (0, 1), (5000, 0)]]) == Tail(p_value=5001 / 10001, method=Method.EXACT)


@pytest.mark.parametrize("shapes", [[(60, 60)], [(100, 40)], [(400, 12)], [(1, 9)] * 60, [(30, 30), (10, 50)]])
def test_normal_approximation_is_near_and_errs_towards_no_pattern(shapes: list[tuple[int, int]]) -> None:
    pairs = sum(math.prod(shape) for shape in shapes)
    for observed in range(0, pairs // 2, pairs // 50):
        true, near = float(exact.rank_sum_exact(shapes, observed)), exact.rank_sum_normal(shapes, observed)
        assert near == pytest.approx(true, abs=0.004)
        assert near >= true or true > 0.01


@pytest.mark.parametrize(("successes", "failures"), [(900, 900), (1500, 100), (1, 1999), (700, 1300)])
def test_logarithms_agree_with_integers(successes: int, failures: int) -> None:
    expected = 2 * successes * failures / (successes + failures)
    for share in (0.5, 0.9, 1.0, 1.1, 2.0):
        observed = max(2, round(share * expected))
        true = float(exact.runs_exact(successes, failures, observed))
        assert exact.runs_rounded(successes, failures, observed) == pytest.approx(true, rel=1e-6)


@given(st.tuples(*[st.integers(0, 4)] * 4))
def test_fisher_is_that_of_counting(table: tuple[int, int, int, int]) -> None:
    with_failed, without_failed, with_fine, _ = table
    having, failed, total = with_failed + with_fine, with_failed + without_failed, sum(table)
    drawn = [sum(place < having for place in chosen) for chosen in combinations(range(total), failed)]
    assert exact.fisher_greater(*table) == sum(count >= with_failed for count in drawn) / len(drawn)


def test_fisher_of_the_lady_tasting_tea() -> None:
    assert exact.fisher_greater(3, 1, 1, 3) == pytest.approx(17 / 70)
    assert exact.fisher_greater(4, 0, 0, 4) == pytest.approx(1 / 70)


def test_fisher_changes_its_method_without_a_jump() -> None:
    assert exact.EXACT_OUTCOMES == 2000
    values = [exact.fisher_greater(having, 400, 500, 500) for having in (599, 600, 601, 602)]
    assert values == sorted(values, reverse=True)
    assert all(value == pytest.approx(values[0], rel=0.3) for value in values)


def test_sign_test() -> None:
    assert [exact.no_success(count) for count in (0, 1, 4, 5)] == [1.0, 0.5, 0.0625, 0.03125]
