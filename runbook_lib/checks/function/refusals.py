"""Refused calls put together by what refused them, and where a refusal can come from.

What AWS's own message names counts most; then what the policies say that were read. A policy that nobody read may
refuse the call as well: it is named, never ruled out.

Sources (read 2026-11-21)
    https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
    https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html (403 for an object that is not there)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from runbook_lib.checks.endpoints.intended import prefix_of
from runbook_lib.checks.function.access import account_in
from runbook_lib.errors import FactMissing
from runbook_lib.invocations.denials import Denial, Origin, denials_seen
from runbook_lib.model.finding import Evidence
from runbook_lib.model.gateways import VpcEndpoint
from runbook_lib.model.interfaces import Function
from runbook_lib.model.roles import Role
from runbook_lib.network.permission import Layer, Permission, permitted, role_of
from runbook_lib.network.policy import Request, Ruling, Verdict, read_policy, rule_on
from runbook_lib.network.view import View

__all__ = ["Refusal", "Weighed", "is_its_own", "refusals_of", "weighed"]

_ASKED = 20
_ORDER = (Verdict.DENIED, Verdict.DEPENDS, Verdict.ALLOWED)
_POLICIES = (
    Origin.IDENTITY,
    Origin.BOUNDARY,
    Origin.ENDPOINT,
    Origin.RESOURCE,
    Origin.SERVICE_CONTROL,
    Origin.RESOURCE_CONTROL,
    Origin.SESSION,
)


@dataclass(frozen=True, slots=True)
class Refusal:
    """The same refusal, met once or many times: one caller, one action, one origin that AWS names."""

    denials: tuple[Denial, ...]

    @property
    def first(self) -> Denial:
        """The earliest, which stands for all."""
        return self.denials[0]

    @property
    def what(self) -> str:
        """What was refused, for a sentence."""
        first = self.first
        return first.action or (f"a call to {first.service}" if first.service else "a call")

    @property
    def scope(self) -> str:
        """What tells it apart from other refusals of the function."""
        first = self.first
        role = (first.principal or "").rpartition("/")[2]
        how = "" if first.explicit is None else "explicit" if first.explicit else "implicit"
        return " ".join(filter(None, (first.action or first.service or "call", role, how, first.said)))

    @property
    def is_endpoints(self) -> bool:
        """Whether AWS names the policy of an endpoint."""
        return self.first.said is Origin.ENDPOINT

    @property
    def may_be_roles(self) -> bool:
        """Whether AWS names the policies of the caller or its boundary, or nothing."""
        return self.first.said in (None, Origin.IDENTITY, Origin.BOUNDARY)

    @property
    def requests(self) -> Mapping[Request, Request]:
        """What the policies are asked, up to 20, each with what a new statement would name; empty without an action."""
        action = self.first.action
        if action is None or self.first.said is Origin.CREDENTIALS:
            return {}
        named = {item.exact or "*": item.resource if item.exact and item.resource else "*" for item in self.denials}
        return {Request(action, exact): Request(action, named[exact]) for exact in [*named][:_ASKED]}


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """What the policies that were read say of a refusal, in clauses, and which may refuse it too but were not seen.

    `permission` is the worst verdict on the function's role, None when it is another's call or was not read;
    `endpoints` are those whose policy refuses, or may; `denying` the ids of those that certainly do.
    """

    clauses: tuple[str, ...]
    evidence: tuple[Evidence, ...]
    unseen: tuple[Origin, ...]
    permission: Permission | None
    endpoints: tuple[VpcEndpoint, ...]
    denying: frozenset[str]


def refusals_of(view: View, function: Function) -> tuple[Refusal, ...]:
    """The refusals of a function in the order of its log. Raises FactMissing when that was not read."""
    alike: dict[tuple[object, ...], list[Denial]] = {}
    for item in denials_seen(view, function):
        service = None if item.action else item.service
        alike.setdefault((item.principal, item.action, service, item.said, item.explicit), []).append(item)
    return tuple(Refusal(tuple(items)) for items in alike.values())


def weighed(view: View, function: Function, refusal: Refusal) -> Weighed:
    """Ask the role's policies and those of the endpoints; what could not be read stays among the unseen."""
    said, requests = refusal.first.said, refusal.requests
    seen: set[Origin] = set() if function.vpc_id else {Origin.ENDPOINT}
    permission, clauses, evidence = _asked_role(view, function, refusal, seen)
    rulings, more = _asked_endpoints(view, function, refusal, seen)
    if said is Origin.CREDENTIALS:
        possible: tuple[Origin, ...] = ()
    else:
        is_role = any(request.action.lower().startswith("sts:assumerole") for request in requests)
        possible = (*_POLICIES, Origin.TRUST) if is_role else _POLICIES
    return Weighed(
        clauses=(*clauses, *more),
        evidence=(*evidence, *(endpoint.cite("PolicyDocument") for endpoint, _ in rulings)),
        unseen=tuple(origin for origin in possible if origin not in seen and origin is not said),
        permission=permission,
        endpoints=tuple(endpoint for endpoint, ruling in rulings if ruling.verdict is not Verdict.ALLOWED),
        denying=frozenset(endpoint.id for endpoint, ruling in rulings if ruling.verdict is Verdict.DENIED),
    )


