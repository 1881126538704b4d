"""Endpoint policy permits what the target is going to do.

What is verified
    The policy of every endpoint for a judged service allows the intended actions: those of the parameter `actions`,
    else the usual ones of the service; on the bucket of the parameter `bucket`, else on any.
Why it matters
    What an endpoint policy does not allow is refused with AccessDenied, whatever the role of the function allows.
How it is decided
    An explicit deny wins, then an allow; what nothing allows is denied. The role, the bucket policy and organisation
    policies are not read here: this check speaks about the endpoint alone.
Unknown when
    The VPC endpoints could not be read, the policy is missing or is no policy, or the answer depends on a condition,
    a principal or a resource that is not known; the message says what would decide it.
Sources
    Control access to VPC endpoints using endpoint policies,
    https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html (read 2026-11-21)
"""

from __future__ import annotations

from collections.abc import Iterator

from runbook_lib.checks.base import Meta, Settings
from runbook_lib.checks.endpoints import common, intended
from runbook_lib.model.finding import Evidence, Finding
from runbook_lib.model.gateways import VpcEndpoint
from runbook_lib.model.status import Severity
from runbook_lib.network.policy import Ruling, Verdict, read_policy, rule_on
from runbook_lib.network.view import View

__all__ = ["META", "check"]

META = Meta(
    id="END007",
    title="Endpoint policy permits what the target is going to do",
    severity=Severity.HIGH,
    family="endpoints",
    applies_to=VpcEndpoint.TYPE,
    needs=("VpcEndpoints", "Vpcs", "Subnets"),
)


def check(view: View, settings: Settings) -> Iterator[Finding]:
    """One finding per endpoint for a judged service."""
    return common.each_endpoint(
        META,
        view,
        settings,
        lambda vpc_id: common.for_services(view, settings, vpc_id),
        lambda endpoint: _judge(view, settings, endpoint),
        f"{settings.target.name} has no endpoint whose policy could refuse anything; see END001.",
    )


def _judge(view: View, settings: Settings, endpoint: VpcEndpoint) -> Iterator[Finding]:
    seen = endpoint.cite("PolicyDocument")
    statements = read_policy(endpoint.policy) if endpoint.policy else None
    if statements is None:
        what = "has a policy that is no policy document" if endpoint.policy else "came without its policy"
        said = f"{endpoint.label} {what}; read it with `aws ec2 describe-vpc-endpoints`."
        yield META.unknown(endpoint, said, seen, code="ENDPOINT_POLICY_UNREADABLE")
        return
    asked = intended.requests(settings, endpoint.service_short, view.region_of(endpoint.vpc_id or ""))
    rulings = [rule_on(statements, request) for request in asked]
    worst = next((r for v in (Verdict.DENIED, Verdict.DEPENDS) for r in rulings if r.verdict is v), None)
    if worst is not None:
        yield _not_permitted(settings, endpoint, worst, seen)
        return
    full = any(s.is_full_access for s in statements) and all(s.allows for s in statements)
    actions = ", ".join(sorted({request.action for request in asked}))
    said = f"{endpoint.label} allows {actions} ({'full access' if full else 'restricted policy'})."
    yield META.passed(endpoint, said, seen)


def _not_permitted(settings: Settings, endpoint: VpcEndpoint, ruling: Ruling, seen: Evidence) -> Finding:
    action = ruling.request.action
    statement = f"statement {ruling.statement.label}" if ruling.statement else "no statement"
    if ruling.verdict is Verdict.DENIED:
        how = f"{statement} denies it" if ruling.statement else "no statement allows it"
        said = f"{endpoint.label} refuses {action} on {ruling.request.resource}: {how}."
        return META.failed(endpoint, said, seen, code="ENDPOINT_POLICY_DENIES")
    said = f"{endpoint.label}: {statement} makes {action} depend on {intended.decided_by(settings, ruling)}."
    return META.unknown(endpoint, said, seen, code="ENDPOINT_POLICY_DEPENDS")
