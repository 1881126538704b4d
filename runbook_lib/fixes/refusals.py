"""Fixes for calls that were refused: what role, boundary and endpoint policies lack to let them pass."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from runbook_lib.checks.base import Settings
from runbook_lib.checks.function.needs import Need
from runbook_lib.checks.function.refusals import Refusal, Weighed, refusals_of, weighed
from runbook_lib.fixes.base import Proposal
from runbook_lib.fixes.permissions import grant
from runbook_lib.fixes.policies import permission_in
from runbook_lib.fixes.role_statements import together
from runbook_lib.model.finding import Finding
from runbook_lib.model.interfaces import Function
from runbook_lib.network.permission import Layer, role_of
from runbook_lib.network.policy import Verdict
from runbook_lib.network.view import View
from runbook_lib.network.whatif import apply

__all__ = ["answer"]

_PAST = "Not tried: a call that was refused cannot be made again on a copy of the policies"


def answer(view: View, settings: Settings, finding: Finding) -> Iterator[Proposal]:
    """FUN016: one change of all policies read that refuse the call. A deny of the role is deliberate and stays."""
    function = view.function(finding.resource.id)
    refusal = next((item for item in refusals_of(view, function) if item.scope == finding.scope), None)
    if refusal is None or not refusal.requests:
        return
    known = weighed(view, function, refusal)
    permission = known.permission
    is_denied = permission is not None and permission.verdict is Verdict.DENIED
    if permission is not None and is_denied and (permission.statement or permission.layer is Layer.NONE):
        return
    # Where AWS names another policy, that of the resource may allow what the role's does not: nothing is added to it.
    parts = list(_for_role(view, function, refusal)) if is_denied and refusal.may_be_roles else []
    parts += [
        permission_in(view, item, refusal.requests) for item in known.endpoints if _refuses(item.id, refusal, known)
    ]
    if parts:
        made = together(*parts)
        again = weighed(View(apply(view.snapshot, made.edits)), function, refusal)
        yield replace(made, edits=(), untried=f"{_PAST}; {_asked_again(refusal, again)}.")


def _for_role(view: View, function: Function, refusal: Refusal) -> Iterator[Proposal]:
    need = Need(scope=refusal.first.service or "call", requests=tuple(refusal.requests))
    yield from grant(view, role_of(view, function), need, refusal.requests)


def _refuses(endpoint_id: str, refusal: Refusal, known: Weighed) -> bool:
    """Whether a policy of an endpoint is to be changed: it denies, or AWS says so where it depends on something."""
    return refusal.is_endpoints or endpoint_id in known.denying


def _asked_again(refusal: Refusal, again: Weighed) -> str:
    is_open = again.permission is not None and again.permission.verdict is not Verdict.ALLOWED
    if is_open or again.endpoints:
        return f"asked of the changed policies: {'; '.join(again.clauses)}"
    return f"the changed policies allow {refusal.what}, asked on a copy"
