"""Source code uses single clients of the AWS SDK for JavaScript v3.

What is verified
    No JavaScript or TypeScript module loads the AWS SDK for JavaScript v2, whole or in part.
Why it matters
    The runtimes from Node.js 18 on come with v3 only: without v2 in the deployment package the module is not found
    and the function fails while it initialises. With it, the whole SDK is loaded at every cold start.
How it is decided
    By what import, require and import() name: aws-sdk, or a path in it. Imports of types alone are gone before the
    code runs.
Unknown when
    A file was not read (too large, no text, made by a bundler, not what its name says), or the folder not to its end.
Sources
    Building Lambda functions with Node.js, runtime-included SDK versions,
    https://docs.aws.amazon.com/lambda/latest/dg/lambda-nodejs.html (read 2026-11-21)
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
    id="SRC002",
    title="Source code uses single clients of the AWS SDK for JavaScript v3",
    severity=Severity.MEDIUM,
    family="source",
    applies_to=SourceFile.TYPE,
    needs=(SourceFile.KEY,),
    is_anywhere=True,
)

_ASKED = Asked(
    rules=(SourceRule.SDK_V2,),
    clean="none of {files} loads the AWS SDK for JavaScript v2",
    said=lambda place: (
        f"{place.detail}; runtimes from Node.js 18 on hold v3 only: load the clients of @aws-sdk it needs"
    ),
    is_about=lambda language: language.runs_on_node,
    language="JavaScript or TypeScript",
)


def check(view: View, settings: Settings) -> Iterator[Finding]:
    """One finding per place, or one for all files."""
    return judge_source(META, view, settings, _ASKED)
