"""Log events out of plain text: what the console copies, `aws logs tail` prints, `sam logs` prints.

A line of such a text may begin with the name of the log stream and a time, in either order. A line that begins with
neither, and not like a record of its own, goes on with the event before. A time the message itself begins with
(Node.js, .NET, `Task timed out`) stays in the message.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from runbook_lib.invocations.base import LogEvent
from runbook_lib.invocations.platform import millis

__all__ = ["looks_logged", "text_events"]

_TIME = r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?"
_STREAM = r"\d{4}/\d\d/\d\d/\S*\[\S+\]\S+"
_LEAD = re.compile(rf"(?:({_STREAM})\s+)?(?:({_TIME})|(\d{{13}}))(?:[ \t,]+({_STREAM}))?(?:[ \t,]+|$)|({_STREAM})\s+")
# `aws logs tail` and `sam logs` colour what they print.
_COLOUR = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_OWN_TIME = re.compile(rf"{_TIME}(?:\t[^\t]*\t\w+\t| \S+ Task timed out after )")
_RECORD = re.compile(
    r"(?:START|END|REPORT|RESTORE|INIT|XRAY|EXTENSION|TELEMETRY|LOGS)[_ \t]|RequestId: |\[[A-Z]+\][\t ]|\{\""
)
_GOES_ON = re.compile(
    r"\s|Caused by: |Suppressed: |Traceback |During handling |The above exception |\.\.\. \d+ more|[})\]]|"
    r"(?:\w+\.)+\w*(?:Error|Exception|Timeout)\b|\w+(?:Error|Exception|Timeout): |"
    r"(?:Duration|Billed Duration|Memory Size|Max Memory Used|Init Duration|Restore Duration|Status): |"
    r"(?:Runtime|Extension|Sandbox)\.\w+\s*$"
)


def looks_logged(line: str) -> bool:
    """Whether a line has a time, a log stream or the form of a record: some line of a Lambda log always has."""
    line = _COLOUR.sub("", line) if "\x1b" in line else line
    return bool(_LEAD.match(line) or _RECORD.match(line))


def text_events(lines: Iterable[str]) -> Iterator[LogEvent]:
    """The events of the lines, in their order. Time and stream are None where the text does not say."""
    message: list[str] = []
    time_ms: int | None = None
    stream: str | None = None
    for raw in lines:
        line = raw.rstrip("\r\n")
        if "\x1b" in line:
            line = _COLOUR.sub("", line)
        has_own_time = _OWN_TIME.match(line) is not None
        lead = None if has_own_time else _LEAD.match(line)
        if (
            lead is None
            and not has_own_time
            and not _RECORD.match(line)
            and message
            and (not line or _goes_on(line, time_ms))
        ):
            message.append(line)
            continue
        if any(message):
            yield LogEvent("\n".join(message).rstrip(), time_ms, stream)
        if lead is not None:
            line, time_ms, stream = _led(line, lead)
        elif has_own_time:
            own = millis(line.split("\t")[0].split(" ")[0])
            time_ms = own if own is not None else time_ms
        elif message and not message[0]:
            pass
        else:
            time_ms = None
        message = [line]
    if any(message):
        yield LogEvent("\n".join(message).rstrip(), time_ms, stream)


def _goes_on(line: str, time_ms: int | None) -> bool:
    """Whether a line without a lead belongs to the event before: always, if that one had a lead."""
    return time_ms is not None or _GOES_ON.match(line) is not None


def _led(line: str, lead: re.Match[str]) -> tuple[str, int | None, str | None]:
    before, moment, epoch, after, alone = lead.groups()
    stream = before or after or alone
    time_ms = int(epoch) if epoch else millis(moment.replace(" ", "T", 1).replace(",", ".")) if moment else None
    return line[lead.end() :], time_ms, stream
