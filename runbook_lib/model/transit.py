"""Transit gateways and Direct Connect."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from runbook_lib.model.fact import Fact, Network, Raw, Scope, flag, listed, network, networks

__all__ = [
    "DirectConnectGatewayAssociation",
    "TransitGateway",
    "TransitGatewayAttachment",
    "TransitGatewayPropagations",
    "TransitGatewayRoute",
    "TransitGatewayRouteTable",
    "TransitGatewayRoutes",
    "TransitGatewayVpcAttachment",
    "VirtualInterface",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class TransitGateway(Fact):
    """A transit gateway; `references_groups` tells whether security-group referencing is enabled on it."""

    KEY: ClassVar[str] = "TransitGateways"
    OPERATION: ClassVar[str] = "ec2:DescribeTransitGateways"
    TYPE: ClassVar[str] = "AWS::EC2::TransitGateway"

    state: str
    owner: str | None
    references_groups: bool

    @classmethod
    def read(cls, raw: Raw, scope: Scope, pointer: str) -> Self:
        options = raw.get("Options") or {}
        return cls(
            id=raw["TransitGatewayId"],
            scope=scope,
            pointer=pointer,
            raw=raw,
            state=(raw.get("State") or "available").lower(),
            owner=raw.get("OwnerId"),
            references_groups=options.get("SecurityGroupReferencingSupport") == "enable",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TransitGatewayAttachment(Fact):
    """An attachment of any kind; `route_table_id` is its association, None when it has none."""

    KEY: ClassVar[str] = "TransitGatewayAttachments"
    OPERATION: ClassVar[str] = "ec2:DescribeTransitGatewayAttachments"
    TYPE: ClassVar[str] = "AWS::EC2::TransitGatewayAttachment"

    transit_gateway_id: str
    kind: str
    resource_id: str | None
    resource_owner: str | None
    state: str
    route_table_id: str | None

    @classmethod
    def read(cls, raw: Raw, scope: Scope, pointer: str) -> Self:
        association = raw.get("Association") or {}
        live = association.get("State", "associated") == "associated"
        return cls(
            id=raw["TransitGatewayAttachmentId"],
            scope=scope,
            pointer=pointer,
            raw=raw,
            transit_gateway_id=raw["TransitGatewayId"],
            kind=(raw.get("ResourceType") or "").lower(),
            resource_id=raw.get("ResourceId"),
            resource_owner=raw.get("ResourceOwnerId"),
            state=(raw.get("State") or "available").lower(),
            route_table_id=association.get("TransitGatewayRouteTableId") if live else None,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TransitGatewayVpcAttachment(Fact):
    """A VPC attachment with the subnets it has in the VPC."""

    KEY: ClassVar[str] = "TransitGatewayVpcAttachments"
    OPERATION: ClassVar[str] = "ec2:DescribeTransitGatewayVpcAttachments"
    TYPE: ClassVar[str] = "AWS::EC2::TransitGatewayVpcAttachment"

    transit_gateway_id: str
    vpc_id: str
    vpc_owner: str | None
    state: str
    subnet_ids: tuple[str, ...]
    appliance_mode: bool

    @classmethod
    def read(cls, raw: Raw, scope: Scope, pointer: str) -> Self:
        return cls(
            id=raw["TransitGatewayAttachmentId"],
            scope=scope,
            pointer=pointer,
            raw=raw,
            transit_gateway_id=raw["TransitGatewayId"],
            vpc_id=raw["VpcId"],
            vpc_owner=raw.get("VpcOwnerId"),
            state=(raw.get("State") or "available").lower(),
            subnet_ids=tuple(raw.get("SubnetIds") or ()),
            appliance_mode=(raw.get("Options") or {}).get("ApplianceModeSupport") == "enable",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TransitGatewayRouteTable(Fact):
    """A transit gateway route table."""

    KEY: ClassVar[str] = "TransitGatewayRouteTables"
    OPERATION: ClassVar[str] = "ec2:DescribeTransitGatewayRouteTables"
    TYPE: ClassVar[str] = "AWS::EC2::TransitGatewayRouteTable"

    transit_gateway_id: str
    state: str

    @classmethod
    def read(cls, raw: Raw, scope: Scope, pointer: str) -> Self:
        return cls(
            id=raw["TransitGatewayRouteTableId"],
            scope=scope,
            pointer=pointer,
            raw=raw,
            transit_gateway_id=raw["TransitGatewayId"],
            state=(raw.get("State") or "available").lower(),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TransitGatewayPropagations(Fact):
    """The attachments that propagate into one table (the id), as (attachment id, resource type, resource id)."""

    KEY: ClassVar[str] = "TransitGatewayPropagations"
    OPERATION: ClassVar[str] = "ec2:GetTransitGatewayRouteTablePropagations"
    TYPE: ClassVar[str] = "AWS::EC2::TransitGatewayRouteTable"

    enabled: tuple[tuple[str, str, str | None], ...]

    @classmethod
    def read(cls, raw: Raw, scope: Scope, pointer: str) -> Self:
        return cls(
            id=raw["TransitGatewayRouteTableId"],
            scope=scope,
            pointer=pointer,
            raw=raw,
            enabled=tuple(
                (item["TransitGatewayAttachmentId"], (item.get("ResourceType") or "").lower(), item.get("ResourceId"))
                for item in listed(raw, "TransitGatewayRouteTablePropagations")
                if item.get("State", "enabled") == "enabled"
            ),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TransitGatewayRoute:
    """One route of a transit gateway route table; `attachments` are (attachment id, resource type, resource id)."""

    cidr: Network | None
    prefix_list: str | None
    kind: str
    state: str
    attachments: tuple[tuple[str, str, str | None], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TransitGatewayRoutes(Fact):
    """The routes of one transit gateway route table (the id); `complete` is False when AWS held more back."""

    KEY: ClassVar[str] = "TransitGatewayStaticRoutes"
    OPERATION: ClassVar[str] = "ec2:SearchTransitGatewayRoutes"
    TYPE: ClassVar[str] = "AWS::EC2::TransitGatewayRouteTable"

    routes: tuple[TransitGatewayRoute, ...]
    complete: bool

    @classmethod
    def read(cls, raw: Raw, scope: Scope, pointer: str) -> Self:
        return cls(
            id=raw["TransitGatewayRouteTableId"],
            scope=scope,
            pointer=pointer,
            raw=raw,
            routes=tuple(_tgw_route(route) for route in listed(raw, "Routes")),
            complete=not flag(raw, "AdditionalRoutesAvailable"),
        )


def _tgw_route(raw: Raw) -> TransitGatewayRoute:
    cidr = raw.get("DestinationCidrBlock")
    return TransitGatewayRoute(
        cidr=network(cidr) if cidr else None,
        prefix_list=raw.get("PrefixListId"),
        kind=(raw.get("Type") or "static").lower(),
        state=(raw.get("State") or "active").lower(),
        attachments=tuple(
            (item["TransitGatewayAttachmentId"], (item.get("ResourceType") or "").lower(), item.get("ResourceId"))
            for item in raw.get("TransitGatewayAttachments") or ()
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectConnectGatewayAssociation(Fact):
    """Association of a Direct Connect gateway with a virtual private or transit gateway (`gateway_id`)."""

    KEY: ClassVar[str] = "DirectConnectGatewayAssociations"
    OPERATION: ClassVar[str] = "directconnect:DescribeDirectConnectGatewayAssociations"
    TYPE: ClassVar[str] = "AWS::DirectConnect::DirectConnectGatewayAssociation"

    direct_connect_gateway_id: str
    gateway_id: str | None
    state: str
    allowed: tuple[Network, ...]

    @classmethod
    def read(cls, raw: Raw, scope: Scope, pointer: str) -> Self:
        return cls(
            id=_first(raw, "AssociationId", "associationId"),
            scope=scope,
            pointer=pointer,
            raw=raw,
            direct_connect_gateway_id=_first(raw, "DirectConnectGatewayId", "directConnectGatewayId"),
            gateway_id=_gateway_id(_first(raw, "AssociatedGateway", "associatedGateway", default={})),
            state=_first(raw, "AssociationState", "associationState", default="associated").lower(),
            allowed=_cidrs(
                _first(
                    raw,
                    "AllowedPrefixesToDirectConnectGateway",
                    "allowedPrefixesToDirectConnectGateway",
                    default=(),
                )
            ),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class VirtualInterface(Fact):
    """A Direct Connect virtual interface, private, transit or public; `routes` are its route filter prefixes."""

    KEY: ClassVar[str] = "VirtualInterfaces"
    OPERATION: ClassVar[str] = "directconnect:DescribeVirtualInterfaces"
    TYPE: ClassVar[str] = "AWS::DirectConnect::VirtualInterface"

    kind: str
    state: str
    virtual_gateway_id: str | None
    direct_connect_gateway_id: str | None
    routes: tuple[Network, ...]

    @classmethod
    def read(cls, raw: Raw, scope: Scope, pointer: str) -> Self:
        return cls(
            id=_first(raw, "VirtualInterfaceId", "virtualInterfaceId"),
            scope=scope,
            pointer=pointer,
            raw=raw,
            kind=_first(raw, "VirtualInterfaceType", "virtualInterfaceType", default="private").lower(),
            state=_first(raw, "VirtualInterfaceState", "virtualInterfaceState", default="available").lower(),
            virtual_gateway_id=_first(raw, "VirtualGatewayId", "virtualGatewayId", default=None) or None,
            direct_connect_gateway_id=_first(raw, "DirectConnectGatewayId", "directConnectGatewayId", default=None)
            or None,
            routes=_cidrs(_first(raw, "RouteFilterPrefixes", "routeFilterPrefixes", default=())),
        )


_MISSING = object()


def _first(raw: Raw, *keys: str, default: Any = _MISSING) -> Any:
    """The value of the first key present: the Direct Connect API writes camelCase, saved data often PascalCase."""
    for key in keys:
        if key in raw:
            return raw[key]
    if default is _MISSING:
        raise KeyError(keys[0])
    return default


def _gateway_id(raw: Any) -> str | None:
    return (raw.get("id") or raw.get("Id")) if isinstance(raw, Mapping) else None


def _cidrs(items: Any) -> tuple[Network, ...]:
    return networks(items, "cidr") or networks(items, "Cidr")
