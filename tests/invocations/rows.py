"""Invocations written as a word: one letter each, S succeeded, F failed, ? unknown."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from runbook_lib.invocations.base import Invocation, Outcome

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
OUTCOMES = {"S": Outcome.SUCCESS, "F": Outcome.FAILURE, "?": Outcome.UNKNOWN}


def at(seconds: float) -> datetime:
    """A moment so many seconds after the epoch of the tests."""
    return EPOCH + timedelta(seconds=seconds)


def rows(word: str, *, start_s: float = 0, step_s: float = 0.1) -> list[Invocation]:
    """One invocation per letter, each started one step after the one before; a step of 0 is a tie."""
    return placed(word, [start_s + place * step_s for place in range(len(word))])


def placed(word: str, starts_s: Sequence[float | None]) -> list[Invocation]:
    """One invocation per letter with its own start, None for one that was not seen."""
    return [
        Invocation(
            request_id=f"{'none' if start_s is None else f'{start_s:.3f}'}-{place}",
            start=None if start_s is None else at(start_s),
            outcome=OUTCOMES[letter],
        )
        for place, (letter, start_s) in enumerate(zip(word, starts_s, strict=True))
    ]


def bursts(*words: str) -> list[list[Invocation]]:
    """One group per word, a minute apart."""
    return [rows(word, start_s=60 * place) for place, word in enumerate(words)]
