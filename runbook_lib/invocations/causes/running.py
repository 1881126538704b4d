"""Causes that lie in how the function runs: retry budget, its own timeout, cold starts, throttling.

Sources: https://docs.aws.amazon.com/lambda/latest/dg/configuration-timeout.html,
https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html and
https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html (read 2026-11-21); the SDK budgets: `timing`
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

from runbook_lib.invocations.base import ErrorClass, Invocation, Plausibility
from runbook_lib.invocations.case import Case, Cause, Scale, Weighed
from runbook_lib.invocations.causes.common import nothing_failed, of_failures
from runbook_lib.invocations.exact import fisher_greater
from runbook_lib.invocations.timing import connect_budget
from runbook_lib.model.sdk import Sdk

__all__ = ["COLD_START", "FUNCTION_TIMEOUT", "RETRY_BUDGET", "THROTTLING"]

_BUSY = 0.5
_UNTOLD = "How the client is set up was not told."
_CODE = re.compile(r"Runtime\.(?:ImportModuleError|HandlerNotFound|UserCodeSyntaxError)|SyntaxError")
_ALPHA = 0.01


def retry_budget(case: Case) -> Weighed:
    """The SDK keeps trying for longer than the function may run: it is killed before the SDK can say why."""
    name = "sdk_retry_budget"
    if quiet := nothing_failed(case, name):
        return quiet
    killed = case.failing({ErrorClass.FUNCTION_TIMEOUT})
    if not killed:
        said = "No invocation was ended by its timeout before it could report an error."
        return Scale().minus(said).says(name, Plausibility.RULED_OUT)
    timeout_s = case.known.timeout_s or _common_duration(killed)
    if timeout_s is None:
        return Scale().minus("The function's timeout was not read.").says(name, Plausibility.CANNOT_TELL)
    scale = Scale().plus(f"{of_failures(case, len(killed))} ended at the function's timeout.")
    for nat_id, tried, made in _unanswered(case, killed):
        scale = scale.plus(f"{nat_id} saw {tried:,.0f} connection attempts meanwhile and {made:,.0f} connections made.")
    sdk = case.known.sdk or Sdk()
    budget = connect_budget(sdk)
    said = f"{budget.text}: up to {budget.longest_s:,.0f} s; the function is ended after {timeout_s:,.0f} s"
    if budget.longest_s < timeout_s and case.known.sdk:
        return scale.minus(f"{said}, the SDK gives up before.").says(name, Plausibility.RULED_OUT)
    if not case.known.sdk and budget.longest_s < timeout_s:
        enough = math.ceil(timeout_s / budget.shortest_s)
        scale = scale.plus(f"With boto3's defaults {enough} or more addresses behind the name outlast the timeout.")
        return scale.minus(_UNTOLD).says(name, Plausibility.POSSIBLE)
    if not case.known.sdk:
        return scale.plus(f"With boto3's defaults, {said}.").minus(_UNTOLD).says(name, Plausibility.POSSIBLE)
    if _is_busy(case, timeout_s):
        scale = scale.minus("Successful invocations come close to the timeout as well.")
        return scale.plus(f"{said}.").says(name, Plausibility.POSSIBLE)
    return scale.proof(f"{said}, before the SDK reports what it waits for.").says(name, Plausibility.LIKELY)


def function_timeout(case: Case) -> Weighed:
    """The work itself takes longer than the function may run."""
    name = "function_timeout"
    if quiet := nothing_failed(case, name):
        return quiet
    killed = case.failing({ErrorClass.FUNCTION_TIMEOUT})
    if not killed:
        return Scale().minus("No invocation was ended by its timeout.").says(name, Plausibility.RULED_OUT)
    timeout_s = case.known.timeout_s or _common_duration(killed)
    scale = Scale().plus(f"{of_failures(case, len(killed))} ended at the function's timeout.")
    for nat_id, tried, made in _unanswered(case, killed):
        scale = scale.minus(
            f"{nat_id} saw {tried:,.0f} connection attempts meanwhile and {made:,.0f} connections made."
        )
    slowest = max((item.duration_ms for item in case.successes if item.duration_ms is not None), default=None)
    if timeout_s is None or slowest is None:
        said = "No successful invocation shows how long the work takes."
        return scale.minus(said).says(name, Plausibility.POSSIBLE)
    said = f"The slowest success took {slowest / 1000:,.1f} s of {timeout_s:,.0f} s"
    if _is_busy(case, timeout_s):
        return scale.proof(f"{said}: the work comes close to the limit.").says(name, Plausibility.LIKELY)
    scale = scale.minus(f"{said}: the failures waited for something rather than worked.")
    return scale.says(name, Plausibility.POSSIBLE)


def cold_start(case: Case) -> Weighed:
    """Starting the environment fails, or only cold invocations fail."""
    name = "cold_start"
    if quiet := nothing_failed(case, name):
        return quiet
    broken = case.failing({ErrorClass.INIT_FAILURE})
    if broken:
        said = f"{of_failures(case, len(broken))} happened while the environment was initialised."
        if all(_CODE.search(item.detail or "") for item in broken):
            said = "The code itself cannot be loaded, at every start: that is no matter of when it starts."
            return Scale().minus(said).says(name, Plausibility.RULED_OUT)
        return Scale().proof(said).says(name, Plausibility.LIKELY)
    cold_failed = sum(item.cold for item in case.failures)
    cold_fine = sum(item.cold for item in case.successes)
    said = (
        f"{cold_failed} of {len(case.failures)} failures and {cold_fine} of {len(case.successes)} successes were cold"
    )
    if not cold_failed:
        return Scale().minus(f"{said}.").says(name, Plausibility.RULED_OUT)
    p_value = fisher_greater(cold_failed, len(case.failures) - cold_failed, cold_fine, len(case.successes) - cold_fine)
    if p_value <= _ALPHA:
        scale = Scale().plus(f"{said} (one-sided exact test of Fisher: p = {p_value:.2g}).")
        return scale.says(name, Plausibility.POSSIBLE)
    if cold_fine:
        scale = Scale().minus(f"{said} (one-sided exact test of Fisher: p = {p_value:.2g}): no difference is shown.")
        return scale.says(name, Plausibility.RULED_OUT if cold_fine >= cold_failed else Plausibility.CANNOT_TELL)
    return Scale().minus(f"{said}: too few to tell.").says(name, Plausibility.CANNOT_TELL)


def throttling(case: Case) -> Weighed:
    """Lambda itself refuses invocations: the concurrency is used up. Those leave no trace in the function's log."""
    name = "concurrency_throttling"
    throttles = case.known.of_function("Throttles")
    scale = Scale()
    if case.known.concurrency_limit is not None and case.peak_concurrency:
        said = f"{case.peak_concurrency} invocations ran at once; the function may run {case.known.concurrency_limit:,}"
        is_near = case.peak_concurrency >= case.known.concurrency_limit
        scale = scale.plus(f"{said}.") if is_near else scale.minus(f"{said}.")
    if throttles is None or throttles.peak is None:
        scale = scale.minus("The metric Throttles was not read, or has no value.")
        return scale.says(name, Plausibility.CANNOT_TELL)
    if throttles.total:
        said = f"Lambda throttled {throttles.total:,.0f} invocations (Throttles)"
        if case.failures:
            scale = scale.plus(f"{said}.").minus("Those never ran: they are not among the failures in the log.")
            return scale.says(name, Plausibility.POSSIBLE)
        return scale.proof(f"{said}.").says(name, Plausibility.LIKELY)
    if not throttles.is_whole:
        return scale.minus("The metric Throttles was not read whole.").says(name, Plausibility.CANNOT_TELL)
    return scale.minus("Lambda throttled no invocation (Throttles is 0).").says(name, Plausibility.RULED_OUT)


