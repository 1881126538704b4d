"""The clock of a simulated invocation: a wait counts in full, though only a part of it is really waited for."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

__all__ = ["install", "real_time", "skip", "wait"]

_skipped_s = [0.0]
_really_sleep = time.sleep
real_time = time.time
_SECONDS = ("time", "monotonic", "perf_counter")
_BILLION = 1_000_000_000


def skip(seconds: float) -> None:
    """Let so many seconds pass at once."""
    _skipped_s[0] += seconds


def wait(answer: dict[str, Any]) -> None:
    """Wait as the sandbox says: really for `wait` seconds, and `skip` seconds on top of it in the simulation."""
    _really_sleep(answer["wait"])
    skip(answer["skip"])


def install(sleep: Callable[[float], None]) -> None:
    """Let the clocks of the module time tell simulated time, and time.sleep be the given function."""
    for name in _SECONDS:
        setattr(time, name, _with_skipped(getattr(time, name)))
        setattr(time, f"{name}_ns", _with_skipped_ns(getattr(time, f"{name}_ns")))
    setattr(time, "sleep", sleep)  # noqa: B010


def _with_skipped(clock: Callable[[], float]) -> Callable[[], float]:
    return lambda: clock() + _skipped_s[0]


def _with_skipped_ns(clock: Callable[[], int]) -> Callable[[], int]:
    return lambda: clock() + int(_skipped_s[0] * _BILLION)
