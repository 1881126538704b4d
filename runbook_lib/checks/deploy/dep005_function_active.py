"""Function is active and its last update succeeded.

What is verified
    State of the function is Active and LastUpdateStatus is Successful.
Why it matters
    While an update is in progress, and after one that failed, Lambda runs the code that was there before: whatever is
    tried then says nothing about what was deployed. The first invocation of an inactive function fails.
How it is decided
    By GetFunctionConfiguration; only that tells State and LastUpdateStatus, with the reason.
Unknown when
    The configuration of the function was not read, or does not tell its state.
Sources
    Lambda function states, https://docs.aws.amazon.com/lambda/latest/dg/functions-states.html (read 2026-11-21)
    Giving Lambda functions access to resources in an Amazon VPC,
    https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html (read 2026-11-21)
"""

from __future__ import annotations

from collections.abc import Iterator

from runbook_lib.checks.base import Meta, Settings
from runbook_lib.checks.deploy.common import of_function
from runbook_lib.model.finding import Finding
from runbook_lib.model.interfaces import Function, FunctionConfiguration
from runbook_lib.model.status import Severity
from runbook_lib.network.view import View

__all__ = ["META", "check"]

META = Meta(
    id="DEP005",
    title="Function is active and its last update succeeded",
    severity=Severity.HIGH,
    family="deploy",
    applies_to=Function.TYPE,
    needs=(FunctionConfiguration.KEY, Function.KEY),
    is_anywhere=True,
)

_STATES = {
    "Pending": "Lambda is still preparing it and invokes nothing",
    "Inactive": "its network was reclaimed while it was idle, and the next invocation fails",
    "Failed": "Lambda could not prepare it, and it has to be deployed again",
    "Deactivating": "it is being put out of service",
    "Deactivated": "it is out of service",
    "Deleting": "it is being deleted",
}
_UPDATES = {
    "InProgress": "until that ends Lambda runs the code from before",
    "Failed": "Lambda runs the code from before",
}


def check(view: View, settings: Settings) -> Iterator[Finding]:
    """One finding for the function."""
    return of_function(META, view, settings, lambda function, _: _judge(view, function))


def _judge(view: View, function: Function) -> Iterator[Finding]:
    known = view.function_configuration(function.id)
    state, update = known.state, known.last_update_status
    seen = (known.cite("State"), known.cite("LastUpdateStatus"))
    if state is not None and state != "Active":
        said = f"{function.id} is {state}{_why(known, 'State')}: {_STATES.get(state, 'it cannot be invoked')}."
        yield META.failed(function, said, *seen, code=f"FUNCTION_{state.upper()}")
    elif update is not None and update != "Successful":
        meaning = _UPDATES.get(update, "what runs is not known")
        said = f"The last update of {function.id} is {update}{_why(known, 'LastUpdateStatus')}: {meaning}."
        yield META.failed(function, said, *seen, code=f"UPDATE_{update.upper()}")
    elif state is None or update is None:
        what = " and ".join(name for name, value in (("State", state), ("LastUpdateStatus", update)) if value is None)
        yield META.unknown(function, f"{function.id}: its configuration does not tell {what}.", *seen, code="NOT_TOLD")
    else:
        yield META.passed(function, f"{function.id} is Active and its last update was Successful.", *seen)


def _why(known: FunctionConfiguration, field: str) -> str:
    """The reason AWS gives, in brackets; empty when it gives none."""
    told = [" ".join(str(known.raw.get(f"{field}{end}") or "").split()) for end in ("ReasonCode", "Reason")]
    return f" ({': '.join(text.rstrip('.') for text in told if text)})" if any(told) else ""
