"""Network ACL lets HTTPS out to the service and its answers back.

What is verified
    The network ACL in effect of each subnet allows TCP 443 out to every address of the service, and TCP 1024-65535
    back from them. For an interface endpoint in another subnet the ACL there is judged too.
Why it matters
    Network ACLs are stateless: the answer must be allowed by a rule of its own. A shortened range of return ports
    fails only the connections whose source port falls outside: timeouts that come and go.
How it is decided
    First match in rule order, by exact arithmetic over addresses and ports; the blocked share is that of all
    address-and-port combinations. Traffic that stays inside one subnet meets no network ACL.
Unknown when
    The network ACLs, subnets, VPC endpoints or prefix lists could not be read.
Sources
    Troubleshoot networking issues in Lambda,
    https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-networking.html (read 2026-11-21)
    Network ACL rules, https://docs.aws.amazon.com/vpc/latest/userguide/nacl-rules.html (read 2026-11-21)
"""

from __future__ import annotations

from collections.abc import Iterator

from runbook_lib.checks.base import Meta, Settings
from runbook_lib.checks.endpoints import common, crossings
from runbook_lib.model.finding import Finding
from runbook_lib.model.status import Severity
from runbook_lib.model.vpc import Subnet
from runbook_lib.network.view import View

__all__ = ["META", "check"]

META = Meta(
    id="END006",
    title="Network ACL lets HTTPS out to the service and its answers back",
    severity=Severity.HIGH,
    family="endpoints",
    applies_to=Subnet.TYPE,
    needs=("NetworkAcls", "Subnets", "Vpcs", "PrefixLists", "VpcEndpoints", "NetworkInterfaces"),
)


def check(view: View, settings: Settings) -> Iterator[Finding]:
    """One finding per subnet and service."""
    return common.each_use(META, view, settings, lambda use: _judge(view, use))


def _judge(view: View, use: common.Use) -> Iterator[Finding]:
    subnet, service = view.subnet(use.subnet_id), use.service
    to = common.destination(view, use.vpc_id, service)
    if to is None:
        said = (
            f"No endpoint takes the name of {service} in {use.vpc_id}, so {subnet.label} cannot be judged; see END001."
        )
        yield META.not_applicable(subnet, said, scope=service)
        return
    met = crossings.of(view, subnet, to)
    seen = [evidence for crossing in met for evidence in crossing.evidence]
    blocked = [crossing for crossing in met if crossing.blocked]
    if not blocked:
        by = " and ".join(sorted({crossing.acl.label for crossing in met}))
        way = f"Traffic from {subnet.label} to {to.words}"
        said = f"{way} passes {by}, answers to every return port included." if met else f"{way} meets no network ACL."
        yield META.passed(subnet, said, *seen, *to.evidence, scope=service)
        return
    said = f"{subnet.label} to {to.words}: {'; '.join(crossing.words for crossing in blocked)}."
    yield META.failed(subnet, said, *seen, *to.evidence, code="SUBNET_ACL_RESTRICTION", scope=service)
