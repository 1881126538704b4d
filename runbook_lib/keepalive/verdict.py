"""Whether a client's connections outlive the idle limit of a path.

A device that forgets idle connections counts the seconds since the last packet. A client survives when its keepalive
probes come before that: SO_KEEPALIVE must be on, and the longest time between two packets must be below the limit.
Linux sends long timers late (the timer wheel has steps of 16 s, 33 s with 1,000 ticks a second), so a period near the
limit survives on paper and fails now and then.

Sources
    NAT gateways forget after 350 s and answer with RST,
    https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-troubleshooting.html (read 2026-11-21)
    Probes and their timers, https://docs.kernel.org/networking/ip-sysctl.html and
    https://github.com/torvalds/linux/blob/master/kernel/time/timer.c (read 2026-11-21)
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from runbook_lib.errors import UsageError
from runbook_lib.model.keepalive import KeepaliveSubject

__all__ = ["USUAL_LIMIT_S", "Judged", "Safety", "is_late_prone", "judge", "overall", "require_limit"]

USUAL_LIMIT_S = 350
"""Seconds after which a NAT gateway, an interface endpoint and a Network Load Balancer forget an idle connection."""


class Safety(StrEnum):
    """Whether connections survive; the exit codes are those of the verdicts PASS, FAIL and UNKNOWN."""

    SAFE = "SAFE"
    UNSAFE = "UNSAFE"
    CANNOT_TELL = "CANNOT_TELL"

    @property
    def exit_code(self) -> int:
        """0 safe, 1 unsafe, 3 cannot tell."""
        return {Safety.SAFE: 0, Safety.UNSAFE: 1, Safety.CANNOT_TELL: 3}[self]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """The verdict on one subject with its reason, one sentence."""

    safety: Safety
    reason: str


def require_limit(limit_s: float) -> None:
    """UsageError unless the idle limit is more than 0 seconds and finite."""
    if not limit_s > 0:
        raise UsageError(f"the idle limit must be more than 0 seconds, not {limit_s}")
    if limit_s == float("inf"):
        raise UsageError("the idle limit must be a finite number of seconds, not inf")


def is_late_prone(period_s: float, limit_s: float) -> bool:
    """True when the kernel's late timers may miss the limit although the period is below it: beyond 6/7 of it."""
    return period_s * 7 > limit_s * 6


def judge(subject: KeepaliveSubject, limit_s: float = USUAL_LIMIT_S) -> Judged:
    """The verdict on a subject behind a device that forgets after `limit_s`. UsageError unless that is above 0.

    What is certain comes first: a setting that is fatal decides even when another one is not known.
    """
    require_limit(limit_s)
    if fatal := _fatal(subject, limit_s):
        return Judged(safety=Safety.UNSAFE, reason=" ".join(filter(None, (fatal, subject.refused))))
    if doubt := _doubt(subject, limit_s):
        return Judged(safety=Safety.CANNOT_TELL, reason=doubt)
    return Judged(safety=Safety.SAFE, reason=f"{_rhythm(subject)}, path drops at {limit_s:g} s.")


def overall(found: Iterable[Judged]) -> Safety:
    """The verdict on all: UNSAFE if any is; else CANNOT_TELL if any is or there is none; else SAFE."""
    seen = {item.safety for item in found}
    if Safety.UNSAFE in seen:
        return Safety.UNSAFE
    return Safety.SAFE if seen == {Safety.SAFE} else Safety.CANNOT_TELL


def _fatal(subject: KeepaliveSubject, limit_s: float) -> str | None:
    """Why its connections certainly do not survive, or None."""
    drops = f"path drops at {limit_s:g} s"
    if subject.so_keepalive is False:
        return f"no probe is ever sent, since SO_KEEPALIVE is off; {drops}."
    if subject.probes == 0:
        return "with 0 probes the kernel ends a connection at the first idle period instead of probing it."
    if subject.time_s is not None and subject.time_s >= limit_s:
        return f"first probe at {subject.time_s} s, {drops}."
    if subject.interval_s is not None and subject.interval_s >= limit_s:
        return f"after the first answered probe the next one comes {subject.interval_s} s later; {drops}."
    left = subject.connection.timer_left_s if subject.connection else None
    if left is not None and left >= limit_s:
        return f"the timer of this connection was armed earlier and has {left:.0f} s left; {drops}."
    return None


def _doubt(subject: KeepaliveSubject, limit_s: float) -> str | None:
    """Why it cannot be told although nothing fatal is known, or None."""
    period = subject.period_s
    if subject.refused:
        return subject.refused
    if period is None:
        return "; ".join(subject.gaps) or "the keepalive time or interval is not known."
    if is_late_prone(period, limit_s):
        which = "first probe at" if period == subject.time_s else "a probe every"
        return (
            f"{which} {period} s, path drops at {limit_s:g} s: the kernel sends long timers late, "
            f"so only {limit_s * 6 / 7:.0f} s or less is sure."
        )
    if subject.so_keepalive is None:
        return f"{_rhythm(subject)} if the client sets SO_KEEPALIVE; {_socket(subject)}"
    left = subject.connection.timer_left_s if subject.connection else None
    if left is not None and left > period:
        return (
            f"the timer of this connection has {left:.0f} s left, more than the setting of {period} s: it was "
            "armed before the setting changed; connections made from now on are safe."
        )
    return None


def _socket(subject: KeepaliveSubject) -> str:
    """Why the socket option is not known, as clauses."""
    variable = subject.place.get("Variable")
    if variable is None:
        return "nothing here tells, and the socket option decides."
    switch = "on" if variable else "off"
    return (
        f"the socket option decides: BOTOCORE_TCP_KEEPALIVE turns it {switch} for boto3 and the AWS CLI; "
        f"say --so-keepalive {switch} if all its clients are those."
    )


def _rhythm(subject: KeepaliveSubject) -> str:
    return f"first probe at {subject.time_s} s, then every {subject.period_s} s"
