"""Every check of the kit, in one explicit tuple. To add one: write its file, add it here."""

from __future__ import annotations

from runbook_lib.checks.base import Check

__all__ = ["CHECKS"]

CHECKS: tuple[Check, ...] = ()
