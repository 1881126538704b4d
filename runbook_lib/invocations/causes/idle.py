"""A connection that was kept open for reuse, or on which an answer was awaited, dropped after 350 s without traffic.

NAT gateways and interface endpoints forget an idle connection after 350 seconds; a NAT gateway then answers with RST.
Source: https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-troubleshooting.html (read 2026-11-21)
"""

from __future__ import annotations

from collections.abc import Sequence

from runbook_lib.invocations.base import ErrorClass, Invocation, Plausibility
from runbook_lib.invocations.case import HIDING, Case, Cause, Scale, Weighed
from runbook_lib.invocations.causes.common import nothing_failed, of_failures

__all__ = ["CAUSE"]

_NAME = "idle_timeout"
_LIMIT_S = 350
_DROPPED = frozenset({ErrorClass.CONNECTION_RESET, ErrorClass.CONNECTION_CLOSED, ErrorClass.READ_TIMEOUT})


def weigh(case: Case) -> Weighed:
    """Likely when the failures, and only they, came after an idle time beyond the limit."""
    if quiet := nothing_failed(case, _NAME):
        return quiet
    dropped = case.failing(_DROPPED)
    if not dropped:
        hidden = case.failing(HIDING)
        said = "No failure is a connection that was reset or closed."
        return Scale().minus(said).says(_NAME, Plausibility.CANNOT_TELL if hidden else Plausibility.RULED_OUT)
    scale = _counted(case, Scale().plus(case.kinds(_DROPPED)))
    if waited := [item for item in dropped if _waited_s(item) >= _LIMIT_S and _may_wait(case, item)]:
        return _of_waits(case, dropped, waited, scale)
    known = [(item, idle.total_seconds()) for item in dropped if (idle := case.idle_before(item)) is not None]
    late = [seconds for _, seconds in known if seconds >= _LIMIT_S]
    if not known:
        scale = scale.minus("How long their environments had been idle is not in the log.")
        return scale.says(_NAME, Plausibility.CANNOT_TELL)
    if not late:
        longest = max(seconds for _, seconds in known)
        scale = scale.minus(
            f"No environment that failed had been idle for {_LIMIT_S} s; the longest was {longest:.0f} s."
        )
        return scale.says(_NAME, Plausibility.RULED_OUT)
    scale = scale.proof(f"{of_failures(case, len(late))} came after {min(late):.0f} s or more without traffic.")
    fine = [idle.total_seconds() for item in case.successes if (idle := case.idle_before(item)) is not None]
    later = [seconds for seconds in fine if seconds >= _LIMIT_S]
    if later:
        return scale.minus(f"{len(later)} invocations succeeded after as long an idle time.").says(
            _NAME, Plausibility.POSSIBLE
        )
    if fine:
        scale = scale.plus(f"{len(fine)} invocations after shorter idle times all succeeded.")
    return scale.says(_NAME, Plausibility.LIKELY if len(late) == len(known) else Plausibility.POSSIBLE)


def _of_waits(case: Case, dropped: Sequence[Invocation], waited: Sequence[Invocation], scale: Scale) -> Weighed:
    """Invocations that themselves were silent beyond the limit before they failed: clients of a slow answer.

    A reset tells of a forgotten connection. A read timeout may as well be a far side that is slow.
    """
    shortest = min(map(_waited_s, waited))
    scale = scale.proof(f"{of_failures(case, len(waited))} came {shortest:.0f} s or more into the invocation.")
    fine = sum(_waited_s(item) >= _LIMIT_S for item in case.successes)
    if fine:
        scale = scale.minus(f"{fine} invocations of {_LIMIT_S} s or more succeeded.")
    is_told = all(item.error_class is not ErrorClass.READ_TIMEOUT for item in waited)
    is_sure = is_told and not fine and len(waited) == len(dropped)
    return scale.says(_NAME, Plausibility.LIKELY if is_sure else Plausibility.POSSIBLE)


def _waited_s(item: Invocation) -> float:
    return (item.duration_ms or 0.0) / 1000


def _may_wait(case: Case, item: Invocation) -> bool:
    """False for a client that is known to give up a silent connection before the limit."""
    sdk = case.known.sdk
    return item.error_class is not ErrorClass.READ_TIMEOUT or sdk is None or sdk.read_timeout_s >= _LIMIT_S


def _counted(case: Case, scale: Scale) -> Scale:
    for nat_id in case.known.nat_ids:
        found = case.known.of_gateway("IdleTimeoutCount", nat_id)
        if found and found.total:
            scale = scale.plus(f"{nat_id} dropped {found.total:,.0f} idle connections (IdleTimeoutCount).")
    return scale


CAUSE = Cause(name=_NAME, title="a connection dropped after 350 s without traffic", weigh=weigh)
