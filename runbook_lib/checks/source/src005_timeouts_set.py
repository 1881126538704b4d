"""Outbound calls are given up in time.

What is verified
    Calls of HTTP libraries and clients of AWS say how long they wait for a connection and for an answer.
Why it matters
    A call that waits without end is ended by the timeout of the function: no error, no retry, no line that names the
    destination. A client left at 60 s per attempt waits longer than most functions may run.
How it is decided
    Without a limit: requests, urllib, http.client, urllib3, sockets, axios, node:http, node-fetch and got called
    without a timeout, and any that is told None. Limits of a library that are longer than most functions may run are
    told with severity low: boto3 and botocore (60 s for connecting and for the answer, at every attempt), aiohttp
    (300 s), fetch (300 s for the answer), clients of the AWS SDK for JavaScript v3 (none). What is set where the
    module does not show it is not found.
Unknown when
    A file was not read (too large, no text, made by a bundler, not what its name says), or the folder not to its end.
Sources
    Best practices for working with AWS Lambda functions,
    https://docs.aws.amazon.com/lambda/latest/dg/best-practices.html (read 2026-11-21)
    Config Reference of botocore, https://botocore.amazonaws.com/v1/documentation/api/latest/reference/config.html
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
    id="SRC005",
    title="Outbound calls are given up in time",
    severity=Severity.MEDIUM,
    family="source",
    applies_to=SourceFile.TYPE,
    needs=(SourceFile.KEY,),
    is_anywhere=True,
)

_ASKED = Asked(
    rules=(SourceRule.NO_TIMEOUT, SourceRule.DEFAULT_TIMEOUT),
    clean="no outbound call without a timeout of its own was found in {files}",
    said=lambda place: f"{place.detail}; set one that ends well before the timeout of the function",
    milder=((SourceRule.DEFAULT_TIMEOUT, Severity.LOW),),
)


def check(view: View, settings: Settings) -> Iterator[Finding]:
    """One finding per place, or one for all files."""
    return judge_source(META, view, settings, _ASKED)
