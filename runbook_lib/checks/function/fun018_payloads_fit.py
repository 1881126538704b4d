"""Function's payloads stay below what Lambda takes.

What is verified
    No invocation failed because a payload was too large, and no answer of which the log tells the size had 90 percent
    of what Lambda takes.
Why it matters
    A function that did its work and then returns too much fails all the same: its caller gets 413 or 502, after the
    whole time, and the log may show nothing but one line of the runtime. Results grow with the data, so that it begins
    one day. The limits are 6 MB for a request and its answer, 200 MB for a streamed answer, and 1 MB for an event of
    an asynchronous invocation (256 KB until October 2025).
How it is decided
    By the words in which Lambda, its runtimes and other services refuse a payload, and by producedBytes, which is
    logged in JSON with the system log level DEBUG. An event that is too large never reaches the function: whoever sent
    it knows, and nobody here. The 90 percent are the kit's, not AWS's.
Unknown when
    The log was not read or not whole, or a failure in it does not say why.
Sources
    Lambda quotas, https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html (read 2026-11-21)
    Invoke, https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html (read 2026-11-21)
    More in invocations/payloads.py
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from runbook_lib.checks.base import Meta, Settings
from runbook_lib.checks.function.common import of_function, was_not_called
from runbook_lib.checks.logs.common import LOGGED, events_seen
from runbook_lib.checks.nat.measured import near
from runbook_lib.invocations.base import ErrorClass, Outcome
from runbook_lib.invocations.observed import observed
from runbook_lib.invocations.payloads import ANSWER_BYTES, STREAM_BYTES, TooLarge, too_large
from runbook_lib.model.finding import Finding
from runbook_lib.model.interfaces import Function
from runbook_lib.model.status import Severity
from runbook_lib.network.view import View

__all__ = ["META", "check"]

META = Meta(
    id="FUN018",
    title="Function's payloads stay below what Lambda takes",
    severity=Severity.MEDIUM,
    family="function",
    applies_to=Function.TYPE,
    needs=LOGGED,
    is_anywhere=True,
)


def check(view: View, settings: Settings) -> Iterator[Finding]:
    """One finding for the function."""
    return of_function(META, view, settings, lambda function: _judge(view, function))


def _judge(view: View, function: Function) -> Iterator[Finding]:
    found = observed(view, function)
    seen = events_seen(function, found)
    rows = (*found.invocations, *found.unplaced)
    failed = [item for item in rows if item.outcome is Outcome.FAILURE]
    refused = [told for item in failed if item.detail and (told := too_large(item.detail))]
    mute = sum(not item.detail or item.error_class is ErrorClass.RUNTIME_EXIT for item in failed)
    most = found.largest_answer
    limit = STREAM_BYTES if most and most > ANSWER_BYTES else ANSWER_BYTES
    size = (
        f"the largest answer had {most:,} of {limit:,} bytes"
        if most
        else "how large answers were the log does not tell"
    )
    if refused:
        said = f"{function.id}: {len(refused):,} of {len(rows):,} invocations failed because a payload was too large: "
        yield META.failed(function, f"{said}{_named(refused)}.", seen, code="PAYLOAD_TOO_LARGE")
    elif most and near(most, limit):
        said = f"{function.id}: {size}, which is near the end of them; hand over a reference, for example to S3."
        yield META.failed(function, said, seen, code="PAYLOAD_NEAR")
    elif not rows and was_not_called(view, function):
        yield META.not_applicable(function, f"{function.id} was not invoked in the window: nothing was too large.")
    elif mute or not rows or not found.is_whole:
        why = [f"{mute:,} of {len(failed):,} failures do not say why"] if mute else []
        said = f"{function.id}: no payload is named as too large, but not everything is known"
        yield META.unknown(function, f"{said} ({'; '.join((*why, *found.gaps))}).", seen, code="UNSEEN")
    else:
        yield META.passed(function, f"{function.id}: no invocation failed for the size of a payload; {size}.", seen)


def _named(refused: list[TooLarge]) -> str:
    """What was too large, most frequent first."""
    counts = Counter(told.payload for told in refused)
    said = "; ".join(f"{count:,} × {payload}" for payload, count in counts.most_common())
    sizes = [told.size for told in refused if told.size]
    return f"{said}{f'; the largest had {max(sizes):,} bytes' if sizes else ''}"
