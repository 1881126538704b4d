"""VPCs, subnets, route tables and prefix lists."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

from runbook_lib.model.fact import Fact, Network, Raw, Scope, flag, listed, network, networks, texts

__all__ = ["PrefixList", "Route", "RouteTable", "Subnet", "Vpc", "VpcAttributes"]

# Order in which a route's target is read: NetworkInterfaceId before InstanceId because AWS reports both.
TARGET_FIELDS = (
    "TransitGatewayId",
    "VpcPeeringConnectionId",
    "GatewayId",
    "NatGatewayId",
    "EgressOnlyInternetGatewayId",
    "NetworkInterfaceId",
    "InstanceId",
    "VpcEndpointId",
    "LocalGatewayId",
    "CarrierGatewayId",
    "CoreNetworkArn",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Vpc(Fact):
    """A VPC; `cidrs` are the associated IPv4 then IPv6 blocks (CidrBlockAssociationSet, never CidrBlock alone).

    `primary` is the IPv4 block it was made with; None where several are associated and AWS did not say which.
    """

    KEY: ClassVar[str] = "Vpcs"
    OPERATION: ClassVar[str] = "ec2:DescribeVpcs"
    TYPE: ClassVar[str] = "AWS::EC2::VPC"

    cidrs: tuple[Network, ...]
    primary: Network | None
    owner: str | None

    @classmethod
    def read(cls, raw: Raw, scope: Scope, pointer: str) -> Self:
        live = [
            entry
            for entry in raw.get("CidrBlockAssociationSet") or ()
            if (entry.get("CidrBlockState") or {}).get("State", "associated") == "associated"
        ]
        live6 = [
            entry
            for entry in raw.get("Ipv6CidrBlockAssociationSet") or ()
            if (entry.get("Ipv6CidrBlockState") or {}).get("State", "associated") == "associated"
        ]
        said = (network(raw["CidrBlock"]),) if raw.get("CidrBlock") else ()
        cidrs = networks(live, "CidrBlock") or said
        primary = (*said, *(cidrs if len(cidrs) == 1 else ()))
        return cls(
            id=raw["VpcId"],
            scope=scope,
            pointer=pointer,
            raw=raw,
            cidrs=cidrs + networks(live6, "Ipv6CidrBlock"),
            primary=primary[0] if primary else None,
            owner=raw.get("OwnerId"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class VpcAttributes(Fact):
    """DNS attributes of a VPC; None where that attribute was not read."""

    KEY: ClassVar[str] = "VpcAttributes"
    OPERATION: ClassVar[str] = "ec2:DescribeVpcAttribute"
    TYPE: ClassVar[str] = "AWS::EC2::VPC"

    dns_support: bool | None
    dns_hostnames: bool | None

    @classmethod
    def read(cls, raw: Raw, scope: Scope, pointer: str) -> Self:
        return cls(
            id=raw["VpcId"],
            scope=scope,
            pointer=pointer,
            raw=raw,
            dns_support=_attribute(raw, "EnableDnsSupport"),
            dns_hostnames=_attribute(raw, "EnableDnsHostnames"),
        )


def _attribute(raw: Raw, key: str) -> bool | None:
    said = raw.get(key) or {}
    return None if said.get("Value") is None else flag(said, "Value")


@dataclass(frozen=True, slots=True, kw_only=True)
class Subnet(Fact):
    """A subnet; `cidrs` are its IPv4 block (if any) and associated IPv6 blocks."""

    KEY: ClassVar[str] = "Subnets"
    OPERATION: ClassVar[str] = "ec2:DescribeSubnets"
    TYPE: ClassVar[str] = "AWS::EC2::Subnet"

    vpc_id: str
    az: str | None
    az_id: str | None
    cidrs: tuple[Network, ...]
    available_addresses: int | None
    owner: str | None

    @classmethod
    def read(cls, raw: Raw, scope: Scope, pointer: str) -> Self:
        live6 = [
            entry
            for entry in raw.get("Ipv6CidrBlockAssociationSet") or ()
            if (entry.get("Ipv6CidrBlockState") or {}).get("State", "associated") == "associated"
        ]
        return cls(
            id=raw["SubnetId"],
            scope=scope,
            pointer=pointer,
            raw=raw,
            vpc_id=raw["VpcId"],
            az=raw.get("AvailabilityZone"),
            az_id=raw.get("AvailabilityZoneId"),
            cidrs=((network(raw["CidrBlock"]),) if raw.get("CidrBlock") else ()) + networks(live6, "Ipv6CidrBlock"),
            available_addresses=raw.get("AvailableIpAddressCount"),
            owner=raw.get("OwnerId"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One route: exactly one of `cidr` and `prefix_list` is set; `target` is the id AWS names first, or None.

    `target_field` is the AWS field the target came from; `index` is the position in the table's `Routes`.
    """

    index: int
    cidr: Network | None
    prefix_list: str | None
    target_field: str | None
    target: str | None
    state: str
    origin: str | None

    @property
    def destination(self) -> str:
        """The destination as people write it: the CIDR or the prefix-list id."""
        return str(self.cidr) if self.cidr is not None else str(self.prefix_list)

    @property
    def is_local(self) -> bool:
        """True for the VPC's own local routes."""
        return self.target == "local"

    @property
    def is_blackhole(self) -> bool:
        """True when AWS reports that the target is gone; such a route still wins and drops."""
        return self.state == "blackhole"


