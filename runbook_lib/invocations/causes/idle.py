"""A connection that was kept open for reuse and dropped after 350 seconds without traffic.

NAT gateways and interface endpoints forget an idle connection after 350 seconds; a NAT gateway then answers with RST.
Source: https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-troubleshooting.html (read 2026-11-21)
"""

from __future__ import annotations

from runbook_lib.invocations.base import ErrorClass, Plausibility
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


def _counted(case: Case, scale: Scale) -> Scale:
    for nat_id in case.known.nat_ids:
        found = case.known.of_gateway("IdleTimeoutCount", nat_id)
        if found and found.total:
            scale = scale.plus(f"{nat_id} dropped {found.total:,.0f} idle connections (IdleTimeoutCount).")
    return scale


CAUSE = Cause(name=_NAME, title="a connection dropped after 350 s without traffic", weigh=weigh)
