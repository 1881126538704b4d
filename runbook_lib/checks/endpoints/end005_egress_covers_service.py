"""Security groups let HTTPS out to every address of the service.

What is verified
    The egress rules of the target's security groups, taken together, allow TCP 443 to every address of the service:
    the CIDRs of its prefix list, or the interfaces of the interface endpoint that takes its name.
Why it matters
    A rule with some of the CIDRs, copied by hand, works until DNS answers with an address outside them: then
    connections time out at random. Security groups drop silently, so the client sees a timeout, never a refusal.
How it is decided
    By exact subtraction of what all rules of all groups allow (by CIDR, prefix list or group) from the addresses.
Unknown when
    The security groups, VPC endpoints or prefix lists could not be read, and nothing else decides.
Sources
    Gateway endpoints for Amazon S3, https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-s3.html
    (read 2026-11-21)
    Security group rules, https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html (read 2026-11-21)
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from runbook_lib.checks.base import Meta, Settings
from runbook_lib.checks.endpoints import common
from runbook_lib.model.filters import SecurityGroup
from runbook_lib.model.finding import Finding
from runbook_lib.model.status import Severity
from runbook_lib.network.filtering import Peer, uncovered
from runbook_lib.network.view import View

__all__ = ["META", "check"]

META = Meta(
    id="END005",
    title="Security groups let HTTPS out to every address of the service",
    severity=Severity.HIGH,
    family="endpoints",
    applies_to=SecurityGroup.TYPE,
    needs=("SecurityGroups", "PrefixLists", "VpcEndpoints", "NetworkInterfaces", "Vpcs", "Subnets"),
)


class _Use(NamedTuple):
    vpc_id: str
    group_ids: tuple[str, ...]
    service: str

    @property
    def scope(self) -> str:
        """The service and the other groups of the set, so that two sets with one first group stay apart."""
        return "+".join((self.service, *self.group_ids[1:]))


def check(view: View, settings: Settings) -> Iterator[Finding]:
    """One finding per set of security groups and service."""
    sets = sorted({(place.vpc_id, place.group_ids) for place in settings.target.placements if place.group_ids})
    uses = [_Use(vpc, ids, service) for vpc, ids in sets for service in common.judged_services(view, settings, vpc)]
    judged = META.each(
        uses,
        lambda use: view.ref(SecurityGroup, use.group_ids[0]),
        lambda use: _judge(view, use),
        lambda use: use.scope,
    )
    nothing = META.not_applicable(settings.target.ref, f"No security group is known for {settings.target.name}.")
    return common.unless_none(judged, nothing)


def _judge(view: View, use: _Use) -> Iterator[Finding]:
    groups = view.groups(use.group_ids)
    names = " and ".join(group.label for group in groups)
    to = common.destination(view, use.vpc_id, use.service)
    if to is None:
        said = f"No endpoint takes the name of {use.service} in {use.vpc_id}, so {names} cannot be judged; see END001."
        yield META.not_applicable(groups[0], said, scope=use.scope)
        return
    carried = tuple(sorted({group for interface in to.interfaces for group in interface.group_ids}))
    left = uncovered(view, groups, True, Peer(to.cidrs, carried), common.HTTPS)
    seen = [*(group.cite("IpPermissionsEgress") for group in groups), *to.evidence]
    several = len(groups) > 1
    if not left:
        yield META.passed(
            groups[0],
            f"{names} {'allow' if several else 'allows'} TCP 443 to every address of {to.words}.",
            *seen,
            scope=use.scope,
        )
        return
    ruled = any(group.egress for group in groups)
    why = "" if ruled else ", having no egress rule"
    said = f"{names} {'block' if several else 'blocks'} TCP 443 to {to.words}: {common.cidr_words(left)}{why}."
    code = "ENI_SG_RULES_MISMATCH" if ruled else "SG_HAS_NO_RULES"
    yield META.failed(groups[0], said, *seen, code=code, scope=use.scope)
