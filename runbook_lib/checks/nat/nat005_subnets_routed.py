"""Subnet routes traffic for the internet to a NAT gateway.

What is verified
    Every subnet of the target whose way to a public destination needs a NAT gateway has a route to one, in a zone that
    it serves.
Why it matters
    When one subnet of several lacks the route, part of the invocations time out and part succeed. That looks like a
    NAT gateway at its limit, and the NAT gateway is innocent.
How it is decided
    The path is traced from every subnet: one that passes a NAT gateway is well; one that finds no route, meets a
    blackhole, or reaches an internet gateway without a public address is not. For S3 and DynamoDB, which need no NAT
    gateway, this is asked only where another subnet passes one.
Unknown when
    A fact on the path could not be read (the finding names the IAM action), or an appliance decides.
Sources
    Enable internet access for VPC-connected Lambda functions,
    https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc-internet.html (read 2026-11-21)
    Regional NAT gateways, https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateways-regional.html
    (read 2026-11-21)
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from ipaddress import ip_network

from runbook_lib.checks.base import Meta, Settings
from runbook_lib.checks.endpoints.common import GATEWAY_SERVICES
from runbook_lib.checks.nat.gateways import uses_of
from runbook_lib.checks.nat.ways import unrouted
from runbook_lib.checks.path.common import TRACED, Flow, Traced, blamed, each_flow
from runbook_lib.checks.path.stages import blocked_words, evidence_for
from runbook_lib.model.finding import Finding
from runbook_lib.model.status import Severity
from runbook_lib.model.vpc import Subnet
from runbook_lib.network.routing import is_private
from runbook_lib.network.view import View

__all__ = ["META", "check"]

META = Meta(
    id="NAT005",
    title="Subnet routes traffic for the internet to a NAT gateway",
    severity=Severity.HIGH,
    family="nat",
    applies_to=Subnet.TYPE,
    needs=TRACED,
)


def check(view: View, settings: Settings) -> Iterator[Finding]:
    """One finding per subnet, security groups and destination."""
    passing = {way.flow.to for use in uses_of(view, settings).gateways for way in use.ways}
    return each_flow(META, view, settings, lambda traced: _judge(traced, traced.flow.to in passing))


def _judge(traced: Traced, others_pass: bool) -> Iterator[Finding]:
    subnet, scope = traced.subnet, traced.flow.scope
    nats = [hop["id"] for part in traced.parts for hop in part["forward"]["hops"] if hop["kind"] == "nat-gateway"]
    needed = _is_public(traced.flow) and (others_pass or traced.flow.to not in GATEWAY_SERVICES)
    lost = unrouted(traced, nats) if needed else []
    if lost:
        said = f"{traced.words} has no NAT gateway: {blocked_words(lost)}."
        seen = evidence_for(traced, lost)
        yield META.failed(subnet, said, *seen, code=lost[0]["code"], scope=scope, blames=blamed(lost))
    elif nats:
        names = " and ".join(traced.view.nat_gateway(nat_id).label for nat_id in dict.fromkeys(nats))
        table = traced.view.route_table_of(subnet.id)
        said = f"{traced.words} passes {names}."
        yield META.passed(subnet, said, table.cite("Routes"), scope=scope)
    elif traced.missing:
        yield traced.undecided(META)
    else:
        yield META.not_applicable(subnet, f"{traced.words} passes no NAT gateway.", scope=scope)


def _is_public(flow: Flow) -> bool:
    """Whether the destination may lie in the IPv4 internet: a public address, or a name."""
    with suppress(ValueError):
        cidr = ip_network(flow.to, strict=False)
        return cidr.version == 4 and not is_private((4, int(cidr.network_address)))
    return not flow.to.startswith(("eni-", "i-"))