def _unanswered(case: Case, killed: tuple[Invocation, ...]) -> Iterator[tuple[str, float, float]]:
    """NAT gateways at which most connection attempts led nowhere while these ran: id, attempts, connections made."""
    for nat_id in case.known.nat_ids:
        tried = case.known.of_gateway("ConnectionAttemptCount", nat_id)
        made = case.known.of_gateway("ConnectionEstablishedCount", nat_id)
        if tried and made:
            spans = case.spans(killed)
            (attempts, seen), (connections, seen_too) = tried.within(spans), made.within(spans)
            if seen and seen_too and connections < attempts / 2:
                yield nat_id, attempts, connections


def _common_duration(killed: tuple[Invocation, ...]) -> float | None:
    """The timeout as the log shows it: the shortest duration of what was ended by it."""
    return min((item.duration_ms / 1000 for item in killed if item.duration_ms is not None), default=None)


def _is_busy(case: Case, timeout_s: float) -> bool:
    """Whether some success took a good part of the time the function may run."""
    return any(item.duration_ms is not None and item.duration_ms / 1000 > _BUSY * timeout_s for item in case.successes)


RETRY_BUDGET = Cause(name="sdk_retry_budget", title="an SDK that retries beyond the timeout", weigh=retry_budget)
FUNCTION_TIMEOUT = Cause(
    name="function_timeout", title="work that takes longer than the timeout", weigh=function_timeout
)
COLD_START = Cause(name="cold_start", title="cold starts", weigh=cold_start)
THROTTLING = Cause(name="concurrency_throttling", title="throttling by Lambda", weigh=throttling)
