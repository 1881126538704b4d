"""The requests that were sent to the function that was deployed, and words for what became of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from runbook_lib.checks.base import Meta, Settings
from runbook_lib.checks.deploy.common import as_agreed, of_function
from runbook_lib.checks.logs.common import LOGGED, events_seen
from runbook_lib.errors import FactMissing
from runbook_lib.invocations.base import Outcome
from runbook_lib.invocations.observed import Observed, observed
from runbook_lib.invocations.requests import Delivery, Request, requests_of
from runbook_lib.model.actions import InvocationsAsked, InvokeResult
from runbook_lib.model.deploy import Deploy
from runbook_lib.model.fact import Scope
from runbook_lib.model.finding import Evidence, Finding
from runbook_lib.model.interfaces import Function
from runbook_lib.model.kinds import action_of
from runbook_lib.model.observations import EVENTS_KEY
from runbook_lib.model.snapshot import Listing
from runbook_lib.network.view import View

__all__ = [
    "ALL",
    "ALONE",
    "BURST",
    "EVENTS",
    "SENT",
    "Rows",
    "Sort",
    "ids_of",
    "in_short",
    "judged",
    "listed",
    "many",
    "name_of",
    "of_requests",
    "reasons",
    "remedy",
    "seen",
]

SENT = (InvokeResult.KEY, InvocationsAsked.KEY, *LOGGED)
"""The snapshot keys that a check of requests may read."""

_MOST_IDS = 10
_LONGEST = 300
_MOST_REASONS = 3

Rows = tuple[Request, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sort:
    """Some of the requests, by their purpose, and how sentences call one of them.

    `is_asked` tells whether a deployment asks for them; with `only_asked` they are not judged where it does not.
    """

    holds: Callable[[str], bool]
    noun: str
    is_asked: Callable[[Deploy], bool]
    only_asked: bool = False


_ALONE = frozenset({"smoke", "wake"})
_EVENTS = frozenset({"event"})
ALONE = Sort(holds=lambda purpose: purpose in _ALONE, noun="smoke invocation", is_asked=lambda _: True)
EVENTS = Sort(holds=lambda purpose: purpose in _EVENTS, noun="event", is_asked=lambda deploy: deploy.events > 0)
# The burst is whatever is nothing else, so that no request goes unjudged.
BURST = Sort(
    holds=lambda purpose: purpose not in _ALONE | _EVENTS, noun="burst", is_asked=lambda deploy: deploy.burst > 0
)
ALL = Sort(holds=lambda _: True, noun="invocation", is_asked=lambda _: True)


def of_requests(
    meta: Meta, view: View, settings: Settings, sort: Sort, judge: Callable[[Function, Deploy, Rows], Iterable[Finding]]
) -> Iterator[Finding]:
    """Judge the requests of a sort; when there are none, say why."""

    def of_deployed(function: Function, asked: Deploy) -> Iterator[Finding]:
        deploy = as_agreed(view, function, asked)
        listing, agreed = (_listing(view, function, key) for key in (InvokeResult.KEY, InvocationsAsked.KEY))
        rows = tuple(row for row in _rows(view, function, listing) if sort.holds(row.result.purpose))
        for record, scope in ((listing, "record"), (agreed, "agreed")):
            if record is not None and record.incomplete:
                said = f"{function.id}: the record of its requests is not whole ({in_short(record.incomplete)})."
                yield meta.unknown(function, said, code="NOT_READ", scope=scope)
        if rows and (sort.is_asked(deploy) or not sort.only_asked):
            yield from judge(function, deploy, rows)
        elif not sort.is_asked(deploy):
            yield meta.not_applicable(function, f"No {sort.noun} is asked for of {function.id}.")
        else:
            yield _without(meta, view, function, deploy, sort.noun, is_read=listing is not None)

    yield from of_function(meta, view, settings, of_deployed)


def judged(meta: Meta, view: View, function: Function, rows: Rows, asked: int, noun: str) -> Finding:
    """Whether all succeeded: one failure is a failure, else one that is unknown or was never sent is unknown."""
    failed = [row for row in rows if row.outcome is Outcome.FAILURE]
    unknown = [row for row in rows if row.outcome is Outcome.UNKNOWN]
    evidence, total = seen(view, function, rows), max(asked, len(rows))
    counts = ((len(unknown), "unknown"), (total - len(rows), f"never sent{_gaps(view)}"))
    left = " and ".join(f"{count:,} {word}" for count, word in counts if count)
    if failed:
        others = f"; {left}" if left else ""
        said = f"{function.id}: {len(failed):,} of {many(total, noun)} failed, because {reasons(failed)}{others}."
        return meta.failed(function, said, *evidence, code="REQUESTS_FAILED")
    if left:
        why = f", because {reasons(unknown)}{remedy(unknown)}" if unknown else ""
        said = f"{function.id}: no failure was seen in {many(total, noun)}, but {left}{why}."
        return meta.unknown(function, said, *evidence, code="REQUESTS_UNKNOWN")
    return meta.passed(function, f"{function.id}: {total:,} of {many(total, noun)} succeeded.", *evidence)


def reasons(rows: Sequence[Request]) -> str:
    """Why, and the request ids for each reason: the most frequent reasons, the first of many ids."""
    groups: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        groups[in_short(row.reason)].append(_id(row))
    ordered = sorted(groups.items(), key=lambda item: (-len(item[1]), item[0]))
    told = [f"{reason} ({listed(ids)})" for reason, ids in ordered[:_MOST_REASONS]]
    left = ordered[_MOST_REASONS:]
    more = [f"{sum(len(ids) for _, ids in left):,} for other reasons"] if left else []
    return ", ".join([*told, *more])


def in_short(text: str) -> str:
    """A text on one line, cut when it is long, without a period at its end."""
    line = " ".join(text.split()).rstrip(".")
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"


def ids_of(rows: Iterable[Request]) -> str:
    """The request ids, the first of many; the number of a request that has none."""
    return listed([_id(row) for row in rows])


def many(number: int, noun: str) -> str:
    """A number and a noun with what follows it: `1 request of the burst`, `2 requests of the burst`."""
    word, space, rest = noun.partition(" ")
    end = "" if number == 1 else "es" if word.endswith("s") else "s"
    return f"{number:,} {word}{end}{space}{rest}"


def remedy(rows: Iterable[Request]) -> str:
    """What would show the log of requests whose log was not read, as a clause; empty when it was read."""
    is_read = all(row.delivery is not Delivery.NOT_READ for row in rows)
    return "" if is_read else f"; allow {action_of(EVENTS_KEY)} and run again"


def seen(view: View, function: Function, rows: Rows) -> tuple[Evidence, ...]:
    """The requests by what became of them, and the log they were looked for in when it was read."""
    by_outcome: dict[str, list[str]] = {outcome.value: [] for outcome in Outcome}
    for row in rows:
        by_outcome[row.outcome.value].append(_id(row))
    pointer = f"{rows[0].result.scope.pointer}/{InvokeResult.KEY}"
    log = _log(view, function)
    return (
        Evidence(operation=InvokeResult.OPERATION, pointer=pointer, value=by_outcome),
        *((events_seen(function, log),) if log else ()),
    )


def _without(meta: Meta, view: View, function: Function, deploy: Deploy, noun: str, *, is_read: bool) -> Finding:
    """Why there is no request of a sort."""
    if not deploy.consented:
        start = f"start `runbook run post_deploy -p consent {function.arn or '<its ARN>'}`"
        how = deploy.how_to_consent.strip().rstrip(".") or start
        said = f"{function.id} was not invoked, because nobody consented: {how}."
        return meta.unknown(function, said, code="NOT_CONSENTED")
    if not is_read:
        raise FactMissing(f"what became of the {noun}{_gaps(view)}", action_of(InvokeResult.KEY))
    return meta.unknown(function, f"{function.id}: no {noun} was sent{_gaps(view)}.", code="NOTHING_SENT")


def _listing(view: View, function: Function, key: str) -> Listing | None:
    """The record of what was sent or agreed to, None when there is none."""
    listings = view.snapshot.listings
    return listings.get((function.scope, key)) or listings.get((Scope(), key))


def _rows(view: View, function: Function, listing: Listing | None) -> Rows:
    """Every request to the function, put together with its log once per view."""
    key = ("requests", function.id)
    found = view.memo.get(key)
    if not isinstance(found, tuple):
        facts = (item for item in (listing.facts if listing else ()) if isinstance(item, InvokeResult))
        log = _log(view, function)
        rows = requests_of(
            (item for item in facts if name_of(item.function) == function.id),
            log.invocations if log else None,
            read_at=view.snapshot.collected_at,
        )
        # What only woke the function never came to it; that it had to is told with its state.
        found = view.memo[key] = tuple(row for row in rows if not row.only_woke)
    return found


def name_of(function: str) -> str:
    """The name out of a name or an ARN, with or without version or alias."""
    parts = function.split(":")
    return parts[6] if len(parts) > 6 else parts[0]


def _log(view: View, function: Function) -> Observed | None:
    """The log, None when it was not read: what a client saw of its requests is judged all the same."""
    try:
        return observed(view, function)
    except FactMissing:
        return None


def _gaps(view: View) -> str:
    """Why requests were not sent, in brackets; empty when nothing says so."""
    found = [gap.reason for gap in view.snapshot.gaps if gap.what == InvokeResult.KEY]
    return f" ({'; '.join(found)})" if found else ""


def _id(row: Request) -> str:
    return row.result.request_id or row.result.id


def listed(ids: Sequence[str]) -> str:
    """Ids with commas between them, the first of many."""
    more = f" and {len(ids) - _MOST_IDS:,} more" if len(ids) > _MOST_IDS else ""
    return ", ".join(ids[:_MOST_IDS]) + more
