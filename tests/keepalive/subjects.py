"""Keepalive subjects for tests."""

from __future__ import annotations

from typing import Any

from runbook_lib.model.fact import Scope
from runbook_lib.model.keepalive import KeepaliveSubject


def subject(**told: Any) -> KeepaliveSubject:
    """A client with SO_KEEPALIVE on that probes after 60 s, except for what is told otherwise, in keys of raw facts."""
    raw = {"Subject": "client", "Platform": "host", "TimeS": 60, "IntervalS": 15, "Probes": 9, "SoKeepalive": True}
    return KeepaliveSubject.read(raw | told, Scope(), "/KeepaliveSubjects/0")
