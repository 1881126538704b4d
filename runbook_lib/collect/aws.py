"""The source `aws`: live read-only calls become a snapshot. The sandbox is collected by the same code."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from runbook_lib.collect.calls import Answer, Caller
from runbook_lib.collect.connection import Clients, Connection
from runbook_lib.collect.failures import UNREACHABLE
from runbook_lib.collect.limits import Limits, Wanted
from runbook_lib.collect.merge import merge
from runbook_lib.collect.operations import Per
from runbook_lib.collect.plan import Plan, first_stage, second_stage
from runbook_lib.model.fact import Raw, Scope
from runbook_lib.model.kinds import action_of
from runbook_lib.model.progress import Progress, silent
from runbook_lib.model.snapshot import CallRecord, Gap, Listing, Origin, Snapshot, listing_of

__all__ = ["Limits", "Wanted", "collect"]

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


def collect(
    connection: Connection,
    wanted: Wanted,
    limits: Limits | None = None,
    progress: Progress = silent,
    origin_kind: str = "aws",
    scenario: str | None = None,
    *,
    clock: Callable[[], float] = time.monotonic,
) -> Snapshot:
    """The facts of one account and Region, every call recorded.

    A call that failed leaves no listing and a gap that names its IAM action; a truncated one leaves an incomplete
    listing. Raises UsageError when nothing can be collected: bad credentials, unknown Region, unreachable endpoint.
    """
    limits = limits or Limits()
    started = datetime.now(UTC)
    clients = connection.clients(limits)
    caller = Caller(clients, limits, progress, clock)
    first = caller.make(first_stage(wanted))
    _insist_on_an_answer(first, clients)
    plan = second_stage(wanted, first)
    answers = [*first, *caller.make(plan.calls)]
    origin = _origin(answers, clients.region, origin_kind, scenario)
    snapshot = _snapshot(answers, plan, origin, started)
    return replace(snapshot, calls=(*_role_call(clients, origin), *snapshot.calls))


def _insist_on_an_answer(answers: Sequence[Answer], clients: Clients) -> None:
    errors = [answer.error for answer in answers if answer.error]
    if len(errors) == len(answers) and all(error.code in UNREACHABLE for error in errors):
        raise clients.problem(errors[0])


def _origin(answers: Iterable[Answer], region: str, kind: str, scenario: str | None) -> Origin:
    account = arn = None
    for answer in answers:
        if answer.call.operation.per is Per.CALLER and answer.ok:
            account, arn = answer.items[0].get("Account"), answer.items[0]["Arn"]
    return Origin(kind=kind, account=account, region=region, caller_arn=arn, scenario=scenario)


def _role_call(clients: Clients, origin: Origin) -> Iterable[CallRecord]:
    if clients.assumed:
        yield CallRecord(
            operation="sts:AssumeRole",
            action="sts:AssumeRole",
            key="",
            scope=Scope(account=origin.account, region=origin.region),
            request={"RoleArn": clients.assumed.role_arn},
            pages=1,
            request_ids=(clients.assumed.request_id,) if clients.assumed.request_id else (),
            duration_ms=clients.assumed.duration_ms,
        )


def _snapshot(answers: Sequence[Answer], plan: Plan, origin: Origin, started: datetime) -> Snapshot:
    scope = Scope(account=origin.account, region=origin.region)
    gaps = [gap for answer in answers for gap in _gaps_of(answer, scope)]
    gaps.extend(
        Gap(what=key, reason=f"what to ask about is unknown because {cause} failed", action=action_of(key))
        for key, cause in plan.blocked.items()
    )
    by_key: dict[str, list[Answer]] = {key: [] for key in plan.whole}
    for answer in answers:
        if answer.call.operation.key:
            by_key.setdefault(answer.call.operation.key, []).append(answer)
    listings: dict[tuple[Scope, str], Listing] = {}
    for key in sorted(by_key):
        if _may_be_listed(by_key[key]):
            listings[(scope, key)], problems = _listing(key, scope, by_key[key])
            gaps.extend(problems)
    return Snapshot(
        origin=origin,
        collected_at=started,
        listings=listings,
        calls=tuple(_record(answer, scope) for answer in answers),
        gaps=tuple(dict.fromkeys(gaps)),
    )


def _may_be_listed(answers: Sequence[Answer]) -> bool:
    """False when the Region-wide call failed, or everything asked failed: the key was then not read."""
    region_wide = [answer for answer in answers if answer.call.operation.per is Per.REGION]
    if region_wide:
        return all(answer.ok for answer in region_wide)
    return not answers or any(answer.ok for answer in answers)


def _listing(key: str, scope: Scope, answers: Sequence[Answer]) -> tuple[Listing, list[Gap]]:
    told: list[tuple[str, Raw]] = [(answer.call.operation.id, item) for answer in answers for item in answer.items]
    items, conflicts = merge(key, told)
    flaws = [flaw for answer in answers if (flaw := _flaw(answer))]
    gaps = []
    for conflict in conflicts:
        reason = f"described differently by {' and '.join(conflict.places)} while the calls were under way"
        flaws.append(f"{conflict.id} is {reason}")
        gaps.append(Gap(what=f"{key}/{conflict.id}", reason=reason, action=action_of(key)))
    listing, problems = listing_of(key, scope, items)
    if flaws:
        listing = replace(
            listing, incomplete="; ".join([*flaws, *([listing.incomplete] if listing.incomplete else [])])
        )
    return listing, [*gaps, *problems]


def _flaw(answer: Answer) -> str | None:
    if answer.error:
        return f"{answer.call.operation.id} failed for {_subject(answer)} ({answer.error.code})"
    return answer.truncated


def _subject(answer: Answer) -> str:
    operation = answer.call.operation
    return str(answer.call.request[operation.argument]) if operation.argument else operation.key or "caller identity"


def _gaps_of(answer: Answer, scope: Scope) -> Iterable[Gap]:
    operation, error = answer.call.operation, answer.error
    what = _subject(answer) if not operation.argument else f"{operation.key}/{_subject(answer)}"
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


def _record(answer: Answer, scope: Scope) -> CallRecord:
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
