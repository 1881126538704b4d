"""Fixes for what a role may do: the exact statements to add, or to have in place of a wildcard."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from runbook_lib.checks.base import Settings
from runbook_lib.checks.function.allowances import answer_to
from runbook_lib.checks.function.fun017_role_without_wildcards import wildcards_of
from runbook_lib.checks.function.needs import INTERFACES, Need, needs_of
from runbook_lib.checks.logs.common import functions_of
from runbook_lib.fixes.base import Proposal
from runbook_lib.fixes.edits import changed
from runbook_lib.fixes.role_statements import (
    actions_in,
    document,
    free_name,
    inline,
    outdated,
    shared,
    statements,
    text,
    together,
)
from runbook_lib.fixes.text import cli, terraform
from runbook_lib.model.finding import Finding
from runbook_lib.model.roles import Role, RolePolicy
from runbook_lib.network.permission import Layer, policies_of, role_of, statements_in
from runbook_lib.network.policy import Request, Verdict, rule_on
from runbook_lib.network.view import View

__all__ = ["allow", "grant", "narrow"]

_ELSEWHERE = "Policies of the organization and of the resource itself must allow it too."


def allow(view: View, settings: Settings, finding: Finding) -> Iterator[Proposal]:
    """FUN012: an inline policy with exactly what is missing. Nothing is proposed against a deny: it is deliberate."""
    function = view.function(finding.resource.id)
    role = role_of(view, function)
    need = next((item for item in needs_of(view, settings, function) if item.scope == finding.scope), None)
    if need is None or not role.exists:
        return
    answers = [answer_to(view, settings, function, item, need) for item in need.requests]
    refused = [answer for answer in answers if answer.verdict is Verdict.DENIED]
    if any(answer.code not in ("ROLE_ALLOWS_NOT", "BOUNDARY_ALLOWS_NOT") for answer in refused):
        return
    asked = tuple(answer.request for answer in refused)
    yield from grant(view, role, need, {request: request for request in asked})


def grant(view: View, role: Role, need: Need, asked: Mapping[Request, Request]) -> Iterator[Proposal]:
    """What allows requests in the policies of a role and in its boundary; the values of `asked` are what it names."""
    policies = policies_of(view, role)
    parts = []
    if missing := _missing(policies, asked, Layer.IDENTITY):
        parts.append(_addition(view, role, need, missing, policies))
    if role.boundary_arn and (limited := _missing(policies, asked, Layer.BOUNDARY)):
        boundary = next(item for item in policies if item.is_boundary)
        parts.append(_widened(view, role, need, boundary, limited))
    if parts:
        yield together(*parts)


def narrow(view: View, settings: Settings, finding: Finding) -> Iterator[Proposal]:
    """FUN017: what was asked about in place of a wildcard; an attached policy gives way to one of the role itself."""
    (name,) = functions_of(settings)
    function = view.function(name)
    role = role_of(view, function)
    policies = policies_of(view, role)
    policy = next(item for item in policies if item.id == finding.resource.id)
    wild = wildcards_of(policy)
    kept = [raw for index, raw in enumerate(policy.statements) if index not in {item.index for item in wild}]
    others = [item for other in policies if other.is_attached and other != policy for item in statements_in(other)]
    own = statements_in(policy)
    left = [*others, *(item for item in own if item not in wild)]
    used = [
        request
        for need in needs_of(view, settings, function)
        for request in need.requests
        if rule_on([*others, *own], request).verdict is Verdict.ALLOWED
        and rule_on(left, request).verdict is not Verdict.ALLOWED
    ]
    granted = [*kept, *statements(role.id, [item for item in used if not item.action.endswith("*")])]
    if not granted:
        return
    made = document(granted)
    name = policy.policy if policy.is_inline else free_name(role, f"{policy.policy}-narrowed", policies)
    values = {"role": role.id, "name": name, "policy": text(made), "detached": policy.policy_arn or ""}
    edits = [changed(policy, Document=made)] if policy.is_inline else [inline(role, name, made)]
    if not policy.is_inline:
        edits.append(changed(policy, IsAttached=False))
    yield Proposal(
        title=f"Allow what was asked about in place of the wildcards of {policy.policy}",
        terraform=terraform("role_policy", **values),
        cli=cli("role_policy", **values),
        edits=(*edits, *outdated(view, role)),
        warnings=(
            "Only what was asked about here stays allowed: add what else the function does, such as IAM Access "
            "Analyzer works out from CloudTrail.",
            shared(role),
        ),
        moves=not policy.is_inline,
    )


def _missing(policies: Iterable[RolePolicy], asked: Mapping[Request, Request], layer: Layer) -> tuple[Request, ...]:
    """The requests that no statement of the policies that grant, or of the boundary, allows."""
    is_ours = [item for item in policies if (item.is_boundary if layer is Layer.BOUNDARY else item.is_attached)]
    read = [statement for item in is_ours for statement in statements_in(item)]
    found = (named for item, named in asked.items() if rule_on(read, item).verdict is Verdict.DENIED)
    return tuple(dict.fromkeys(found))


def _addition(
    view: View, role: Role, need: Need, missing: tuple[Request, ...], policies: tuple[RolePolicy, ...]
) -> Proposal:
    name = free_name(role, f"allow-{need.scope}", policies)
    made = document(statements(need.scope, missing))
    values = {"role": role.id, "name": name, "policy": text(made), "detached": ""}
    return Proposal(
        title=f"Allow {actions_in(missing)} in a policy of role {role.id}",
        terraform=terraform("role_policy", **values),
        cli=cli("role_policy", **values),
        edits=(inline(role, name, made), *outdated(view, role)),
        warnings=(*_width(need, missing), shared(role)),
    )


def _widened(view: View, role: Role, need: Need, boundary: RolePolicy, missing: tuple[Request, ...]) -> Proposal:
    made = document([*boundary.statements, *statements(need.scope, missing)])
    values = {"name": boundary.policy, "arn": boundary.policy_arn or "", "policy": text(made)}
    return Proposal(
        title=f"Let permissions boundary {boundary.policy} include {actions_in(missing)}",
        terraform=terraform("policy_version", **values),
        cli=cli("policy_version", **values),
        edits=(changed(boundary, Document=made), *outdated(view, role)),
        warnings=(
            f"Every role that {boundary.policy} limits may do more then: ask who administers the account.",
            *_width(need, missing),
        ),
    )


def _width(need: Need, missing: Iterable[Request]) -> Iterator[str]:
    if not need.is_certain:
        yield "These are the usual actions of the service: leave out what the function does not do."
    if need.scope != INTERFACES and any("*" in item.resource for item in missing if need.prefix != "logs"):
        yield "Name the resource that the function uses in place of the wildcard."
    if need.prefix not in ("ec2", "logs"):
        yield _ELSEWHERE
