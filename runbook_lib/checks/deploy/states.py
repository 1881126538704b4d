"""Words for the states of a function and of its last update, and what an invocation says about them."""

from __future__ import annotations

from runbook_lib.model.actions import InvokeResult
from runbook_lib.model.fact import Raw
from runbook_lib.model.functions import FunctionConfiguration
from runbook_lib.model.interfaces import Function

__all__ = ["and_failed", "fault", "is_answered", "looked", "not_told"]

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


def and_failed(item: InvokeResult) -> str:
    """That the invocation which woke a function was refused, as a clause; empty when it was not.

    https://docs.aws.amazon.com/lambda/latest/dg/functions-states.html (read 2026-11-21)
    """
    return f" and failed, as is documented ({item.error_code})" if item.error_code else ""


def is_answered(item: InvokeResult) -> bool:
    """Whether the function ran and its response is not known to be wrong."""
    return item.ended is not None and item.error_code is None and not item.function_error and item.assertion != "failed"


def looked(raw: Raw) -> dict[str, object]:
    """What a look tells; a version may have no last update of its own."""
    found = {"State": raw["State"], "StateReason": raw.get("StateReason"), "StateReasonCode": None}
    return found | ({"LastUpdateStatus": raw["LastUpdateStatus"]} if raw.get("LastUpdateStatus") else {})


def fault(function: Function, raw: Raw) -> tuple[str, str] | None:
    """Why what was deployed does not run, without a period, and the code for it; None when nothing says so."""
    state, update = raw.get("State"), raw.get("LastUpdateStatus")
    if state is not None and state != "Active":
        said = f"{function.id} is {state}{_why(raw, 'State')}: {_STATES.get(state, 'it cannot be invoked')}"
        return said, f"FUNCTION_{state.upper()}"
    if update is not None and update != "Successful":
        meaning = _UPDATES.get(update, "what runs is not known")
        said = f"The last update of {function.id} is {update}{_why(raw, 'LastUpdateStatus')}: {meaning}"
        return said, f"UPDATE_{update.upper()}"
    return None


def not_told(known: FunctionConfiguration) -> str:
    """Which of State and LastUpdateStatus a configuration does not tell, for a sentence; empty when it tells both."""
    told = (("State", known.state), ("LastUpdateStatus", known.last_update_status))
    return " and ".join(name for name, value in told if value is None)


def _why(raw: Raw, field: str) -> str:
    """The reason AWS gives, in brackets; empty when it gives none."""
    told = [" ".join(str(raw.get(f"{field}{end}") or "").split()) for end in ("ReasonCode", "Reason")]
    return f" ({': '.join(text.rstrip('.') for text in told if text)})" if any(told) else ""
