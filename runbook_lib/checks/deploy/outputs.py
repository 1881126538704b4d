"""The outputs of Terraform that tell what was deployed, held against what AWS has."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from runbook_lib.checks.base import Meta, Settings
from runbook_lib.checks.deploy.common import of_function
from runbook_lib.errors import FactMissing
from runbook_lib.model.actions import TerraformOutput, TerraformState
from runbook_lib.model.deploy import Deploy
from runbook_lib.model.fact import Scope
from runbook_lib.model.finding import Finding
from runbook_lib.model.interfaces import Function
from runbook_lib.model.snapshot import Listing
from runbook_lib.network.view import View

__all__ = ["NAMED", "doubt", "endpoint_ids", "is_empty", "of_outputs", "output", "outputs_read", "texts_of", "words"]

NAMED = (TerraformOutput.KEY, TerraformState.KEY, Function.KEY)
"""The snapshot keys that a check of outputs may read."""


def of_outputs(
    meta: Meta, view: View, settings: Settings, judge: Callable[[Function, Deploy], Iterable[Finding]]
) -> Iterator[Finding]:
    """Judge the function that was deployed by the outputs that are asked for, and those asked for when it was read."""
    noted = dict(pair for state in view.snapshot.all(TerraformState) for pair in state.asked)
    return of_function(
        meta,
        view,
        settings,
        lambda function, deploy: judge(function, replace(deploy, outputs={**noted, **deploy.outputs})),
    )


def outputs_read(view: View, function: Function) -> Listing:
    """The outputs that were read. Raises FactMissing when no state was."""
    listings = view.snapshot.listings
    found = listings.get((function.scope, TerraformOutput.KEY)) or listings.get((Scope(), TerraformOutput.KEY))
    if found is None:
        raise FactMissing("the state of Terraform, whose folder or file has to be given,")
    return found


def output(view: View, function: Function, deploy: Deploy, role: str) -> TerraformOutput | None:
    """The output that plays a role, None when none was asked for.

    Raises FactMissing when it is not there, is empty, or is sensitive: then DEP001 tells.
    """
    name = deploy.outputs.get(role)
    if name is None:
        return None
    found = next((fact for fact in outputs_read(view, function).facts if fact.id == name), None)
    if not isinstance(found, TerraformOutput) or is_empty(found.value):
        raise FactMissing(f"a value of the Terraform output {name} (see DEP001)")
    return found


def endpoint_ids(view: View, function: Function, deploy: Deploy) -> tuple[TerraformOutput, tuple[str, ...]]:
    """The output that names the endpoints, and their ids. Raises FactMissing."""
    found = output(view, function, deploy, "endpoint_id")
    if found is None:
        raise FactMissing("the id of the endpoint, of which no output is asked for,")
    return found, texts_of(found)


def is_empty(value: Any) -> bool:
    """Whether a value tells nothing: null, an empty text or collection, or a collection with such a member."""
    if isinstance(value, Mapping):
        return not value or any(is_empty(item) for item in value.values())
    if isinstance(value, list | tuple):
        return not value or any(is_empty(item) for item in value)
    return value is None or (isinstance(value, str) and not value.strip())


def texts_of(found: TerraformOutput) -> tuple[str, ...]:
    """Its text, or those of its list or map (by key). Raises FactMissing when it holds anything else."""
    value = found.value
    if isinstance(value, Mapping):
        value = [value[key] for key in sorted(value)]
    texts = (value,) if isinstance(value, str) else tuple(value) if isinstance(value, list | tuple) else (None,)
    if not all(isinstance(text, str) for text in texts):
        raise FactMissing(f"the Terraform output {found.id}, which is no text and no list of texts,")
    return tuple(text.strip() for text in texts)


def doubt(view: View, function: Function) -> str:
    """Why the outputs may be older than what was last applied, as a clause in brackets; empty when nothing says so.

    A file with printed outputs says nothing of itself but when it was written; the function may have changed since.
    """
    reasons = [gap.reason for gap in view.snapshot.gaps if gap.what == TerraformState.KEY]
    changed = _last_modified(function)
    for state in view.snapshot.all(TerraformState):
        if state.read_by == "outputs file" and state.modified and changed and state.modified < changed:
            printed, since = (f"{moment:%Y-%m-%d %H:%M:%S} UTC" for moment in (state.modified, changed))
            said = f"{state.id} was written at {printed} and {function.id} last modified at {since}"
            reasons.append(f"{said}; print the outputs again")
    return f" ({'; '.join(reasons)})" if reasons else ""


def _last_modified(function: Function) -> datetime | None:
    """When its configuration was last changed; None where that was not told."""
    try:
        return datetime.fromisoformat(str(function.raw.get("LastModified"))).astimezone(UTC)
    except ValueError:
        return None


def words(ids: Iterable[str]) -> str:
    """Ids for a sentence, sorted; `none` without any."""
    return ", ".join(sorted(ids)) or "none"
