"""The words of this package: what an invocation, a burst, a pattern and a hypothesis are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, NamedTuple

__all__ = [
    "NO_LOG_GROUP",
    "NO_TIMES",
    "Burst",
    "ErrorClass",
    "Hypothesis",
    "Invocation",
    "LogEvent",
    "Outcome",
    "Pattern",
    "Plausibility",
    "is_whole",
]

NO_TIMES = "the log lines carry no time: order and overlap of invocations are those of the file"
NO_LOG_GROUP = "the log events name no log group: they are taken for those of the function asked for"


def is_whole(gaps: Iterable[str]) -> bool:
    """Whether nothing among the gaps says that a line may be missing: a time or a name is none."""
    return all(gap in (NO_TIMES, NO_LOG_GROUP) for gap in gaps)


class Outcome(StrEnum):
    """How an invocation ended; one whose end was not seen is unknown, never a success."""

    SUCCESS = "success"
    FAILURE = "failure"
    UNKNOWN = "unknown"


class ErrorClass(StrEnum):
    """The root of a failure. `retries_exhausted` only when no cause is visible; `function_timeout` likewise."""

    CONNECT_TIMEOUT = "connect_timeout"
    READ_TIMEOUT = "read_timeout"
    CONNECTION_RESET = "connection_reset"
    CONNECTION_REFUSED = "connection_refused"
    CONNECTION_CLOSED = "connection_closed"
    DNS = "dns"
    TLS = "tls"
    ENDPOINT_UNREACHABLE = "endpoint_unreachable"
    THROTTLED = "throttled"
    TOO_MANY_CONNECTIONS = "too_many_connections"
    ACCESS_DENIED = "access_denied"
    RETRIES_EXHAUSTED = "retries_exhausted"
    FUNCTION_TIMEOUT = "function_timeout"
    OUT_OF_MEMORY = "out_of_memory"
    RUNTIME_EXIT = "runtime_exit"
    INIT_FAILURE = "init_failure"
    APPLICATION_ERROR = "application_error"


class Pattern(StrEnum):
    """How failures are arranged over a sequence of invocations; each is defined in `patterns`."""

    FIRST_N_THEN_FAIL = "first_n_then_fail"
    SCATTERED = "scattered"
    ALL_FAIL = "all_fail"
    INTERMITTENT = "intermittent"
    HEALTHY = "healthy"
    TOO_FEW = "too_few"


class Plausibility(StrEnum):
    """What the evidence says about a cause, in the order in which causes are ranked."""

    LIKELY = "likely"
    POSSIBLE = "possible"
    CANNOT_TELL = "cannot_tell"
    RULED_OUT = "ruled_out"


class LogEvent(NamedTuple):
    """One log event; `timestamp_ms` is None where a text export does not say, `stream` and `id` likewise.

    A tuple, because a million of them are made for one answer and a frozen dataclass costs three times as much.
    """

    message: str
    timestamp_ms: int | None = None
    stream: str | None = None
    id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Invocation:
    """One invocation, put together from its log events.

    Times are UTC-aware, durations in milliseconds, memory in megabytes; None is what was not seen. `cold` is True
    when the execution environment was initialised or restored for it. `destination` is `host` or `host:port`.
    `detail` is the shortened log line that decided the outcome. An `init_ms` belongs to a cold start only.
    """

    request_id: str
    start: datetime | None = None
    end: datetime | None = None
    duration_ms: float | None = None
    billed_ms: float | None = None
    init_ms: float | None = None
    memory_used_mb: int | None = None
    memory_size_mb: int | None = None
    cold: bool = False
    outcome: Outcome = Outcome.UNKNOWN
    error_class: ErrorClass | None = None
    destination: str | None = None
    log_stream: str | None = None
    detail: str | None = None

    def to_json(self) -> dict[str, Any]:
        """The object of the logs answer, without `detail`."""
        return {
            "request_id": self.request_id,
            "start": _text(self.start),
            "end": _text(self.end),
            "duration_ms": self.duration_ms,
            "billed_ms": self.billed_ms,
            "init_ms": self.init_ms,
            "memory_used_mb": self.memory_used_mb,
            "memory_size_mb": self.memory_size_mb,
            "cold": self.cold,
            "outcome": self.outcome.value,
            "error_class": self.error_class.value if self.error_class else None,
            "destination": self.destination,
            "log_stream": self.log_stream,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Burst:
    """Invocations that started close together, ordered by start, then request id.

    `p_value` belongs to the test behind `pattern`; None when no test was made.
    """

    invocations: tuple[Invocation, ...]
    peak_concurrency: int
    pattern: Pattern
    p_value: float | None

    def count(self, outcome: Outcome) -> int:
        """How many ended this way."""
        return sum(item.outcome is outcome for item in self.invocations)

    def to_json(self) -> dict[str, Any]:
        """The object of the logs answer."""
        return {
            "start": _text(self.invocations[0].start),
            "invocations": len(self.invocations),
            "peak_concurrency": self.peak_concurrency,
            "succeeded": self.count(Outcome.SUCCESS),
            "failed": self.count(Outcome.FAILURE),
            "unknown": self.count(Outcome.UNKNOWN),
            "pattern": self.pattern.value,
            "p_value": self.p_value,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Hypothesis:
    """A possible cause, what speaks for and against it, and what follows; `rank` 1 is the best supported."""

    cause: str
    verdict: Plausibility
    supporting: tuple[str, ...] = ()
    opposing: tuple[str, ...] = ()
    rank: int = 0

    def to_json(self) -> dict[str, Any]:
        """Mapping cause, verdict, for, against, rank."""
        return {
            "cause": self.cause,
            "verdict": self.verdict.value,
            "for": list(self.supporting),
            "against": list(self.opposing),
            "rank": self.rank,
        }


def _text(moment: datetime | None) -> str | None:
    """ISO 8601 in UTC to the millisecond, with a trailing Z."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z") if moment else None
