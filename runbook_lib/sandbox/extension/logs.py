"""CloudWatch Logs: events sorted across streams, pages as AWS turns them, late delivery, staged journals of events.

A page may be empty and still have a token, and ends at one megabyte. What this AWS cannot honour is refused, where moto
would match everything.
https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import threading
import time
from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from moto.logs.exceptions import InvalidParameterException, ResourceNotFoundException
from moto.logs.models import logs_backends
from moto.logs.responses import LogsResponse

from runbook_lib.sandbox.environment import ACCOUNT
from runbook_lib.sandbox.extension.patching import replace
from runbook_lib.sandbox.load.records import LogRecord

__all__ = ["LARGEST_PAGE", "apply", "deliver", "log_group", "set_largest_page"]

LARGEST_PAGE = 10_000
_PAGE_BYTES = 1024 * 1024
_SILENCE_MS = 300_000
_MOST_GROUPS = 50
_largest = [LARGEST_PAGE]
_delivering = threading.Lock()
_TERM = re.compile(r'"((?:[^"\\]|\\.)*)"|(\w+)')


def apply() -> None:
    """Patch the search for events, the listing of groups, and the queries that moto answers wrongly."""
    replace(LogsResponse, "filter_log_events", _filter_log_events)
    replace(LogsResponse, "describe_log_groups", _describe_log_groups)
    for name in ("start_query", "get_query_results", "describe_queries"):
        replace(LogsResponse, name, _missing)


def set_largest_page(size: int = LARGEST_PAGE) -> None:
    """Never answer more than `size` events or groups at once."""
    _largest[0] = size


def log_group(
    region: str, name: str, *, created: datetime, retention_days: int | None, events: Sequence[LogRecord] = ()
) -> None:
    """Make the log group, or give the one that exists this age, retention and further events (in order of time)."""
    backend = logs_backends[ACCOUNT][region]
    if name not in backend.groups:
        backend.create_log_group(name, {})
    group: Any = backend.groups[name]
    group.creation_time = created.astimezone(UTC).replace(tzinfo=None)
    group.set_retention_policy(retention_days)
    group.journals = [*getattr(group, "journals", ()), events] if events else list(getattr(group, "journals", ()))


def deliver(region: str, name: str, events: Sequence[LogRecord]) -> None:
    """Put events of an invocation that just ended into a log group, which is made when it is not there."""
    backend = logs_backends[ACCOUNT][region]
    if name not in backend.groups:
        backend.create_log_group(name, {})
    group: Any = backend.groups[name]
    with _delivering:
        if not hasattr(group, "delivered"):
            group.delivered = []
            group.journals = [*getattr(group, "journals", ()), group.delivered]
        for event in events:
            insort(group.delivered, event, key=_moment)


def _missing(response: Any) -> None:
    raise NotImplementedError


def _describe_log_groups(response: Any) -> str:
    for name in ("logGroupNamePattern", "logGroupIdentifiers", "accountIdentifiers", "includeLinkedAccounts"):
        if response._get_param(name):
            raise _refused(name)
    limit = response._get_param("limit") or _MOST_GROUPS
    if not 1 <= limit <= _MOST_GROUPS:
        raise InvalidParameterException(f"limit must lie between 1 and {_MOST_GROUPS}.")
    groups, token = response.logs_backend.describe_log_groups(
        limit=min(limit, _largest[0]),
        log_group_name_prefix=response._get_param("logGroupNamePrefix"),
        next_token=response._get_param("nextToken"),
    )
    return json.dumps({"logGroups": [group.to_describe_dict() for group in groups], "nextToken": token})


def _filter_log_events(response: Any) -> str:
    group = _group(response)
    asked = {key: response._get_param(key) for key in ("startTime", "endTime", "filterPattern")}
    names, prefix = response._get_param("logStreamNames"), response._get_param("logStreamNamePrefix")
    if names and prefix:
        raise InvalidParameterException("logStreamNames and logStreamNamePrefix cannot both be given.")
    first, last = asked["startTime"] or 0, asked["endTime"]
    if last is not None and first > last:
        raise InvalidParameterException("endTime must not be before startTime.")
    events = _events(group, first, last)
    wanted = _wanted(names, prefix, _pattern(asked["filterPattern"] or ""))
    query = json.dumps([group.name, names, prefix, asked])
    token = response._get_param("nextToken")
    start = _position(token, query) if token else 0
    if not token and _begins_in_silence(events, first, last):
        return json.dumps({"events": [], "nextToken": _token(0, query), "searchedLogStreams": []})
    limit = response._get_param("limit") or LARGEST_PAGE
    if not 1 <= limit <= LARGEST_PAGE:
        raise InvalidParameterException(f"limit must lie between 1 and {LARGEST_PAGE}.")
    page, end = _page(events, start, min(limit, _largest[0]), wanted)
    answer: dict[str, Any] = {"events": page, "searchedLogStreams": []}
    if end < len(events):
        answer["nextToken"] = _token(end, query)
    return json.dumps(answer)


def _group(response: Any) -> Any:
    name, identifier = response._get_param("logGroupName"), response._get_param("logGroupIdentifier")
    if bool(name) == bool(identifier):
        raise InvalidParameterException("Specify either logGroupName or logGroupIdentifier.")
    wanted = name or identifier.rpartition(":log-group:")[2].removesuffix(":*")
    if wanted not in response.logs_backend.groups:
        raise ResourceNotFoundException("The specified log group does not exist.")
    return response.logs_backend.groups[wanted]


def _events(group: Any, first: int, last: int | None) -> Sequence[LogRecord]:
    """Everything in the window, sorted by time, what is not delivered yet included: positions must not move."""
    put = [
        LogRecord(event.timestamp, stream.log_stream_name, event.message, event.ingestion_time)
        for stream in group.streams.values()
        for event in stream.events
    ]
    journals = [*getattr(group, "journals", ()), sorted(put, key=_moment)] if put else getattr(group, "journals", [])
    oldest = first
    if group.retention_in_days:
        kept = datetime.now(UTC) - timedelta(days=int(group.retention_in_days))
        oldest = max(first, int(kept.timestamp() * 1000))
    inside = [_between(journal, oldest, last) for journal in journals]
    if len(inside) == 1:
        return inside[0]
    return sorted((event for events in inside for event in events), key=_moment)


def _between(journal: Sequence[LogRecord], first: int, last: int | None) -> Sequence[LogRecord]:
    start = bisect_left(journal, first, key=_moment)
    end = len(journal) if last is None else bisect_right(journal, last, key=_moment)
    return journal[start:end]


def _moment(event: LogRecord) -> int:
    return event.timestamp_ms


def _begins_in_silence(events: Sequence[LogRecord], first: int, last: int | None) -> bool:
    """AWS may answer nothing but a token while it still searches: here, when the window begins with quiet minutes."""
    return bool(first) and len(events) > 0 and _moment(events[0]) - first > _SILENCE_MS


def _page(
    events: Sequence[LogRecord], start: int, limit: int, wanted: Callable[[LogRecord], bool]
) -> tuple[list[dict[str, Any]], int]:
    page: list[dict[str, Any]] = []
    size, now = 0, int(time.time() * 1000)
    for position in range(start, len(events)):
        event = events[position]
        if event.ingestion_ms > now or not wanted(event):
            continue
        size += len(event.message)
        if page and (len(page) == limit or size > _PAGE_BYTES):
            return page, position
        page.append(
            {
                "eventId": _event_id(event),
                "ingestionTime": event.ingestion_ms,
                "logStreamName": event.stream,
                "message": event.message,
                "timestamp": event.timestamp_ms,
            }
        )
    return page, len(events)


def _event_id(event: LogRecord) -> str:
    """The same in every answer, whatever window was asked for."""
    stream, message = (binascii.crc32(text.encode()) for text in (event.stream, event.message))
    return f"3{event.timestamp_ms:015d}{stream:020d}{message:020d}"


def _wanted(
    names: Sequence[str] | None, prefix: str | None, matches: Callable[[str], bool]
) -> Callable[[LogRecord], bool]:
    chosen = set(names) if names else None

    def passes(event: LogRecord) -> bool:
        if chosen is not None and event.stream not in chosen:
            return False
        return event.stream.startswith(prefix or "") and matches(event.message)

    return passes


def _pattern(pattern: str) -> Callable[[str], bool]:
    """Terms and quoted phrases, all of which must occur; the rest of the pattern syntax is refused."""
    words = []
    position = 0
    for found in _TERM.finditer(pattern):
        if pattern[position : found.start()].strip():
            raise _refused(f"filterPattern {pattern}")
        words.append(found[2] or found[1].replace('\\"', '"'))
        position = found.end()
    if pattern[position:].strip():
        raise _refused(f"filterPattern {pattern}")
    return lambda message: all(word in message for word in words)


def _refused(what: str) -> InvalidParameterException:
    return InvalidParameterException(f"{what} is not available in the embedded AWS.")


def _token(position: int, query: str) -> str:
    return base64.urlsafe_b64encode(f"{binascii.crc32(query.encode())}:{position}".encode()).decode()


def _position(token: str, query: str) -> int:
    try:
        owner, _, position = base64.urlsafe_b64decode(token.encode()).decode().partition(":")
        if int(owner) == binascii.crc32(query.encode()):
            return int(position)
    except ValueError:
        pass
    raise InvalidParameterException("The specified nextToken is invalid.")
