"""A fingerprint of the configuration that an analysis depends on: while it stays, the answer does."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from runbook_lib.model.fact import Fact, Raw
from runbook_lib.model.filters import NetworkAcl, SecurityGroup
from runbook_lib.model.gateways import (
    InternetGateway,
    NatGateway,
    VpcBlockPublicAccess,
    VpcBlockPublicAccessExclusion,
    VpcEndpoint,
    VpcPeeringConnection,
    VpnConnection,
    VpnGateway,
)
from runbook_lib.model.interfaces import Instance, NetworkInterface
from runbook_lib.model.transit import (
    TransitGateway,
    TransitGatewayAttachment,
    TransitGatewayPropagations,
    TransitGatewayRoutes,
    TransitGatewayRouteTable,
    TransitGatewayVpcAttachment,
)
from runbook_lib.model.vpc import PrefixList, RouteTable, Subnet, Vpc
from runbook_lib.network.view import View

__all__ = ["fingerprint"]

_IN_VPC = (Vpc, Subnet, RouteTable, NetworkAcl, SecurityGroup, InternetGateway, NatGateway, VpcEndpoint, VpnGateway)
_OF_REGION = (PrefixList, VpcBlockPublicAccess, VpcBlockPublicAccessExclusion)
_BEYOND = (
    *(VpcPeeringConnection, VpnConnection, TransitGateway, TransitGatewayAttachment, TransitGatewayVpcAttachment),
    *(TransitGatewayRouteTable, TransitGatewayPropagations, TransitGatewayRoutes),
)
_DOORS = ("tgw-", "pcx-", "vgw-")
_NO_CONFIGURATION = frozenset({"Tags", "TagSet", "AvailableIpAddressCount"})


def fingerprint(view: View, vpc_id: str, request: Mapping[str, Any]) -> str | None:
    """SHA-256 of a request and all configuration that its answer depends on, in hexadecimal.

    None when not all of that was read, or when traffic is sent through something whose configuration the kit does not
    read, such as a firewall: then an old answer may be wrong today.
    """
    key = ("configuration", vpc_id)
    found = view.memo.get(key)
    if not isinstance(found, _Around):
        found = view.memo[key] = _around(view, vpc_id)
    if found.text is None:
        return None
    instances = [_plain(item.raw) for item in view.snapshot.all(Instance) if item.id in request.values()]
    interfaces = [_plain(item.raw) for item in _interfaces(view, found, request)]
    return sha256(found.text + _text([request, interfaces, instances])).hexdigest()


@dataclass(frozen=True, slots=True)
class _Around:
    """What analyses in one VPC have in common: `text` is all configuration but that of interfaces, None without one.

    `near` are the VPCs that traffic may get to, `targets` the targets of their routes.
    """

    near: frozenset[str]
    targets: frozenset[str]
    text: bytes | None


def _around(view: View, vpc_id: str) -> _Around:
    is_open = any(target.startswith(_DOORS) for target in _targets(view, {vpc_id}))
    near = {vpc.id for vpc in view.snapshot.all(Vpc)} if is_open else {vpc_id}
    targets = _targets(view, near)
    kinds: tuple[type[Fact], ...] = (*_IN_VPC, *_OF_REGION, *(_BEYOND if is_open else ()))
    scope = view.scope_of(vpc_id)
    is_whole = all(view.is_complete(kind, scope) for kind in (*kinds, NetworkInterface))
    if not is_whole or _is_opaque(view, targets):
        return _Around(frozenset(near), frozenset(targets), None)
    told = {
        kind.KEY: [_plain(fact.raw) for fact in view.snapshot.all(kind) if _is_near(fact, near, kind in _IN_VPC)]
        for kind in kinds
    }
    return _Around(frozenset(near), frozenset(targets), _text(told))


def _targets(view: View, vpc_ids: set[str]) -> set[str]:
    """The targets of all routes in these VPCs."""
    tables = (table for table in view.snapshot.all(RouteTable) if table.vpc_id in vpc_ids)
    return {route.target for table in tables for route in table.routes if route.target}


def _is_opaque(view: View, targets: set[str]) -> bool:
    return any(item.id in targets and item.kind != "Gateway" for item in view.snapshot.all(VpcEndpoint))


def _is_near(fact: Fact, near: set[str], in_vpc: bool) -> bool:
    if not in_vpc:
        return True
    if isinstance(fact, Vpc):
        return fact.id in near
    if isinstance(fact, InternetGateway | VpnGateway):
        return bool(near & set(fact.vpc_ids))
    return getattr(fact, "vpc_id", None) in near


def _interfaces(view: View, around: _Around, request: Mapping[str, Any]) -> Iterator[NetworkInterface]:
    """The interfaces at both ends and those that carry traffic for others; all others may come and go."""
    wanted = {str(value) for value in (request["Source"], request.get("Destination"))} | around.targets
    for nat in view.snapshot.all(NatGateway):
        wanted |= {str(item.interface_id) for item in nat.addresses} if nat.vpc_id in around.near else set()
    for endpoint in view.snapshot.all(VpcEndpoint):
        wanted |= set(endpoint.interface_ids) if endpoint.vpc_id in around.near else set()
    for item in view.snapshot.all(NetworkInterface):
        if item.id in wanted or item.instance_id in wanted:
            yield item


def _plain(raw: Raw) -> Raw:
    return {name: value for name, value in raw.items() if name not in _NO_CONFIGURATION}


def _text(told: Any) -> bytes:
    return json.dumps(_ordered(told), sort_keys=True, default=str).encode()


def _ordered(told: Any) -> Any:
    """The same with every list in one order: AWS gives rules, routes and groups in any."""
    if isinstance(told, Mapping):
        return {name: _ordered(value) for name, value in told.items()}
    if isinstance(told, list | tuple):
        return sorted((_ordered(item) for item in told), key=lambda item: json.dumps(item, sort_keys=True, default=str))
    return told
