"""Progress events: one shape for the terminal bar and the notebook bar."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["Progress", "Step", "silent"]


@dataclass(frozen=True, slots=True)
class Step:
    """`done` of `total` units are finished; `label` names the one that just ended or is under way."""

    label: str
    done: int
    total: int


Progress = Callable[[Step], None]


def silent(step: Step) -> None:
    """A progress receiver that shows nothing."""
