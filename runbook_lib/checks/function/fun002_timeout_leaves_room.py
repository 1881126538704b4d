"""Function's Timeout leaves room above what its invocations take.

What is verified
    No invocation that did not fail took 90 percent of the Timeout or more, and none is growing towards it.
Why it matters
    Lambda ends an invocation at its Timeout, in the middle of its work: 3 s unless set, at most 900 s (5,400 s on
    Lambda Managed Instances, not for callers that wait). A job that takes longer with every month works until the day
    on which it does not. No network is to blame for that.
How it is decided
    By the durations in the log. Those ended at the Timeout do not count where their log shows that they tried in
    vain to reach something: more time would not have helped. Growth is a significant trend (Kendall, p < 0.01) that
    has come half the way and reaches the Timeout within ten times the time that was read. The 90 percent are the
    kit's, not AWS's.
Unknown when
    The log was not read or not whole, shows no duration, or invocations were ended at the Timeout without a word; or
    published versions ran, each of which has a Timeout of its own that is not read.
Sources
    https://docs.aws.amazon.com/lambda/latest/dg/configuration-timeout.html (read 2026-11-21), more in longer.py
"""

from __future__ import annotations

from collections.abc import Iterator

from runbook_lib.checks.base import Meta, Settings
from runbook_lib.checks.function.common import of_function, timeout_of, was_not_called
from runbook_lib.checks.function.durations import by_version, durations_of, grows_to, time_words
from runbook_lib.checks.function.longer import most_s, way_out
from runbook_lib.checks.logs.common import LOGGED, events_seen
from runbook_lib.invocations.observed import observed
from runbook_lib.model.finding import Finding
from runbook_lib.model.functions import FunctionConfiguration
from runbook_lib.model.interfaces import Function
from runbook_lib.model.status import Severity
from runbook_lib.network.view import View

__all__ = ["META", "check"]

META = Meta(
    id="FUN002",
    title="Function's Timeout leaves room above what its invocations take",
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
    timeout_s, evidence = timeout_of(view, function)
    seen = (evidence, events_seen(function, found))
    if not found.invocations and not found.unplaced and was_not_called(view, function):
        yield META.not_applicable(function, f"{function.id} was not invoked in the window: nothing took any time.")
        return
    latest, published = by_version(found.invocations)
    durations = durations_of(latest, timeout_s)
    limit = f"the Timeout of {timeout_s:,} s"
    remedy = way_out(timeout_s, most_s(view.find(FunctionConfiguration, function.id)))
    took, left_s = durations.words, grows_to(latest, timeout_s)
    silent = durations.killed - durations.hung
    longer = "" if left_s is None else ", and they take longer and longer"
    if durations.is_near(timeout_s):
        ended = f"; {silent:,} more ended at it" if silent else ""
        where = "near" if durations.longest_s <= timeout_s else "longer than"
        said = f"{function.id}: {took}, {where} {limit}{longer}{ended}; {remedy}."
        yield META.failed(function, said, *seen, code="TIMEOUT_NEAR")
    elif left_s is not None:
        said = f"{function.id}: {took}{longer}: {time_words(left_s)} after the last they will reach {limit}; {remedy}."
        yield META.failed(function, said, *seen, code="TIMEOUT_AHEAD")
    elif silent:
        before = f", {durations.shorter:,} of them when it was shorter" if durations.shorter else ""
        said = f"{function.id}: {silent:,} of {len(latest):,} were ended at {limit}{before}; {took}"
        why = "whether more time would have helped, the log does not tell"
        yield META.unknown(function, f"{said}, and {why}.", *seen, code="ENDED_AT_TIMEOUT")
    elif published:
        count = f"{len(published):,} of {len(found.invocations):,} invocations"
        said = f"{function.id}: {count} ran published versions, and what Timeout those have was not read"
        here = f"; of the latest code {took}" if latest else ""
        yield META.unknown(function, f"{said}{here}.", *seen, code="OTHER_TIMEOUT")
    elif not durations.took_s or durations.unseen or not found.is_whole:
        gaps = f" ({'; '.join(found.gaps)})" if found.gaps else ""
        rest = f", of {durations.unseen:,} the duration is not known" if durations.unseen else ""
        said = f"{function.id}: {took}{rest}{gaps}; {limit} may be too short for others."
        yield META.unknown(function, said, *seen, code="UNSEEN")
    else:
        hung = f"; {durations.hung:,} more waited in vain until it" if durations.hung else ""
        yield META.passed(function, f"{function.id}: {took}, and {limit} leaves room{hung}.", *seen)
