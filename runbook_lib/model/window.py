"""A window of time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

__all__ = ["Window"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """From `start` up to, not including, `end`; both UTC-aware, `start` before `end`."""

    start: datetime
    end: datetime

    @property
    def length(self) -> timedelta:
        """How long it is."""
        return self.end - self.start

    @property
    def start_ms(self) -> int:
        """The start in milliseconds since the epoch, as CloudWatch Logs counts."""
        return int(self.start.timestamp() * 1000)

    @property
    def end_ms(self) -> int:
        """The end in milliseconds since the epoch."""
        return int(self.end.timestamp() * 1000)

    def holds(self, moment: datetime) -> bool:
        """Whether a moment lies inside."""
        return self.start <= moment < self.end

    def to_json(self) -> dict[str, str]:
        """Mapping since, until: ISO 8601 in UTC, to the second."""
        return {
            "since": self.start.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "until": self.end.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
