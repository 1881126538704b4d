"""What is said of a trigger: whether it may invoke, and why not."""

from __future__ import annotations

from dataclasses import dataclass

from runbook_lib.checks.function.access import Access, May
from runbook_lib.checks.function.invoking import Push, is_on
from runbook_lib.checks.function.sending import GONE
from runbook_lib.model.interfaces import Function
from runbook_lib.model.status import Status
from runbook_lib.model.triggers import EventSourceMapping
from runbook_lib.network.policy import Match

__all__ = ["Told", "told_of_mapping", "told_of_push"]


@dataclass(frozen=True, slots=True)
class Told:
    """A status with its sentence, and the word for the situation."""

    status: Status
    said: str
    code: str = "OK"


def told_of_mapping(function: Function, mapping: EventSourceMapping, found: Access | None) -> Told:
    """Of a mapping: one that a user switched off is not judged, one that Lambda switched off failed."""
    name, why = (mapping.source_arn or "its cluster").rsplit(":", 1)[-1], mapping.state_transition_reason
    said, last = f"mapping {mapping.id} from {name} to {function.id}", mapping.last_processing_result or ""
    if not is_on(mapping):
        if why is None or why.lower().startswith("user"):
            return Told(Status.NOT_APPLICABLE, f"{said} is switched off: it invokes nothing.")
        return Told(Status.FAIL, f"{said} was switched off by Lambda ({why}).", "MAPPING_OFF")
    if found and found.may is May.NO:
        why, code = (f"{name} does not exist", "SOURCE_GONE") if found.why == GONE else (found.why, "MAY_NOT_POLL")
        return Told(Status.FAIL, f"{said} cannot be served: {why}.", code)
    if last.startswith("PROBLEM"):
        return Told(Status.FAIL, f"{said}: the last batch met {last}.", "LAST_BATCH")
    if found and found.may is May.OPEN:
        return Told(Status.UNKNOWN, f"{said}: {found.why}.", "MAY_NOT_POLL")
    if found or last == "OK":
        return Told(Status.PASS, f"{said} may be served.")
    said = f"{said}: what its role needs is not judged, and no batch is told to have gone well."
    return Told(Status.UNKNOWN, said, "NOT_JUDGED")


def told_of_push(function: Function, push: Push) -> Told:
    """Of a source that pushes: what the policy of the function says, where it is its policy that counts."""
    let = push.admission
    if push.qualifier:
        ask = f"aws lambda get-policy --function-name {function.id} --qualifier {push.qualifier}"
        said = f"{push.label} invokes {function.id}:{push.qualifier}, whose own policy was not read ({ask})."
        return Told(Status.UNKNOWN, said, "OTHER_POLICY")
    if let.match is Match.YES:
        return Told(Status.PASS, f"{push.label} may invoke {function.id}.")
    meant = ", ".join(let.meant)
    if let.match is Match.MAYBE:
        said = f"{push.label} may invoke {function.id} when further conditions are met ({meant})."
        return Told(Status.UNKNOWN, said, "CONDITIONS")
    why = f"the conditions of {meant} are not met" if let.meant else "no statement of its policy admits it"
    why = f"statement {let.denied_by} denies it" if let.denied_by else why
    return Told(Status.FAIL, f"{push.label} may not invoke {function.id}: {why}.", "NOT_ADMITTED")
