"""What the endpoint checks share: which services, which endpoints, which addresses, and words for them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from ipaddress import ip_network

from runbook_lib.checks.base import Meta, Settings
from runbook_lib.errors import FactMissing
from runbook_lib.model.fact import Network
from runbook_lib.model.finding import Evidence, Finding
from runbook_lib.model.gateways import VpcEndpoint
from runbook_lib.model.interfaces import NetworkInterface
from runbook_lib.model.kinds import action_of
from runbook_lib.model.status import Severity
from runbook_lib.model.target import Placement, Target
from runbook_lib.model.vpc import Subnet, Vpc
from runbook_lib.network.filtering import Traffic
from runbook_lib.network.view import View

__all__ = [
    "GATEWAY_SERVICES",
    "HTTPS",
    "Destination",
    "Use",
    "all_interfaces",
    "cidr_words",
    "destination",
    "each_endpoint",
    "each_interface",
    "each_use",
    "endpoints_seen",
    "for_services",
    "gateways",
    "interfaces",
    "ip4_of",
    "judged_services",
    "name_servers",
    "places",
    "port_words",
    "unless_none",
]

GATEWAY_SERVICES = ("dynamodb", "s3")
HTTPS = Traffic(6, (443, 443))


@dataclass(frozen=True, slots=True)
class Use:
    """One service as used from one subnet."""

    vpc_id: str
    service: str
    subnet_id: str


@dataclass(frozen=True, slots=True)
class Destination:
    """The addresses under which a VPC reaches a service.

    `interfaces` are those of interface endpoints; without any, the addresses are the service's prefix list.
    """

    words: str
    cidrs: tuple[Network, ...]
    evidence: tuple[Evidence, ...]
    interfaces: tuple[NetworkInterface, ...] = ()


def judged_services(view: View, settings: Settings, vpc_id: str) -> tuple[str, ...]:
    """The services asked for, and S3 and DynamoDB where a gateway endpoint for them is seen; sorted."""
    here = (e for e in view.snapshot.all(VpcEndpoint) if e.vpc_id == vpc_id and e.kind == "Gateway")
    seen = {e.service_short for e in here if e.state not in ("deleted", "deleting")}
    return tuple(sorted({*settings.services, *(seen & {*GATEWAY_SERVICES})}))


def gateways(view: View, vpc_id: str, service: str) -> tuple[VpcEndpoint, ...]:
    """The gateway endpoints of a VPC for a service, not deleted ones. Raises FactMissing."""
    return tuple(e for e in _serving(view, vpc_id, service) if e.kind == "Gateway")


def interfaces(view: View, vpc_id: str, service: str) -> tuple[VpcEndpoint, ...]:
    """The interface endpoints of a VPC for a service, not deleted ones. Raises FactMissing."""
    return tuple(e for e in _serving(view, vpc_id, service) if e.kind == "Interface")


def all_interfaces(view: View, vpc_id: str) -> tuple[VpcEndpoint, ...]:
    """Every interface endpoint of a VPC, not deleted ones. Raises FactMissing."""
    return tuple(e for e in view.endpoints_in(vpc_id) if e.kind == "Interface")


def for_services(
    view: View, settings: Settings, vpc_id: str, *, all_interfaces: bool = False
) -> tuple[VpcEndpoint, ...]:
    """The gateway and interface endpoints for judged services, or also all interface endpoints. Raises FactMissing."""
    services = judged_services(view, settings, vpc_id)
    return tuple(
        e
        for e in view.endpoints_in(vpc_id)
        if (e.kind in ("Gateway", "Interface") and e.service_short in services)
        or (all_interfaces and e.kind == "Interface")
    )


def name_servers(view: View, vpc_id: str, service: str) -> tuple[VpcEndpoint, ...]:
    """The interface endpoints whose private DNS takes the service's name inside the VPC. Raises FactMissing."""
    return tuple(e for e in interfaces(view, vpc_id, service) if e.private_dns and not e.private_dns_only_inbound)


def _serving(view: View, vpc_id: str, service: str) -> tuple[VpcEndpoint, ...]:
    region = view.region_of(vpc_id)
    return tuple(e for e in view.endpoints_in(vpc_id) if e.service_short == service and region in e.service.split("."))


def destination(view: View, vpc_id: str, service: str) -> Destination | None:
    """Where traffic to a service goes: interface endpoints that take its name, else its prefix list.

    None when no endpoint takes the name of a service that has no prefix list. Raises FactMissing.
    """
    endpoints = name_servers(view, vpc_id, service)
    if endpoints and not gateways(view, vpc_id, service):
        owned = tuple(view.interface(id_) for e in endpoints for id_ in sorted(e.interface_ids))
        if not all(ip4_of(interface) for interface in owned) or not owned:
            raise FactMissing(f"the addresses of {endpoints[0].id}", action_of(NetworkInterface.KEY))
        return Destination(
            words=f"{service} at {', '.join(e.label for e in endpoints)}",
            cidrs=tuple(cidr for interface in owned for cidr in ip4_of(interface)),
            evidence=tuple(interface.cite("PrivateIpAddresses") for interface in owned),
            interfaces=owned,
        )
    if service not in GATEWAY_SERVICES:
        return None
    listed = view.service_prefix_list(vpc_id, service)
    return Destination(words=f"{service} ({listed.id})", cidrs=listed.cidrs or (), evidence=(listed.cite("Cidrs"),))


