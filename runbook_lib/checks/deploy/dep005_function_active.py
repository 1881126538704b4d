"""Function is active and its last update succeeded.

What is verified
    State of the function is Active and LastUpdateStatus is Successful, at the latest once it was awaited.
Why it matters
    While an update is in progress, and after one that failed, Lambda runs the code that was there before: whatever is
    tried then says nothing about what was deployed. The first invocation of an inactive function fails.
How it is decided
    By GetFunctionConfiguration; only that tells State and LastUpdateStatus, with the reason. Before it is invoked a
    function that is not ready is awaited: if it became ready and answered since, that is a pass, which tells the state
    it was found in. One that is inactive is woken by an invocation: one that was refused is a failure, as any caller's.
Unknown when
    The configuration of the function was not read, or does not tell its state.
Sources
    Lambda function states, https://docs.aws.amazon.com/lambda/latest/dg/functions-states.html (read 2026-11-21)
    Giving Lambda functions access to resources in an Amazon VPC,
    https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html (read 2026-11-21)
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import takewhile

from runbook_lib.checks.base import Meta, Settings
from runbook_lib.checks.deploy.common import of_function
from runbook_lib.checks.deploy.states import and_failed, fault, is_answered, looked, not_told
from runbook_lib.model.actions import FunctionState, InvokeResult
from runbook_lib.model.finding import Evidence, Finding
from runbook_lib.model.functions import FunctionConfiguration
from runbook_lib.model.interfaces import Function
from runbook_lib.model.status import Severity
from runbook_lib.network.view import View

__all__ = ["META", "check"]

META = Meta(
    id="DEP005",
    title="Function is active and its last update succeeded",
    severity=Severity.HIGH,
    family="deploy",
    applies_to=Function.TYPE,
    needs=(FunctionConfiguration.KEY, FunctionState.KEY, InvokeResult.KEY, Function.KEY),
    is_anywhere=True,
)


def check(view: View, settings: Settings) -> Iterator[Finding]:
    """One finding for the function."""
    return of_function(META, view, settings, lambda function, _: _judge(view, function))


def _judge(view: View, function: Function) -> Iterator[Finding]:
    known = view.function_configuration(function.id)
    looks = [item for item in view.snapshot.all(FunctionState) if item.function == function.id]
    evidence: tuple[Evidence, ...] = (known.cite("State"), known.cite("LastUpdateStatus"))
    first, last = fault(function, known.raw), None
    if looks:
        last = fault(function, {**known.raw, **looked(looks[-1].raw)})
        evidence += (looks[-1].cite("State"),)
    if last or (first and not looks):
        said, code = last or first or ("", "")
        yield META.failed(function, f"{said}.", *evidence, code=code)
    elif first:
        yield _recovered(view, function, *first, looks, evidence)
    elif what := not_told(known):
        said = f"{function.id}: its configuration does not tell {what}."
        yield META.unknown(function, said, *evidence, code="NOT_TOLD")
    else:
        yield META.passed(function, f"{function.id} is Active and its last update was Successful.", *evidence)


def _recovered(
    view: View,
    function: Function,
    said: str,
    code: str,
    looks: list[FunctionState],
    evidence: tuple[Evidence, ...],
) -> Finding:
    """Of a function that was not ready when the facts were read and was at the last look: has it answered since?"""
    *_, ready = takewhile(lambda look: fault(function, looked(look.raw)) is None, reversed(looks))
    sent = [item for item in view.snapshot.all(InvokeResult) if item.function == function.id]
    answered = [item for item in sent if item.started >= ready.seen and is_answered(item)]
    waited = f"{(ready.seen - looks[0].seen).total_seconds():,.0f} s later" if ready != looks[0] else "at the next look"
    woken = [item for item in sent if item.purpose == "wake"]
    woke = f"{woken[0].id} was sent to wake it{and_failed(woken[0])}; " if woken else ""
    now = f"{woke}it was Active with its last update Successful {waited}"
    if not answered:
        return META.failed(function, f"{said}; {now}, but has not answered since.", *evidence, code=code)
    proof = min(answered, key=lambda item: item.started)
    message = f"At the start {said}; {now}, and {proof.id} was answered."
    if any(item.error_code for item in woken):
        return META.failed(function, f"{message} Run again now that it is awake.", *evidence, code="REFUSED_ONCE")
    return META.passed(function, message, *evidence, proof.cite("RequestId"))
