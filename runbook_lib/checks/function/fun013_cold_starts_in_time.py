"""Function's environments start in time, and those provisioned for it are ready.

What is verified
    No cold start took 9 of the 10 s that Lambda gives it, and every provisioned concurrency has the executions asked
    for.
Why it matters
    An initialisation that takes longer is broken off and done again inside the first invocation, at the cost of its
    Timeout: the caller of a function that works waits as if the network were slow. Initialisation is billed: for every
    function since August 2025.
How it is decided
    By the initialisation in the reports of the log; with SnapStart or provisioned concurrency the 10 s hold only for
    $LATEST, which neither serves. Provisioned concurrency is judged by its status and by what is allocated. The cost is
    that of initialisation in the window, at the price of us-east-1. The 90 percent are the kit's.
Unknown when
    Provisioned concurrency, the configuration or the log were not read, or the log not whole; or an allocation is still
    in progress.
Sources
    Understanding the Lambda execution environment lifecycle,
    https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html (read 2026-11-21)
    ProvisionedConcurrencyConfigListItem,
    https://docs.aws.amazon.com/lambda/latest/api/API_ProvisionedConcurrencyConfigListItem.html (read 2026-11-21)
    Prices and billing: cold_starts.py
"""

from __future__ import annotations

from collections.abc import Iterator

from runbook_lib.checks.base import Meta, Settings
from runbook_lib.checks.function.cold_starts import cold_starts_of
from runbook_lib.checks.function.common import of_function, was_not_called
from runbook_lib.checks.logs.common import LOGGED, events_seen
from runbook_lib.checks.nat.measured import near
from runbook_lib.invocations.observed import observed
from runbook_lib.model.finding import Finding
from runbook_lib.model.functions import ProvisionedConcurrency
from runbook_lib.model.interfaces import Function
from runbook_lib.model.status import Severity
from runbook_lib.network.view import View

__all__ = ["META", "check"]

META = Meta(
    id="FUN013",
    title="Function's environments start in time, and those provisioned for it are ready",
    severity=Severity.LOW,
    family="function",
    applies_to=Function.TYPE,
    needs=(*LOGGED, ProvisionedConcurrency.KEY),
    is_anywhere=True,
)

_INIT_LIMIT_S = 10


def check(view: View, settings: Settings) -> Iterator[Finding]:
    """One finding for the function."""
    return of_function(META, view, settings, lambda function: _judge(view, function))


def _judge(view: View, function: Function) -> Iterator[Finding]:
    view.need(ProvisionedConcurrency, function.scope)
    found, known = observed(view, function), view.function_configuration(function.id)
    provisioned = [item for item in view.snapshot.all(ProvisionedConcurrency) if f":function:{function.id}:" in item.id]
    seen = (events_seen(function, found), *(item.cite("Status") for item in provisioned))
    for item in sorted(provisioned, key=lambda one: one.id):
        if item.status != "READY":
            why = f" ({item.status_reason.rstrip('.')})" if item.status_reason else ""
            said = f"{function.id}: {item.allocated:,} of {item.requested:,} provisioned executions of {item.qualifier}"
            if item.status == "FAILED":
                yield META.failed(function, f"{said} are there, the rest failed{why}.", *seen, code="NOT_PROVISIONED")
            else:
                yield META.unknown(function, f"{said} are there so far{why}.", *seen, code="PROVISIONING")
            return
    starts = cold_starts_of(found.invocations, known, provisioned)
    if starts.unprepared_s and near(starts.unprepared_s[-1], _INIT_LIMIT_S):
        longest_s = starts.unprepared_s[-1]
        where = f"{'over' if longest_s > _INIT_LIMIT_S else 'near'} the {_INIT_LIMIT_S} s"
        said = f"{function.id}: one took {longest_s:,.1f} s, {where} after which Lambda begins again; {starts.text}."
        yield META.failed(function, said, *seen, code="INIT_NEAR_LIMIT")
    elif not found.invocations and was_not_called(view, function):
        yield META.not_applicable(function, f"{function.id} was not invoked in the window: nothing had to start.")
    elif not found.is_whole:
        said = f"{function.id}: {starts.text}; but the log is not whole ({'; '.join(found.gaps)})."
        yield META.unknown(function, said, *seen, code="LOG_NOT_WHOLE")
    else:
        yield META.passed(function, f"{function.id}: {starts.text}.", *seen)
