"""Handler with a callback does not wait for the event loop.

What is verified
    A Node.js handler that answers by a callback sets context.callbackWaitsForEmptyEventLoop to false.
Why it matters
    Until it does, Lambda waits after the callback until nothing is left to do: an open connection to a database keeps
    the invocation running to its timeout, though the answer is there. Node.js 24 and later run no handler with a
    callback at all. An async handler never waits, and must await what it starts.
How it is decided
    A handler is told by its form: an exported function, or one of a Python module, that is named handler or takes an
    event and a context. It counts when it is not async and uses its third argument.
Unknown when
    A file was not read (too large, no text, made by a bundler, not what its name says), or the folder not to its end.
    No handler was recognised.
Sources
    AWS Lambda context object in Node.js, https://docs.aws.amazon.com/lambda/latest/dg/nodejs-context.html
    (read 2026-11-21)
    Define Lambda function handler in Node.js, callback-based handlers,
    https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html (read 2026-11-21)
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
    id="SRC003",
    title="Handler with a callback does not wait for the event loop",
    severity=Severity.MEDIUM,
    family="source",
    applies_to=SourceFile.TYPE,
    needs=(SourceFile.KEY,),
    is_anywhere=True,
)

_ASKED = Asked(
    rules=(SourceRule.EVENT_LOOP,),
    clean="no handler in {files} answers by a callback and waits for the event loop",
    said=lambda place: f"{place.detail}; make it async, which Node.js 24 demands anyway, or set it to false",
    is_about=lambda language: language.runs_on_node,
    language="JavaScript or TypeScript",
    in_handlers=True,
)


def check(view: View, settings: Settings) -> Iterator[Finding]:
    """One finding per place, or one for all files."""
    return judge_source(META, view, settings, _ASKED)
