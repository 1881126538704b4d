"""One case to weigh causes on: the invocations, what is known beside them, and what follows from both."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property

from runbook_lib.invocations.base import Burst, ErrorClass, Hypothesis, Invocation, Outcome, Pattern, Plausibility
from runbook_lib.invocations.known import Known

__all__ = ["HIDING", "NO_CONNECTION", "Case", "Cause", "Scale", "percent"]

NO_CONNECTION = frozenset({ErrorClass.CONNECT_TIMEOUT, ErrorClass.ENDPOINT_UNREACHABLE})
"""Classes of failures in which no connection came about, silently: what a full, missing or closed way looks like."""

HIDING = frozenset({ErrorClass.FUNCTION_TIMEOUT, ErrorClass.RETRIES_EXHAUSTED, ErrorClass.APPLICATION_ERROR})
"""Classes that tell that something went wrong, not what: the cause may have been wrapped by a library."""

# The AWS SDK for JavaScript says "Connection timed out after" when a socket that stands gets no answer:
# https://github.com/smithy-lang/smithy-typescript/blob/main/packages/node-http-handler/src/set-socket-timeout.ts
_READING = re.compile(r"read|reset|response headers|Connection timed out after \d+ ?ms", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Case:
    """Everything a cause is weighed on."""

    invocations: tuple[Invocation, ...]
    bursts: tuple[Burst, ...]
    pattern: Pattern
    known: Known

    @cached_property
    def failures(self) -> tuple[Invocation, ...]:
        """The invocations that failed, by start."""
        return tuple(item for item in self.invocations if item.outcome is Outcome.FAILURE)

    @cached_property
    def successes(self) -> tuple[Invocation, ...]:
        """The invocations that succeeded, by start."""
        return tuple(item for item in self.invocations if item.outcome is Outcome.SUCCESS)

    @cached_property
    def unknown(self) -> tuple[Invocation, ...]:
        """The invocations whose end was not seen, by start."""
        return tuple(item for item in self.invocations if item.outcome is Outcome.UNKNOWN)

    @cached_property
    def peak_concurrency(self) -> int:
        """The most invocations under way at once."""
        return max((burst.peak_concurrency for burst in self.bursts), default=0)

    @property
    def is_quiet(self) -> bool:
        """True when the log is whole and every invocation in it succeeded."""
        return bool(self.successes) and not self.failures and not self.unknown and self.known.log_is_whole

    def failing(self, classes: Iterable[ErrorClass]) -> tuple[Invocation, ...]:
        """The failures of some classes; those that hide their cause include timeouts which do not say of what."""
        wanted = frozenset(classes)
        if wanted >= HIDING:
            return tuple(item for item in self.failures if item.error_class in wanted or _is_bare(item))
        return tuple(item for item in self.failures if item.error_class in wanted and not _is_bare(item))

    @cached_property
    def starved(self) -> tuple[Invocation, ...]:
        """The failures that may be connections which did not come about."""
        return self.failing(NO_CONNECTION | HIDING)

    def classes(self) -> Counter[ErrorClass | None]:
        """How often each error class ended an invocation."""
        return Counter(item.error_class for item in self.failures)

    def idle_before(self, item: Invocation) -> timedelta | None:
        """How long the execution environment had been idle before an invocation, None when that is not known."""
        return self._idle.get(item.request_id)

    @cached_property
    def _idle(self) -> dict[str, timedelta]:
        found: dict[str, timedelta] = {}
        last: dict[str, Invocation] = {}
        for item in self.invocations:
            if item.log_stream is None or item.start is None:
                continue
            before = last.get(item.log_stream)
            if before and before.end and not item.cold and before.end <= item.start:
                found[item.request_id] = item.start - before.end
            last[item.log_stream] = item
        return found

    def spans(self, items: Iterable[Invocation]) -> list[tuple[datetime, datetime]]:
        """From when to when invocations ran, as far as that is known."""
        return [(item.start, item.end or item.start) for item in items if item.start]

    def kinds(self, classes: Iterable[ErrorClass]) -> str:
        """The failures of some classes in words: `5 of 5 failures are connect_timeout (host:443)`."""
        found = self.failing(classes)
        names = ", ".join(sorted({str(item.error_class) for item in found}))
        hosts = sorted({item.destination for item in found if item.destination})
        where = f" ({', '.join(hosts[:3])}{', …' if len(hosts) > 3 else ''})" if hosts else ""
        return f"{len(found)} of {len(self.failures)} failures are {names}{where}."


def _is_bare(item: Invocation) -> bool:
    """Whether a timeout says that time was up and not in which phase: `TimeoutError: timed out` stands for both."""
    return item.error_class is ErrorClass.READ_TIMEOUT and bool(item.detail) and not _READING.search(item.detail or "")


@dataclass(frozen=True, slots=True)
class Scale:
    """What speaks for and against a cause while it is weighed; `proofs` counts what speaks for it and nothing else."""

    supporting: tuple[str, ...] = ()
    opposing: tuple[str, ...] = ()
    proofs: int = 0

    def proof(self, text: str) -> Scale:
        """With a fact that this cause explains and the others do not; proofs stand before what merely fits."""
        proofs, rest = self.supporting[: self.proofs], self.supporting[self.proofs :]
        return replace(self, supporting=(*proofs, text, *rest), proofs=self.proofs + 1)

    def plus(self, text: str) -> Scale:
        """With a fact that fits, among other causes."""
        return replace(self, supporting=(*self.supporting, text))

    def minus(self, text: str) -> Scale:
        """With a fact that does not fit."""
        return replace(self, opposing=(*self.opposing, text))

    def says(self, cause: str, verdict: Plausibility) -> Weighed:
        """The outcome of weighing."""
        return Weighed(
            Hypothesis(cause=cause, verdict=verdict, supporting=self.supporting, opposing=self.opposing), self.proofs
        )


@dataclass(frozen=True, slots=True)
class Weighed:
    """A hypothesis not yet ranked, with the number of its proofs."""

    hypothesis: Hypothesis
    proofs: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """One cause: its stable name, what it is called in sentences, and how it is weighed."""

    name: str
    title: str
    weigh: Callable[[Case], Weighed]


def percent(share: float) -> str:
    """A share in percent, never rounded to none or all of it."""
    if 0 < share < 0.01:
        return f"{100 * share:.2g}%"
    return f"{min(round(100 * share), 99)}%" if share < 1 else f"{round(100 * share)}%"
