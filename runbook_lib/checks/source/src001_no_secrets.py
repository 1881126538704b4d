"""Source code holds no access key, password or token.

What is verified
    No text, and no word of a comment, in Python, JavaScript or TypeScript looks like an AWS key, a token of a known
    form or a password.
Why it matters
    Whoever reads the code has the key: it is in every clone, build and deployment package, and outlives the person. A
    function has the keys of its role already.
How it is decided
    Literals are held against the forms of well-known tokens; a text with letters and digits under a name that
    announces a secret counts too. What is filled in later and what manuals write are none. Only name and kind are
    kept, never the value.
Unknown when
    A file was not read (too large, no text, made by a bundler, not what its name says), or the folder not to its end.
Sources
    Best practices for working with AWS Lambda functions,
    https://docs.aws.amazon.com/lambda/latest/dg/best-practices.html (read 2026-11-21)
    IAM identifiers, unique ID prefixes, https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
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
    id="SRC001",
    title="Source code holds no access key, password or token",
    severity=Severity.HIGH,
    family="source",
    applies_to=SourceFile.TYPE,
    needs=(SourceFile.KEY,),
    is_anywhere=True,
)

_ASKED = Asked(
    rules=(SourceRule.SECRET,),
    clean="nothing in {files} looks like an access key, a password or a token",
    said=lambda place: f"{place.detail}; revoke it, and read it from Secrets Manager or use the role of the function",
)


def check(view: View, settings: Settings) -> Iterator[Finding]:
    """One finding per place, or one for all files."""
    return judge_source(META, view, settings, _ASKED)
