"""Each pattern on both sides of its boundary, and no more false alarms than promised."""

from __future__ import annotations

import math
import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runbook_lib.invocations import patterns
from runbook_lib.invocations.base import Outcome, Pattern
from runbook_lib.invocations.bursts import bursts_of
from runbook_lib.invocations.exact import no_success, rank_sum, runs
from runbook_lib.invocations.patterns import DEFINITIONS, Judged, judge, moments_of, pattern_of
from tests.invocations.rows import bursts, placed, rows

PAGE = Path(__file__).resolve().parents[2] / "docs" / "patterns.md"

CASES = {
    # healthy: one success is enough, one unknown spoils it
    ("S",): (Pattern.HEALTHY, None),
    ("SSSS", "SS"): (Pattern.HEALTHY, None),
    ("SSSS?",): (Pattern.TOO_FEW, None),
    (): (Pattern.TOO_FEW, None),
    ("",): (Pattern.TOO_FEW, None),
    ("???",): (Pattern.TOO_FEW, None),
    # all fail: five failures, over all bursts; a single success and it is another question
    ("FFFFF",): (Pattern.ALL_FAIL, 1 / 32),
    ("FFF", "FF"): (Pattern.ALL_FAIL, 1 / 32),
    ("FFF?", "FFFF"): (Pattern.ALL_FAIL, 9 / 256),
    ("FFF?", "FFF"): (Pattern.TOO_FEW, None),
    ("FF?", "FFF??"): (Pattern.TOO_FEW, None),
    ("FFFF",): (Pattern.TOO_FEW, None),
    ("FFFF????",): (Pattern.TOO_FEW, None),
    ("SFFFFF",): (Pattern.TOO_FEW, None),
    # first n, then fail: the smallest clean splits, and one short of them
    ("SSSSSFFFFF",): (Pattern.FIRST_N_THEN_FAIL, 1 / 252),
    ("SSSSFFFF",): (Pattern.TOO_FEW, None),
    ("SSSSFFFFFF",): (Pattern.FIRST_N_THEN_FAIL, 1 / 210),
    ("SSSSFFFFF",): (Pattern.TOO_FEW, None),
    ("SSSFFFFFFFFF",): (Pattern.FIRST_N_THEN_FAIL, 1 / 220),
    ("SSSFFFFFFFF",): (Pattern.TOO_FEW, None),
    ("S" * 199 + "F",): (Pattern.FIRST_N_THEN_FAIL, 1 / 200),
    ("S" * 198 + "F",): (Pattern.TOO_FEW, None),
    # one pair out of order
    ("SSSSFSFFFF",): (Pattern.SCATTERED, 2 / 252),
    ("SSSSSFSFFFFF",): (Pattern.FIRST_N_THEN_FAIL, 2 / 924),
    # repeated bursts are combined
    ("SSSFFF", "SSSFFF"): (Pattern.FIRST_N_THEN_FAIL, 1 / 400),
    ("SSFF", "SSSFFF"): (Pattern.TOO_FEW, None),
    ("SSFF", "SSFF", "SSFF"): (Pattern.FIRST_N_THEN_FAIL, 1 / 216),
    ("SF",) * 8: (Pattern.FIRST_N_THEN_FAIL, 1 / 256),
    ("SF",) * 7: (Pattern.SCATTERED, 1 / 128),
    # stretches: bursts that fail as a whole say nothing about order inside them
    ("SSSSS", "FFFFF", "SSSSS"): (Pattern.INTERMITTENT, runs([(1, 0)] * 5 + [(0, 1)] * 5 + [(1, 0)] * 5).p_value),
    ("FFFFFFSSSSSS",): (Pattern.INTERMITTENT, 2 / 924),
    ("FFFFFSSSSS",): (Pattern.SCATTERED, 2 / 252),
    # scattered
    ("SFSFFSSFSF",): (Pattern.SCATTERED, rank_sum([[(int(c == "S"), int(c == "F")) for c in "SFSFFSSFSF"]]).p_value),
}


