"""Function's log of the window was read whole.

What is verified
    Nothing is missing from the log of the window: it was read to its end, is kept that long, and shows how
    invocations start and end.
Why it matters
    Zero matches for an error in half a log look like health.
How it is decided
    The gaps noted while reading (retention, events cut off, delivery still under way, unreadable parts), and the
    system log level: with JSON logs at WARN, Lambda writes neither the start nor the report of an invocation.
Unknown when
    The log was not read, or not whole.
Sources
    Log level filtering, https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html
    (read 2026-11-21)
"""

from __future__ import annotations

from collections.abc import Iterator

from runbook_lib.checks.base import Meta, Settings
from runbook_lib.checks.logs.common import LOGGED, each_function, events_seen
from runbook_lib.invocations.observed import Observed
from runbook_lib.model.finding import Finding
from runbook_lib.model.functions import FunctionConfiguration
from runbook_lib.model.interfaces import Function
from runbook_lib.model.status import Severity
from runbook_lib.network.view import View

__all__ = ["META", "check"]

META = Meta(
    id="LOG002",
    title="Function's log of the window was read whole",
    severity=Severity.MEDIUM,
    family="logs",
    applies_to=Function.TYPE,
    needs=LOGGED,
    is_anywhere=True,
)


def check(view: View, settings: Settings) -> Iterator[Finding]:
    """One finding per function."""
    return each_function(META, view, settings, lambda function, found: _judge(view, function, found))


def _judge(view: View, function: Function, found: Observed) -> Iterator[Finding]:
    seen = events_seen(function, found)
    known = view.find(FunctionConfiguration, function.id) or function
    logging = known.raw.get("LoggingConfig") or {}
    if logging.get("LogFormat") == "JSON" and logging.get("SystemLogLevel") == "WARN":
        said = f"{function.id} logs its system events from WARN on: {found.log_group} has no start and no report of it."
        yield META.failed(function, said, known.cite("LoggingConfig"), code="LOG_LEVEL_HIDES_ENDS")
    elif not found.is_whole:
        said = f"{function.id}: {found.log_group} was not read whole ({'; '.join(found.gaps)})."
        yield META.unknown(function, said, seen, code="LOG_NOT_WHOLE")
    else:
        yield META.passed(function, f"{function.id}: {found.log_group} was read whole.", seen)
