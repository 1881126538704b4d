"""VPC resolves the names of AWS services: DNS support is on, and DNS hostnames where private DNS needs them.

What is verified
    The attribute enableDnsSupport of the VPC is true, and enableDnsHostnames too when an interface endpoint of the
    VPC has private DNS.
Why it matters
    Without DNS support the Amazon DNS server answers nobody in the VPC: every call fails before a packet leaves.
    Without DNS hostnames private DNS does not work, and names lead to public addresses instead of the endpoint.
How it is decided
    By the two attributes. The documentation of gateway endpoints asks for both; a gateway endpoint is reached through
    public addresses, which need DNS support alone, so that hostnames count here only for private DNS.
Unknown when
    An attribute could not be read, or DNS hostnames are off and the VPC endpoints could not be read.
Sources
    DNS attributes for your VPC, https://docs.aws.amazon.com/vpc/latest/userguide/vpc-dns.html (read 2026-11-21)
    Gateway endpoints for Amazon S3, https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-s3.html
    (read 2026-11-21)
"""

from __future__ import annotations

from collections.abc import Iterator

from runbook_lib.checks.base import Meta, Settings
from runbook_lib.checks.endpoints import common
from runbook_lib.errors import FactMissing
from runbook_lib.model.finding import Finding
from runbook_lib.model.kinds import action_of
from runbook_lib.model.status import Severity
from runbook_lib.model.vpc import Vpc, VpcAttributes
from runbook_lib.network.view import View

__all__ = ["META", "check"]

META = Meta(
    id="END008",
    title="VPC resolves the names of AWS services",
    severity=Severity.MEDIUM,
    family="endpoints",
    applies_to=Vpc.TYPE,
    needs=("VpcAttributes", "Vpcs", "VpcEndpoints", "Subnets"),
)


def check(view: View, settings: Settings) -> Iterator[Finding]:
    """One finding per VPC."""
    return META.each(settings.target.vpc_ids, lambda vpc_id: view.ref(Vpc, vpc_id), lambda vpc: _judge(view, vpc))


def _judge(view: View, vpc_id: str) -> Iterator[Finding]:
    vpc, dns = view.vpc(vpc_id), view.vpc_attributes(vpc_id)
    if dns.dns_support is None or dns.dns_hostnames is None:
        raise FactMissing(f"a DNS attribute of {vpc.label}", action_of(VpcAttributes.KEY))
    support, hostnames = dns.cite("EnableDnsSupport"), dns.cite("EnableDnsHostnames")
    if not dns.dns_support:
        said = f"{vpc.label} has DNS support off: the Amazon DNS server answers no query there."
        yield META.failed(vpc, said, support, code="DNS_SUPPORT_OFF")
        return
    private = [] if dns.dns_hostnames else [e for e in common.all_interfaces(view, vpc_id) if e.private_dns]
    if private:
        names = ", ".join(endpoint.label for endpoint in private)
        said = f"{vpc.label} has DNS hostnames off, which the private DNS of {names} needs."
        yield META.failed(vpc, said, hostnames, private[0].cite("PrivateDnsEnabled"), code="DNS_HOSTNAMES_OFF")
        return
    state = "on" if dns.dns_hostnames else "off, which only private DNS would need"
    yield META.passed(vpc, f"{vpc.label} has DNS support on and DNS hostnames {state}.", support, hostnames)