def _route(raw: Raw, index: int) -> Route:
    cidr = raw.get("DestinationCidrBlock") or raw.get("DestinationIpv6CidrBlock")
    prefix_list = raw.get("DestinationPrefixListId")
    if not cidr and not prefix_list:
        raise KeyError(f"Routes/{index} has no destination")
    field = next((name for name in TARGET_FIELDS if raw.get(name)), None)
    return Route(
        index=index,
        cidr=network(cidr) if cidr else None,
        prefix_list=None if cidr else prefix_list,
        target_field=field,
        target=raw[field] if field else None,
        state=(raw.get("State") or "active").lower(),
        origin=raw.get("Origin"),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteTable(Fact):
    """A route table with its associations; `gateways` are edge associations (internet or virtual private gateways)."""

    KEY: ClassVar[str] = "RouteTables"
    OPERATION: ClassVar[str] = "ec2:DescribeRouteTables"
    TYPE: ClassVar[str] = "AWS::EC2::RouteTable"

    vpc_id: str
    is_main: bool
    subnet_ids: tuple[str, ...]
    gateways: tuple[str, ...]
    routes: tuple[Route, ...]

    @classmethod
    def read(cls, raw: Raw, scope: Scope, pointer: str) -> Self:
        live = [
            entry
            for entry in raw.get("Associations") or ()
            if (entry.get("AssociationState") or {}).get("State", "associated") in ("associated", "associating")
        ]
        return cls(
            id=raw["RouteTableId"],
            scope=scope,
            pointer=pointer,
            raw=raw,
            vpc_id=raw["VpcId"],
            is_main=any(flag(entry, "Main") for entry in live),
            subnet_ids=texts(live, lambda entry: entry.get("SubnetId")),
            gateways=texts(live, lambda entry: entry.get("GatewayId")),
            routes=tuple(_route(route, index) for index, route in enumerate(listed(raw, "Routes"))),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PrefixList(Fact):
    """A prefix list, AWS-managed or customer-managed; `cidrs` is None when its entries were not read."""

    KEY: ClassVar[str] = "PrefixLists"
    OPERATION: ClassVar[str] = "ec2:DescribePrefixLists"
    TYPE: ClassVar[str] = "AWS::EC2::PrefixList"

    list_name: str | None
    cidrs: tuple[Network, ...] | None

    @classmethod
    def read(cls, raw: Raw, scope: Scope, pointer: str) -> Self:
        entries = raw.get("Cidrs")
        if entries is None and isinstance(raw.get("Entries"), list):
            entries = [entry["Cidr"] for entry in raw["Entries"]]
        return cls(
            id=raw["PrefixListId"],
            scope=scope,
            pointer=pointer,
            raw=raw,
            list_name=raw.get("PrefixListName"),
            cidrs=None if entries is None else tuple(network(cidr) for cidr in entries),
        )
