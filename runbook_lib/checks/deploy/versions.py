"""The versions that answered: held against each other, and against what Terraform says was deployed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from runbook_lib.checks.base import Meta
from runbook_lib.checks.deploy.outputs import doubt, texts_of, words
from runbook_lib.checks.deploy.sent import listed, name_of
from runbook_lib.model.actions import InvokeResult, TerraformOutput
from runbook_lib.model.finding import Evidence, Finding
from runbook_lib.model.interfaces import Function
from runbook_lib.network.view import View

__all__ = ["mixed", "of_version"]

_LATEST = "$LATEST"


def of_version(meta: Meta, view: View, function: Function, found: TerraformOutput, role: str) -> Finding:
    """Whether every request that was answered ran the version that an output names. FactMissing when it names none.

    What $LATEST answers shows nothing of a published version, whose code may be another.
    https://docs.aws.amazon.com/lambda/latest/dg/configuration-versions.html (read 2026-11-21)
    """
    told, answered = set(texts_of(found)), _answered(view, function)
    named = f"the Terraform output {found.id} says {words(told)}"
    if not answered:
        said = f"{function.id}: which version answers is not known, because no request told it; {named}."
        return meta.unknown(function, said, found.cite("Value"), code="VERSION_NOT_TOLD", scope=role)
    seen = (_evidence(function, answered), found.cite("Value"))
    said = f"{function.id}: requests were answered by version {words(answered)}, and {named}"
    others = answered.keys() - told
    if not others:
        return meta.passed(function, f"{said}.", *seen, scope=role)
    if others == {_LATEST}:
        said = f"{said}: $LATEST shows nothing of it, give that version or its alias as qualifier."
        return meta.unknown(function, said, *seen, code="VERSION_NOT_INVOKED", scope=role)
    ids = [id_ for version in sorted(others) for id_ in answered[version]]
    said = f"{said}{doubt(view, function)}: the others ran another version ({listed(ids)})."
    return meta.failed(function, said, *seen, code="VERSION_DIFFERS", scope=role)


def mixed(meta: Meta, view: View, function: Function) -> Finding | None:
    """That requests were answered by different versions, None when all were by one.

    An alias may send a share of its requests to a second version.
    https://docs.aws.amazon.com/lambda/latest/dg/configuring-alias-routing.html (read 2026-11-21)
    """
    answered = _answered(view, function)
    if len(answered) < 2:
        return None
    parts = ", ".join(f"{len(ids):,} by {version} ({listed(ids)})" for version, ids in sorted(answered.items()))
    said = (
        f"{function.id}: not one version answered all requests, but {parts}: the alias sends them to two, or a "
        "deployment was under way; what they show is not of one version."
    )
    return meta.unknown(function, said, _evidence(function, answered), code="VERSIONS_MIXED", scope="versions")


def _answered(view: View, function: Function) -> Mapping[str, list[str]]:
    """Mapping version → ids of the requests that it answered."""
    found: dict[str, list[str]] = defaultdict(list)
    for item in view.snapshot.all(InvokeResult):
        if item.executed_version and name_of(item.function) == function.id:
            found[item.executed_version].append(item.request_id or item.id)
    return found


def _evidence(function: Function, answered: Mapping[str, list[str]]) -> Evidence:
    pointer = f"{function.scope.pointer}/{InvokeResult.KEY}"
    return Evidence(operation=InvokeResult.OPERATION, pointer=pointer, value=dict(sorted(answered.items())))
