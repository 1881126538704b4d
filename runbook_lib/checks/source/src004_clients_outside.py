"""Clients of AWS are made outside of the handler.

What is verified
    No handler makes a client of AWS anew in each invocation.
Why it matters
    A new client opens new connections: a TLS handshake per invocation, and through a NAT gateway one more port held
    for each of them. Made outside, its connections are used again by the next invocation of the same environment.
How it is decided
    A handler is told by its form: an exported function, or one of a Python module, that is named handler or takes an
    event and a context. Clients of boto3, botocore and the AWS SDKs for JavaScript count. One that is kept in
    something outside the handler, or made with credentials of its own, does not. Functions that the handler calls are
    not followed.
Unknown when
    A file was not read (too large, no text, made by a bundler, not what its name says), or the folder not to its end.
    No handler was recognised.
Sources
    Best practices for working with AWS Lambda functions, execution environment reuse,
    https://docs.aws.amazon.com/lambda/latest/dg/best-practices.html (read 2026-11-21)
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
    id="SRC004",
    title="Clients of AWS are made outside of the handler",
    severity=Severity.LOW,
    family="source",
    applies_to=SourceFile.TYPE,
    needs=(SourceFile.KEY,),
    is_anywhere=True,
)

_ASKED = Asked(
    rules=(SourceRule.CLIENT_IN_HANDLER,),
    clean="no handler in {files} makes a client of AWS",
    said=lambda place: f"{place.detail}; make it once, outside of the handler",
    in_handlers=True,
)


def check(view: View, settings: Settings) -> Iterator[Finding]:
    """One finding per place, or one for all files."""
    return judge_source(META, view, settings, _ASKED)
