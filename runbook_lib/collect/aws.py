"""The source `aws`: live read-only calls become a snapshot. The sandbox is collected by the same code."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from runbook_lib.collect.calls import Answer, Caller
from runbook_lib.collect.connection import Clients, Connection
from runbook_lib.collect.detail_shapes import shaped
from runbook_lib.collect.details import Details
from runbook_lib.collect.failures import UNREACHABLE
from runbook_lib.collect.limits import Limits, Wanted
from runbook_lib.collect.operation import Per
from runbook_lib.collect.plan import Plan, first_stage, second_stage
from runbook_lib.collect.told import gaps_of, listing_from, record, role_calls
from runbook_lib.model.fact import Scope
from runbook_lib.model.kinds import action_of
from runbook_lib.model.progress import Progress, silent
from runbook_lib.model.snapshot import Gap, Listing, Origin, Snapshot

__all__ = ["Limits", "Wanted", "collect"]


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
    details = Details(wanted)
    while calls := details.calls(answers):
        answers.extend(caller.make(calls))
    origin = _origin(answers, clients.region, origin_kind, scenario)
    snapshot = _snapshot(answers, _with_details(plan, details), origin, started)
    return replace(snapshot, calls=(*role_calls(clients, _scope_of(origin)), *snapshot.calls))


def _with_details(plan: Plan, details: Details) -> Plan:
    return Plan(plan.calls, {**plan.blocked, **details.blocked()}, plan.whole | details.asked())


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


def _scope_of(origin: Origin) -> Scope:
    return Scope(account=origin.account, region=origin.region)


def _snapshot(answers: Sequence[Answer], plan: Plan, origin: Origin, started: datetime) -> Snapshot:
    scope = _scope_of(origin)
    gaps = [gap for answer in answers for gap in gaps_of(answer, scope)]
    gaps.extend(Gap(what=key, reason=_unasked(cause), action=action_of(key)) for key, cause in plan.blocked.items())
    by_key: dict[str, list[Answer]] = {key: [] for key in plan.whole - plan.blocked.keys()}
    for answer in answers:
        if answer.call.operation.key:
            by_key.setdefault(answer.call.operation.key, []).append(answer)
    listings: dict[tuple[Scope, str], Listing] = {}
    for key in sorted(by_key):
        if _may_be_listed(by_key[key]):
            found, problems = listing_from(key, scope, shaped(key, by_key[key], answers))
            gaps.extend(problems)
            if key in plan.blocked:
                found = replace(found, incomplete=found.incomplete or _unasked(plan.blocked[key]))
            listings[(scope, key)] = found
    return Snapshot(
        origin=origin,
        collected_at=started,
        listings=listings,
        calls=tuple(record(answer, scope) for answer in answers),
        gaps=tuple(dict.fromkeys(gaps)),
    )


def _unasked(cause: str) -> str:
    return f"what to ask about is unknown because {cause}"


def _may_be_listed(answers: Sequence[Answer]) -> bool:
    """False when the Region-wide call failed, or everything asked failed: the key was then not read."""
    region_wide = [answer for answer in answers if answer.call.operation.per is Per.REGION]
    if region_wide:
        return all(answer.ok for answer in region_wide)
    return not answers or any(answer.ok for answer in answers)
