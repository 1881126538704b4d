"""Function has more memory than its invocations use.

What is verified
    No invocation ran out of memory, and none used 90 percent or more of what it had.
Why it matters
    An environment without memory is killed in the middle of its work: the next invocation starts cold, and connections
    that were kept open are gone. Shortly before, a runtime that collects garbage becomes slow, which looks like a slow
    network. Unless set a function has 128 MB, and CPU in proportion to that.
How it is decided
    By the memory used in the reports of the log, and by the words with which runtimes end for want of memory. What ran
    the latest code is held against the MemorySize that the function has now, versions against the size in the report.
    The 90 percent are the kit's, not AWS's.
Unknown when
    The log was not read or not whole, or no report tells about memory.
Sources
    Configure Lambda function memory, https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
    (read 2026-11-21)
"""

from __future__ import annotations

from collections.abc import Iterator

from runbook_lib.checks.base import Meta, Settings
from runbook_lib.checks.function.common import of_function, was_not_called
from runbook_lib.checks.logs.common import LOGGED, events_seen
from runbook_lib.checks.nat.measured import near
from runbook_lib.invocations.base import ErrorClass, Invocation
from runbook_lib.invocations.observed import observed
from runbook_lib.model.finding import Finding
from runbook_lib.model.functions import FunctionConfiguration
from runbook_lib.model.interfaces import Function
from runbook_lib.model.status import Severity
from runbook_lib.network.view import View

__all__ = ["META", "check"]

META = Meta(
    id="FUN005",
    title="Function has more memory than its invocations use",
    severity=Severity.MEDIUM,
    family="function",
    applies_to=Function.TYPE,
    needs=LOGGED,
    is_anywhere=True,
)

_DEFAULT_MB = 128


def check(view: View, settings: Settings) -> Iterator[Finding]:
    """One finding for the function."""
    return of_function(META, view, settings, lambda function: _judge(view, function))


def _judge(view: View, function: Function) -> Iterator[Finding]:
    found, known = observed(view, function), view.find(FunctionConfiguration, function.id)
    now_mb = known.memory_mib if known else None
    seen = (*([known.cite("MemorySize")] if known and now_mb else []), events_seen(function, found))
    used = [(item.memory_used_mb, _size(item, now_mb)) for item in found.invocations]
    told = [(most, size) for most, size in used if most is not None and size]
    killed = [item for item in (*found.invocations, *found.unplaced) if item.error_class is ErrorClass.OUT_OF_MEMORY]
    most, size = max(told, key=lambda item: (item[0] / item[1], item), default=(0, 0))
    default = ", what Lambda gives unless told otherwise" if size == _DEFAULT_MB else ""
    took = f"at most {most:,} of {size:,} MB were used{default}" if told else "no report tells about memory"
    if killed:
        count = f"{len(killed):,} invocation{'' if len(killed) == 1 else 's'}"
        had = max((item.memory_size_mb or 0 for item in killed), default=0)
        then = f", which was {had:,} MB then" if had and now_mb and had < now_mb else ""
        said = f"{function.id}: {count} ran out of memory{then}; {took}: give it more, or hold less at once."
        yield META.failed(function, said, *seen, code="OUT_OF_MEMORY")
    elif told and near(most, size):
        yield META.failed(function, f"{function.id}: {took}, which is near the end of it.", *seen, code="MEMORY_NEAR")
    elif not used and was_not_called(view, function):
        yield META.not_applicable(function, f"{function.id} was not invoked in the window: nothing used memory.")
    elif not told or len(told) < len(used) or not found.is_whole:
        gaps = f" ({'; '.join(found.gaps)})" if found.gaps else ""
        said = f"{function.id}: {took} in {len(told):,} of {len(used):,} invocations{gaps}; of others nothing is known."
        yield META.unknown(function, said, *seen, code="UNSEEN")
    else:
        yield META.passed(function, f"{function.id}: {took}.", *seen)


def _size(item: Invocation, now_mb: int | None) -> int | None:
    """The memory that such an invocation has: what it had, of the latest code what the function has now."""
    return now_mb if now_mb and "[$LATEST]" in (item.log_stream or "") else item.memory_size_mb
