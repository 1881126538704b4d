"""Whether the role of a function may make a request: its policies, and what IAM's policy simulator said where asked.

The simulator looks at the policies of the organization too, and at the values of no condition, so it never makes
allowed what the policies leave open.
https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html (read 2026-11-21)
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from runbook_lib.checks.base import Settings
from runbook_lib.checks.endpoints.intended import decided_by
from runbook_lib.checks.function.needs import Need
from runbook_lib.model.finding import Evidence
from runbook_lib.model.interfaces import Function
from runbook_lib.model.roles import Decision, PolicySimulation, simulation_id
from runbook_lib.network.permission import Layer, Permission, permitted, role_of
from runbook_lib.network.policy import Request, Ruling, Statement, Verdict, overlap
from runbook_lib.network.view import View

__all__ = ["Answer", "actions_of", "answer_to", "beyond", "evidence_of", "has_nothing"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The verdict on one request and why, as the end of a sentence; `simulation` is None where none was made."""

    request: Request
    verdict: Verdict
    code: str
    why: str
    evidence: tuple[Evidence, ...]
    simulation: PolicySimulation | None = None


def answer_to(view: View, settings: Settings, function: Function, request: Request, need: Need) -> Answer:
    """Whether the role of a function may make a request of a need. FactMissing when its policies were not read."""
    permission = permitted(view, function, request, by_lambda=need.by_lambda, apart=need.apart)
    role = role_of(view, function)
    said = view.find(PolicySimulation, simulation_id(role.role_arn or "", request.action, request.resource))
    verdict, code, why = _words(settings, permission)
    if verdict is Verdict.DENIED and permission.statement is None and _names_bare_group(view, function, request):
        why = "its policies name the log group without the :* that this action needs at the end"
    evidence = permission.evidence
    if said is not None and said.missing_context and said.decision is not Decision.ALLOWED:
        # A condition whose key was not told to the simulator counts as not met there.
        said = said if said.allowed_by_organizations is False else None
    if said is not None:
        evidence = (*evidence, said.cite())
        refused = said.decision is not Decision.ALLOWED
        if said.allowed_by_organizations is False and verdict is not Verdict.DENIED:
            why = "a policy of the organization refuses it, says IAM's policy simulator"
            verdict, code = Verdict.DENIED, "ORGANIZATION_REFUSES"
        elif (verdict is Verdict.ALLOWED and refused) or (verdict is Verdict.DENIED and not refused):
            opposite = "does not allow it" if refused else "allows it"
            why = f"the policies that were read say otherwise than IAM's policy simulator, which {opposite}"
            verdict, code = Verdict.DEPENDS, "SIMULATION_DISAGREES"
    return Answer(request=request, verdict=verdict, code=code, why=why, evidence=evidence, simulation=said)


def beyond(answers: Iterable[Answer]) -> str:
    """What was looked at beside the policies of the role and what was not, for the end of a sentence."""
    said = [answer.simulation for answer in answers]
    told = all(item is not None and item.allowed_by_organizations for item in said)
    agreed = "IAM's policy simulator agrees; " if all(said) else ""
    unseen = "policies of the resources and of sessions" if told else "policies of organization, resources and sessions"
    return f"{agreed}{unseen} were not looked at"


def evidence_of(answers: Iterable[Answer]) -> tuple[Evidence, ...]:
    """The evidence of several answers, each once."""
    return tuple({item.pointer: item for answer in answers for item in answer.evidence}.values())


def actions_of(answers: Iterable[Answer], but: str = "") -> str:
    """The actions asked about, each once, with a comma between them; without one of them."""
    return ", ".join(dict.fromkeys(answer.request.action for answer in answers if answer.request.action != but))


def has_nothing(view: View, function: Function, need: Need) -> bool:
    """Whether the role surely allows no action at all of a service."""
    whole = Request(f"{need.prefix}:*", "*")
    return permitted(view, function, whole, by_lambda=need.by_lambda).verdict is Verdict.DENIED


def _names_bare_group(view: View, function: Function, request: Request) -> bool:
    """Whether the role may do it on the ARN of the log group alone, which is for its tags.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/iam-access-control-overview-cwl.html (read 2026-11-21)
    """
    group = request.resource.removesuffix(":*").removesuffix(":log-stream")
    if not request.action.startswith("logs:") or group == request.resource:
        return False
    return permitted(view, function, Request(request.action, group)).verdict is Verdict.ALLOWED


def _words(settings: Settings, permission: Permission) -> tuple[Verdict, str, str]:
    layer = "permissions boundary" if permission.layer is Layer.BOUNDARY else "policies"
    policy, statement = permission.policy, permission.statement
    where = f"statement {statement.label} of {policy.policy}" if policy and statement else ""
    prefix = "BOUNDARY" if permission.layer is Layer.BOUNDARY else "ROLE"
    if permission.verdict is Verdict.DENIED:
        why = f"{where} denies it" if where else f"no statement of its {layer} allows it"
        return Verdict.DENIED, f"{prefix}_DENIES" if where else f"{prefix}_ALLOWS_NOT", why
    if permission.verdict is Verdict.DEPENDS:
        ruling = Ruling(permission.request, permission.verdict, statement, permission.deciding)
        why = f"{where} makes it depend on {decided_by(settings, ruling)}{_named(statement, permission)}"
        return Verdict.DEPENDS, f"{prefix}_DEPENDS", why
    return Verdict.ALLOWED, "OK", f"{where} allows it"


def _named(statement: Statement | None, permission: Permission) -> str:
    """The resources that an allow names where only they decide."""
    if (
        statement is None
        or not statement.allows
        or statement.resources_inverted
        or permission.deciding != ("resource",)
    ):
        return ""
    named = [item for item in statement.resources if overlap(item, permission.request.resource)]
    more = f" and {len(named) - 2:,} more" if len(named) > 2 else ""
    return f"; it names {', '.join(named[:2])}{more}" if named else ""
