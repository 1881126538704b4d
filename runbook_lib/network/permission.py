"""What the role of a function may do: its identity-based policies, within its permissions boundary.

An explicit deny in either wins; then both must allow. Service and resource control policies, session policies and the
policies of the resources are not read here: what is allowed here may still be refused by them, and what no statement
of the role allows may be granted by the policy of a resource in the same account.

Sources
    Policy evaluation logic,
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html (read 2026-11-21)
    Permissions boundaries for IAM entities,
    https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html (read 2026-11-21)
    Using source function ARN to control function access behavior,
    https://docs.aws.amazon.com/lambda/latest/dg/permissions-source-function-arn.html (read 2026-11-21)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from runbook_lib.errors import FactMissing
from runbook_lib.model.finding import Evidence
from runbook_lib.model.functions import FunctionConfiguration
from runbook_lib.model.interfaces import Function
from runbook_lib.model.kinds import action_of
from runbook_lib.model.roles import Role, RolePolicy, role_name_of
from runbook_lib.network.conditions import is_met
from runbook_lib.network.policy import Request, Ruling, Statement, Verdict, read_statements, rule_on
from runbook_lib.network.view import View

__all__ = ["Layer", "Permission", "permitted", "policies_of", "role_of", "statements_in"]

# Calls of the function's code have this key, those of the Lambda service with the same role have not.
_SOURCE_FUNCTION = "lambda:sourcefunctionarn"
_FAILS_WITHOUT_KEY = frozenset({"ArnEquals", "ArnLike", "StringEquals", "StringEqualsIgnoreCase", "StringLike"})

Held = tuple[tuple[RolePolicy, tuple[Statement, ...]], ...]


class Layer(StrEnum):
    """Which policies of a role decide: those that grant, the boundary that limits them, or neither."""

    IDENTITY = "identity"
    BOUNDARY = "boundary"
    NONE = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    """The verdict on one request of a role.

    `layer` tells which policies decide; it is empty when the role does not exist. `policy` and `statement` are those
    behind the verdict, both None when no statement allows the request. `deciding` names what would have to be known
    when the verdict is `depends`: some of `action`, `resource` and condition keys. `is_limited` tells that the
    permissions boundary refuses, whatever decides: then the policy of a resource does not help the role either.
    `is_granted` tells that the policies that grant allow it, whatever the boundary says.
    """

    request: Request
    verdict: Verdict
    layer: Layer
    policy: RolePolicy | None
    statement: Statement | None
    deciding: tuple[str, ...]
    evidence: tuple[Evidence, ...]
    is_limited: bool = False
    is_granted: bool = False


def role_of(view: View, function: Function) -> Role:
    """The execution role of a function; it may exist no more. Raises FactMissing when it was not read."""
    known = view.find(FunctionConfiguration, function.id)
    arn = (known.role_arn if known else None) or function.raw.get("Role")
    name = role_name_of(arn)
    if name is None:
        raise FactMissing(f"the role of {function.id}", action_of(Function.KEY))
    role = view.get(Role, name)
    if role.role_arn not in (None, arn):
        raise FactMissing(f"role {arn} (only {role.role_arn} was read)", action_of(Role.KEY))
    return role


def policies_of(view: View, role: Role) -> tuple[RolePolicy, ...]:
    """Every policy of a role, its boundary included, ordered by id. Raises FactMissing when not all were read."""
    view.need(RolePolicy, role.scope)
    found = tuple(item for item in view.snapshot.all(RolePolicy) if item.role == role.id and item.scope == role.scope)
    if role.boundary_arn and not any(item.is_boundary and item.policy_arn == role.boundary_arn for item in found):
        raise FactMissing(f"permissions boundary {role.boundary_arn}", action_of(RolePolicy.KEY))
    return found


def statements_in(policy: RolePolicy) -> tuple[Statement, ...]:
    """The parsed statements of a policy. Raises FactMissing when one of them cannot be understood."""
    statements = read_statements(policy.statements, of_identity=True)
    if statements is None:
        raise FactMissing(f"what policy {policy.policy} says (a statement cannot be understood)")
    return statements


def permitted(
    view: View, function: Function, request: Request, *, by_lambda: bool = False, apart: Sequence[Request] = ()
) -> Permission:
    """Whether the role of a function may make a request. Raises FactMissing when the role or a policy was not read.

    What the Lambda service does with the role itself (`by_lambda`) comes without the function as its source. Requests
    `apart` are not meant, though the resource of the request covers theirs: a deny of nothing else does not count.
    """
    role = role_of(view, function)
    if not role.exists:
        return _permission(Layer.NONE, (), Ruling(request, Verdict.DENIED, None), (role.cite(),))
    held = tuple((policy, statements_in(policy)) for policy in policies_of(view, role))
    if by_lambda:
        held = tuple(
            (policy, tuple(item for item in statements if not _is_for_code(policy, item)))
            for policy, statements in held
        )
    known = _known(function, request, by_lambda=by_lambda)
    held = tuple((policy, tuple(_settled(policy, own, known, apart))) for policy, own in held)
    layers = [(Layer.IDENTITY, tuple(item for item in held if item[0].is_attached))]
    if role.boundary_arn:
        layers.append((Layer.BOUNDARY, tuple(item for item in held if item[0].is_boundary)))
    answers = [_ask(role, layer, policies, request) for layer, policies in layers]
    is_limited = any(item.layer is Layer.BOUNDARY and item.verdict is Verdict.DENIED for item in answers)
    is_granted = answers[0].verdict is Verdict.ALLOWED
    return replace(min(answers, key=_weight), is_limited=is_limited, is_granted=is_granted)


def _known(function: Function, request: Request, *, by_lambda: bool) -> dict[str, str]:
    """The condition keys of a request that are sure: Lambda and the SDKs use TLS, and an ARN may name its Region.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html (read 2026-11-21)
    """
    found = {"aws:securetransport": "true"}
    region = (request.resource.split(":") + [""] * 4)[3]
    if by_lambda and request.resource == "*":
        region = function.scope.region or ""
    if region and not {"*", "?"} & set(region):
        found["aws:requestedregion"] = region
    # Lambda writes the log, not the code.
    if function.arn and not by_lambda and not request.action.lower().startswith("logs:"):
        found[_SOURCE_FUNCTION] = function.arn
    return found


def _settled(
    policy: RolePolicy, statements: Iterable[Statement], known: Mapping[str, str], apart: Sequence[Request]
) -> Iterator[Statement]:
    """The statements that may be about a request, without the conditions that it surely meets."""
    for item in statements:
        condition = policy.statements[item.index].get("Condition") or {}
        met = is_met(condition, known)
        if met is not False and not item.denies_only(apart):
            yield replace(item, conditions=()) if met else item


def _is_for_code(policy: RolePolicy, statement: Statement) -> bool:
    """Whether a statement is only about calls of the function's code: a test that fails when the key is not there."""
    conditions = policy.statements[statement.index].get("Condition") or {}
    tested = [(test, key.lower()) for test, keys in conditions.items() for key in keys]
    return any(test in _FAILS_WITHOUT_KEY and key == _SOURCE_FUNCTION for test, key in tested)


def _ask(role: Role, layer: Layer, held: Held, request: Request) -> Permission:
    ruling = rule_on([statement for _, statements in held for statement in statements], request)
    looked_at = tuple(policy.cite("Document") for policy, _ in held) or (role.cite(),)
    return _permission(layer, held, ruling, looked_at)


def _permission(layer: Layer, held: Held, ruling: Ruling, looked_at: Sequence[Evidence]) -> Permission:
    policy = next((policy for policy, own in held if any(item is ruling.statement for item in own)), None)
    evidence = tuple(looked_at)
    if policy is not None and ruling.statement is not None:
        evidence = (policy.cite("Document", "Statement", ruling.statement.index),)
        if evidence[0].value is None:
            evidence = (policy.cite("Document"),)
    return Permission(
        request=ruling.request,
        verdict=ruling.verdict,
        layer=layer,
        policy=policy,
        statement=ruling.statement,
        deciding=ruling.deciding,
        evidence=evidence,
    )


def _weight(permission: Permission) -> int:
    """An explicit deny weighs most, then what nothing allows, then what depends on something."""
    if permission.verdict is Verdict.DENIED:
        return 0 if permission.statement is not None else 1
    return 2 if permission.verdict is Verdict.DEPENDS else 3
