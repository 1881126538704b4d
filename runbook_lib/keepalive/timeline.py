"""What happens on an idle connection, second by second: when probes come, how late, and when the path forgets it.

Sources
    After an answered probe the timer is set to the interval, but a probe is sent only when the time has passed since
    the last packet; so answered probes come every max(time, interval) seconds,
    https://github.com/torvalds/linux/blob/master/net/ipv4/tcp_timer.c (tcp_keepalive_timer, read 2026-11-21)
    The timer wheel: level n has steps of 8^n ticks and begins at 63 * 8^(n-1) ticks; a timer is never early and at most
    one step late, https://github.com/torvalds/linux/blob/master/kernel/time/timer.c (read 2026-11-21)
    Ticks a second, https://github.com/torvalds/linux/blob/master/kernel/Kconfig.hz (read 2026-11-21)
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count, takewhile

from runbook_lib.keepalive.verdict import Safety, judge
from runbook_lib.model.keepalive import KeepaliveSubject

__all__ = ["Timeline", "latest_s", "timeline_of"]

_TICKS_PER_S = (100, 250, 300, 1000)
_FIRST_LEVEL, _GROWTH = 63, 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """One connection from its last packet with data on, in seconds.

    `first_s` is when the first probe is due, however late that is; `probes_s` are those that are due while the
    connection lives, up to the end that was asked for. `forgotten_s` is when the path forgets it, and `ended_s` when
    the client's own kernel ends it; None is never, or not known. `is_sure` is False where the verdict cannot tell:
    then probes may be missing or late, and the path may forget.
    """

    first_s: float | None
    probes_s: tuple[float, ...]
    forgotten_s: float | None
    ended_s: float | None
    is_sure: bool


def latest_s(due_s: float) -> float:
    """The latest second at which Linux fires a timer that is due after `due_s`, over all tick rates."""
    return due_s + max(_step_s(due_s, ticks) for ticks in _TICKS_PER_S)


def timeline_of(subject: KeepaliveSubject, limit_s: float, end_s: float) -> Timeline:
    """What happens until `end_s` behind a path that forgets after `limit_s`."""
    is_sure = judge(subject, limit_s).safety is not Safety.CANNOT_TELL
    first = _first_probe_s(subject)
    if subject.probes == 0 and first is not None and first < limit_s:
        return Timeline(first_s=first, probes_s=(), forgotten_s=None, ended_s=first, is_sure=is_sure)
    forgotten = _forgotten_s(subject, first, limit_s) if is_sure else None
    last = end_s if forgotten is None else min(end_s, forgotten)
    return Timeline(
        first_s=first,
        probes_s=_due_s(first, subject.period_s, last),
        forgotten_s=forgotten,
        ended_s=None,
        is_sure=is_sure,
    )


def _first_probe_s(subject: KeepaliveSubject) -> float | None:
    """When the first probe is due: what is left on a live timer, else the setting; None: never, or not known."""
    if subject.so_keepalive is False:
        return None
    left = subject.connection.timer_left_s if subject.connection else None
    return subject.time_s if left is None else left


def _forgotten_s(subject: KeepaliveSubject, first: float | None, limit_s: float) -> float | None:
    if first is None or first >= limit_s:
        return limit_s
    interval = subject.interval_s
    return first + limit_s if interval is not None and interval >= limit_s else None


def _due_s(first: float | None, period: int | None, last: float) -> tuple[float, ...]:
    """The seconds up to `last` at which probes are due; without a known period only the first."""
    if first is None or first > last:
        return ()
    if not period:
        return (first,)
    return tuple(takewhile(lambda due: due <= last, count(first, period)))


def _step_s(due_s: float, ticks_per_s: int) -> float:
    """The step of the level of the timer wheel that a timer falls into."""
    step, begins = 1, _FIRST_LEVEL
    while due_s * ticks_per_s >= begins:
        step, begins = step * _GROWTH, begins * _GROWTH
    return step / ticks_per_s