def ip4_of(interface: NetworkInterface) -> tuple[Network, ...]:
    """The private IPv4 addresses of an interface."""
    return tuple(ip_network(ip) for ip in interface.private_ips if ip.version == 4)


def each_use(
    meta: Meta, view: View, settings: Settings, judge: Callable[[Use], Iterable[Finding]], *, gateway_only: bool = False
) -> Iterator[Finding]:
    """Judge every service from every subnet; `gateway_only` leaves out services that have no gateway endpoints."""
    uses = [
        Use(vpc_id, service, subnet_id)
        for vpc_id in settings.target.vpc_ids
        for service in judged_services(view, settings, vpc_id)
        if service in GATEWAY_SERVICES or not gateway_only
        for subnet_id in settings.target.subnets_of(vpc_id)
    ]
    nothing = meta.not_applicable(
        settings.target.ref, f"{settings.target.name} uses no service that has gateway endpoints (S3, DynamoDB)."
    )
    judged = meta.each(uses, lambda use: view.ref(Subnet, use.subnet_id), judge, lambda use: use.service)
    return unless_none(judged, nothing)


def each_endpoint(
    meta: Meta,
    view: View,
    settings: Settings,
    pick: Callable[[str], Iterable[VpcEndpoint]],
    judge: Callable[[VpcEndpoint], Iterable[Finding]],
    nothing: str,
) -> Iterator[Finding]:
    """Judge the endpoints that `pick` finds in every VPC of the target.

    An endpoint that does not carry the target's traffic is reported with low severity: its service was not asked for,
    or it is an interface endpoint that leaves the service's name to a gateway endpoint.
    """

    def in_vpc(vpc_id: str) -> Iterator[Finding]:
        for endpoint in pick(vpc_id):
            carries = _carries(view, settings, vpc_id, endpoint)
            for finding in meta.each([endpoint], lambda e: e.ref, judge):
                yield finding if carries else replace(finding, severity=min(meta.severity, Severity.LOW, key=_rank))

    judged = meta.each(settings.target.vpc_ids, lambda vpc_id: view.ref(Vpc, vpc_id), in_vpc)
    return unless_none(judged, meta.not_applicable(settings.target.ref, nothing))


def each_interface(
    meta: Meta, view: View, settings: Settings, judge: Callable[[VpcEndpoint], Iterable[Finding]]
) -> Iterator[Finding]:
    """Judge every interface endpoint of the target's VPCs."""
    nothing = f"{settings.target.name} runs in a VPC without interface endpoints."
    return each_endpoint(meta, view, settings, lambda vpc_id: all_interfaces(view, vpc_id), judge, nothing)


def places(target: Target, vpc_id: str | None) -> tuple[Placement, ...]:
    """Where the target runs in a VPC, one placement per set of security groups, with all subnets of that set."""
    here = [place for place in target.placements if place.vpc_id == vpc_id]
    return tuple(
        Placement(
            vpc_id=place.vpc_id,
            group_ids=place.group_ids,
            subnet_ids=tuple(sorted({s for p in here if p.group_ids == place.group_ids for s in p.subnet_ids})),
        )
        for place in {p.group_ids: p for p in here}.values()
    )


def _carries(view: View, settings: Settings, vpc_id: str, endpoint: VpcEndpoint) -> bool:
    service = endpoint.service_short
    if service not in judged_services(view, settings, vpc_id):
        return False
    takes_name = endpoint.private_dns and not endpoint.private_dns_only_inbound
    return endpoint.kind == "Gateway" or takes_name or not gateways(view, vpc_id, service)


def _rank(severity: Severity) -> int:
    return severity.rank


def endpoints_seen(view: View, vpc_id: str) -> Evidence:
    """Evidence for an absence: the endpoints that the VPC does have."""
    found = [{"VpcEndpointId": e.id, "ServiceName": e.service, "State": e.state} for e in view.endpoints_in(vpc_id)]
    pointer = f"{view.scope_of(vpc_id).pointer}/{VpcEndpoint.KEY}"
    return Evidence(operation=VpcEndpoint.OPERATION, pointer=pointer, value=found)


def unless_none(findings: Iterable[Finding], nothing: Finding) -> Iterator[Finding]:
    """The findings, or the one that says that nothing applied."""
    found = tuple(findings)
    yield from found or (nothing,)


def cidr_words(cidrs: Iterable[Network], most: int = 4) -> str:
    """CIDR blocks for a sentence, the first few of many."""
    listed = [str(cidr) for cidr in cidrs]
    more = f" and {len(listed) - most} more" if len(listed) > most else ""
    return ", ".join(listed[:most]) + more


def port_words(ports: Iterable[tuple[int, int]]) -> str:
    """Port intervals for a sentence."""
    return ", ".join(str(low) if low == high else f"{low}-{high}" for low, high in sorted(set(ports)))
