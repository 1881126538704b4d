"""VPC resolves the names its functions call.

What is verified
    The VPC has DNS support on when a destination is given by name.
Why it matters
    Without DNS support the Amazon resolver does not answer in the VPC: every name fails, whatever the routes say.
How it is decided
    EnableDnsSupport of the VPC.
Unknown when
    The DNS attributes of the VPC could not be read.
Sources
    DNS attributes for your VPC, https://docs.aws.amazon.com/vpc/latest/userguide/vpc-dns.html (read 2026-11-21)
"""

from __future__ import annotations

from collections.abc import Iterator

from runbook_lib.checks.base import Meta, Settings
from runbook_lib.errors import FactMissing
from runbook_lib.model.finding import Finding
from runbook_lib.model.kinds import action_of
from runbook_lib.model.status import Severity
from runbook_lib.model.vpc import Vpc, VpcAttributes
from runbook_lib.network.ends import is_name
from runbook_lib.network.view import View

__all__ = ["META", "check"]

META = Meta(
    id="PTH008",
    title="VPC resolves the names its functions call",
    severity=Severity.MEDIUM,
    family="path",
    applies_to=Vpc.TYPE,
    needs=("VpcAttributes", "Vpcs"),
)


def check(view: View, settings: Settings) -> Iterator[Finding]:
    """One finding per VPC of the target."""
    named = ", ".join(to for to in settings.destinations or settings.services if is_name(to))
    if not named:
        said = f"{settings.target.name} is asked about addresses only: no name has to be resolved."
        yield META.not_applicable(settings.target.ref, said)
        return
    ids = settings.target.vpc_ids
    yield from META.each(ids, lambda vpc_id: view.ref(Vpc, vpc_id), lambda vpc_id: _judge(view, vpc_id, named))


def _judge(view: View, vpc_id: str, named: str) -> Iterator[Finding]:
    vpc, attributes = view.vpc(vpc_id), view.vpc_attributes(vpc_id)
    if attributes.dns_support is None:
        raise FactMissing(f"EnableDnsSupport of {vpc_id}", action_of(VpcAttributes.KEY))
    seen = attributes.cite("EnableDnsSupport", "Value")
    if attributes.dns_support:
        yield META.passed(vpc, f"{vpc.label} has DNS support on and resolves {named}.", seen)
    else:
        said = f"{vpc.label} has DNS support off, so the Amazon resolver does not resolve {named} there."
        yield META.failed(vpc, said, seen, code="DNS_SUPPORT_DISABLED")
