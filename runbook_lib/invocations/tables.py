"""Log events out of CSV: what the console downloads, from a log group or from Logs Insights, with or without header."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Sequence

from runbook_lib.errors import UsageError
from runbook_lib.invocations.base import LogEvent
from runbook_lib.invocations.platform import millis

__all__ = ["looks_tabular", "table_events", "time_of"]

_TIMES, _MESSAGES = ("timestamp", "@timestamp"), ("message", "@message")
_STREAMS = ("logstreamname", "@logstream", "logstream")
_BARE = re.compile(r'"?\d{13}"?[,;\t]')
_STREAM = re.compile(r"\d{4}/\d\d/\d\d/\S*\[\S+\]\S+")


def looks_tabular(line: str) -> bool:
    """Whether a first line is the header of a table of events, or a row of one: a time in milliseconds and a comma."""
    return _columns(line) is not None or _BARE.match(line) is not None


def table_events(lines: Iterable[str], first: str, name: str) -> Iterator[LogEvent]:
    """The events of a table that begins with the line `first`; in the order of time where the table runs backwards.

    UsageError, with the line, for a table that is broken or ends inside quotes.
    """
    columns = _columns(first)
    csv.field_size_limit(1 << 24)
    rows = csv.reader(_chained(None if columns else first, lines), delimiter=_delimiter(first), strict=True)
    try:
        if columns is not None and columns[3]:
            # Logs Insights gives at most 10,000 rows, the last one first unless asked otherwise.
            listed = list(_named(rows, columns))
            times = [event.timestamp_ms for event in listed if event.timestamp_ms is not None]
            yield from reversed(listed) if times and times[0] > times[-1] else listed
        else:
            yield from _named(rows, columns or (0, 1, None, False))
    except csv.Error as broken:
        raise UsageError(f"{name} line {rows.line_num + bool(columns)}: {broken}") from None


def time_of(text: str) -> int | None:
    """Milliseconds, from a number of them or from a time as people and Logs Insights write it."""
    return int(text) if text.isdigit() and len(text) < 15 else millis(text.replace(" ", "T", 1))


_Columns = tuple[int, int, int | None, bool]


def _columns(line: str) -> _Columns | None:
    """Where time, message and stream stand, and whether Logs Insights named them; None for what is no header."""
    names = [cell.strip().strip('"').strip().lower() for cell in line.strip().split(_delimiter(line))]
    time, message, stream = (next((names.index(n) for n in wanted if n in names), None) for wanted in _ALL)
    if time is None or message is None or len(names) > 20:
        return None
    return time, message, stream, "@message" in names


_ALL = (_TIMES, _MESSAGES, _STREAMS)


def _delimiter(line: str) -> str:
    return next((mark for mark in line if mark in ",;\t"), ",")


def _chained(first: str | None, lines: Iterable[str]) -> Iterator[str]:
    if first is not None:
        yield first
    yield from lines


def _named(rows: Iterable[Sequence[str]], columns: _Columns) -> Iterator[LogEvent]:
    time, message, stream, _ = columns
    for row in rows:
        if len(row) > max(time, message):
            where = row[stream] if stream is not None and stream < len(row) else _last_stream(row)
            yield LogEvent(row[message], time_of(row[time].strip()), where or None)


def _last_stream(row: Sequence[str]) -> str | None:
    return row[-1] if len(row) > 2 and _STREAM.fullmatch(row[-1]) else None
