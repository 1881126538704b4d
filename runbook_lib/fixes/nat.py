"""Fixes for NAT gateways: the routes and entries that heal the ways through them, and what takes load off them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from runbook_lib.checks.base import Settings
from runbook_lib.checks.endpoints.common import GATEWAY_SERVICES, gateways, judged_services
from runbook_lib.checks.nat.gateways import Use, uses_of
from runbook_lib.checks.nat.ways import subnets_through
from runbook_lib.checks.path.common import Flow, answer_of, blamed, flows
from runbook_lib.fixes.base import Proposal
from runbook_lib.fixes.changes import aws
from runbook_lib.fixes.creation import create_endpoint
from runbook_lib.fixes.path import offers
from runbook_lib.fixes.proof import trace
from runbook_lib.fixes.routes import restore_route
from runbook_lib.model.finding import Finding
from runbook_lib.model.gateways import NatGateway
from runbook_lib.model.vpc import Subnet, Vpc
from runbook_lib.network.view import View
from runbook_lib.network.whatif import apply

__all__ = ["heal_ways", "relieve", "use_endpoint"]

_MOST_ADDRESSES = 8
_PAST = "Not tried: what was counted cannot be counted again on a copy of the network"


def heal_ways(view: View, settings: Settings, finding: Finding) -> Iterator[Proposal]:
    """NAT001, NAT003 to NAT005: what heals every way that the fault stops, or leads it by another NAT gateway."""
    stopped = [flow for flow in flows(settings) if _concerns(view, flow, finding)]
    if not stopped:
        return
    for rank, first in enumerate(offers(view, stopped[0].question(view))):
        yield replace(_for_all(view, stopped[1:], first, rank) if first.edits else first, moves=True)


def _concerns(view: View, flow: Flow, finding: Finding) -> bool:
    if finding.scope:
        return (finding.resource.id, finding.scope) == (flow.subnet_id, flow.scope)
    return not {*finding.blames}.isdisjoint(blamed(answer_of(view, flow).blockers))


def _for_all(view: View, others: list[Flow], first: Proposal, rank: int) -> Proposal:
    """A change for the first way with what the others still need, of the same rank where there is a choice."""
    made = first
    for flow in others:
        after = View(apply(view.snapshot, made.edits))
        question = flow.question(after)
        if trace(after, question)["verdict"] != "blocked":
            continue
        steps = [offer for offer in offers(after, question) if offer.edits]
        if not steps:
            return made
        step = steps[min(rank, len(steps) - 1)]
        made = Proposal(
            title=f"{made.title}; then {step.title[0].lower()}{step.title[1:]}",
            terraform=f"{made.terraform}\n{step.terraform}",
            cli=made.cli + step.cli,
            edits=(*made.edits, *step.edits),
            warnings=tuple(dict.fromkeys((*made.warnings, *step.warnings))),
        )
    return made


def use_endpoint(view: View, settings: Settings, finding: Finding) -> Iterator[Proposal]:
    """NAT013: create the gateway endpoint, or give the subnets a route to the one there is."""
    use = _use(view, settings, finding)
    if use is not None:
        yield from _endpoint_for(view, settings, finding, use, finding.scope)


def relieve(view: View, settings: Settings, finding: Finding) -> Iterator[Proposal]:
    """NAT007 and NAT011: take the traffic away that needs no NAT gateway, or give it another address."""
    use = _use(view, settings, finding)
    if use is None:
        return
    for service in judged_services(view, settings, use.vpc_id):
        if service in GATEWAY_SERVICES:
            for proposal in _endpoint_for(view, settings, finding, use, service):
                untried = f"{_PAST}; traffic to {service} no longer passes {use.nat_id} afterwards."
                yield replace(proposal, edits=(), untried=untried)
    nat = view.nat_gateway(use.nat_id)
    if nat.is_public and not nat.is_regional and len(nat.addresses) < _MOST_ADDRESSES:
        yield _address(view, nat, use)


def _use(view: View, settings: Settings, finding: Finding) -> Use | None:
    return next((use for use in uses_of(view, settings).gateways if use.nat_id == finding.resource.id), None)


def _endpoint_for(view: View, settings: Settings, finding: Finding, use: Use, service: str) -> Iterator[Proposal]:
    subnets = subnets_through(view, settings, view.nat_gateway(use.nat_id), use, service)
    if not subnets:
        return
    if not gateways(view, use.vpc_id, service):
        yield from create_endpoint(view, settings, replace(finding, resource=view.ref(Vpc, use.vpc_id), scope=service))
        return
    about = (replace(finding, resource=view.ref(Subnet, subnet_id), scope=service) for subnet_id in subnets)
    found = (proposal for one in about for proposal in restore_route(view, settings, one))
    yield from {proposal.title: proposal for proposal in found}.values()


def _address(view: View, nat: NatGateway, use: Use) -> Proposal:
    """Another Elastic IP address: source https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-basics.html"""
    region = view.region_of(use.vpc_id)
    return Proposal(
        title=f"Give {nat.label} another Elastic IP address: 55,000 more connections to each destination",
        terraform=f"# in aws_nat_gateway {nat.id}: add the new address to secondary_allocation_ids\n",
        cli=aws("ec2 allocate-address", region, domain="vpc")
        + aws("ec2 associate-nat-gateway-address", region, nat_gateway_id=nat.id, allocation_ids="ALLOCATION_ID"),
        edits=(),
        untried=f"{_PAST}.",
        warnings=(
            "The far side sees another source address: its allow lists have to know it.",
            "More than 2 addresses need a higher quota (L-5F53652F); 8 are the most.",
        ),
    )
