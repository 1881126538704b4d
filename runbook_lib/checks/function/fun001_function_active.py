"""Function is Active and its last update succeeded.

What is verified
    State of the function is Active and LastUpdateStatus is Successful.
Why it matters
    Lambda does not invoke a function that is Pending, Failed or Inactive, and runs the code and the VPC settings from
    before while an update is in progress or once it failed. Callers see errors that no route or rule explains.
How it is decided
    By GetFunctionConfiguration, which alone tells State and LastUpdateStatus; the reason code is explained with what
    it asks for.
Unknown when
    The configuration of the function was not read, or does not tell its state.
Sources
    Lambda function states, https://docs.aws.amazon.com/lambda/latest/dg/functions-states.html (read 2026-11-21)
    GetFunctionConfiguration, https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionConfiguration.html
    (read 2026-11-21)
"""

from __future__ import annotations

from collections.abc import Iterator

from runbook_lib.checks.base import Meta, Settings
from runbook_lib.checks.deploy.states import fault, not_told
from runbook_lib.checks.function.common import of_function
from runbook_lib.checks.function.reasons import remedy
from runbook_lib.model.finding import Finding
from runbook_lib.model.functions import FunctionConfiguration
from runbook_lib.model.interfaces import Function
from runbook_lib.model.status import Severity
from runbook_lib.network.view import View

__all__ = ["META", "check"]

META = Meta(
    id="FUN001",
    title="Function is Active and its last update succeeded",
    severity=Severity.HIGH,
    family="function",
    applies_to=Function.TYPE,
    needs=(FunctionConfiguration.KEY, Function.KEY),
    is_anywhere=True,
)


def check(view: View, settings: Settings) -> Iterator[Finding]:
    """One finding for the function."""
    return of_function(META, view, settings, lambda function: _judge(view, function))


def _judge(view: View, function: Function) -> Iterator[Finding]:
    known = view.function_configuration(function.id)
    found = fault(function, known.raw)
    field = "State" if known.state not in (None, "Active") else "LastUpdateStatus"
    if found:
        said, code = found
        asked = remedy(known.raw.get(f"{field}ReasonCode"))
        seen = (known.cite(field), known.cite(f"{field}ReasonCode"), known.cite(f"{field}Reason"))
        yield META.failed(function, f"{said}{f'; {asked}' if asked else ''}.", *seen, code=code)
        return
    evidence = (known.cite("State"), known.cite("LastUpdateStatus"))
    if lacking := not_told(known):
        said = f"{function.id}: its configuration does not tell {lacking}."
        yield META.unknown(function, said, *evidence, code="NOT_TOLD")
    else:
        yield META.passed(function, f"{function.id} is Active and its last update was Successful.", *evidence)
