"""Windows of time as people write them: `3h`, `2026-11-21T09:00Z`, `now`."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from runbook_lib.errors import UsageError
from runbook_lib.model.window import Window

__all__ = ["DEFAULT_SINCE", "DEFAULT_UNTIL", "window_of"]

DEFAULT_SINCE = "3h"
DEFAULT_UNTIL = "2m"
"""Log events take a moment to arrive: a window that ends now may lack the last of them."""

_AGO = re.compile(r"(\d+(?:\.\d+)?)\s*(s|m|h|d|w)(?:\s+ago)?")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
# A clock that is a little fast must not make the present look like the future.
_TOLERANCE = timedelta(minutes=1)
# CloudWatch counts milliseconds from here on.
_FIRST = datetime(1970, 1, 1, tzinfo=UTC)


def window_of(since: str, until: str, now: datetime) -> Window:
    """The window between two moments: how long ago (`90s`, `30m`, `3h`, `2d`, `1w`), ISO 8601, or `now`.

    A moment without a zone is UTC; empty words mean three hours and two minutes ago. Raises UsageError
    for what is no moment, and for a window that is reversed, empty or in the future.
    """
    start, end = _moment(since or DEFAULT_SINCE, "since", now), _moment(until or DEFAULT_UNTIL, "until", now)
    if min(start, end) < _FIRST:
        raise UsageError(
            f"the window begins {_said(min(start, end))}, before the first moment CloudWatch knows, {_said(_FIRST)}"
        )
    if start >= end:
        raise UsageError(f"the window is reversed or empty: since {_said(start)} is not before until {_said(end)}")
    if max(start, end) > now + _TOLERANCE:
        late = "since" if start > now + _TOLERANCE else "until"
        raise UsageError(
            f"{late} {_said(start if late == 'since' else end)} lies in the future; it is {_said(now)} now"
        )
    return Window(start=start, end=end)


def _moment(word: str, name: str, now: datetime) -> datetime:
    text = word.strip()
    if text.lower() == "now":
        return now
    ago = _AGO.fullmatch(text.lower())
    try:
        if ago:
            return now - timedelta(**{_UNITS[ago[2]]: float(ago[1])})
        moment = datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        raise UsageError(
            f"{name} {word!r} is no moment; expected for example 30m, 3h, 2d, now or 2026-11-21T09:00:00Z"
        ) from None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _said(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
