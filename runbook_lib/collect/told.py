"""What answers tell: the record of a call, the gaps it leaves, and the listing that calls fill together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from runbook_lib.collect.calls import Answer
from runbook_lib.collect.connection import Clients
from runbook_lib.collect.merge import merge
from runbook_lib.model.fact import Raw, Scope
from runbook_lib.model.kinds import action_of
from runbook_lib.model.snapshot import CallRecord, Gap, Listing, listing_of

__all__ = ["gaps_of", "listing_from", "record", "role_calls", "subject_of"]

# AWS's words for "this Region does not offer that" (EC2 common errors).
_NOT_OFFERED = frozenset(
    {
        "InvalidAction",
        "UnsupportedOperation",
        "UnsupportedOperationException",
        "UnknownOperationException",
        "Unsupported",
    }
)
_NOT_FOUND = frozenset({"ResourceNotFoundException", "NoSuchBucket"})


def listing_from(key: str, scope: Scope, answers: Sequence[Answer]) -> tuple[Listing, list[Gap]]:
    """The listing of a key that these answers fill together, with the gaps that contradictions leave.

    A call that failed or was cut short makes it incomplete.
    """
    told: list[tuple[str, Raw]] = [(answer.call.operation.id, item) for answer in answers for item in answer.items]
    items, conflicts = merge(key, told)
    flaws = [flaw for answer in answers if (flaw := _flaw(answer))]
    gaps = []
    for conflict in conflicts:
        reason = f"described differently by {' and '.join(conflict.places)} while the calls were under way"
        flaws.append(f"{conflict.id} is {reason}")
        gaps.append(Gap(what=f"{key}/{conflict.id}", reason=reason, action=action_of(key)))
    found, problems = listing_of(key, scope, items)
    if flaws:
        found = replace(found, incomplete="; ".join([*flaws, *([found.incomplete] if found.incomplete else [])]))
    return found, [*gaps, *problems]


def _flaw(answer: Answer) -> str | None:
    if answer.error:
        return f"{answer.call.operation.id} failed for {subject_of(answer)} ({answer.error.code})"
    return answer.truncated


def subject_of(answer: Answer) -> str:
    """What a call was about: what the caller called it, the thing asked about, or the key."""
    call, operation = answer.call, answer.call.operation
    asked = str(call.request[operation.argument]) if operation.argument else ""
    return call.about or asked or operation.key or "caller identity"


def gaps_of(answer: Answer, scope: Scope) -> Iterable[Gap]:
    """What is missing after a call: nothing, some pages, or all of it; each names the IAM action."""
    operation, error = answer.call.operation, answer.error
    single = operation.argument or answer.call.about
    what = f"{operation.key}/{subject_of(answer)}" if single else subject_of(answer)
    if answer.truncated:
        yield Gap(what=what, reason=f"truncated: {answer.truncated}", action=operation.iam_action)
    if error is None:
        return
    if error.is_denied:
        reason = f"{operation.iam_action} denied: {error.message}"
    elif error.code in _NOT_OFFERED:
        reason = f"{operation.id} is not offered in {scope.region} ({error.code})"
    elif error.code in _NOT_FOUND:
        reason = f"does not exist ({operation.id}: {error.code})"
    else:
        reason = f"{operation.id} failed ({error.code}): {error.message}"
    yield Gap(what=what, reason=reason, action=operation.iam_action)


def record(answer: Answer, scope: Scope) -> CallRecord:
    """The call as the snapshot keeps it."""
    operation = answer.call.operation
    paging = {"MaxResults": operation.page_size} if operation.page_size else {}
    return CallRecord(
        operation=operation.id,
        action=operation.iam_action,
        key=operation.key,
        scope=scope,
        request={**answer.call.request, **paging},
        pages=answer.pages,
        items=len(answer.items),
        request_ids=tuple(answer.request_ids),
        duration_ms=answer.duration_ms,
        retries=answer.retries,
        error=answer.error,
        truncated=answer.truncated is not None,
    )


def role_calls(clients: Clients, scope: Scope) -> Iterable[CallRecord]:
    """The call that took on a role before anything else was asked; none when no role was taken on."""
    if clients.assumed:
        yield CallRecord(
            operation="sts:AssumeRole",
            action="sts:AssumeRole",
            key="",
            scope=scope,
            request={"RoleArn": clients.assumed.role_arn},
            pages=1,
            request_ids=(clients.assumed.request_id,) if clients.assumed.request_id else (),
            duration_ms=clients.assumed.duration_ms,
        )
