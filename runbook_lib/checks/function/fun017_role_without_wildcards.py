"""Policy of the function's role grants no wildcards.

What is verified
    No policy that grants something to the role allows every action, or every action of a service, on every resource.
Why it matters
    Whoever gets hold of the function's credentials may do all of it, and the policy does not tell what is needed.
How it is decided
    By the Allow statements of inline and attached policies whose actions are `*`, `service:*` or all but some
    (NotAction) and whose resources are `*`, all of a service or all but some (NotResource). A condition narrows such a
    statement and does not make it another one. A permissions boundary grants nothing and is left out.
Unknown when
    The role or one of its policies was not read or cannot be understood.
Sources
    Security best practices in IAM (apply least-privilege permissions),
    https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html (read 2026-11-21)
    IAM JSON policy elements: NotAction,
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notaction.html (read 2026-11-21)
"""

from __future__ import annotations

from collections.abc import Iterator

from runbook_lib.checks.base import Meta, Settings
from runbook_lib.checks.function.common import of_function
from runbook_lib.model.finding import Finding
from runbook_lib.model.functions import FunctionConfiguration
from runbook_lib.model.interfaces import Function
from runbook_lib.model.roles import Role, RolePolicy
from runbook_lib.model.status import Severity
from runbook_lib.network.permission import policies_of, role_of, statements_in
from runbook_lib.network.policy import Statement
from runbook_lib.network.view import View

__all__ = ["META", "check", "wildcards_of"]

META = Meta(
    id="FUN017",
    title="Policy of the function's role grants no wildcards",
    severity=Severity.LOW,
    family="function",
    applies_to=RolePolicy.TYPE,
    needs=(Role.KEY, RolePolicy.KEY, FunctionConfiguration.KEY, Function.KEY),
    is_anywhere=True,
)


def check(view: View, settings: Settings) -> Iterator[Finding]:
    """One finding for each policy that grants something to the role."""
    return of_function(META, view, settings, lambda function: _judge(view, function))


def wildcards_of(policy: RolePolicy) -> tuple[Statement, ...]:
    """The statements that allow all of a service, or of all, everywhere. FactMissing when one is not understood."""
    return tuple(item for item in statements_in(policy) if item.allows and _any_action(item) and _any_resource(item))


def _judge(view: View, function: Function) -> Iterator[Finding]:
    role = role_of(view, function)
    granting = [policy for policy in policies_of(view, role) if policy.is_attached]
    if not granting:
        yield META.not_applicable(function, f"{function.id}: its role {role.id} has no policy that grants anything.")
    yield from META.each(granting, lambda policy: policy.ref, lambda policy: (_policy(function, policy),))


def _policy(function: Function, policy: RolePolicy) -> Finding:
    wild, seen = wildcards_of(policy), policy.cite("Document")
    if not wild:
        said = f"{function.id}: policy {policy.id} of its role grants no service as a whole."
        return META.passed(policy, said, seen)
    told = "; ".join(sorted(_words(statement) for statement in wild))
    said = f"{function.id}: policy {policy.id} of its role allows {told}."
    return META.failed(policy, said, seen, code="WILDCARD_GRANTED")


def _words(statement: Statement) -> str:
    action = (
        f"all but {', '.join(sorted(statement.actions))}" if statement.actions_inverted else ", ".join(_wild(statement))
    )
    place = f"all but {', '.join(sorted(statement.resources))}" if statement.resources_inverted else "every resource"
    under = f", under a condition on {', '.join(statement.conditions)}" if statement.conditions else ""
    return f"{action} on {place} (statement {statement.label}{under})"


def _wild(statement: Statement) -> tuple[str, ...]:
    return tuple(action for action in sorted(statement.actions) if not action.rpartition(":")[2].strip("*?"))


def _any_action(statement: Statement) -> bool:
    return statement.actions_inverted or bool(_wild(statement))


def _any_resource(statement: Statement) -> bool:
    """An ARN whose last part is all wildcards names all of a service."""
    return statement.resources_inverted or any(not item.split(":", 5)[-1].strip("*?/") for item in statement.resources)
