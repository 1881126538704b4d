"""What somebody has agreed that Reachability Analyzer is asked."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Analyzer"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Analyzer:
    """Whether AWS may be asked, which costs money; `how_to_consent` says what somebody who agrees has to do."""

    consented: bool = False
    how_to_consent: str = ""