@pytest.mark.parametrize(("words", "expected"), CASES.items(), ids=lambda case: "-".join(map(str, case))[:40])
def test_pattern_and_p_value(words: tuple[str, ...], expected: tuple[Pattern, float | None]) -> None:
    judged = judge(bursts(*words))
    assert (judged.pattern, judged.p_value) == (expected[0], expected[1] and pytest.approx(expected[1]))
    assert pattern_of(bursts_of(item for group in bursts(*words) for item in group)) == judged


def test_the_reason_names_counts_tests_and_limit() -> None:
    assert judge(bursts("SSSSSFFFFF?")) == Judged(
        pattern=Pattern.FIRST_N_THEN_FAIL,
        p_value=1 / 252,
        text="5 succeeded, 5 failed, 1 unknown: failures start later than successes in 100% of the pairs "
        "(failures start later: p = 0.004, exact; failures in stretches: p = 0.0079, exact; limit 0.005 each).",
    )
    assert judge(bursts("SSFF")).text == (
        "2 succeeded, 2 failed, 0 unknown: too few to tell, a clean split of them would have p = 0.17 (limit 0.005)."
    )
    assert judge(bursts("FFFFF")).text == ("0 succeeded, 5 failed, 0 unknown: no success (sign test p = 0.031 ≤ 0.05).")
    assert judge([]).text == "0 succeeded, 0 failed, 0 unknown."


def test_starts_of_one_millisecond_have_no_order() -> None:
    assert judge([rows("SSSSSFFFFF", step_s=0)]).pattern is Pattern.TOO_FEW
    assert judge([rows("SSSSSFFFFF", step_s=0.0001)]).pattern is Pattern.TOO_FEW
    assert judge([rows("SSSSSFFFFF", step_s=0.001)]).pattern is Pattern.FIRST_N_THEN_FAIL


def test_a_tie_across_the_split_weakens_it() -> None:
    starts = [0, 1, 2, 3, 4, 4, 6, 7, 8, 9]
    judged = judge([placed("SSSSSFFFFF", starts)])
    assert judged == judge([placed("SSSSFSFFFF", starts)])
    assert (judged.pattern, judged.p_value) == (Pattern.TOO_FEW, None)


def test_what_has_no_start_counts_but_has_no_order() -> None:
    assert judge([placed("F", [None]), rows("SSSS")]).pattern is Pattern.TOO_FEW
    assert judge([placed("FFFFF", [None] * 5)]).pattern is Pattern.ALL_FAIL
    assert judge([placed("SSSSSFFFFF", [None] * 10)]).pattern is Pattern.TOO_FEW
    assert judge([placed("SSFF", [None] * 4), rows("SSSSSFFFFF")]).p_value == pytest.approx(1 / 252)


def test_a_drift_over_many_invocations_is_not_a_split() -> None:
    """Failures rise from two of five to three of five: significant, but nobody would say that the first succeeded."""
    judged = judge([rows("SFSFS" * 100 + "FSFSF" * 100)])
    assert judged.p_value is not None
    assert judged.p_value < 0.005
    assert judged.pattern is Pattern.SCATTERED


words = st.lists(st.text("SF?", max_size=9), max_size=4)


@given(words, st.randoms(use_true_random=False))
def test_order_of_input_never_matters(listed: list[str], chance: random.Random) -> None:
    groups = bursts(*listed)
    expected = judge(groups)
    for group in groups:
        chance.shuffle(group)
    chance.shuffle(groups)
    assert judge(groups) == expected


@given(words, st.lists(st.floats(0, 300, allow_nan=False), max_size=5))
def test_unknown_outcomes_never_make_a_pattern_stronger(listed: list[str], extra_s: list[float]) -> None:
    """They change no test of order; healthy is lost, and all_fail when they are too many."""
    known = bursts(*(word.replace("?", "") for word in listed))
    unknown = placed("?" * len(extra_s), sorted(extra_s))
    before, after = judge(known), judge([*known, unknown])
    if before.pattern is Pattern.HEALTHY and extra_s:
        assert after.pattern is Pattern.TOO_FEW
    elif before.pattern is Pattern.ALL_FAIL and after.pattern is Pattern.TOO_FEW:
        assert no_success(sum(word.count("F") for word in listed), len(extra_s)) > patterns.ALL_FAIL_ALPHA
    elif before.pattern is Pattern.ALL_FAIL:
        assert before.p_value is not None
        assert after.p_value is not None
        assert before.p_value <= after.p_value <= patterns.ALL_FAIL_ALPHA
    else:
        assert (after.pattern, after.p_value) == (before.pattern, before.p_value)


