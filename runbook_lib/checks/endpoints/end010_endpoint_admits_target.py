"""Interface endpoint admits HTTPS from the target.

What is verified
    The security groups of the interface endpoint allow TCP 443 in from the target's security groups, or from every
    IPv4 address of each of its subnets.
Why it matters
    An endpoint made with the VPC's default group admits only members of that group: everybody else times out, since
    security groups drop silently.
How it is decided
    By exact subtraction of what the ingress rules allow (by group or CIDR) from each subnet's addresses.
Unknown when
    The VPC endpoints, security groups or subnets could not be read, or the endpoint came without its groups.
Sources
    Access an AWS service using an interface VPC endpoint,
    https://docs.aws.amazon.com/vpc/latest/privatelink/create-interface-endpoint.html (read 2026-11-21)
"""

from __future__ import annotations

from collections.abc import Iterator

from runbook_lib.checks.base import Meta, Settings
from runbook_lib.checks.endpoints import common
from runbook_lib.errors import FactMissing
from runbook_lib.model.finding import Finding
from runbook_lib.model.gateways import VpcEndpoint
from runbook_lib.model.kinds import action_of
from runbook_lib.model.status import Severity
from runbook_lib.model.target import Placement
from runbook_lib.network.filtering import Peer, uncovered
from runbook_lib.network.view import View

__all__ = ["META", "check"]

META = Meta(
    id="END010",
    title="Interface endpoint admits HTTPS from the target",
    severity=Severity.HIGH,
    family="endpoints",
    applies_to=VpcEndpoint.TYPE,
    needs=("VpcEndpoints", "SecurityGroups", "Subnets", "Vpcs", "PrefixLists"),
)


def check(view: View, settings: Settings) -> Iterator[Finding]:
    """One finding per interface endpoint and set of security groups."""

    def judge(endpoint: VpcEndpoint) -> Iterator[Finding]:
        for place in common.places(settings.target, endpoint.vpc_id):
            yield from META.each(
                [place], lambda _: endpoint.ref, lambda p: _judge(view, endpoint, p), lambda p: "+".join(p.group_ids)
            )

    return common.each_interface(META, view, settings, judge)


def _judge(view: View, endpoint: VpcEndpoint, place: Placement) -> Iterator[Finding]:
    if not endpoint.group_ids:
        raise FactMissing(f"the security groups of {endpoint.label}", action_of(VpcEndpoint.KEY))
    groups, scope = view.groups(endpoint.group_ids), "+".join(place.group_ids)
    subnets = [view.subnet(subnet_id) for subnet_id in place.subnet_ids]
    refused = []
    for subnet in subnets:
        cidrs = tuple(cidr for cidr in subnet.cidrs if cidr.version == 4)
        left = uncovered(view, groups, False, Peer(cidrs, place.group_ids), common.HTTPS)
        refused += [f"{subnet.label} ({common.cidr_words(left)})"] if left else []
    seen = [group.cite("IpPermissions") for group in groups]
    names = " and ".join(group.label for group in groups)
    about = f"{endpoint.label} for {endpoint.service_short} (groups {names})"
    if refused:
        said = f"{about} refuses TCP 443 from {'; '.join(refused)}."
        code = "ENI_SG_RULES_MISMATCH" if any(group.ingress for group in groups) else "SG_HAS_NO_RULES"
        yield META.failed(endpoint, said, *seen, code=code, scope=scope)
        return
    said = f"{about} admits TCP 443 from {', '.join(subnet.label for subnet in subnets)}."
    yield META.passed(endpoint, said, *seen, scope=scope)
