"""Handler deals with errors.

What is verified
    A handler that calls anything has a place where errors are caught.
Why it matters
    An uncaught error ends the invocation with what the library says, and a caller behind API Gateway gets a 5xx. A
    batch from a queue comes back whole, the messages that went well included. To let an error through on purpose, so
    that Lambda tries again, is fine.
How it is decided
    A handler is told by its form: an exported function, or one of a Python module, that is named handler or takes an
    event and a context. Any try with a handler, a .catch, a question about the error of a callback, a wrapper or a
    decorator counts, whatever it does.
Unknown when
    A file was not read (too large, no text, made by a bundler, not what its name says), or the folder not to its end.
    No handler was recognised.
Sources
    Understanding retry behavior in Lambda, https://docs.aws.amazon.com/lambda/latest/dg/invocation-retries.html
    (read 2026-11-21)
"""

from __future__ import annotations

from collections.abc import Iterator

from runbook_lib.checks.base import Meta, Settings
from runbook_lib.checks.source.common import Asked, judge_source
from runbook_lib.model.finding import Finding
from runbook_lib.model.source import SourceFile, SourceRule
from runbook_lib.model.status import Severity
from runbook_lib.network.view import View

__all__ = ["META", "check"]

META = Meta(
    id="SRC006",
    title="Handler deals with errors",
    severity=Severity.LOW,
    family="source",
    applies_to=SourceFile.TYPE,
    needs=(SourceFile.KEY,),
    is_anywhere=True,
)

_ASKED = Asked(
    rules=(SourceRule.NO_ERROR_HANDLING,),
    clean="every handler in {files} catches errors, or calls nothing",
    said=lambda place: f"{place.detail}; catch what it can answer for, and log what it lets through",
    in_handlers=True,
)


def check(view: View, settings: Settings) -> Iterator[Finding]:
    """One finding per place, or one for all files."""
    return judge_source(META, view, settings, _ASKED)
