"""Function's invocations in the window ended well.

What is verified
    Every invocation that the log shows in the window ended, and without a failure.
Why it matters
    A function whose path is open may still fail: by a timeout of its own, a lack of memory, or a far side that refuses.
How it is decided
    The log events are put together to invocations, text and JSON alike. One failure is a failure, also where events
    are missing. The pattern of failures is decided by exact tests, not by eye (docs/patterns.md).
Unknown when
    The log was not read or not whole, shows no invocation at all, or the end of one was not seen: a log without an
    error is no proof of success. Or one that ended normally logged an error that may or may not have been handled.
Sources
    Viewing CloudWatch logs for Lambda functions,
    https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-view.html (read 2026-11-21)
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from runbook_lib.checks.base import Meta, Settings
from runbook_lib.checks.logs.common import LOGGED, each_function, events_seen
from runbook_lib.invocations.base import Invocation, Outcome, Pattern
from runbook_lib.invocations.bursts import bursts_of
from runbook_lib.invocations.observed import Observed
from runbook_lib.invocations.patterns import pattern_of
from runbook_lib.model.finding import Finding
from runbook_lib.model.interfaces import Function
from runbook_lib.model.status import Severity
from runbook_lib.network.view import View

__all__ = ["META", "check"]

META = Meta(
    id="LOG001",
    title="Function's invocations in the window ended well",
    severity=Severity.HIGH,
    family="logs",
    applies_to=Function.TYPE,
    needs=LOGGED,
    is_anywhere=True,
)


def check(view: View, settings: Settings) -> Iterator[Finding]:
    """One finding per function."""
    return each_function(META, view, settings, _judge)


def _judge(function: Function, found: Observed) -> Iterator[Finding]:
    listed, seen = found.invocations, events_seen(function, found)
    failed = [item for item in listed if item.outcome is Outcome.FAILURE]
    open_ends = sum(item.outcome is Outcome.UNKNOWN for item in listed)
    in_doubt = sum(item.outcome is Outcome.UNKNOWN and item.detail is not None for item in listed)
    if failed:
        said = f"{function.id}: {len(failed)} of {_count(len(listed))} failed, {_leading(failed)}"
        judged = pattern_of(bursts_of(listed))
        p_value = f" (p = {judged.p_value:.2g})" if judged.p_value is not None else ""
        pattern = f"the pattern is {judged.pattern.value.replace('_', ' ')}{p_value}"
        shown = "they are too few to show a pattern" if judged.pattern is Pattern.TOO_FEW else pattern
        yield META.failed(function, f"{said}; {shown}.", seen, code="INVOCATIONS_FAILED")
    elif found.unplaced:
        said = f"{function.id}: at least one of {_count(len(listed))} failed, {_leading([*found.unplaced])}; "
        yield META.failed(function, f"{said}which one, the log does not tell.", seen, code="INVOCATIONS_FAILED")
    elif not listed:
        why = f" ({'; '.join(found.gaps)})" if found.gaps else ""
        said = f"{function.id}: {found.log_group} shows no invocation{why}, so nothing is known about how they end."
        yield META.unknown(function, said, seen, code="NO_INVOCATION")
    elif in_doubt:
        said = f"{function.id}: {in_doubt} of {_count(len(listed))} logged an error that may have been handled or not"
        yield META.unknown(function, f"{said}, and none is known to have failed.", seen, code="ERROR_LOGGED")
    elif open_ends:
        said = f"{function.id}: the end of {open_ends} of {_count(len(listed))} was not seen, and none failed."
        yield META.unknown(function, said, seen, code="END_NOT_SEEN")
    elif not found.is_whole:
        said = f"{function.id}: none of {_count(len(listed))} failed, but events are missing ({'; '.join(found.gaps)})."
        yield META.unknown(function, said, seen, code="LOG_NOT_WHOLE")
    else:
        yield META.passed(function, f"{function.id}: {_count(len(listed))} ended well, none failed.", seen)


def _leading(failed: list[Invocation]) -> str:
    """How many of the failures are of the most frequent class."""
    counts = Counter(item.error_class.value if item.error_class else "an error without a class" for item in failed)
    word, number = min(counts.items(), key=lambda item: (-item[1], item[0]))
    return f"{number} with {word.replace('_', ' ')}"


def _count(number: int) -> str:
    return f"{number:,} invocation{'' if number == 1 else 's'}"
