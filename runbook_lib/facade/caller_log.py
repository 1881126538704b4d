"""The log of a caller that waits for a function: from a file or a log group into the facts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from runbook_lib.errors import UsageError
from runbook_lib.invocations.callers import caller_requests
from runbook_lib.invocations.reading import SavedLog, events_of
from runbook_lib.model.callers import CallerRequest
from runbook_lib.model.fact import Raw, Scope
from runbook_lib.model.observations import EVENTS_KEY
from runbook_lib.model.progress import Progress, silent
from runbook_lib.model.snapshot import Gap, Snapshot, listing_of

if TYPE_CHECKING:
    from runbook_lib.facade.sources import Source
    from runbook_lib.model.window import Window

__all__ = ["with_caller_log"]


def with_caller_log(
    source: Source, snapshot: Snapshot, log: str, window: Window, progress: Progress = silent
) -> Snapshot:
    """The snapshot with the calls that a caller's log tells of, without its texts.

    `log` is a file (text, lines of JSON, an export of CloudWatch Logs), or a log group, which is read over the window.
    A saved snapshot that holds the calls already keeps them. UsageError for a file that cannot be read.
    """
    path = Path(log).expanduser()
    if path.is_file():
        saved = SavedLog(path)
        calls = caller_requests(saved, path.name)
        return _with(snapshot, calls, "; ".join(saved.gaps) or None)
    if any(key == CallerRequest.KEY for _, key in snapshot.listings):
        return snapshot
    if source.kind == "snapshot" or not log.startswith("/"):
        raise UsageError(f"{log} is neither a file nor a log group that can be read")
    return _from_group(source, snapshot, log, window, progress)


def _from_group(source: Source, snapshot: Snapshot, group: str, window: Window, progress: Progress) -> Snapshot:
    from runbook_lib.collect.limits import Observed

    bare = replace(
        snapshot, listings={place: item for place, item in snapshot.listings.items() if place[1] != EVENTS_KEY}
    )
    seen = source.observe(bare, Observed(window=window, log_group=group, keys=(EVENTS_KEY,)), progress)
    told = replace(snapshot, calls=seen.calls, gaps=tuple(dict.fromkeys((*snapshot.gaps, *seen.gaps))))
    listings = [item for (_, key), item in seen.listings.items() if key == EVENTS_KEY]
    if not listings:
        return told
    raws: list[Mapping[str, object]] = [raw for item in listings for raw in item.raws]
    flaw = next((item.incomplete for item in listings if item.incomplete), None)
    return _with(told, caller_requests(events_of(raws), group), flaw)


def _with(snapshot: Snapshot, calls: list[Raw] | list[dict[str, object]], incomplete: str | None) -> Snapshot:
    scope = next(iter(snapshot.scopes), Scope(account=snapshot.origin.account, region=snapshot.origin.region))
    listing, problems = listing_of(CallerRequest.KEY, scope, calls, incomplete)
    gaps: tuple[Gap, ...] = (*snapshot.gaps, *problems)
    return replace(snapshot, listings={**snapshot.listings, (scope, CallerRequest.KEY): listing}, gaps=gaps)
