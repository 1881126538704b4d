"""What Lambda says of loops that it saw: it counts those that it stops, and stops none of a function that may loop.

Sources (read 2026-11-21)
    https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html
    https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionRecursionConfig.html
"""

from __future__ import annotations

from runbook_lib.checks.function.common import series_of
from runbook_lib.errors import FactMissing
from runbook_lib.model.finding import Evidence
from runbook_lib.model.functions import FunctionRecursion
from runbook_lib.model.interfaces import Function
from runbook_lib.model.kinds import action_of
from runbook_lib.model.observations import MetricSeries
from runbook_lib.model.status import Status
from runbook_lib.network.view import View

__all__ = ["stopped"]


def stopped(view: View, function: Function) -> tuple[Status, str, str, tuple[Evidence, ...]]:
    """Whether Lambda saw a function run itself: status, sentence, code and evidence. Raises FactMissing."""
    series = series_of(view, function, "RecursiveInvocationsDropped")
    counted, count = series.cite("Values"), sum(series.values)
    if count:
        said = f"Lambda stopped {count:,.0f} invocation{'' if count == 1 else 's'} of {function.id} as part of a loop."
        return Status.FAIL, said, "LOOP_STOPPED", (counted,)
    setting = view.get(FunctionRecursion, function.id)
    seen = (setting.cite("RecursiveLoop"), counted)
    if setting.allows_loops:
        said = f"Whether {function.id} runs itself is not seen: it may (RecursiveLoop is Allow), so that Lambda stops"
        return Status.UNKNOWN, f"{said} no loop of it and counts none.", "LOOPS_ALLOWED", seen
    if not series.is_complete:
        raise FactMissing(f"the whole of the metrics of {function.id}", action_of(MetricSeries.KEY))
    said = f"Lambda stopped no invocation of {function.id} as part of a loop, and would (RecursiveLoop is Terminate)."
    return Status.PASS, said, "OK", seen
