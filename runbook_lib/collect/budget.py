"""A budget that calls share: how much they may read together."""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock

__all__ = ["Budget", "Share"]


class Budget:
    """How many items calls may read together; `spent` is how many they have read.

    The calls have an order, and an earlier call takes what a later one then lacks. So what is read within the budget
    is always the first part of the whole, whichever call is answered sooner.
    """

    def __init__(self, limit: int, calls: int) -> None:
        self.limit = limit
        self._taken = [0] * calls
        self._lock = Lock()

    @property
    def spent(self) -> int:
        """Items read so far, by all calls."""
        return sum(self._taken)

    def take(self, place: int, items: int) -> bool:
        """Note what the call at a place has read; False when it and those before it have read more than the limit."""
        with self._lock:
            self._taken[place] += items
            return sum(self._taken[: place + 1]) <= self.limit


@dataclass(frozen=True, slots=True)
class Share:
    """One call's place in a budget."""

    budget: Budget
    place: int
