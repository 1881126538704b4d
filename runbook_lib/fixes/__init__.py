"""Which proposer answers which check's FAIL."""

from __future__ import annotations

from collections.abc import Mapping

from runbook_lib.fixes.base import Proposer

__all__ = ["PROPOSERS"]

PROPOSERS: Mapping[str, Proposer] = {}
