"""Fix for an endpoint policy: the smallest edit of its text that permits what the target is going to do."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from runbook_lib.checks.base import Settings
from runbook_lib.checks.endpoints import intended
from runbook_lib.fixes.base import Proposal
from runbook_lib.fixes.edits import changed
from runbook_lib.fixes.text import cli, terraform
from runbook_lib.model.finding import Finding
from runbook_lib.model.gateways import VpcEndpoint
from runbook_lib.network.policy import Request, Verdict, read_policy, rule_on
from runbook_lib.network.view import View

__all__ = ["permission_in", "permit"]


def permit(view: View, settings: Settings, finding: Finding) -> Iterator[Proposal]:
    """END007: take the intended actions out of the statements that deny them, and allow what nothing allows."""
    endpoint = view.endpoint(finding.resource.id)
    region = view.region_of(endpoint.vpc_id or "")
    yield permission_in(
        view, endpoint, {item: item for item in intended.requests(settings, endpoint.service_short, region)}
    )


def permission_in(view: View, endpoint: VpcEndpoint, asked: Mapping[Request, Request]) -> Proposal:
    """What permits requests in the policy of an endpoint; the values of `asked` are what a new statement names."""
    region = view.region_of(endpoint.vpc_id or "")
    document = json.loads(endpoint.policy or "{}")
    relaxed, touched = _without_denials(document, tuple(asked))
    policy = json.dumps(_with_allowance(relaxed, asked), indent=2)
    values = {"endpoint_id": endpoint.id, "policy": policy, "region": region}
    denied = f"The deny in {' and '.join(touched)} may be deliberate: ask who wrote it." if touched else ""
    return Proposal(
        title=f"Permit {', '.join(sorted({request.action for request in asked}))} in the policy of {endpoint.label}",
        terraform=terraform("endpoint_policy", **values),
        cli=cli("endpoint_policy", **values),
        edits=(changed(endpoint, PolicyDocument=policy),),
        warnings=(
            *((denied,) if denied else ()),
            "The role of the function, the bucket policy and organisation policies must allow the actions too.",
        ),
    )


def _statements(document: dict[str, Any]) -> list[dict[str, Any]]:
    listed = document["Statement"]
    return [listed] if isinstance(listed, dict) else list(listed)


def _without_denials(document: dict[str, Any], asked: tuple[Request, ...]) -> tuple[dict[str, Any], list[str]]:
    """The policy without its certain denials of the requests, and the labels of the statements changed."""
    parsed = read_policy(json.dumps(document)) or ()
    kept: list[dict[str, Any]] = []
    touched: list[str] = []
    for raw, statement in zip(_statements(document), parsed, strict=True):
        denied = {r.action.lower() for r in asked if rule_on([statement], r).statement and not statement.allows}
        if not denied:
            kept.append(raw)
            continue
        touched.append(f"statement {statement.label}")
        left = [] if statement.actions_inverted else [a for a in statement.actions if a.lower() not in denied]
        if left and not any("*" in action or "?" in action for action in left):
            kept.append({**raw, "Action": left})
    return {**document, "Statement": kept}, touched


def _with_allowance(document: dict[str, Any], asked: Mapping[Request, Request]) -> dict[str, Any]:
    parsed = read_policy(json.dumps(document)) or ()
    open_requests = [named for item, named in asked.items() if rule_on(parsed, item).verdict is not Verdict.ALLOWED]
    if not open_requests:
        return document
    made = {
        "Sid": "AllowIntendedActions",
        "Effect": "Allow",
        "Principal": "*",
        "Action": sorted({request.action for request in open_requests}),
        "Resource": sorted({request.resource for request in open_requests}),
    }
    return {**document, "Statement": [*_statements(document), made]}
