"""The bound against sums over every number of successes, on both sides; and the page that quotes it."""

from __future__ import annotations

import re
from fractions import Fraction
from math import comb
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runbook_lib.errors import UsageError
from runbook_lib.invocations.bounds import CONFIDENCE, lower_bound, percent, runs_needed

PAGE = Path(__file__).resolve().parents[2] / "docs" / "patterns.md"
SECTION = PAGE.read_text(encoding="utf-8").split("## What a number of runs shows")[1].split("\n## ")[0]
STEP = Fraction(1, 1 << 30)


def tail(successes: int, runs: int, rate: Fraction) -> Fraction:
    """The probability of so many successes or more, summed over each."""
    return sum(
        (comb(runs, many) * rate**many * (1 - rate) ** (runs - many) for many in range(successes, runs + 1)),
        Fraction(0),
    )


@pytest.mark.parametrize("confidence", ["0.95", "0.99", "0.5"])
def test_every_count_up_to_twelve_runs_lies_one_step_below_the_rate_at_which_it_would_be_no_surprise(
    confidence: str,
) -> None:
    alpha = 1 - Fraction(confidence)
    for runs in range(1, 13):
        for successes in range(1, runs + 1):
            bound = Fraction(lower_bound(successes, runs, float(confidence)))
            assert tail(successes, runs, bound) <= alpha < tail(successes, runs, bound + STEP)


@given(st.integers(1, 80).flatmap(lambda runs: st.tuples(st.integers(1, runs), st.just(runs))))
def test_larger_counts_too(counts: tuple[int, int]) -> None:
    successes, runs = counts
    bound = Fraction(lower_bound(successes, runs))
    assert tail(successes, runs, bound) <= Fraction(1, 20) < tail(successes, runs, bound + STEP)


def test_the_known_values() -> None:
    known = {(10, 10): 0.741, (299, 299): 0.990, (1, 1): 0.050, (9, 10): 0.606, (5, 10): 0.222, (95, 100): 0.898}
    assert {counts: round(lower_bound(*counts), 3) for counts in known} == known


def test_nothing_seen_shows_nothing() -> None:
    assert [lower_bound(0, 0), lower_bound(0, 1), lower_bound(0, 1000)] == [0.0, 0.0, 0.0]


def test_one_more_success_shows_more_and_one_more_failure_less() -> None:
    for runs in range(1, 40):
        bounds = [lower_bound(successes, runs) for successes in range(runs + 1)]
        assert bounds == sorted(set(bounds))
        assert lower_bound(runs, runs + 1) < lower_bound(runs, runs) < lower_bound(runs + 1, runs + 1)


@pytest.mark.parametrize(("successes", "runs"), [(-1, 5), (6, 5), (0, -1)])
def test_counts_that_cannot_be(successes: int, runs: int) -> None:
    with pytest.raises(ValueError, match="cannot be"):
        lower_bound(successes, runs)


@pytest.mark.parametrize("confidence", [0, 1, -0.1, 95, float("nan"), float("inf")])
def test_a_confidence_outside_of_its_range(confidence: float) -> None:
    for ask in (lambda: lower_bound(5, 5, confidence), lambda: runs_needed(0.9, confidence)):
        with pytest.raises(UsageError, match="expected a number between 0 and 1"):
            ask()


@pytest.mark.parametrize("confidence", [0.8, 0.9, 0.95, 0.99])
@pytest.mark.parametrize("rate", [0.001, 0.29, 0.5, 0.741, 0.742, 0.9, 0.95, 0.99, 0.995])
def test_the_fewest_runs_are_enough_and_one_less_is_not(rate: float, confidence: float) -> None:
    runs, alpha, wanted = runs_needed(rate, confidence), 1 - Fraction(str(confidence)), Fraction(str(rate))
    assert wanted**runs <= alpha < wanted ** (runs - 1)
    assert lower_bound(runs, runs, confidence) >= rate - float(STEP)
    assert lower_bound(runs - 1, runs - 1, confidence) < rate


def test_a_tie_is_enough() -> None:
    assert [runs_needed(0.5, 0.5), runs_needed(0.5, 0.75), runs_needed(0.1, 0.999), runs_needed(0.9, 0.19)] == [
        1,
        2,
        3,
        2,
    ]


def test_a_rate_of_none_needs_no_run_and_one_of_all_cannot_be_shown() -> None:
    assert runs_needed(0) == 0
    for rate in (1, 1.0, 1.5, -0.1, float("nan")):
        with pytest.raises(UsageError, match=r"success rate .*: expected a number between 0 and 1"):
            runs_needed(rate)


def test_a_rate_is_never_told_higher_than_it_is() -> None:
    told = {
        0.0: "0%",
        0.0099: "0%",
        0.29: "29%",
        0.7411: "74%",
        0.8999: "89%",
        0.9: "90%",
        0.9119: "91.1%",
        0.98999: "98.9%",
        0.99: "99%",
        0.99003: "99%",
        0.9997: "99.97%",
        0.99999: "99.99%",
        1.0: "100%",
    }
    assert {rate: percent(rate) for rate in told} == told


def test_the_page_says_what_the_code_computes() -> None:
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in SECTION.splitlines() if "| " in line]
    counts = [re.fullmatch(r"([\d,]+) of ([\d,]+)", row[0]) for row in rows]
    told = {(int(found[1]), int(found[2])): row[1] for found, row in zip(counts, rows, strict=True) if found}
    assert told == {
        key: percent(lower_bound(*key)) for key in ((5, 5), (10, 10), (9, 10), (59, 59), (299, 299), (298, 299))
    }
    needed = {row[0]: int(row[1].replace(",", "")) for row in rows if row[0].endswith("%")}
    assert needed == {f"{rate:g}%": runs_needed(rate / 100) for rate in (50, 80, 90, 95, 99, 99.9)}
    assert f"{CONFIDENCE:.0%} confidence" in SECTION
