"""The raw facts behind hops and blockers of a traced path."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from runbook_lib.checks.path.common import Json, Traced
from runbook_lib.model.fact import Fact
from runbook_lib.model.filters import NetworkAcl, SecurityGroup
from runbook_lib.model.finding import Evidence
from runbook_lib.model.gateways import (
    EgressOnlyInternetGateway,
    InternetGateway,
    NatGateway,
    VpcEndpoint,
    VpcPeeringConnection,
    VpnConnection,
    VpnGateway,
)
from runbook_lib.model.interfaces import Instance, NetworkInterface
from runbook_lib.model.transit import (
    TransitGateway,
    TransitGatewayAttachment,
    TransitGatewayRoutes,
    TransitGatewayVpcAttachment,
)
from runbook_lib.model.vpc import RouteTable, Subnet, Vpc
from runbook_lib.network.view import View

__all__ = ["Cited", "acls", "behind", "doors", "groups", "path_words", "route_tables"]

_KINDS: tuple[tuple[str, type[Fact], str], ...] = (
    ("tgw-attach-", TransitGatewayVpcAttachment, "SubnetIds"),
    ("tgw-attach-", TransitGatewayAttachment, "Association"),
    ("tgw-rtb-", TransitGatewayRoutes, "Routes"),
    ("acl-", NetworkAcl, "Entries"),
    ("eigw-", EgressOnlyInternetGateway, "Attachments"),
    ("eni-", NetworkInterface, "PrivateIpAddresses"),
    ("i-", Instance, "State"),
    ("igw-", InternetGateway, "Attachments"),
    ("nat-", NatGateway, "State"),
    ("pcx-", VpcPeeringConnection, "Status"),
    ("rtb-", RouteTable, "Routes"),
    ("sg-", SecurityGroup, "IpPermissions"),
    ("subnet-", Subnet, "CidrBlock"),
    ("tgw-", TransitGateway, "State"),
    ("vgw-", VpnGateway, "VpcAttachments"),
    ("vpc-", Vpc, "CidrBlockAssociationSet"),
    ("vpce-", VpcEndpoint, "State"),
    ("vpn-", VpnConnection, "State"),
)


@dataclass(frozen=True, slots=True)
class Cited:
    """A component as people call it, and the raw fact about it that decides."""

    label: str
    evidence: Evidence


def groups(traced: Traced) -> Iterator[Cited]:
    """The security groups at both ends: the sender's egress rules, the ingress rules of every interface reached."""
    for group in traced.view.groups(traced.flow.group_ids):
        yield Cited(group.label, group.cite("IpPermissionsEgress"))
    for hop in traced.hops:
        if hop["kind"] == "network-interface":
            for group in traced.view.groups(traced.view.interface(hop["id"]).group_ids):
                yield Cited(group.label, group.cite("IpPermissions"))


def route_tables(traced: Traced) -> Iterator[Cited]:
    """The route table in effect of every subnet passed, and that of a regional NAT gateway."""
    tables = [traced.view.route_table_of(subnet_id) for subnet_id in _subnets(traced)]
    own = [nat.route_table_id for nat in _nat_gateways(traced) if nat.route_table_id]
    for table in (*tables, *(traced.view.get(RouteTable, table_id) for table_id in own)):
        yield Cited(table.label, table.cite("Routes"))


def acls(traced: Traced) -> Iterator[Cited]:
    """The network ACL in effect of every subnet passed."""
    for acl in (traced.view.acl_of(subnet_id) for subnet_id in _subnets(traced)):
        yield Cited(acl.label, acl.cite("Entries"))


def doors(traced: Traced, *kinds: str) -> Iterator[Cited]:
    """The components passed of some hop kinds, of every kind when none is named, as far as the kit keeps facts."""
    for hop in traced.hops:
        if not kinds or hop["kind"] in kinds:
            yield from _facts(traced.view, hop["id"])


def path_words(view: View, hops: Iterable[Json]) -> str:
    """The components of a path for a sentence."""
    found = ((hop["id"], next(_facts(view, hop["id"]), None)) for hop in hops)
    return " > ".join(known.label if known else id_ for id_, known in found)


def behind(traced: Traced, blocker: Json) -> tuple[Evidence, ...]:
    """The raw facts behind a blocker; what the path passes when the kit keeps no fact of that component."""
    view, component = traced.view, blocker["component"]
    is_egress = blocker["direction"] == "egress"
    if is_egress and component in traced.flow.group_ids:
        return tuple(group.cite("IpPermissionsEgress") for group in view.groups(traced.flow.group_ids))
    if blocker["code"] == "VPC_BLOCK_PUBLIC_ACCESS_ENABLED":
        options = view.public_access_block(traced.subnet.vpc_id)
        return (options.cite("InternetGatewayBlockMode"),) if options else ()
    acl = view.find(NetworkAcl, component)
    denying = [e for e in (acl.egress if is_egress else acl.ingress) if e.number == blocker["rule"]] if acl else []
    if acl and denying:
        return (acl.cite("Entries", denying[0].index),)
    known = tuple(_facts(view, component)) or tuple(doors(traced))
    return tuple(item.evidence for item in known)


def _facts(view: View, id_: str) -> Iterator[Cited]:
    for prefix, kind, field in _KINDS:
        fact = view.find(kind, id_) if id_.startswith(prefix) else None
        if fact is not None:
            yield Cited(fact.label, fact.cite(field))


def _subnets(traced: Traced) -> tuple[str, ...]:
    """The subnets passed, then those of NAT gateways, which are asked too although they are no hops."""
    passed = [hop["id"] for hop in traced.hops if hop["kind"] == "subnet"]
    return (*passed, *(nat.subnet_id for nat in _nat_gateways(traced) if nat.subnet_id))


def _nat_gateways(traced: Traced) -> list[NatGateway]:
    return [traced.view.nat_gateway(hop["id"]) for hop in traced.hops if hop["kind"] == "nat-gateway"]
