"""A Terraform plan, before it is applied: the network as it will be, and which flows that breaks or heals.

Reads the output of `terraform show -json`. What is known only after apply never makes a flow reachable: it makes it
unknown. Source: https://developer.hashicorp.com/terraform/internals/json-format
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from runbook_lib.errors import UsageError
from runbook_lib.model.snapshot import Snapshot
from runbook_lib.network.path import tracer_of
from runbook_lib.network.planned import doors, endpoints, filters, others, places, routes
from runbook_lib.network.planned.draft import Draft
from runbook_lib.network.planned.references import Reference, Undecided
from runbook_lib.network.planned.values import Change, changes_of
from runbook_lib.network.question import Question
from runbook_lib.network.reach import traffic_words
from runbook_lib.network.view import View
from runbook_lib.network.whatif import Edit

__all__ = ["FlowChange", "Overlay", "flows_changed", "overlay"]

Handler = Callable[[Draft, Change], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlay:
    """A snapshot after a plan.

    `edits` are the changed objects, `notes` what was left out or stands in for something, `undecided` what is known
    only after apply (questions that depend on it are answered unknown).
    """

    snapshot: Snapshot
    edits: tuple[Edit, ...]
    notes: tuple[str, ...] = ()
    undecided: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowChange:
    """One flow whose verdict a plan changes; `was` and `becomes` are reachable, blocked, unknown or absent."""

    question: Question
    was: str
    becomes: str

    @property
    def text(self) -> str:
        """`breaks worker -> s3 tcp/443` and the like."""
        word = {"reachable": "heals", "unknown": "makes unknown"}.get(self.becomes, "breaks")
        if self.was != "reachable" and self.becomes in ("blocked", "absent"):
            word = "blocks" if self.becomes == "blocked" else "removes"
        flow = f"{self.question.source} -> {self.question.to} {traffic_words(self.question.traffic)}"
        return f"{word} {flow} ({self.was} before, {self.becomes} after apply)"


# (what a resource becomes, what happens when it goes away), in the order in which they build on each other
_TYPES: Mapping[str, tuple[Handler, Handler | None]] = {
    "aws_vpc": (places.vpc, places.vpc_gone),
    "aws_subnet": (places.subnet, places.subnet_gone),
    "aws_internet_gateway": (doors.gateway, doors.gateway_gone),
    "aws_internet_gateway_attachment": (doors.attachment, doors.attachment_gone),
    "aws_egress_only_internet_gateway": (doors.gateway, doors.gateway_gone),
    "aws_nat_gateway": (doors.nat, doors.nat_gone),
    "aws_vpc_peering_connection": (doors.peering, doors.gateway_gone),
    "aws_vpc_peering_connection_accepter": (doors.accepter, None),
    "aws_security_group": (filters.group, filters.group_gone),
    "aws_network_acl": (filters.acl, filters.acl_gone),
    "aws_route_table": (routes.table, routes.table_gone),
    "aws_vpc_endpoint": (endpoints.endpoint, endpoints.endpoint_gone),
    "aws_route": (routes.route, routes.route_gone),
    "aws_main_route_table_association": (routes.main_association, routes.main_association_gone),
    "aws_route_table_association": (routes.association, routes.association_gone),
    "aws_network_acl_rule": (filters.acl_rule, filters.acl_rule_gone),
    "aws_network_acl_association": (filters.acl_association, filters.acl_association_gone),
    "aws_security_group_rule": (filters.group_rule, filters.group_rule_gone),
    "aws_vpc_security_group_ingress_rule": (filters.single_rule, filters.single_rule_gone),
    "aws_vpc_security_group_egress_rule": (filters.single_rule, filters.single_rule_gone),
    "aws_vpc_endpoint_route_table_association": (endpoints.table_association, endpoints.table_association_gone),
    "aws_vpc_endpoint_subnet_association": (endpoints.subnet_association, endpoints.subnet_association_gone),
    "aws_lambda_function": (places.function, places.function_gone),
}
_KEYS = {
    "aws_vpc": "Vpcs",
    "aws_subnet": "Subnets",
    "aws_internet_gateway": "InternetGateways",
    "aws_nat_gateway": "NatGateways",
    "aws_vpc_peering_connection": "VpcPeeringConnections",
    "aws_security_group": "SecurityGroups",
    "aws_network_acl": "NetworkAcls",
    "aws_route_table": "RouteTables",
    "aws_vpc_endpoint": "VpcEndpoints",
}


def overlay(snapshot: Snapshot, plan: Mapping[str, Any]) -> Overlay:
    """The snapshot as it will be after a plan (`terraform show -json PLAN`); the original is untouched.

    Ids that AWS gives at apply read like addresses: `vpce-(aws_vpc_endpoint.s3)`. Raises UsageError when it is no
    plan of a format this kit reads.
    """
    _check(plan)
    draft = Draft(snapshot)
    changes: dict[str, Change] = {}
    for change in changes_of(plan, lambda reference: _resolved(draft, changes, reference)):
        changes[change.address] = change
        if change.is_made and change.type in _KEYS:
            for name in (change.address, change.base):
                draft.made.setdefault(name, []).append((_KEYS[change.type], change.id))
    _lay(draft, list(changes.values()))
    notes = [*_reservations(plan), *(() if draft.only_one_scope() else (_SCOPES,)), *draft.notes]
    return Overlay(
        snapshot=draft.snapshot(),
        edits=draft.edits(),
        notes=tuple(dict.fromkeys(notes)),
        undecided=tuple(dict.fromkeys(draft.undecided)),
    )


def flows_changed(before: Snapshot, after: Snapshot, questions: Iterable[Question]) -> list[FlowChange]:
    """The flows whose verdict differs between two snapshots, in the order asked.

    Raises UsageError for a flow that neither snapshot knows.
    """
    views = View(before), View(after)
    found = []
    for question in questions:
        was, becomes = (_verdict(view, question) for view in views)
        if was == becomes == "absent":
            tracer_of(views[0]).trace(question)
        if was != becomes:
            found.append(FlowChange(question=question, was=was, becomes=becomes))
    return found


_SCOPES = "The snapshot holds several accounts or Regions: new resources are put beside what they name."


def _check(plan: Any) -> None:
    if not isinstance(plan, Mapping) or "format_version" not in plan:
        raise UsageError("not a Terraform plan: format_version is missing; make it with terraform show -json PLANFILE")
    version = str(plan["format_version"])
    if version.split(".")[0] not in ("0", "1"):
        raise UsageError(f"Terraform plan format {version} is not known; expected 1.x")
    if not isinstance(plan.get("resource_changes", []), list) or ("resource_changes" not in plan and "values" in plan):
        raise UsageError("this is a Terraform state, not a plan: run terraform plan -out PLANFILE and show that")


def _reservations(plan: Mapping[str, Any]) -> list[str]:
    said = []
    if plan.get("errored"):
        said.append("The plan ended with an error: it does not hold every change.")
    if plan.get("complete") is False:
        said.append("The plan is not complete: more changes follow in a later plan.")
    if "configuration" not in plan:
        said.append("The plan has no configuration: references between its resources cannot be followed.")
    return said


def _lay(draft: Draft, changes: list[Change]) -> None:
    order = {name: index for index, name in enumerate(_TYPES)}
    known = sorted((c for c in changes if c.type in order), key=lambda c: (order[c.type], c.address))
    for change in reversed(known):
        gone = _TYPES[change.type][1]
        if change.is_gone and gone is not None:
            with draft.unsure(_KEYS.get(change.type, "RouteTables"), change.old_id, change.address):
                gone(draft, change)
    for change in known:
        if change.is_changed:
            _TYPES[change.type][0](draft, change)
    for change in changes:
        if change.type not in order and (change.is_changed or change.is_gone):
            others.doubt(draft, change)


def _resolved(draft: Draft, changes: Mapping[str, Change], reference: Reference) -> str:
    """The text that a reference will be. Raises Undecided."""
    address, attribute = reference
    change = changes.get(address)
    if change is None:
        raise Undecided(f"{address}.{attribute}", (address,) if attribute == "id" else None)
    if attribute == "id":
        return change.id
    derived = {"main_route_table_id": places.main_table, "default_route_table_id": places.main_table}
    derived["default_network_acl_id"] = places.default_acl
    if change.is_made and change.type == "aws_vpc" and attribute in derived:
        return derived[attribute](change)
    if change.type == "aws_vpc_endpoint" and attribute == "prefix_list_id":
        listed = endpoints.prefix_list_of(draft, change.id)
        if listed is not None:
            return listed
    value = change.raw_after.get(attribute)
    if isinstance(value, str) and change.unknown.get(attribute) is not True:
        return value
    raise Undecided(f"{address}.{attribute}")


def _verdict(view: View, question: Question) -> str:
    try:
        return str(tracer_of(view).trace(question)["verdict"])
    except UsageError:
        return "absent"
