"""How long the invocations of a function took, against its Timeout."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from runbook_lib.checks.nat.measured import near
from runbook_lib.invocations.base import ErrorClass, Invocation, Outcome
from runbook_lib.invocations.growth import growth
from runbook_lib.invocations.observed import observed
from runbook_lib.invocations.timing import Expectation, connect_budget, read_budget
from runbook_lib.model.interfaces import Function
from runbook_lib.model.sdk import Sdk
from runbook_lib.network.view import View

__all__ = ["Durations", "by_version", "durations_of", "durations_seen", "gives_up", "grows_to", "time_words"]

_PUBLISHED = re.compile(r"\[\d+\]")
_AT_LEAST = 0.5
_AHEAD = 10
_WAITING = frozenset(
    {
        ErrorClass.CONNECT_TIMEOUT,
        ErrorClass.READ_TIMEOUT,
        ErrorClass.CONNECTION_RESET,
        ErrorClass.CONNECTION_REFUSED,
        ErrorClass.CONNECTION_CLOSED,
        ErrorClass.DNS,
        ErrorClass.TLS,
        ErrorClass.ENDPOINT_UNREACHABLE,
        ErrorClass.THROTTLED,
        ErrorClass.RETRIES_EXHAUSTED,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Durations:
    """What the log tells of durations.

    `took_s` are those of invocations that did not fail, ascending. `killed` were ended at the Timeout, `hung` of them
    in vain attempts to reach something, as their log shows, and `shorter` of the others at a Timeout that was shorter
    than it is now. Of `unseen` the duration is not known.
    """

    took_s: tuple[float, ...]
    killed: int
    hung: int
    unseen: int
    shorter: int = 0

    @property
    def longest_s(self) -> float:
        """The longest of those that did not fail; 0 without any."""
        return self.took_s[-1] if self.took_s else 0.0

    @property
    def p99_s(self) -> float:
        """Their 99th percentile by nearest rank; 0 without any."""
        return self.took_s[math.ceil(0.99 * len(self.took_s)) - 1] if self.took_s else 0.0

    @property
    def words(self) -> str:
        """How long those took that did not fail, as a clause."""
        if not self.took_s:
            return "no invocation ended well"
        return f"invocations took at most {self.longest_s:,.1f} s (99 percent of them at most {self.p99_s:,.1f} s)"

    def is_near(self, timeout_s: float) -> bool:
        """Whether one that did not fail came near the Timeout."""
        return bool(self.took_s) and near(self.longest_s, timeout_s)


def durations_of(invocations: Sequence[Invocation], timeout_s: float) -> Durations:
    """The durations of invocations; one that lasted as long as the Timeout and did not succeed was ended by it."""
    took: list[float] = []
    killed = hung = unseen = shorter = 0
    for item in invocations:
        if item.error_class is ErrorClass.FUNCTION_TIMEOUT or _reached(item, timeout_s):
            killed += 1
            hung += item.error_class in _WAITING
            shorter += (
                item.error_class not in _WAITING and item.duration_ms is not None and not _lasted(item, timeout_s)
            )
        elif item.duration_ms is None:
            unseen += 1
        elif item.outcome is not Outcome.FAILURE:
            took.append(item.duration_ms / 1000)
    return Durations(took_s=tuple(sorted(took)), killed=killed, hung=hung, unseen=unseen, shorter=shorter)


def durations_seen(view: View, function: Function, timeout_s: float) -> Durations:
    """The durations of the latest code that the log of a function shows. Raises FactMissing when it was not read."""
    return durations_of(by_version(observed(view, function).invocations)[0], timeout_s)


def by_version(invocations: Sequence[Invocation]) -> tuple[list[Invocation], list[Invocation]]:
    """Those that may have run the latest code, and those of published versions, whose settings are their own.

    The name of a log stream holds the version in brackets:
    https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-view.html (from memory)
    """
    latest: list[Invocation] = []
    published: list[Invocation] = []
    for item in invocations:
        (published if _PUBLISHED.search(item.log_stream or "") else latest).append(item)
    return latest, published


def gives_up(sdk: Sdk) -> Expectation:
    """After how long an SDK gives up at the latest, in connecting or in waiting for an answer."""
    return max((connect_budget(sdk), read_budget(sdk)), key=lambda item: item.longest_s)


def grows_to(invocations: Sequence[Invocation], timeout_s: float) -> float | None:
    """In how many seconds a growing job will take as long as its Timeout; None when that is not in sight.

    In sight is what takes half of the Timeout already and reaches it within ten times the time that was looked at.
    """
    points = [
        (item.start.timestamp(), item.duration_ms / 1000)
        for item in invocations
        if item.start and item.duration_ms is not None and item.outcome is Outcome.SUCCESS
    ]
    found = growth(points)
    if found is None or found.level < _AT_LEAST * timeout_s:
        return None
    left_s = found.time_left(timeout_s)
    return left_s if left_s <= _AHEAD * (found.at - min(moment for moment, _ in points)) else None


def time_words(seconds: float) -> str:
    """A stretch of time in days, or in hours when it is short."""
    return f"{seconds / 86400:,.0f} days" if seconds >= 172800 else f"{seconds / 3600:,.1f} h"


def _reached(item: Invocation, timeout_s: float) -> bool:
    return _lasted(item, timeout_s) and item.outcome is not Outcome.SUCCESS


def _lasted(item: Invocation, timeout_s: float) -> bool:
    return item.duration_ms is not None and item.duration_ms >= 1000 * timeout_s
