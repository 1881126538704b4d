"""The invocations of a function, from the log events of a snapshot."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from runbook_lib.errors import FactMissing
from runbook_lib.invocations.assemble import invocations_of
from runbook_lib.invocations.base import NO_LOG_GROUP, Invocation, LogEvent, is_whole
from runbook_lib.invocations.counters import uncounted
from runbook_lib.invocations.payloads import largest_answer
from runbook_lib.invocations.reading import events_of
from runbook_lib.model.fact import Raw, Scope
from runbook_lib.model.interfaces import Function
from runbook_lib.model.kinds import action_of
from runbook_lib.model.log_group import log_group_of
from runbook_lib.model.observations import EVENTS_KEY, MetricSeries
from runbook_lib.model.snapshot import Listing
from runbook_lib.network.view import View

__all__ = ["Observed", "events_seen_in", "observed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """What the log of a function shows; `is_whole` is False when events may be missing, and `gaps` say why.

    `hides_successes` is True when invocations that went well may have left no line at all. `unplaced` are failures of
    which it is not told whose they are. `largest_answer` is in bytes, None where the log does not tell.
    """

    log_group: str
    invocations: tuple[Invocation, ...]
    gaps: tuple[str, ...]
    is_whole: bool
    hides_successes: bool = False
    unplaced: tuple[Invocation, ...] = ()
    largest_answer: int | None = None


def observed(view: View, function: Function, log_group: str = "") -> Observed:
    """The invocations in the log events read for a function, or from another log group, put together once per view.

    Events that name no log group count as the function's own: a saved export holds those of one group. Raises
    FactMissing when the log was not read.
    """
    group = log_group or log_group_of(view.snapshot, function.id)
    key = f"observed {function.id} in {group}"
    found = view.memo.get(key)
    if not isinstance(found, Observed):
        found = view.memo[key] = _observed(view, function, group)
    return found


def events_seen_in(view: View, function: Function, group: str) -> Iterator[LogEvent]:
    """The log events read of a log group, those that name none among them. Raises FactMissing when none were read."""
    return events_of(_own(_listings(view, function, group), group))


def _own(listings: list[Listing], group: str) -> list[Raw]:
    return [raw for listing in listings for raw in listing.raws if raw.get("logGroupName") in (group, None)]


def _listings(view: View, function: Function, group: str) -> list[Listing]:
    # An export that lies beside the folders of accounts and Regions belongs to none of them.
    scopes = dict.fromkeys((function.scope, Scope()))
    listings = [listing for scope in scopes if (listing := view.snapshot.listings.get((scope, EVENTS_KEY)))]
    if not listings:
        raise FactMissing(f"the log events of {group}", action_of(EVENTS_KEY))
    return listings


def _observed(view: View, function: Function, group: str) -> Observed:
    listings = _listings(view, function, group)
    own = _own(listings, group)
    assembled = invocations_of(events_of(own), complete=all(listing.incomplete is None for listing in listings))
    told = [gap for listing in listings for gap in _told(view, listing, group)]
    if len(listings) > 1:
        told.extend(_unused(listings[1], group))
    if any("logGroupName" not in raw for raw in listings[-1].raws):
        told.append(NO_LOG_GROUP)
    counted = uncounted(view.snapshot.all(MetricSeries), function, assembled.invocations)
    gaps = tuple(dict.fromkeys((*told, *assembled.gaps, *counted)))
    return Observed(
        log_group=group,
        invocations=assembled.invocations,
        gaps=gaps,
        is_whole=is_whole(gaps),
        hides_successes=assembled.hides_successes,
        unplaced=assembled.unplaced,
        largest_answer=largest_answer(own),
    )


def _unused(listing: Listing, group: str) -> Iterator[str]:
    """What an export beside the folders holds of other log groups, where the folder has a log of its own."""
    others = sorted({str(name) for raw in listing.raws if (name := raw.get("logGroupName")) not in (group, None)})
    if others:
        yield f"log events of {', '.join(others)} lie beside those of {group} and were not used"


def _told(view: View, listing: Listing, group: str) -> Iterator[str]:
    """Why events may be missing: the listing was cut short, or a gap about this log group was noted."""
    # Others name it too, as the resource that a policy is about.
    noted = [gap for gap in view.snapshot.gaps if gap.what.endswith(group) and f":{group}" not in gap.what]
    if listing.incomplete and not any(listing.incomplete in gap.reason for gap in noted):
        yield listing.incomplete
    yield from (f"log group {group}: {gap.reason}" for gap in noted)
