"""Endpoint is in the state available.

What is verified
    Every gateway endpoint for a judged service and every interface endpoint of the VPC is in the state available.
Why it matters
    Routes and names may already point at an endpoint that carries nothing yet, or nothing any more.
How it is decided
    By the endpoint's State, compared without regard to case. A deleted endpoint beside a living one for the same
    service is not judged.
Unknown when
    The VPC endpoints could not be read completely, an endpoint is in the state partial or in none, or AWS names a
    state that this check does not know.
Sources
    DescribeVpcEndpoints, https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeVpcEndpoints.html
    (read 2026-11-21); values of State as in botocore's EC2 service model
"""

from __future__ import annotations

from collections.abc import Iterator

from runbook_lib.checks.base import Meta, Settings
from runbook_lib.checks.endpoints import common
from runbook_lib.model.finding import Finding
from runbook_lib.model.gateways import VpcEndpoint
from runbook_lib.model.status import Severity
from runbook_lib.network.view import View

__all__ = ["META", "check"]

META = Meta(
    id="END002",
    title="Endpoint is available",
    severity=Severity.HIGH,
    family="endpoints",
    applies_to=VpcEndpoint.TYPE,
    needs=("VpcEndpoints", "Vpcs", "Subnets"),
)

_MEANING = {
    "pending": "AWS is still creating it, and it carries no traffic yet",
    "pendingacceptance": "the owner of the service has not accepted it yet",
    "rejected": "the owner of the service rejected it",
    "expired": "the owner of the service did not accept it in time",
    "failed": "AWS could not create it, and it must be made anew",
    "deleting": "it is being deleted",
    "deleted": "it was deleted",
}


def check(view: View, settings: Settings) -> Iterator[Finding]:
    """One finding per endpoint."""
    return common.each_endpoint(
        META,
        view,
        settings,
        lambda vpc_id: _judged(view, settings, vpc_id),
        _judge,
        f"{settings.target.name} has no gateway or interface endpoint to judge; END001 says whether it needs one.",
    )


def _judged(view: View, settings: Settings, vpc_id: str) -> tuple[VpcEndpoint, ...]:
    services = common.judged_services(view, settings, vpc_id)
    living = {endpoint.service for endpoint in view.endpoints_in(vpc_id)}
    return tuple(
        endpoint
        for endpoint in view.in_vpc(VpcEndpoint, vpc_id)
        if endpoint.kind == "Interface" or (endpoint.kind == "Gateway" and endpoint.service_short in services)
        if endpoint.state not in ("deleted", "deleting") or endpoint.service not in living
    )


def _judge(endpoint: VpcEndpoint) -> Iterator[Finding]:
    seen = endpoint.cite("State")
    about = f"{endpoint.label} for {endpoint.service_short} is {endpoint.state or 'in no stated state'}"
    if endpoint.works:
        yield META.passed(endpoint, f"{about}.", seen)
    elif endpoint.works is False:
        why = _MEANING[endpoint.state.replace("-", "").replace("_", "")]
        yield META.failed(endpoint, f"{about}: {why}.", seen, code="BAD_STATE")
    else:
        what = (
            "some of its network interfaces work and some do not"
            if endpoint.state == "partial"
            else "a state without meaning here"
        )
        yield META.unknown(
            endpoint, f"{about}: {what}, so ask `aws ec2 describe-vpc-endpoints` again.", seen, code="BAD_STATE"
        )
