"""Function's log tells of no call that was refused.

What is verified
    No invocation of the window was answered with AccessDenied or the like.
Why it matters
    A refusal is an answer: the network works. It comes at once, while dropped packets end in a timeout: how long calls
    took tells the two apart, not whether all of them failed. Code that catches a refusal goes on without the answer.
How it is decided
    By the words of AWS in the log, which name one kind of policy, then by the role's policies, its boundary and those
    of the VPC's endpoints as they are now. Policies that were not read may refuse too and are named. A refusal that
    every invocation survived has severity low.
Unknown when
    No refusal was seen, and the log was not read or not whole, or a failure in it does not say what went wrong.
Sources
    https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html (read 2026-11-21)
    Policy evaluation logic,
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html (read 2026-11-21)
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from runbook_lib.checks.base import Meta, Settings
from runbook_lib.checks.function.common import of_function, was_not_called
from runbook_lib.checks.function.refusals import Refusal, refusals_of, weighed
from runbook_lib.checks.function.refused_words import clause_of, summary_of
from runbook_lib.checks.logs.common import LOGGED, events_seen
from runbook_lib.invocations.base import ErrorClass, Outcome
from runbook_lib.invocations.observed import Observed, observed
from runbook_lib.invocations.payloads import too_large
from runbook_lib.model.finding import Evidence, Finding
from runbook_lib.model.gateways import VpcEndpoint
from runbook_lib.model.interfaces import Function
from runbook_lib.model.roles import Role, RolePolicy
from runbook_lib.model.status import Severity
from runbook_lib.network.view import View

__all__ = ["META", "check"]

META = Meta(
    id="FUN016",
    title="Function's log tells of no call that was refused",
    severity=Severity.HIGH,
    family="function",
    applies_to=Function.TYPE,
    needs=(*LOGGED, Role.KEY, RolePolicy.KEY, VpcEndpoint.KEY),
    is_anywhere=True,
)


def check(view: View, settings: Settings) -> Iterator[Finding]:
    """One finding per kind of refusal, or one for the function."""
    return of_function(META, view, settings, lambda function: _judge(view, function))


def _judge(view: View, function: Function) -> Iterator[Finding]:
    found = observed(view, function)
    refusals = refusals_of(view, function)
    yield from (_refused(view, function, found, refusal) for refusal in refusals)
    if not refusals:
        yield _without(view, function, found)


def _refused(view: View, function: Function, found: Observed, refusal: Refusal) -> Finding:
    known = weighed(view, function, refusal)
    said = (
        f"{function.id} {summary_of(refusal, len(found.invocations))}: {clause_of(refusal, known, found.invocations)}."
    )
    seen = events_seen(function, found)
    line = Evidence(operation=seen.operation, pointer=seen.pointer, value={"message": refusal.first.text})
    origin = refusal.first.said
    code = f"REFUSED_BY_{origin.name}" if origin else "REFUSED"
    failed = META.failed(function, said, seen, line, *known.evidence, code=code, scope=refusal.scope)
    is_survived = all(item.outcome is Outcome.SUCCESS for item in refusal.denials)
    return replace(failed, severity=Severity.LOW) if is_survived else failed


def _without(view: View, function: Function, found: Observed) -> Finding:
    seen = events_seen(function, found)
    total, ends = len(found.invocations), (*found.invocations, *found.unplaced)
    silent = sum(item.error_class is ErrorClass.APPLICATION_ERROR and not too_large(item.detail or "") for item in ends)
    if not total and was_not_called(view, function):
        return META.not_applicable(function, f"{function.id} was not invoked in the window: it called nothing.")
    if not total or not found.is_whole:
        gaps = f" ({'; '.join(found.gaps)})" if found.gaps else ""
        said = f"{function.id}: {total:,} invocations tell of no refused call, but the log is not whole{gaps}."
        return META.unknown(function, said, seen, code="UNSEEN")
    if silent:
        said = f"{function.id}: {silent:,} of {total:,} invocations failed and do not say why: perhaps refused."
        return META.unknown(function, said, seen, code="UNNAMED")
    return META.passed(
        function, f"{function.id}: none of {total:,} invocations tells of a call that was refused.", seen
    )
