"""What a scan says of a text, in a form that is short to compare."""

from __future__ import annotations

from runbook_lib.collect.environment import secret_pattern
from runbook_lib.model.source import SourceFile, SourceRule
from runbook_lib.source_scan import scan

__all__ = ["lines", "of"]


def of(text: str, name: str = "app.py") -> SourceFile:
    """The file as the scan tells it."""
    return scan(name, text, secret_pattern)


def lines(text: str, rule: SourceRule, name: str = "app.py") -> list[int]:
    """The lines where a rule found something; the file must have been read."""
    found = of(text, name)
    assert found.unread is None, found.unread
    return [place.line for place in found.places if place.rule is rule]
