"""Text from AWS made safe to look at: invisible, reordering and control characters become visible."""

from __future__ import annotations

import json
import re
from datetime import date
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Any

__all__ = ["compact_json", "plain", "seconds", "shorten", "visible"]

_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)
_MANY_NUMBERS = 20


def visible(text: str) -> str:
    """The text with every control, zero-width and direction-changing character written as ⟨U+XXXX⟩.

    Newlines and tabs stay; a carriage return before a newline is dropped.
    """
    return _HIDDEN.sub(lambda hit: f"⟨U+{ord(hit[0]):04X}⟩", text.replace("\r\n", "\n"))


def shorten(text: str, length: int) -> str:
    """At most `length` characters; what is cut from the middle is shown as one ellipsis."""
    if len(text) <= length:
        return text
    tail = (length - 1) // 3
    return f"{text[: length - 1 - tail]}…{text[-tail:] if tail else ''}"


def plain(value: Any) -> Any:
    """The JSON form of a value that `json` does not know: times as ISO 8601, addresses and the rest as text."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, set | frozenset):
        return sorted(value, key=str)
    if isinstance(value, IPv4Address | IPv4Network | IPv6Address | IPv6Network):
        return str(value)
    return str(value)


def compact_json(value: Any) -> str:
    """A value as people read it in a table: text as it is, a long row of numbers in short, else one-line JSON."""
    if isinstance(value, list) and len(value) > _MANY_NUMBERS and all(isinstance(item, int | float) for item in value):
        return _numbers(value)
    return value if isinstance(value, str) else json.dumps(value, default=plain, ensure_ascii=False)


def _numbers(values: list[float]) -> str:
    above = sum(value > 0 for value in values)
    return f"{len(values)} values from {min(values):,g} to {max(values):,g}, {above} above zero; all in the snapshot"


def seconds(duration_s: float) -> str:
    """A duration for people: `340 ms`, `4.2 s`, `3 min 05 s`."""
    if duration_s < 1:
        return f"{duration_s * 1000:.0f} ms"
    if duration_s < 60:
        return f"{duration_s:.1f} s"
    minutes, rest = divmod(round(duration_s), 60)
    return f"{minutes} min {rest:02d} s"
