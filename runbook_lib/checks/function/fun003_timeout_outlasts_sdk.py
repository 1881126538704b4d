"""Function's Timeout is longer than its SDK goes on trying.

What is verified
    Timeout of the function is longer than the time after which its SDK gives up: all attempts, with the pauses between
    them, to connect and to read.
Why it matters
    A function that is ended before its SDK gives up logs "Task timed out" and nothing else: which host did not answer
    is lost, and the code that would handle the error never runs. The 3 s that a Timeout is unless set are less than one
    attempt of boto3, which alone waits 60 s.
How it is decided
    From connect and read timeout, attempts, retry mode and number of addresses of the SDK as they were told, at the
    longest that they can come to. Without being told, the SDK is not guessed.
Unknown when
    The Timeout of the function was not read.
Sources
    Retry behavior, https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html (read 2026-11-21)
    Configure Lambda function timeout, https://docs.aws.amazon.com/lambda/latest/dg/configuration-timeout.html
    (read 2026-11-21)
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from runbook_lib.checks.base import Meta, Settings
from runbook_lib.checks.function.common import of_function, timeout_of
from runbook_lib.checks.function.durations import gives_up
from runbook_lib.model.finding import Finding
from runbook_lib.model.functions import FunctionConfiguration
from runbook_lib.model.interfaces import Function
from runbook_lib.model.sdk import Sdk
from runbook_lib.model.status import Severity
from runbook_lib.network.view import View

__all__ = ["META", "check"]

META = Meta(
    id="FUN003",
    title="Function's Timeout is longer than its SDK goes on trying",
    severity=Severity.LOW,
    family="function",
    applies_to=Function.TYPE,
    needs=(FunctionConfiguration.KEY, Function.KEY),
    is_anywhere=True,
)

_DEFAULT_S = 3


def check(view: View, settings: Settings) -> Iterator[Finding]:
    """One finding for the function."""
    return of_function(META, view, settings, lambda function: _judge(view, function, settings.sdk))


def _judge(view: View, function: Function, sdk: Sdk | None) -> Iterator[Finding]:
    timeout_s, seen = timeout_of(view, function)
    default = ", what Lambda gives unless told otherwise," if timeout_s == _DEFAULT_S else ""
    limit = f"{function.id}: its Timeout of {timeout_s:,} s{default}"
    if sdk is None:
        said = f"{limit} is held against nothing: how its client waits and retries was not told."
        yield META.not_applicable(function, said)
        return
    longest = gives_up(sdk)
    if math.isinf(longest.longest_s):
        said = f"{limit} is all that ends a call without an answer: its SDK sets none ({longest.text})."
        yield META.failed(function, said, seen, code="SDK_NEVER_GIVES_UP")
    elif timeout_s <= longest.longest_s:
        said = f"{limit} is not longer than its SDK goes on trying: {longest.longest_s:,.0f} s ({longest.text})."
        yield META.failed(function, said, seen, code="ENDED_BEFORE_SDK")
    else:
        said = f"{limit} outlasts its SDK, which gives up after {longest.longest_s:,.0f} s ({longest.text})."
        yield META.passed(function, said, seen)
