"""Fixes that switch an attribute of a VPC or of an endpoint."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from runbook_lib.checks.base import Settings
from runbook_lib.fixes.base import Proposal
from runbook_lib.fixes.edits import changed, endpoint_interface
from runbook_lib.fixes.text import cli, terraform
from runbook_lib.model.finding import Finding
from runbook_lib.model.gateways import VpcEndpoint
from runbook_lib.model.vpc import Subnet
from runbook_lib.network.view import View

__all__ = ["carry_ipv6", "cover_zones", "give_private_dns", "leave_name", "switch_dns_on"]


def switch_dns_on(view: View, settings: Settings, finding: Finding) -> Iterator[Proposal]:
    """END008: DNS support and, where that is what fails, DNS hostnames."""
    dns = view.vpc_attributes(finding.resource.id)
    hostnames = finding.code == "DNS_HOSTNAMES_OFF"
    field = "EnableDnsHostnames" if hostnames else "EnableDnsSupport"
    values = {
        "vpc_id": dns.id,
        "argument": "enable_dns_hostnames" if hostnames else "enable_dns_support",
        "option": "--enable-dns-hostnames" if hostnames else "--enable-dns-support",
        "region": view.region_of(dns.id),
    }
    yield Proposal(
        title=f"Switch DNS {'hostnames' if hostnames else 'support'} on in {dns.id}",
        terraform=terraform("vpc_dns", **values),
        cli=cli("vpc_dns", **values),
        edits=(changed(dns, **{field: {"Value": True}}),),
        warnings=("Names of the whole VPC resolve differently from then on.",),
    )


def cover_zones(view: View, settings: Settings, finding: Finding) -> Iterator[Proposal]:
    """END009: a network interface in one subnet of the target per missing zone."""
    endpoint = view.endpoint(finding.resource.id)
    held = {view.subnet(subnet_id).az for subnet_id in endpoint.subnet_ids}
    chosen: dict[str | None, Subnet] = {}
    for subnet_id in settings.target.subnets_of(endpoint.vpc_id or ""):
        subnet = view.subnet(subnet_id)
        if subnet.az not in held:
            chosen.setdefault(subnet.az, subnet)
    subnets = list(chosen.values())
    interfaces = [endpoint_interface(view, subnet, endpoint.id, endpoint.group_ids) for subnet in subnets]
    values = {
        "endpoint_id": endpoint.id,
        "subnets": [subnet.id for subnet in subnets],
        "region": view.region_of(endpoint.vpc_id or ""),
    }
    yield Proposal(
        title=f"Give {endpoint.label} a network interface in {', '.join(subnet.label for subnet in subnets)}",
        terraform=terraform("endpoint_subnets", **values),
        cli=cli("endpoint_subnets", **values),
        edits=(
            *interfaces,
            changed(
                endpoint,
                SubnetIds=[*endpoint.subnet_ids, *values["subnets"]],
                NetworkInterfaceIds=[*endpoint.interface_ids, *(edit.id for edit in interfaces)],
            ),
        ),
        warnings=("Each Availability Zone of an interface endpoint is billed per hour.",),
    )


def give_private_dns(view: View, settings: Settings, finding: Finding) -> Iterator[Proposal]:
    """END011: private DNS on."""
    endpoint = view.endpoint(finding.resource.id)
    yield _switched(
        view,
        endpoint,
        title=f"Switch private DNS of {endpoint.label} on",
        argument="private_dns_enabled = true",
        option="--private-dns-enabled",
        fields={"PrivateDnsEnabled": True},
        warnings=(
            f"The name of {endpoint.service_short} leads to the endpoint for the whole VPC at once: its groups "
            "must admit every user.",
        ),
    )


def leave_name(view: View, settings: Settings, finding: Finding) -> Iterator[Proposal]:
    """END012: private DNS only for inbound resolver endpoints."""
    endpoint = view.endpoint(finding.resource.id)
    options = {**(endpoint.raw.get("DnsOptions") or {}), "PrivateDnsOnlyForInboundResolverEndpoint": True}
    yield _switched(
        view,
        endpoint,
        title=f"Restrict private DNS of {endpoint.label} to inbound resolver endpoints",
        argument="dns_options {\n    private_dns_only_for_inbound_resolver_endpoint = true\n  }",
        option="--dns-options PrivateDnsOnlyForInboundResolverEndpoint=true",
        fields={"DnsOptions": options},
        warnings=("Traffic of the VPC to S3 moves to the gateway endpoint: every route table in use must have it.",),
    )


def carry_ipv6(view: View, settings: Settings, finding: Finding) -> Iterator[Proposal]:
    """END013: the IP address type dualstack."""
    endpoint = view.endpoint(finding.resource.id)
    needs = "Its subnets need IPv6 CIDR blocks." if endpoint.kind == "Interface" else "IPv6 routes are added too."
    yield _switched(
        view,
        endpoint,
        title=f"Make {endpoint.label} dual-stack",
        argument='ip_address_type = "dualstack"',
        option="--ip-address-type dualstack",
        fields={"IpAddressType": "dualstack"},
        warnings=(needs,),
    )


def _switched(
    view: View,
    endpoint: VpcEndpoint,
    *,
    title: str,
    argument: str,
    option: str,
    fields: dict[str, Any],
    warnings: tuple[str, ...],
) -> Proposal:
    values = {"endpoint": endpoint, "argument": argument, "option": option}
    return Proposal(
        title=title,
        terraform=terraform("endpoint_attribute", **values),
        cli=cli("endpoint_attribute", region=view.region_of(endpoint.vpc_id or ""), **values),
        edits=(changed(endpoint, **fields),),
        warnings=warnings,
    )
