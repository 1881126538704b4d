"""Whether the role of a function may do something with a resource, as far as role and resource tell.

In one account an allow in either is enough; between accounts both must allow; an explicit deny anywhere wins. What a
permissions boundary does not allow, the policy of a resource does not give to a role either. Service and resource
control policies are not read.

Sources
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-basic-examples-of-iam-policies.html
    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html (read 2026-11-21)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from runbook_lib.model.fact import Raw
from runbook_lib.model.finding import Evidence
from runbook_lib.model.interfaces import Function
from runbook_lib.model.triggers import Queue
from runbook_lib.network.conditions import is_met
from runbook_lib.network.permission import Layer, Permission, permitted, role_of
from runbook_lib.network.policy import Match, Request, Ruling, Statement, Verdict, read_statements, rule_on
from runbook_lib.network.view import View

__all__ = ["Access", "May", "access", "access_to_queue", "account_in", "is_granted"]

_TLS = {"aws:securetransport": "true"}
_OWN_KEY = "alias/aws/sqs"  # its policy lets every principal of the account use it through SQS


class May(StrEnum):
    """Whether something is allowed; open when something that was not read decides."""

    YES = "yes"
    NO = "no"
    OPEN = "open"


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """The answer, a clause that says why, and where that stands."""

    may: May
    why: str
    evidence: tuple[Evidence, ...]


def account_in(arn: str) -> str:
    """The account in an ARN; empty where it names none, as that of a bucket."""
    parts = arn.split(":")
    return parts[4] if len(parts) > 4 else ""


def access(view: View, function: Function, request: Request, granting: Sequence[Raw] | None = None) -> Access:
    """Whether the role may make a request; `granting` are the statements of the resource's policy, None if not read.

    Raises FactMissing when the role or one of its policies was not read.
    """
    found = permitted(view, function, request, by_lambda=True)
    owner = account_in(request.resource)
    is_foreign = bool(owner and function.scope.account and owner != function.scope.account)
    role_arn = role_of(view, function).role_arn
    own = _ruling(granting, role_arn, request, is_foreign=is_foreign)
    may, why = _decided(found, own, is_foreign=is_foreign)
    if may is May.YES and granting is not None and (doubt := _doubt(granting, role_arn, request)):
        may, why = May.OPEN, doubt
    return Access(may=may, why=why, evidence=found.evidence)


def is_granted(statements: Sequence[Raw], role_arn: str | None, request: Request) -> bool:
    """Whether the policy of a resource lets a role of its account do something, or may do so."""
    own = _ruling(statements, role_arn, request, is_foreign=False)
    return own is not None and own.verdict is not Verdict.DENIED


def access_to_queue(view: View, function: Function, queue: Queue, action: str) -> Access:
    """Whether the role may do something with a queue that exists, whose own policy and key count too."""
    found = access(view, function, Request(action, queue.id), queue.statements)
    if found.may is not May.YES or queue.kms_key is None or queue.kms_key.endswith(_OWN_KEY):
        return found
    why = f"{found.why}, but the policy of key {queue.kms_key}, which was not read, has to let it use that key too"
    return replace(found, may=May.OPEN, why=why)


def _decided(found: Permission, own: Ruling | None, *, is_foreign: bool) -> tuple[May, str]:
    action = found.request.action
    is_final = found.statement is not None or found.is_limited or found.layer is Layer.NONE or is_foreign
    if found.verdict is Verdict.DENIED and is_final:
        return May.NO, _denial(found)
    if own is not None and own.verdict is Verdict.DENIED and own.statement is not None:
        return May.NO, f"the policy of {_name(found.request)} denies {action} (statement {own.statement.label})"
    is_granted = own is not None and own.verdict is Verdict.ALLOWED
    if found.verdict is Verdict.ALLOWED:
        if not is_foreign or is_granted:
            return May.YES, f"its role may use {action}"
        return May.OPEN, f"the policy of {_name(found.request)} in the other account has to allow {action} too"
    if found.verdict is Verdict.DEPENDS:
        return May.OPEN, f"whether its role may use {action} depends on {' and '.join(found.deciding)}"
    if is_granted:
        return May.YES, f"the policy of {_name(found.request)} lets its role use {action}"
    if own is None:
        return May.OPEN, f"{_denial(found)}; the policy of {_name(found.request)}, which was not read, may"
    if own.verdict is Verdict.DEPENDS:
        return (
            May.OPEN,
            f"{_denial(found)}; whether the policy of {_name(found.request)} does depends on its conditions",
        )
    return May.NO, _denial(found)


def _denial(found: Permission) -> str:
    action = found.request.action
    if found.layer is Layer.NONE:
        return "its role does not exist any more"
    if found.statement is not None and found.policy is not None:
        return f"policy {found.policy.policy} denies {action} (statement {found.statement.label})"
    if found.layer is Layer.BOUNDARY:
        return f"its permissions boundary does not allow {action}"
    return f"no policy of its role allows {action}"


def _ruling(
    statements: Sequence[Raw] | None, role_arn: str | None, request: Request, *, is_foreign: bool
) -> Ruling | None:
    """What the policy of a resource says about a role; None when it was not read or cannot be understood."""
    read = _about(statements or (), role_arn, is_foreign=is_foreign)
    return None if statements is None or read is None else rule_on(read, request)


def _about(statements: Sequence[Raw], role_arn: str | None, *, is_foreign: bool) -> tuple[Statement, ...] | None:
    """The statements about a role; None when one of them cannot be understood."""
    if any("NotPrincipal" in item for item in statements):
        return None
    return read_statements([item for item in statements if _is_about(item, role_arn, is_foreign)], of_identity=True)


def _doubt(statements: Sequence[Raw], role_arn: str | None, request: Request) -> str:
    """That the policy of a resource may deny what the role's allow; empty when it does not."""
    read = _about(statements, role_arn, is_foreign=False)
    if read is None:
        return f"what the policy of {_name(request)} says cannot be understood"
    found = next((item for item in read if not item.allows and item.match(request) is Match.MAYBE), None)
    if found is None:
        return ""
    whether = f"whether statement {found.label} of the policy of {_name(request)} denies {request.action}"
    return f"{whether} depends on {' and '.join(found.deciding(request))}"


def _is_about(statement: Raw, role_arn: str | None, is_foreign: bool) -> bool:
    """Whether a statement names the role or everyone.

    An allow that names the account leaves it to the role's policies, in another account too; a deny that names it is
    for everyone in it. A deny of what comes without TLS is for nobody here: Lambda and the SDKs use it.
    """
    principal, is_deny = statement.get("Principal"), statement.get("Effect") == "Deny"
    if is_deny and is_met(statement.get("Condition") or {}, _TLS) is False:
        return False
    named = principal.get("AWS") if isinstance(principal, Mapping) else principal
    meant = {"*", role_arn}
    if is_deny or is_foreign:
        account = account_in(role_arn or "")
        meant |= {account, f"{(role_arn or '').partition('::')[0]}::{account}:root"}
    return bool(meant & set([named] if isinstance(named, str) else named or ()))


def _name(request: Request) -> str:
    return request.resource.rsplit(":", 1)[1].removesuffix("/*")
