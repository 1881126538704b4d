"""Which pattern failures make, decided by two exact tests; the page for people is docs/patterns.md.

Only known outcomes with a known start enter the tests. The null hypothesis of both: outcomes are exchangeable with
respect to the order of starts, that is, when an invocation started says nothing about how it ended.

* Split, "failures start later": the rank-sum test inside each burst, the bursts combined exactly (stratified).
* Stretches, "failures come in a row": the runs test over the whole sequence of starts.

Each is one-sided and held against half of `ALPHA`, so both together call a pattern where there is none in at most one
of a hundred cases. Invocations that started in the same millisecond are ordered against the pattern.

The first of the definitions below that holds is the pattern. Too few to tell means that even the clean split of the
same outcomes over the same starts would not be significant. A split that is significant only because there are very
many invocations, but puts less than `IN_ORDER` of the pairs of a success and a failure in order, is not called one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain
from math import prod
from types import MappingProxyType

from runbook_lib.invocations.base import Burst, Invocation, Outcome, Pattern
from runbook_lib.invocations.exact import Moments, Tail, clean, disorder, no_success, rank_sum, runs, sizes

__all__ = ["ALL_FAIL_ALPHA", "ALPHA", "DEFINITIONS", "IN_ORDER", "Judged", "judge", "moments_of", "pattern_of"]

ALPHA = 0.01
"""The rate at which both order tests together may call a pattern where there is none."""

ALL_FAIL_ALPHA = 0.05
"""What the sign test is held against: five failures without a success."""

IN_ORDER = 0.75
"""The share of pairs of a success and a failure of one burst in which the failure must start later."""

_EACH = ALPHA / 2
_EPOCH = datetime.fromtimestamp(0, UTC)
_MILLISECOND = timedelta(milliseconds=1)

DEFINITIONS: Mapping[Pattern, str] = MappingProxyType(
    {
        Pattern.HEALTHY: "At least one success, no failure, nothing unknown.",
        Pattern.ALL_FAIL: f"No success, and so many failures that the sign test has p ≤ {ALL_FAIL_ALPHA}: 0.5^n, n ≥ "
        "5; what is unknown counts as a success.",
        Pattern.FIRST_N_THEN_FAIL: (
            f"Failures start later than successes of their burst: rank-sum test p ≤ {_EACH}, "
            f"and at least {IN_ORDER:.0%} of the pairs of a success and a failure are in that order."
        ),
        Pattern.INTERMITTENT: f"Failures come in stretches of time: runs test p ≤ {_EACH}.",
        Pattern.TOO_FEW: f"Even the clean split of the same outcomes would not reach p ≤ {_EACH} in either test.",
        Pattern.SCATTERED: f"Successes and failures, and neither test reaches p ≤ {_EACH}.",
    }
)
"""What each pattern means, in the order in which they are tried."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A pattern, the p-value of the test behind it (None when no test was made), and the reason in one sentence.

    The p-value of scattered failures is the smaller one of both tests.
    """

    pattern: Pattern
    p_value: float | None
    text: str


def pattern_of(bursts: Iterable[Burst]) -> Judged:
    """The pattern over all bursts together."""
    return judge(burst.invocations for burst in bursts)


def judge(groups: Iterable[Iterable[Invocation]]) -> Judged:
    """The pattern of invocations in groups of comparable starts; the order of groups and members does not matter."""
    listed = [tuple(group) for group in groups]
    counts = Counter(item.outcome for item in chain(*listed))
    succeeded, failed, unknown = counts[Outcome.SUCCESS], counts[Outcome.FAILURE], counts[Outcome.UNKNOWN]
    said = f"{succeeded} succeeded, {failed} failed, {unknown} unknown"
    if not failed:
        healthy = succeeded > 0 and not unknown
        return Judged(pattern=Pattern.HEALTHY if healthy else Pattern.TOO_FEW, p_value=None, text=f"{said}.")
    if not succeeded:
        return _without_success(failed, unknown, said)
    return _by_order([moments_of(group) for group in listed], moments_of(chain(*listed)), said)


def moments_of(invocations: Iterable[Invocation]) -> Moments:
    """Successes and failures at each millisecond of start, in order; without what has no known start or outcome."""
    found: dict[int, list[int]] = {}
    for item in invocations:
        if item.start is not None and item.outcome is not Outcome.UNKNOWN:
            moment = found.setdefault((item.start - _EPOCH) // _MILLISECOND, [0, 0])
            moment[item.outcome is Outcome.FAILURE] += 1
    return tuple((found[moment][0], found[moment][1]) for moment in sorted(found))


def _without_success(failed: int, unknown: int, said: str) -> Judged:
    p_value = no_success(failed, unknown)
    if p_value > ALL_FAIL_ALPHA:
        return Judged(pattern=Pattern.TOO_FEW, p_value=None, text=f"{said}: too few to say that all fail.")
    text = f"{said}: no success (sign test p = {p_value:.2g} ≤ {ALL_FAIL_ALPHA})."
    return Judged(pattern=Pattern.ALL_FAIL, p_value=p_value, text=text)


def _by_order(groups: Sequence[Moments], whole: Moments, said: str) -> Judged:
    split, stretches, share = rank_sum(groups), runs(whole), _in_order(groups)
    tests = f"failures start later: {_said(split)}; failures in stretches: {_said(stretches)}"
    if split.p_value <= _EACH and share >= IN_ORDER:
        text = f"{said}: failures start later than successes in {share:.0%} of the pairs ({tests}; limit {_EACH} each)."
        return Judged(pattern=Pattern.FIRST_N_THEN_FAIL, p_value=split.p_value, text=text)
    if stretches.p_value <= _EACH:
        text = f"{said}: failures come in stretches of time ({tests}; limit {_EACH} each)."
        return Judged(pattern=Pattern.INTERMITTENT, p_value=stretches.p_value, text=text)
    p_value = min(split.p_value, stretches.p_value)
    best = min(rank_sum(map(clean, groups)).p_value, runs(clean(whole)).p_value)
    if min(best, p_value) > _EACH:
        text = f"{said}: too few to tell, a clean split of them would have p = {best:.2g} (limit {_EACH})."
        return Judged(pattern=Pattern.TOO_FEW, p_value=None, text=text)
    text = f"{said}: failures are scattered among successes ({tests}; limit {_EACH} each)."
    return Judged(pattern=Pattern.SCATTERED, p_value=p_value, text=text)


def _in_order(groups: Iterable[Moments]) -> float:
    """The share of pairs of a success and a failure of one group in which the failure starts later; 0 without pairs."""
    listed = list(groups)
    pairs = sum(prod(sizes(moments)) for moments in listed)
    return 1 - sum(map(disorder, listed)) / pairs if pairs else 0.0


def _said(tail: Tail) -> str:
    return f"p = {tail.p_value:.2g}, {tail.method}"