@given(st.text("SF", min_size=1, max_size=12))
def test_p_values_of_patterns_are_within_their_limits(word: str) -> None:
    judged = judge([rows(word)])
    match judged.pattern:
        case Pattern.HEALTHY | Pattern.TOO_FEW:
            assert judged.p_value is None
        case Pattern.ALL_FAIL:
            assert judged.p_value == no_success(len(word)) <= patterns.ALL_FAIL_ALPHA
        case Pattern.FIRST_N_THEN_FAIL | Pattern.INTERMITTENT:
            assert judged.p_value is not None
            assert judged.p_value <= patterns.ALPHA / 2
        case Pattern.SCATTERED:
            assert judged.p_value is not None
            assert judged.p_value > patterns.ALPHA / 2


SHAPES = [(1, 10), (1, 12), (1, 20), (1, 40), (1, 80), (2, 10), (2, 30), (3, 10), (6, 6), (20, 10), (40, 5), (1, 400)]
RATES = (0.1, 0.3, 0.5, 0.7, 0.9)
DRAWS = 10_000


def most_alarms(draws: int, risk: float) -> int:
    """The largest count that a true rate of alpha stays within, but for a risk: the one-sided binomial tolerance."""
    below = 0.0
    for count in range(draws + 1):
        below += math.comb(draws, count) * patterns.ALPHA**count * (1 - patterns.ALPHA) ** (draws - count)
        if 1 - below <= risk:
            return count
    return draws


def test_random_sequences_raise_no_more_alarms_than_promised() -> None:
    """10,000 seeded sequences; the tolerance is what a true rate of 0.01 exceeds once in a thousand tries."""
    chance = random.Random(20260101)
    alarms = 0
    for draw in range(DRAWS):
        count, size = SHAPES[draw % len(SHAPES)]
        rate = RATES[draw // len(SHAPES) % len(RATES)]
        made = ["".join("S" if chance.random() < rate else "F" for _ in range(size)) for _ in range(count)]
        alarms += judge(bursts(*made)).pattern in (Pattern.FIRST_N_THEN_FAIL, Pattern.INTERMITTENT)
    assert most_alarms(DRAWS, 0.001) == 132
    assert 0 < alarms <= 132


def test_real_splits_are_found() -> None:
    """The negative twin: three failures of ten that come last, in three bursts, are seen nearly always."""
    chance = random.Random(7)
    found = 0
    for _ in range(200):
        made = [
            "".join("F" if chance.random() < (0.05 if place < 7 else 0.95) else "S" for place in range(10))
            for _ in "abc"
        ]
        found += judge(bursts(*made)).pattern is Pattern.FIRST_N_THEN_FAIL
    assert found >= 190


def test_moments_leave_out_what_is_not_known() -> None:
    assert moments_of([*rows("S?F"), *rows("F"), *placed("S", [None])]) == ((1, 1), (0, 1))
    assert moments_of(item for item in rows("S?F") if item.outcome is Outcome.UNKNOWN) == ()


def test_the_page_gives_the_definitions_in_their_order() -> None:
    text = PAGE.read_text(encoding="utf-8")
    table = [line for line in text.splitlines() if line.startswith("| `")]
    assert table[: len(DEFINITIONS)] == [f"| `{pattern}` | {said} |" for pattern, said in DEFINITIONS.items()]
    assert set(DEFINITIONS) == set(Pattern)


def test_the_page_gives_the_smallest_splits() -> None:
    smallest = {}
    for successes in range(1, 6):
        smallest[successes] = next(
            failures
            for failures in range(1, 400)
            if judge([rows("S" * successes + "F" * failures)]).pattern is Pattern.FIRST_N_THEN_FAIL
        )
    said = ", ".join(f"{successes} + {failures}" for successes, failures in smallest.items())
    assert f"one burst: {said}" in PAGE.read_text(encoding="utf-8")
