"""Function's role permits what the function needs.

What is verified
    The policies of the role, within its permissions boundary, allow the actions on the services asked about, writing
    the log, and, in a VPC, making and removing the network interfaces of the function.
Why it matters
    What is not allowed is refused at once with AccessDenied, where a wrong network is slow. A role that cannot write
    the log leaves none; without network interfaces the function becomes inactive when Lambda needs a new one.
How it is decided
    An explicit deny wins, then policies and boundary must both allow. IAM's policy simulator, where it was asked, adds
    the policies of the organization. Those of resources and sessions are not looked at. The usual actions of a service
    are only asked about where the parameter `actions` names none of it: then it fails when nothing at all of it is
    allowed. A deny of the keys of the bucket that run the function is left out. What older roles lack is low.
Unknown when
    Role or policies were not read; a condition, a policy variable or a resource that is not known decides; only some of
    the usual actions are allowed; or the simulator says otherwise.
Sources
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html (read 2026-11-21)
    https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html (read 2026-11-21)
    https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html (read 2026-11-21)
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from runbook_lib.checks.base import Meta, Settings
from runbook_lib.checks.function.allowances import actions_of, answer_to, beyond, evidence_of, has_nothing
from runbook_lib.checks.function.common import of_function
from runbook_lib.checks.function.needs import READ, Need, is_of_older_roles, needs_of
from runbook_lib.model.finding import Finding
from runbook_lib.model.interfaces import Function
from runbook_lib.model.status import Severity
from runbook_lib.network.permission import role_of
from runbook_lib.network.policy import Verdict
from runbook_lib.network.view import View

__all__ = ["META", "check"]

META = Meta(
    id="FUN012",
    title="Function's role permits what the function needs",
    severity=Severity.HIGH,
    family="function",
    applies_to=Function.TYPE,
    needs=READ,
    is_anywhere=True,
)


def check(view: View, settings: Settings) -> Iterator[Finding]:
    """One finding for each service asked about, for the log and for the network interfaces."""
    return of_function(META, view, settings, lambda function: _judge(view, settings, function))


def _judge(view: View, settings: Settings, function: Function) -> Iterator[Finding]:
    role = role_of(view, function)
    if not role.exists:
        said = f"{function.id}: its role {role.id} does not exist any more, so it may do nothing."
        yield META.failed(function, said, role.cite(), code="ROLE_GONE")
        return
    needs = needs_of(view, settings, function)
    yield from META.each(
        needs, lambda _: function.ref, lambda it: _need(view, settings, function, it), lambda it: it.scope
    )


def _need(view: View, settings: Settings, function: Function, need: Need) -> Iterator[Finding]:
    name = role_of(view, function).id
    answers = [answer_to(view, settings, function, request, need) for request in need.requests]
    seen, who = evidence_of(answers), f"{function.id}: its role {name}"
    refused, opened, may = (
        [answer for answer in answers if answer.verdict is verdict]
        for verdict in (Verdict.DENIED, Verdict.DEPENDS, Verdict.ALLOWED)
    )
    allowed = actions_of(may)
    if refused and (need.is_certain or has_nothing(view, function, need)):
        first = refused[0]
        more = f", nor {others}" if (others := actions_of(refused[1:], but=first.request.action)) else ""
        said = f"{who} may not {first.request.action} on {first.request.resource} ({first.why}){more}."
        found = META.failed(function, said, *evidence_of(refused), code=first.code, scope=need.scope)
        is_low = is_of_older_roles(answer.request.action for answer in refused)
        yield replace(found, severity=Severity.LOW) if is_low else found
    elif opened:
        first, asked = opened[0], f"{opened[0].request.action} on {opened[0].request.resource}"
        said = f"{function.id}: whether its role {name} may {asked} is open: {first.why}."
        yield META.unknown(function, said, *evidence_of(opened), code=first.code, scope=need.scope)
    elif refused:
        some = f"may {allowed}, not {actions_of(refused)}"
        none = f"may not {actions_of(refused)} on {refused[0].request.resource}, but something else of {need.scope}"
        said = f"{who} {some if allowed else none}; what the function uses is not told (set the parameter actions)."
        yield META.unknown(function, said, *seen, code="ACTIONS_NOT_TOLD", scope=need.scope)
    else:
        yield META.passed(function, f"{who} may {allowed}; {beyond(answers)}.", *seen, scope=need.scope)
