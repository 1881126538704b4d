"""A statement more for a role, as text and as a change of facts."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from runbook_lib.fixes.base import Proposal
from runbook_lib.fixes.edits import added
from runbook_lib.fixes.text import cli, terraform
from runbook_lib.model.fact import Raw
from runbook_lib.model.interfaces import Function
from runbook_lib.model.roles import PolicySimulation, Role, RolePolicy
from runbook_lib.network.permission import policies_of, role_of
from runbook_lib.network.policy import Request
from runbook_lib.network.view import View
from runbook_lib.network.whatif import Edit

__all__ = [
    "actions_in",
    "document",
    "free_name",
    "inline",
    "outdated",
    "shared",
    "statements",
    "text",
    "together",
    "with_statement",
]

_VERSION = "2012-10-17"


def with_statement(
    view: View, function: Function, purpose: str, asked: Sequence[Request], *, effect: str = "Allow"
) -> Proposal:
    """An inline policy more for the role of a function. Raises FactMissing when the role was not read.

    `purpose` becomes part of its name.
    """
    role = role_of(view, function)
    name = free_name(role, purpose, policies_of(view, role))
    made = document(statements(purpose, asked, effect))
    values = {"role": role.id, "name": name, "policy": text(made), "detached": ""}
    places = " and ".join(dict.fromkeys(request.resource for request in asked))
    return Proposal(
        title=f"{effect} {actions_in(asked)} on {places} in a policy of role {role.id}",
        terraform=terraform("role_policy", **values),
        cli=cli("role_policy", **values),
        edits=(inline(role, name, made), *outdated(view, role)),
        warnings=(shared(role),),
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


def statements(scope: str, requests: Iterable[Request], effect: str = "Allow") -> list[Raw]:
    """The fewest statements about these requests and nothing beside them."""
    actions: dict[str, dict[str, None]] = {}
    for request in requests:
        actions.setdefault(request.resource, {})[request.action] = None
    places: dict[tuple[str, ...], list[str]] = {}
    for resource, named in actions.items():
        places.setdefault(tuple(sorted(named)), []).append(resource)
    word = "".join(part.capitalize() for part in re.findall(r"[A-Za-z0-9]+", scope))
    return [
        {"Sid": f"{effect}{word}{number or ''}", "Effect": effect, "Action": list(named), "Resource": sorted(where)}
        for number, (named, where) in enumerate(places.items())
    ]


def document(listed: Iterable[Raw]) -> dict[str, Any]:
    """A policy of these statements; IAM wants each Sid once in a policy."""
    made: list[dict[str, Any]] = []
    for item in listed:
        taken = {other.get("Sid") for other in made}
        sid = item.get("Sid")
        free = next((word for number in range(len(taken) + 1) if (word := f"{sid}{number or ''}") not in taken), sid)
        made.append({**item, "Sid": free} if sid else dict(item))
    return {"Version": _VERSION, "Statement": made}


def text(made: Raw) -> str:
    """A policy as people read it."""
    return json.dumps(made, indent=2)


def inline(role: Role, name: str, made: Raw) -> Edit:
    """A policy of the role itself."""
    id_ = f"{role.id}/{name}"
    raw = {
        "PolicyId": id_,
        "RoleName": role.id,
        "PolicyName": name,
        "IsAttached": True,
        "IsBoundary": False,
        "Document": made,
    }
    return added(RolePolicy, role, id_, raw)


def free_name(role: Role, name: str, policies: Iterable[RolePolicy]) -> str:
    """A name that puts nothing in place of another policy."""
    taken = {item.policy for item in policies}
    return next(word for number in range(1, len(taken) + 2) if (word := f"{name}-{number}") not in taken)


def outdated(view: View, role: Role) -> Iterator[Edit]:
    """What the simulator said of the policies before says nothing of those after."""
    for item in view.snapshot.all(PolicySimulation):
        if item.role_arn == role.role_arn:
            yield Edit(key=PolicySimulation.KEY, scope=item.scope, id=item.id, value=None)


def shared(role: Role) -> str:
    """The warning that a role may have other users."""
    return f"Whatever else uses role {role.id} is changed too."


def actions_in(requests: Iterable[Request]) -> str:
    """The actions, each once, with a comma between them."""
    return ", ".join(dict.fromkeys(request.action for request in requests))
