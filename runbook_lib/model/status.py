"""Closed vocabularies of results: status of a finding, severity of a check, verdict of a run."""

from __future__ import annotations

from enum import StrEnum

__all__ = ["Severity", "Status", "Verdict"]


class Status(StrEnum):
    """Status of one finding."""

    PASS = "PASS"
    FAIL = "FAIL"
    UNKNOWN = "UNKNOWN"
    NOT_APPLICABLE = "NOT_APPLICABLE"


class Severity(StrEnum):
    """Severity of a check; `rank` grows with severity."""

    INFO = "info"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """0 for info up to 4 for critical."""
        return list(Severity).index(self)


class Verdict(StrEnum):
    """Verdict of a run; `exit_code` is the process exit code that reports it."""

    PASS = "PASS"
    FAIL = "FAIL"
    UNKNOWN = "UNKNOWN"

    @property
    def exit_code(self) -> int:
        """0 PASS, 1 FAIL, 3 UNKNOWN (2 is kept for wrong usage)."""
        return {"PASS": 0, "FAIL": 1, "UNKNOWN": 3}[self.value]
