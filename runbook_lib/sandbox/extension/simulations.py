"""IAM's policy simulator, which moto lacks: what the policies of a role say of an action on a resource.

A condition counts as not met, for nothing is known of the request, and its keys are named. The account belongs to no
organization, so nothing is said of one.

https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from moto.core.responses import ActionResult
from moto.iam.exceptions import InvalidInput, NoSuchEntity
from moto.iam.exceptions import NotFoundException as Absent
from moto.iam.responses import IamResponse

from runbook_lib.sandbox.extension.patching import add

__all__ = ["apply"]

_PAGE = 100


@dataclass(slots=True)
class _Outcome:
    """What a group of policies says: its decision, the policies behind it, and the condition keys not known."""

    decision: str = "implicitDeny"
    matched: list[dict[str, Any]] = field(default_factory=list)
    missing: set[str] = field(default_factory=set)


def apply() -> None:
    """Add SimulatePrincipalPolicy."""
    add(IamResponse, "simulate_principal_policy", _simulate)


def _simulate(response: Any) -> Any:
    arn = response._get_param("PolicySourceArn")
    try:
        role = response.backend.get_role_by_arn(arn)
    except Absent:
        raise NoSuchEntity(f"The role with name {arn.rsplit('/', 1)[-1]} cannot be found.") from None
    actions = response._get_param("ActionNames")
    resources = response._get_param("ResourceArns", [])
    for action in actions:
        if not re.fullmatch(r"[A-Za-z0-9-]+:[A-Za-z0-9]+", action):
            raise InvalidInput(f"Invalid Input Action: {action} is not a valid action")
    identity, boundary = tuple(_granting(role)), tuple(_limiting(response.backend, role))
    results = [_result(identity, boundary, bool(role.permissions_boundary), action, resources) for action in actions]
    start = int(response._get_param("Marker") or 0)
    end = start + int(response._get_param("MaxItems") or _PAGE)
    following = {"Marker": str(end)} if end < len(results) else {}
    return ActionResult({"EvaluationResults": results[start:end], "IsTruncated": bool(following), **following})


def _granting(role: Any) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for name, text in role.policies.items():
        yield from ((f"role_{role.name}_{name}", "role", item) for item in _statements(text))
    for policy in role.managed_policies.values():
        kind = "aws-managed" if ":aws:policy/" in policy.arn else "user-managed"
        yield from ((policy.name, kind, item) for item in _statements(_document(policy)))


def _limiting(backend: Any, role: Any) -> Iterator[tuple[str, str, dict[str, Any]]]:
    if role.permissions_boundary:
        policy = backend.get_policy(role.permissions_boundary_arn)
        yield from ((policy.name, "user-managed", item) for item in _statements(_document(policy)))


def _document(policy: Any) -> Any:
    return next(version.document for version in policy.versions if version.version_id == policy.default_version_id)


def _statements(document: Any) -> list[dict[str, Any]]:
    parsed = json.loads(document) if isinstance(document, str) else document
    found = parsed["Statement"]
    return found if isinstance(found, list) else [found]


def _result(identity: Any, boundary: Any, is_bounded: bool, action: str, resources: list[str]) -> dict[str, Any]:
    answers = [_on_resource(identity, boundary, is_bounded, action, resource) for resource in resources or ["*"]]
    worst = min(answers, key=lambda item: ("explicitDeny", "implicitDeny", "allowed").index(item["EvalDecision"]))
    if not resources or resources == ["*"]:
        return {"EvalActionName": action, "EvalResourceName": "*", **worst}
    specific = [
        {
            "EvalResourceName": resource,
            "EvalResourceDecision": answer["EvalDecision"],
            **{name: value for name, value in answer.items() if name != "EvalDecision"},
        }
        for resource, answer in zip(resources, answers, strict=True)
    ]
    return {"EvalActionName": action, "EvalResourceName": "*", **worst, "ResourceSpecificResults": specific}


def _on_resource(identity: Any, boundary: Any, is_bounded: bool, action: str, resource: str) -> dict[str, Any]:
    granted, limited = _decide(identity, action, resource), _decide(boundary, action, resource)
    told = {"PermissionsBoundaryDecisionDetail": {"AllowedByPermissionsBoundary": limited.decision == "allowed"}}
    decision = granted.decision
    if is_bounded and granted.decision != "explicitDeny" and limited.decision != "allowed":
        decision = limited.decision
    return {
        "EvalDecision": decision,
        "MatchedStatements": granted.matched,
        "MissingContextValues": sorted(granted.missing | limited.missing),
        **(told if is_bounded else {}),
    }


def _decide(statements: Any, action: str, resource: str) -> _Outcome:
    outcome = _Outcome()
    about = [item for item in statements if _is_about(item[2], action, resource)]
    outcome.missing = {key for *_, item in about for test in (item.get("Condition") or {}).values() for key in test}
    met = [item for item in about if not item[2].get("Condition")]
    for effect, decision in (("Deny", "explicitDeny"), ("Allow", "allowed")):
        found = [(name, kind) for name, kind, item in met if item["Effect"] == effect]
        if found:
            outcome.decision = decision
            outcome.matched = [{"SourcePolicyId": name, "SourcePolicyType": kind} for name, kind in found]
            break
    return outcome


def _is_about(statement: dict[str, Any], action: str, resource: str) -> bool:
    return _names(statement, "Action", action, re.IGNORECASE) and _names(statement, "Resource", resource, re.NOFLAG)


def _names(statement: dict[str, Any], element: str, asked: str, flags: re.RegexFlag) -> bool:
    if element in statement:
        return any(_fits(pattern, asked, flags) for pattern in _texts(statement[element]))
    return not any(_fits(pattern, asked, flags) for pattern in _texts(statement[f"Not{element}"]))


def _fits(pattern: str, asked: str, flags: re.RegexFlag) -> bool:
    made = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.fullmatch(made, asked, flags) is not None


def _texts(value: Any) -> Iterable[str]:
    return [value] if isinstance(value, str) else value
