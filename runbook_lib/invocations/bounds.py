"""What a number of runs shows about the success rate, and how many runs a wanted rate needs.

The lower bound is Clopper and Pearson's, one-sided: the smallest success rate at which so many successes, or more,
would still come out with a probability above 1 - confidence. It holds when runs succeed independently of each other and
at the same rate; runs of one burst share a network and a moment, so it speaks of bursts like this one.

Source: Clopper and Pearson 1934, https://doi.org/10.1093/biomet/26.4.404; for all runs succeeding it is the closed form
(1 - confidence)^(1/runs), https://en.wikipedia.org/wiki/Rule_of_three_(statistics) (read 2026-11-21)
"""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal, InvalidOperation, localcontext
from fractions import Fraction
from functools import lru_cache
from math import comb

from runbook_lib.errors import UsageError

__all__ = ["CONFIDENCE", "lower_bound", "percent", "runs_needed"]

CONFIDENCE = 0.95

_BITS = 30
_DIGITS = 60
_TIE = Decimal(10) ** -30


@lru_cache(maxsize=4096)
def lower_bound(successes: int, runs: int, confidence: float = CONFIDENCE) -> float:
    """The success rate that so many successes in so many runs show at least, with this confidence; 0.0 for no success.

    Computed in integers and rounded down to a multiple of 2^-30: never above the exact bound. A run whose outcome is
    not known belongs among `runs` and not among `successes`. Raises ValueError for counts that cannot be, UsageError
    for a confidence that is not between 0 and 1.
    """
    if not 0 <= successes <= runs:
        raise ValueError(f"{successes} successes in {runs} runs cannot be")
    alpha = 1 - _share(confidence, "confidence")
    low, high = 0, 1 << _BITS
    while high - low > 1:
        middle = (low + high) // 2
        if _is_rare(successes, runs, middle, alpha):
            low = middle
        else:
            high = middle
    return low / (1 << _BITS) if successes else 0.0


def runs_needed(rate: float, confidence: float = CONFIDENCE) -> int:
    """The fewest runs that show a success rate of at least `rate` when every one of them succeeds; 0 for a rate of 0.

    Raises UsageError for a rate that is not from 0 up to, not including, 1 (no number of runs shows 100%), or a
    confidence that is not between 0 and 1.
    """
    alpha = 1 - _share(confidence, "confidence")
    if rate == 0:
        return 0
    wanted = _share(rate, "success rate")
    with localcontext(Context(prec=_DIGITS)):
        runs = _decimal(alpha).ln() / _decimal(wanted).ln()
        # Digits beyond these are rounding: 0.5 and a confidence of 0.75 need two runs, not three.
        return int(runs.quantize(_TIE).to_integral_value(ROUND_CEILING))


def percent(rate: float) -> str:
    """A rate as people read it, rounded down so that it never says more than was shown: `74%`, `98.9%`, `99.97%`.

    One decimal from 90%, two from 99%; zeros at the end are left out.
    """
    step = "1" if rate < 0.9 else "0.1" if rate < 0.99 else "0.01"
    shown = (Decimal(repr(rate)) * 100).quantize(Decimal(step), rounding=ROUND_FLOOR)
    text = f"{shown:f}"
    return f"{text.rstrip('0').rstrip('.') if '.' in text else text}%"


def _is_rare(successes: int, runs: int, parts: int, alpha: Fraction) -> bool:
    """Whether so many successes or more have at most probability alpha at a success rate of `parts` / 2^30.

    The tail counts the failures, of which there are usually few: the sum of C(n, j)·q^j·p^(n-j) over j failures.
    """
    whole, rest = 1 << _BITS, (1 << _BITS) - parts
    failures = runs - successes
    total, power = 0, 1
    for count in range(failures + 1):
        total = total * parts + comb(runs, count) * power
        power *= rest
    tail: int = total * parts**successes
    most: int = alpha.numerator * whole**runs
    return tail * alpha.denominator <= most


def _share(value: float, name: str) -> Fraction:
    """The number as it was written: 0.95 is 19/20, not the binary fraction next to it."""
    try:
        share = Fraction(Decimal(str(value)))
    except (InvalidOperation, ValueError, OverflowError):
        share = Fraction(0)
    if not 0 < share < 1:
        raise UsageError(f"{name} {value!r}: expected a number between 0 and 1, for example 0.95")
    return share


def _decimal(share: Fraction) -> Decimal:
    return Decimal(share.numerator) / Decimal(share.denominator)
