"""What a load leaves behind: log events, and numbers per minute."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

__all__ = ["MINUTE_S", "LogRecord", "Numbers"]

MINUTE_S = 60


@dataclass(frozen=True, slots=True)
class LogRecord:
    """One log event as CloudWatch Logs keeps it; nobody sees it before `ingestion_ms`."""

    timestamp_ms: int
    stream: str
    message: str
    ingestion_ms: int


@dataclass(frozen=True, slots=True)
class Numbers:
    """What CloudWatch keeps of the samples of one minute: enough for every statistic except percentiles."""

    count: float
    total: float
    least: float
    most: float

    @classmethod
    def one(cls, value: float) -> Self:
        """A single sample."""
        return cls(1.0, value, value, value)

    def plus(self, other: Numbers) -> Numbers:
        """The samples of both."""
        return Numbers(
            self.count + other.count,
            self.total + other.total,
            min(self.least, other.least),
            max(self.most, other.most),
        )