def is_its_own(role: Role, denial: Denial) -> bool:
    """Whether a call was made as the function's role, and not as another that its code assumed."""
    if denial.principal is None:
        return True
    account, _, name = denial.principal.rpartition(":")
    owner = account_in(role.role_arn or "") or role.scope.account
    return name == f"assumed-role/{role.id}" and account.rpartition(":")[2] == owner


def _ruling(endpoint: VpcEndpoint, requests: Iterable[Request]) -> Ruling | None:
    """The worst ruling of an endpoint's policy; None when that is not there, or no policy."""
    statements = read_policy(endpoint.policy) if endpoint.policy else None
    if statements is None:
        return None
    return min((rule_on(statements, request) for request in requests), key=lambda item: _ORDER.index(item.verdict))


def _asked_role(
    view: View, function: Function, refusal: Refusal, seen: set[Origin]
) -> tuple[Permission | None, tuple[str, ...], tuple[Evidence, ...]]:
    """The worst verdict on the role; `seen` learns which kinds of policies are accounted for."""
    if not refusal.requests:
        return None, (), ()
    # The refusal is certain: a role that was not read leaves its cause open, not the finding.
    try:
        role = role_of(view, function)
        if not is_its_own(role, refusal.first):
            return None, (f"it was called as {refusal.first.principal}, whose policies were not read",), ()
        answers = [permitted(view, function, request) for request in refusal.requests]
    except FactMissing as gap:
        return None, (f"{gap.what} could not be read",), ()
    worst = min(answers, key=lambda item: _ORDER.index(item.verdict))
    if worst.verdict is Verdict.ALLOWED:
        seen.update((Origin.IDENTITY, Origin.BOUNDARY))
    elif worst.verdict is Verdict.DENIED:
        seen.add(Origin.BOUNDARY if worst.layer is Layer.BOUNDARY else Origin.IDENTITY)
    if role.boundary_arn is None:
        seen.add(Origin.BOUNDARY)
    if all(item.is_granted for item in answers):
        seen.add(Origin.IDENTITY)
    is_blamed = refusal.first.said in (Origin.IDENTITY, Origin.BOUNDARY)
    return worst, (_of_role(role, worst, "as it is now" if is_blamed else ""),), worst.evidence


def _of_role(role: Role, found: Permission, now: str) -> str:
    statement = f"statement {found.statement.label}" if found.statement else ""
    policy = found.policy.policy if found.policy else ""
    if found.verdict is Verdict.ALLOWED:
        return " ".join(filter(None, (f"role {role.id} may do it", now)))
    if found.verdict is Verdict.DEPENDS:
        return f"{statement} of policy {policy} makes it depend on {' and '.join(found.deciding)}"
    if found.layer is Layer.NONE:
        return f"role {role.id} does not exist any more"
    if statement:
        return (
            f"{statement} of {'permissions boundary' if found.layer is Layer.BOUNDARY else 'policy'} {policy} denies it"
        )
    if found.layer is Layer.BOUNDARY:
        return f"the permissions boundary of role {role.id} does not allow it"
    return f"no policy of role {role.id} allows it"


def _asked_endpoints(
    view: View, function: Function, refusal: Refusal, seen: set[Origin]
) -> tuple[list[tuple[VpcEndpoint, Ruling]], tuple[str, ...]]:
    if not refusal.requests or not function.vpc_id:
        return [], ()
    is_blamed = refusal.is_endpoints
    try:
        serving = list(_serving(view, function.vpc_id, next(iter(refusal.requests))))
    except FactMissing as gap:
        return [], (f"{gap.what} could not be read",)
    if not serving:
        # An endpoint in another VPC may serve this one by way of a transit gateway.
        return [], (f"{function.vpc_id} has no endpoint for {refusal.first.service}",) if is_blamed else ()
    rulings = [(item, ruling) for item in serving if (ruling := _ruling(item, refusal.requests)) is not None]
    decided = len(rulings) == len(serving) and all(ruling.verdict is not Verdict.DEPENDS for _, ruling in rulings)
    if decided:
        seen.add(Origin.ENDPOINT)
    return rulings, tuple(_of_endpoint(item, ruling, "as it is now" if is_blamed else "") for item, ruling in rulings)


def _serving(view: View, vpc_id: str, request: Request) -> Iterator[VpcEndpoint]:
    """The endpoints of the VPC for the service of a request in this Region."""
    prefix = request.action.partition(":")[0].lower()
    region = (request.resource.split(":") + [""] * 4)[3]
    if region in ("", "*", view.region_of(vpc_id)):
        for endpoint in view.endpoints_in(vpc_id):
            if endpoint.kind in ("Gateway", "Interface") and prefix_of(endpoint.service_short) == prefix:
                yield endpoint


def _of_endpoint(endpoint: VpcEndpoint, ruling: Ruling, now: str) -> str:
    statement = f"statement {ruling.statement.label}" if ruling.statement else "no statement"
    if ruling.verdict is Verdict.ALLOWED:
        return " ".join(filter(None, (f"the policy of {endpoint.label} allows it", now)))
    if ruling.verdict is Verdict.DEPENDS:
        return f"{statement} of {endpoint.label} makes it depend on {' and '.join(ruling.deciding)}"
    return f"{statement} of {endpoint.label} {'denies' if ruling.statement else 'allows'} it"
