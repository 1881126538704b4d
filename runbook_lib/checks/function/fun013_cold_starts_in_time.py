"""Function's environments start in time, and those provisioned for it are ready.

What is verified
    No cold start took 9 of the 10 s that Lambda gives it, and every provisioned concurrency has the executions asked
    for.
Why it matters
    An initialisation that takes longer is broken off and done again inside the first invocation, at the cost of its
    Timeout: the caller of a function that works waits as if the network were slow. Initialisation is billed.
How it is decided
    By the initialisation in the reports of the log; with SnapStart or provisioned concurrency the 10 s do not apply.
    Provisioned concurrency is judged by its status and by what is allocated. The 90 percent are the kit's.
Unknown when
    Provisioned concurrency, the configuration or the log were not read, or the log not whole; or an allocation is still
    in progress.
Sources
    Understanding the Lambda execution environment lifecycle,
    https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html (read 2026-11-21)
    ProvisionedConcurrencyConfigListItem,
    https://docs.aws.amazon.com/lambda/latest/api/API_ProvisionedConcurrencyConfigListItem.html (read 2026-11-21)
"""

from __future__ import annotations

from collections.abc import Iterator

from runbook_lib.checks.base import Meta, Settings
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
    inits = [item.init_ms / 1000 for item in found.invocations if item.init_ms is not None]
    is_prepared = bool(provisioned) or known.snap_start_apply_on == "PublishedVersions"
    count, share = len(inits), len(inits) / max(1, len(found.invocations))
    took = f"{count:,} cold start{'' if count == 1 else 's'} ({share:.0%} of the invocations) took at most "
    took = f"{took}{max(inits):,.1f} s" if inits else "no cold start was seen"
    if inits and not is_prepared and near(max(inits), _INIT_LIMIT_S):
        said = f"{function.id}: {took}, near the {_INIT_LIMIT_S} s after which Lambda begins again."
        yield META.failed(function, said, *seen, code="INIT_NEAR_LIMIT")
    elif not found.invocations and was_not_called(view, function):
        yield META.not_applicable(function, f"{function.id} was not invoked in the window: nothing had to start.")
    elif not found.is_whole:
        said = f"{function.id}: {took}, but the log is not whole ({'; '.join(found.gaps)})."
        yield META.unknown(function, said, *seen, code="LOG_NOT_WHOLE")
    else:
        yield META.passed(function, f"{function.id}: {took}.", *seen)
