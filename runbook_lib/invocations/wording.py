"""How a line of the application speaks of an error: at what level, as an attempt or for good, as a record or a mention.

Levels are those of Python's logging, log4j, java.util.logging, .NET, Go's slog, Rust's tracing, Monolog, pino and
bunyan (numbers: https://getpino.io/#/docs/api?id=levels). A record of an exception is what its language prints:
the name of its class, a colon, its message.
"""

from __future__ import annotations

import re
from typing import Any

from runbook_lib.invocations.taxonomy import error_class_of

__all__ = [
    "brief",
    "is_loud",
    "json_level",
    "level_of",
    "loud_lead",
    "speaks_of_another_attempt",
    "tells_an_exception",
]

_LOUD = frozenset(
    {"ERROR", "CRITICAL", "FATAL", "SEVERE", "FAIL", "CRIT", "PANIC", "DPANIC", "EMERG", "EMERGENCY", "ALERT", "ERR"}
)
_LEVEL = re.compile(
    r"\b(TRACE|DEBUG|INFO|NOTICE|WARN(?:ING)?|ERROR|CRITICAL|FATAL|SEVERE|ALERT|EMERGENCY)\b|"
    r"\blevel=\"?(\w+)|\b(WARN|ERROR)(?=_)|"
    r"\[((?i:trace|debug|info|warn(?:ing)?|err(?:or)?|critical|fatal))\]|"
    r"^(?:\d[\d:.TZ+-]*\d\S* )?(debug|info|warn(?:ing)?|error|critical|fatal)(?:: | \S+ : )|"
    r"^[\[(<]?(Error|Critical|Fatal|Severe)[\])>]?(?:: |\s*$)|^(Error)(?= (?:while|when|during|occurred)\b)|"
    r"^[\[(<]?((?i:error|critical|fatal|severe))[\])>] "
)
# what follows a level word of which there were none: `ERROR count: 0`, `ERROR rate 0.0 %, WARN rate 3 %`
_ZERO = re.compile(
    r"(?:[ _-]?(?:count|rate|ratio|total)s?)?[\s:=]*(?:(?:is|was) )?0(?:\.0*)?(?: ?%)?\s*(?:$|[,;])", re.IGNORECASE
)
_LOUD_LEAD = re.compile(r"[\[(<]?(?:error|critical|fatal|severe)\b", re.IGNORECASE)
_LEVEL_KEYS = ("level", "log_level", "severity", "levelname", "lvl", "Level")
_LOUD_NUMBER = 50
_AGAIN = re.compile(
    r"\b(?:retrying|retry needed|will (?:be )?retr(?:y|ied)|re-?try in|next (?:retry|attempt)|trying again|"
    r"will try again|try(?:ing)? once more|backing off|falling back)\b|"
    r"\b(?:attempt|retry|try) ?#?(?P<this>\d+)(?: ?(?:of|/) ?(?P<all>\d+))?",
    re.IGNORECASE,
)
_GAVE_UP = re.compile(
    r"max(?:imum)? ?(?:number of )?(?:retries|attempts)|retries exhausted|exhausted|giving up|gave up|no more retries|"
    r"final attempt|last attempt|failed after \d+|exceeded maximum number",
    re.IGNORECASE,
)
_EXCEPTION = re.compile(
    r"^[ \t]*(?:\[\w+\] |Caused by: |Error: )?(?P<home>(?:[\w$]+(?:\.|::))*)"
    r"[A-Z][\w$]*(?:Error|Exception|Timeout|Refused|Reset|Disconnected)(?: \[\w+\])?: (?P<said>.+)$",
    re.MULTILINE,
)
# errors of Go and the plain ones of JavaScript have no class: what counts is that the line is nothing but the error
_WITHOUT_CLASS = re.compile(
    r"^(?:\d{4}/\d\d/\d\d \d\d:\d\d:\d\d )?(?:(?:Get|Put|Post|Head|Delete|Patch) \"[^\"]+\": |dial (?:tcp|udp) |"
    r"[ \t]*(?:Uncaught )?Error: ).+$",
    re.MULTILINE,
)
_ONE_WORD = re.compile(r"[\w.:/-]+$")


def is_loud(level: str) -> bool:
    """Whether a level is ERROR or above."""
    return level.upper() in _LOUD


def level_of(head: str) -> str | None:
    """The level a first line names, in capitals; None when it names none, or only says that there were 0 of it."""
    for found in _LEVEL.finditer(head):
        if not _ZERO.match(head, found.end()):
            word: str = next(filter(None, found.groups()))
            return word.upper()
    return None


def loud_lead(text: str) -> str | None:
    """The level at ERROR or above that a text begins with, in capitals; None when it begins otherwise."""
    head = text[:200].partition("\n")[0]
    level = level_of(head) if _LOUD_LEAD.match(head) else None
    return level if level and is_loud(level) else None


def json_level(item: dict[str, Any]) -> str | None:
    """The level of a JSON line, in capitals; numbers are those of pino and bunyan."""
    number = item.get("level")
    if isinstance(number, int) and not isinstance(number, bool):
        return "ERROR" if number >= _LOUD_NUMBER else "INFO"
    return next((str(item[name]).upper() for name in _LEVEL_KEYS if isinstance(item.get(name), str)), None)


def speaks_of_another_attempt(text: str) -> bool:
    """Whether a text tells of one attempt that another follows, or may follow."""
    if _GAVE_UP.search(text):
        return False
    return any(
        not (found["this"] and found["all"]) or int(found["this"]) < int(found["all"])
        for found in _AGAIN.finditer(text)
    )


def tells_an_exception(text: str) -> bool:
    """Whether a text holds the record of an exception that names a class of error: not only a name, not only words."""
    if any(error_class_of(found[0]) is not None for found in _WITHOUT_CLASS.finditer(text)):
        return True
    return any(
        error_class_of(found["said"]) is not None
        or ((found["home"] or _ONE_WORD.match(found["said"])) and error_class_of(found[0]) is not None)
        for found in _EXCEPTION.finditer(text)
    )


def brief(text: str, words: str = "", length: int = 200) -> str:
    """A text on one line, shortened, and without the query strings of its URLs, which may carry signatures.

    The lower-case `words` that decided stay in it, wherever in the text they stand.
    """
    line = _on_one_line(text[: length * 3])
    short = line if len(line) <= length else line[: length - 1] + "…"
    wanted = " ".join(words.split())
    if not wanted or wanted in short.lower():
        return short
    place = text.lower().find(words)
    around = _on_one_line(text[max(place - length // 4, 0) : place + length * 3 // 4])
    rest = around[max(around.lower().find(wanted) - length // 4, 0) :]
    return f"{line[: length // 4]}… {rest[: length * 3 // 4 - 3]}" if place >= 0 else short


def _on_one_line(text: str) -> str:
    return re.sub(r"(https?://[^\s?\"']+)\?[^\s\"']*", r"\1", " ".join(text.split()))
