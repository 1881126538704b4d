"""A statement more for the role of a function, as text and as a change of facts."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from runbook_lib.fixes.base import Proposal
from runbook_lib.fixes.edits import added
from runbook_lib.fixes.text import cli, terraform
from runbook_lib.model.interfaces import Function
from runbook_lib.model.roles import RolePolicy
from runbook_lib.network.permission import policies_of, role_of
from runbook_lib.network.policy import Request
from runbook_lib.network.view import View

__all__ = ["together", "with_statement"]


def with_statement(
    view: View, function: Function, purpose: str, asked: Sequence[Request], *, effect: str = "Allow"
) -> Proposal:
    """An inline policy more for the role of a function. Raises FactMissing when the role was not read.

    `purpose` becomes part of its name; the resource is that of the requests, which is the same for all.
    """
    role = role_of(view, function)
    taken = {policy.policy for policy in policies_of(view, role)}
    name = next(word for word in (purpose, *(f"{purpose}-{number}" for number in range(2, 99))) if word not in taken)
    actions = [request.action for request in asked]
    statement: dict[str, Any] = {"Effect": effect, "Action": actions, "Resource": asked[0].resource}
    document = {"Version": "2012-10-17", "Statement": [statement]}
    values = {"role": role.id, "name": name, "policy": json.dumps(document, indent=2), "detached": ""}
    id_ = f"{role.id}/{name}"
    raw = {
        "PolicyId": id_,
        "RoleName": role.id,
        "PolicyName": name,
        "IsAttached": True,
        "IsBoundary": False,
        "Document": document,
    }
    return Proposal(
        title=f"{effect} {', '.join(actions)} on {asked[0].resource} in a policy of role {role.id}",
        terraform=terraform("role_policy", **values),
        cli=cli("role_policy", **values),
        edits=(added(RolePolicy, role, id_, raw),),
        warnings=(f"Whatever else uses role {role.id} is changed too.",),
    )


def together(*parts: Proposal) -> Proposal:
    """Changes that only help together, in this order, as one proposal."""
    return Proposal(
        title="; ".join(part.title for part in parts),
        terraform="\n".join(part.terraform for part in parts),
        cli="".join(part.cli for part in parts),
        edits=tuple(edit for part in parts for edit in part.edits),
        warnings=tuple(dict.fromkeys(word for part in parts for word in part.warnings)),
    )
