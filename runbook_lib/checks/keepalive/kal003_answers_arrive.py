"""Caller gets the answer of an invocation that lasts beyond the idle limit.

What is verified
    Of the invocations that worked longer than the idle limit of the path and succeeded, the caller got the answer.
Why it matters
    The function finishes and is paid for, and its caller waits until a timeout of its own, 900 seconds perhaps, as if
    the function hung. Retrying runs it again.
How it is decided
    The caller's log and Lambda's log are put side by side: by request id where the caller knows one, else by the time
    at which both began, from 2 seconds before the call to 30 after (the kit's tolerance). A call that ended with a
    timeout or a reset although its invocation succeeded has lost its answer.
Unknown when
    One of the logs was not read, a call that got no answer has no invocation in Lambda's log, or none of the long
    invocations is in the caller's log.
Sources
    Invoke a Lambda function synchronously, and connections that time out,
    https://docs.aws.amazon.com/lambda/latest/dg/invocation-sync.html (read 2026-11-21)
    Troubleshoot NAT gateways, https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-troubleshooting.html
    (read 2026-11-21)
"""

from __future__ import annotations

from collections.abc import Iterator

from runbook_lib.checks.base import Meta, Settings
from runbook_lib.checks.keepalive.both_sides import CALLED, Sides, each_called
from runbook_lib.invocations.callers import Joined
from runbook_lib.model.callers import CallEnd
from runbook_lib.model.finding import Finding
from runbook_lib.model.interfaces import Function
from runbook_lib.model.status import Severity
from runbook_lib.network.view import View

__all__ = ["META", "check"]

META = Meta(
    id="KAL003",
    title="Caller gets the answer of an invocation that lasts beyond the idle limit",
    severity=Severity.MEDIUM,
    family="keepalive",
    applies_to=Function.TYPE,
    needs=CALLED,
    is_anywhere=True,
)


def check(view: View, settings: Settings) -> Iterator[Finding]:
    """One finding per function that the caller's log is about."""
    return each_called(META, view, settings, _judge)


def _judge(function: Function, sides: Sides) -> Iterator[Finding]:
    lost = [item for item in sides.long if item.is_lost]
    got = [item for item in sides.long if item.call.end is CallEnd.ANSWERED]
    alone = [item for item in sides.joined if item.invocation is None and _waits(item)]
    limit = f"beyond the {sides.limit_s:g} s after which the path forgets an idle connection"
    total = f"{len(sides.long)} {'invocation' if len(sides.long) == 1 else 'invocations'} {limit}"
    if lost:
        others = f"; {len(alone)} more calls without an answer are not in Lambda's log" if alone else ""
        said = f"{function.id}: the caller lost {len(lost)} of the answers of {total}, {_worst(lost)}{others}."
        yield META.failed(function, said, *sides.evidence(lost), code="ANSWER_LOST")
    elif alone:
        said = f"{function.id}: {len(alone)} calls got no answer, and Lambda's log shows no invocation for them."
        yield META.unknown(function, said, *sides.evidence(alone), code="CALL_NOT_SEEN")
    elif sides.long and len(got) == len(sides.long):
        said = f"{function.id}: the caller got the answer of {len(got)} of {total}."
        yield META.passed(function, said, *sides.evidence(got))
    elif sides.long:
        said = (
            f"{function.id}: the caller's log tells of no answer and no lost one for {len(sides.long) - len(got)} of "
        )
        yield META.unknown(function, f"{said}{total}.", *sides.evidence(sides.long), code="END_NOT_SEEN")
    elif sides.unheard:
        said = f"{function.id}: none of {sides.unheard} invocations {limit} is in the caller's log."
        yield META.unknown(function, said, code="CALLER_NOT_SEEN")
    else:
        yield META.not_applicable(function, f"{function.id}: no invocation went on {limit}.")


def _waits(item: Joined) -> bool:
    """True for a call that may have lost its answer."""
    return item.call.end in (CallEnd.TIMED_OUT, CallEnd.RESET)


def _worst(lost: list[Joined]) -> str:
    """The one that waited longest, both sides of it."""
    worst = max(lost, key=lambda item: (item.call.waited_s or 0, item.call.id))
    waited = f" after {worst.call.waited_s:.0f} s" if worst.call.waited_s is not None else ""
    said = f"for example one that succeeded after {worst.lasted_s():.0f} s while its caller"
    return f"{said} {_ENDS[worst.call.end]}{waited}"


_ENDS = {CallEnd.TIMED_OUT: "gave up", CallEnd.RESET: "was reset"}
