"""One device on a path, and what it does with an idle connection."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["CONNTRACK", "Device"]

CONNTRACK = "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/security-group-connection-tracking.html"
"""The page about connection tracking and its idle timeouts (read 2026-11-21)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """A device that forgets a TCP connection after `idle_limit_s` seconds without a packet.

    `kind` is that of the hop. `idle_limit_s` is None when it is not known; then `gap` says why, as the end of a
    sentence whose subject is the device, and `at_least_s` is the smallest limit it can have (0: any). `happens` says
    what it does afterwards. `counts_probes` is False where only data keeps a connection alive.
    """

    kind: str
    id: str
    noun: str
    idle_limit_s: int | None
    happens: str
    source: str
    at_least_s: int = 0
    counts_probes: bool = True
    gap: str = ""

    @property
    def label(self) -> str:
        """The device for a sentence."""
        return f"{self.noun} {self.id}"

    @property
    def doubt(self) -> str:
        """Why its limit is not known, one clause; empty when it is."""
        return f"{self.label} {self.gap}" if self.gap else ""
