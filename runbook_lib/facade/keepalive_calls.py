"""The log of a caller: read into the facts, and what it says about whose log to put beside it, and when."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from runbook_lib.collect.limits import Observed
from runbook_lib.errors import UsageError
from runbook_lib.facade.watching import Watch
from runbook_lib.invocations.callers import caller_requests
from runbook_lib.invocations.reading import events_of, read_events
from runbook_lib.model.callers import CallerRequest
from runbook_lib.model.fact import Scope
from runbook_lib.model.observations import EVENTS_KEY
from runbook_lib.model.progress import Progress, silent
from runbook_lib.model.snapshot import Gap, Snapshot, listing_of

if TYPE_CHECKING:
    from runbook_lib.facade.sources import Source

__all__ = ["CallerLog", "callee_of", "is_file", "read_caller_file", "read_caller_group", "with_calls"]

_SUFFIXES = frozenset({".csv", ".gz", ".json", ".jsonl", ".log", ".ndjson", ".out", ".txt"})
_BEFORE, _AFTER = timedelta(minutes=5), timedelta(minutes=15)


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerLog:
    """The calls that a caller's log tells of, as objects of a snapshot, and why some may be missing."""

    name: str
    calls: tuple[Mapping[str, Any], ...]
    gaps: tuple[str, ...]

    @property
    def callee(self) -> str:
        """The function that most of the calls name; "" when none names one."""
        return _most_named(call["Function"] for call in self.calls)

    def watched(self, watch: Watch, now: datetime) -> Watch:
        """The window around the calls where nobody told one, for as much of it as has happened."""
        moments = [datetime.fromisoformat(call[key]) for call in self.calls for key in _TIMES if call[key]]
        if not moments or watch.since or watch.until or min(moments) >= now:
            return watch
        since, until = min(moments) - _BEFORE, max(moments) + _AFTER
        return replace(watch, since=since.isoformat(), until=until.isoformat() if until < now - _BEFORE else "")


_TIMES = ("StartedAt", "EndedAt")


def is_file(caller_log: str) -> bool:
    """True for the path of a file, also of one that is missing; else it is the name of a log group."""
    path = Path(caller_log).expanduser()
    return bool(caller_log) and (path.exists() or path.suffix.lower() in _SUFFIXES)


def read_caller_file(path: str) -> CallerLog:
    """What a file says. UsageError when it cannot be read or holds no log."""
    name = Path(path).name
    log = read_events(Path(path).expanduser())
    calls = tuple(caller_requests(log, name))
    return CallerLog(name=name, calls=calls, gaps=tuple(log.gaps))


def read_caller_group(
    source: Source, snapshot: Snapshot, group: str, watch: Watch, progress: Progress = silent
) -> tuple[CallerLog, Snapshot]:
    """What a log group says over a window, and the snapshot that records the reading. UsageError for saved facts."""
    if source.kind == "snapshot":
        raise UsageError(f"caller_log {group!r} is no file, and saved facts hold no other log group")
    window = watch.window(datetime.now(UTC))
    seen = source.observe(snapshot, Observed(window=window, log_group=group, keys=(EVENTS_KEY,)), progress)
    listing = next((one for (_, key), one in seen.listings.items() if key == EVENTS_KEY), None)
    own = [raw for raw in listing.raws if raw.get("logGroupName") in (group, None)] if listing else []
    why = f"log group {group} could not be read" if listing is None else listing.incomplete
    log = CallerLog(name=group, calls=tuple(caller_requests(events_of(own), group)), gaps=(why,) if why else ())
    return log, replace(snapshot, calls=seen.calls, gaps=seen.gaps)


def with_calls(snapshot: Snapshot, log: CallerLog) -> Snapshot:
    """The snapshot with the calls of this log instead of any it holds."""
    scope = next(iter(snapshot.scopes), Scope(account=snapshot.origin.account, region=snapshot.origin.region))
    kept = {place: listing for place, listing in snapshot.listings.items() if place[1] != CallerRequest.KEY}
    why = "; ".join(log.gaps) or None
    listing, problems = listing_of(CallerRequest.KEY, scope, log.calls, incomplete=why)
    kept[scope, CallerRequest.KEY] = listing
    gaps = (*snapshot.gaps, *(Gap(what=CallerRequest.KEY, reason=reason) for reason in log.gaps), *problems)
    return replace(snapshot, listings=kept, gaps=gaps)


def callee_of(snapshot: Snapshot) -> str:
    """The function that most of the calls in a snapshot name; "" when none names one."""
    return _most_named(call.function for call in snapshot.all(CallerRequest))


def _most_named(names: Any) -> str:
    counted = Counter(name for name in names if name)
    return min(counted, key=lambda name: (-counted[name], name)) if counted else ""
