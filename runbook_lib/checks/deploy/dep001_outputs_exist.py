"""Terraform output that is asked for exists and holds a value.

What is verified
    Every output that tells what was deployed (endpoint, function, subnets, security groups) is in the state, holds a
    value, and is not marked sensitive.
Why it matters
    In a folder without state Terraform prints an empty object and reports success. A pipeline that compares empty
    texts with each other is green and has compared nothing.
How it is decided
    By the outputs of the state; null, an empty text, an empty collection or one with an empty member holds no value.
Unknown when
    No state was read or not whole, the output is sensitive (its value is never kept), or something says that the
    state may be older than what was last applied, or a file with printed outputs is older than the function.
Sources
    terraform output command, https://developer.hashicorp.com/terraform/cli/commands/output (read 2026-11-21)
"""

from __future__ import annotations

from collections.abc import Iterator

from runbook_lib.checks.base import Meta, Settings
from runbook_lib.checks.deploy.outputs import NAMED, doubt, is_empty, of_outputs, outputs_read
from runbook_lib.model.actions import TerraformOutput, TerraformState
from runbook_lib.model.deploy import Deploy
from runbook_lib.model.finding import Evidence, Finding
from runbook_lib.model.interfaces import Function
from runbook_lib.model.snapshot import Listing
from runbook_lib.model.status import Severity
from runbook_lib.network.view import View

__all__ = ["META", "check"]

META = Meta(
    id="DEP001",
    title="Terraform output that is asked for exists and holds a value",
    severity=Severity.HIGH,
    family="deploy",
    applies_to=TerraformOutput.TYPE,
    needs=NAMED,
    is_anywhere=True,
)


def check(view: View, settings: Settings) -> Iterator[Finding]:
    """One finding per output that is asked for."""
    return of_outputs(META, view, settings, lambda function, deploy: _judge(view, function, deploy))


def _judge(view: View, function: Function, deploy: Deploy) -> Iterator[Finding]:
    if not deploy.outputs:
        yield META.not_applicable(function, f"No Terraform output is asked for about {function.id}.")
        return
    listing = outputs_read(view, function)
    for role, name in sorted(deploy.outputs.items()):
        found = next((fact for fact in listing.facts if fact.id == name), None)
        if isinstance(found, TerraformOutput):
            yield _of_output(view, function, found, role)
        else:
            yield _without(view, listing, name, role)


def _of_output(view: View, function: Function, found: TerraformOutput, role: str) -> Finding:
    named = f"Terraform output {found.id} for {role}"
    seen, why = found.cite("Sensitive" if found.is_sensitive else "Value"), doubt(view, function)
    if found.is_sensitive:
        said = f"{named} is sensitive, so its value is not kept: give an output that is not."
        return META.unknown(found, said, seen, code="OUTPUT_SENSITIVE", scope=role)
    if is_empty(found.value):
        said = f"{named} holds no value: {found.value!r}."
        return META.failed(found, said, seen, code="OUTPUT_EMPTY", scope=role)
    if why:
        said = f"{named} has a value, but of a state that may not be the last one applied{why}."
        return META.unknown(found, said, seen, code="STATE_IN_DOUBT", scope=role)
    states = (state for state in view.snapshot.all(TerraformState) if state.scope == found.scope)
    origin = next((f" (workspace {state.workspace}, serial {state.serial or 'not told'})" for state in states), "")
    return META.passed(found, f"{named} holds a value{origin}.", seen, scope=role)


def _without(view: View, listing: Listing, name: str, role: str) -> Finding:
    about = view.ref(TerraformOutput, name)
    if listing.incomplete:
        said = f"Terraform output {name} for {role} was not found; the state was not read whole ({listing.incomplete})."
        return META.unknown(about, said, code="NOT_READ", scope=role)
    names = ", ".join(fact.id for fact in listing.facts) or "no output at all"
    said = f"Terraform output {name} for {role} is not in the state (it has: {names})."
    pointer = f"{listing.scope.pointer}/{TerraformOutput.KEY}"
    seen = Evidence(operation=TerraformOutput.OPERATION, pointer=pointer, value=[fact.id for fact in listing.facts])
    return META.failed(about, said, seen, code="OUTPUT_MISSING", scope=role)
