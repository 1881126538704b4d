"""Doors of a VPC: internet, egress-only, NAT and virtual private gateways, VPC endpoints, peering, VPN."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from ipaddress import ip_address
from typing import ClassVar, Self

from runbook_lib.model.fact import Address, Fact, Network, Raw, Scope, flag, networks, texts

__all__ = [
    "BucketLocation",
    "EgressOnlyInternetGateway",
    "InternetGateway",
    "NatAddress",
    "NatGateway",
    "PeerVpc",
    "VpcBlockPublicAccess",
    "VpcBlockPublicAccessExclusion",
    "VpcEndpoint",
    "VpcPeeringConnection",
    "VpnConnection",
    "VpnGateway",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class InternetGateway(Fact):
    """An internet gateway; `vpc_ids` are the VPCs it is attached to (one at most in AWS)."""

    KEY: ClassVar[str] = "InternetGateways"
    OPERATION: ClassVar[str] = "ec2:DescribeInternetGateways"
    TYPE: ClassVar[str] = "AWS::EC2::InternetGateway"

    vpc_ids: tuple[str, ...]

    @classmethod
    def read(cls, raw: Raw, scope: Scope, pointer: str) -> Self:
        return cls(id=raw["InternetGatewayId"], scope=scope, pointer=pointer, raw=raw, vpc_ids=_attached(raw))


@dataclass(frozen=True, slots=True, kw_only=True)
class EgressOnlyInternetGateway(Fact):
    """An egress-only internet gateway (IPv6 outbound)."""

    KEY: ClassVar[str] = "EgressOnlyInternetGateways"
    OPERATION: ClassVar[str] = "ec2:DescribeEgressOnlyInternetGateways"
    TYPE: ClassVar[str] = "AWS::EC2::EgressOnlyInternetGateway"

    vpc_ids: tuple[str, ...]

    @classmethod
    def read(cls, raw: Raw, scope: Scope, pointer: str) -> Self:
        return cls(id=raw["EgressOnlyInternetGatewayId"], scope=scope, pointer=pointer, raw=raw, vpc_ids=_attached(raw))


def _attached(raw: Raw, key: str = "Attachments") -> tuple[str, ...]:
    return tuple(
        item["VpcId"]
        for item in raw.get(key) or ()
        if item.get("VpcId") and item.get("State", "attached") in ("attached", "available", "attaching")
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class NatAddress:
    """One address of a NAT gateway; `az` is set on regional NAT gateways."""

    private_ip: Address | None
    public_ip: Address | None
    interface_id: str | None
    az: str | None
    is_primary: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NatGateway(Fact):
    """A NAT gateway, zonal (with `subnet_id`) or regional (with `route_table_id` of its own and no subnet).

    `state` is lower case, empty where AWS did not say it.
    """

    KEY: ClassVar[str] = "NatGateways"
    OPERATION: ClassVar[str] = "ec2:DescribeNatGateways"
    TYPE: ClassVar[str] = "AWS::EC2::NatGateway"

    vpc_id: str | None
    subnet_id: str | None
    state: str
    is_public: bool
    is_regional: bool
    route_table_id: str | None
    addresses: tuple[NatAddress, ...]

    @classmethod
    def read(cls, raw: Raw, scope: Scope, pointer: str) -> Self:
        return cls(
            id=raw["NatGatewayId"],
            scope=scope,
            pointer=pointer,
            raw=raw,
            vpc_id=raw.get("VpcId"),
            subnet_id=raw.get("SubnetId"),
            state=(raw.get("State") or "").lower(),
            is_public=(raw.get("ConnectivityType") or "public") == "public",
            is_regional=raw.get("AvailabilityMode") == "regional",
            route_table_id=raw.get("RouteTableId"),
            addresses=tuple(
                NatAddress(
                    private_ip=ip_address(item["PrivateIp"]) if item.get("PrivateIp") else None,
                    public_ip=ip_address(item["PublicIp"]) if item.get("PublicIp") else None,
                    interface_id=item.get("NetworkInterfaceId"),
                    az=item.get("AvailabilityZone"),
                    is_primary=flag(item, "IsPrimary", index == 0),
                )
                for index, item in enumerate(raw.get("NatGatewayAddresses") or ())
            ),
        )

    @property
    def capacity_addresses(self) -> int:
        """The addresses that share its connections: the public ones of a public gateway; of a regional one, those of
        the zone that has the fewest."""
        counted = [item for item in self.addresses if item.public_ip or not self.is_public]
        zones = Counter(item.az for item in counted)
        return min(zones.values(), default=0) if self.is_regional else len(counted)


# States in which an endpoint carries nothing, as botocore's EC2 service model lists them
_DOWN = frozenset({"pending", "pendingacceptance", "rejected", "expired", "failed", "deleting", "deleted"})


@dataclass(frozen=True, slots=True, kw_only=True)
class VpcEndpoint(Fact):
    """A VPC endpoint of any kind. `kind` is AWS's VpcEndpointType; `state` is lower case."""

    KEY: ClassVar[str] = "VpcEndpoints"
    OPERATION: ClassVar[str] = "ec2:DescribeVpcEndpoints"
    TYPE: ClassVar[str] = "AWS::EC2::VPCEndpoint"

    vpc_id: str | None
    kind: str
    service: str
    state: str
    policy: str | None
    route_table_ids: tuple[str, ...]
    subnet_ids: tuple[str, ...]
    group_ids: tuple[str, ...]
    interface_ids: tuple[str, ...]
    private_dns: bool
    private_dns_only_inbound: bool
    ip_address_type: str
    dns_names: tuple[str, ...]

    @classmethod
    def read(cls, raw: Raw, scope: Scope, pointer: str) -> Self:
        options = raw.get("DnsOptions") or {}
        return cls(
            id=raw["VpcEndpointId"],
            scope=scope,
            pointer=pointer,
            raw=raw,
            vpc_id=raw.get("VpcId"),
            kind=raw.get("VpcEndpointType") or "Gateway",
            service=raw["ServiceName"],
            state=(raw.get("State") or "").lower(),
            policy=raw.get("PolicyDocument"),
            route_table_ids=tuple(raw.get("RouteTableIds") or ()),
            subnet_ids=tuple(raw.get("SubnetIds") or ()),
            group_ids=texts(raw.get("Groups"), lambda group: group.get("GroupId")),
            interface_ids=tuple(raw.get("NetworkInterfaceIds") or ()),
            private_dns=flag(raw, "PrivateDnsEnabled", None if raw.get("VpcEndpointType") == "Interface" else False),
            private_dns_only_inbound=flag(options, "PrivateDnsOnlyForInboundResolverEndpoint"),
            ip_address_type=(raw.get("IpAddressType") or "ipv4").lower(),
            dns_names=texts(raw.get("DnsEntries"), lambda entry: entry.get("DnsName")),
        )

    @property
    def works(self) -> bool | None:
        """Whether its state is available; None for a state that does not tell: partial, none at all, a new word."""
        state = self.state.replace("-", "").replace("_", "")
        return True if state == "available" else False if state in _DOWN else None

    @property
    def service_short(self) -> str:
        """The last part of the service name: `s3` of `com.amazonaws.eu-west-1.s3`, `iam` of `com.amazonaws.iam`."""
        name = self.service.removeprefix("cn.")
        of_no_region = name.removeprefix("com.amazonaws.")
        if name.count(".") < 3 or of_no_region.startswith("s3-global."):
            return of_no_region
        return name.split(".", 3)[-1]


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerVpc:
    """One side of a peering connection."""

    vpc_id: str | None
    owner: str | None
    region: str | None
    cidrs: tuple[Network, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class VpcPeeringConnection(Fact):
    """A VPC peering connection; `status` is Status.Code, empty where AWS did not say it."""

    KEY: ClassVar[str] = "VpcPeeringConnections"
    OPERATION: ClassVar[str] = "ec2:DescribeVpcPeeringConnections"
    TYPE: ClassVar[str] = "AWS::EC2::VPCPeeringConnection"

    status: str
    requester: PeerVpc
    accepter: PeerVpc

    @classmethod
    def read(cls, raw: Raw, scope: Scope, pointer: str) -> Self:
        return cls(
            id=raw["VpcPeeringConnectionId"],
            scope=scope,
            pointer=pointer,
            raw=raw,
            status=(raw.get("Status") or {}).get("Code") or "",
            requester=_peer(raw.get("RequesterVpcInfo") or {}),
            accepter=_peer(raw.get("AccepterVpcInfo") or {}),
        )


def _peer(raw: Raw) -> PeerVpc:
    cidrs = networks(raw.get("CidrBlockSet"), "CidrBlock") or networks([raw], "CidrBlock")
    return PeerVpc(
        vpc_id=raw.get("VpcId"),
        owner=raw.get("OwnerId"),
        region=raw.get("Region"),
        cidrs=cidrs + networks(raw.get("Ipv6CidrBlockSet"), "Ipv6CidrBlock"),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class VpnGateway(Fact):
    """A virtual private gateway; `vpc_ids` are the VPCs it is attached to."""

    KEY: ClassVar[str] = "VpnGateways"
    OPERATION: ClassVar[str] = "ec2:DescribeVpnGateways"
    TYPE: ClassVar[str] = "AWS::EC2::VPNGateway"

    state: str
    vpc_ids: tuple[str, ...]

    @classmethod
    def read(cls, raw: Raw, scope: Scope, pointer: str) -> Self:
        return cls(
            id=raw["VpnGatewayId"],
            scope=scope,
            pointer=pointer,
            raw=raw,
            state=(raw.get("State") or "available").lower(),
            vpc_ids=_attached(raw, "VpcAttachments"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class VpnConnection(Fact):
    """A site-to-site VPN connection; `static_routes` are its active static destinations."""

    KEY: ClassVar[str] = "VpnConnections"
    OPERATION: ClassVar[str] = "ec2:DescribeVpnConnections"
    TYPE: ClassVar[str] = "AWS::EC2::VPNConnection"

    state: str
    vpn_gateway_id: str | None
    transit_gateway_id: str | None
    static_only: bool
    static_routes: tuple[Network, ...]

    @classmethod
    def read(cls, raw: Raw, scope: Scope, pointer: str) -> Self:
        live = [item for item in raw.get("Routes") or () if item.get("State", "available") == "available"]
        return cls(
            id=raw["VpnConnectionId"],
            scope=scope,
            pointer=pointer,
            raw=raw,
            state=(raw.get("State") or "available").lower(),
            vpn_gateway_id=raw.get("VpnGatewayId"),
            transit_gateway_id=raw.get("TransitGatewayId"),
            static_only=flag(raw.get("Options") or {}, "StaticRoutesOnly"),
            static_routes=networks(live, "DestinationCidrBlock"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class VpcBlockPublicAccess(Fact):
    """VPC Block Public Access of one Region: `mode` is off, block-bidirectional or block-ingress."""

    KEY: ClassVar[str] = "VpcBlockPublicAccessOptions"
    OPERATION: ClassVar[str] = "ec2:DescribeVpcBlockPublicAccessOptions"
    TYPE: ClassVar[str] = "AWS::EC2::VPCBlockPublicAccessOptions"

    mode: str
    exclusions_allowed: bool

    @classmethod
    def read(cls, raw: Raw, scope: Scope, pointer: str) -> Self:
        return cls(
            id=f"block-public-access:{raw.get('AwsRegion') or scope.region}",
            scope=scope,
            pointer=pointer,
            raw=raw,
            mode=raw["InternetGatewayBlockMode"],
            exclusions_allowed=raw.get("ExclusionsAllowed") == "allowed",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class VpcBlockPublicAccessExclusion(Fact):
    """A VPC or subnet (`resource_id`) that Block Public Access leaves out."""

    KEY: ClassVar[str] = "VpcBlockPublicAccessExclusions"
    OPERATION: ClassVar[str] = "ec2:DescribeVpcBlockPublicAccessExclusions"
    TYPE: ClassVar[str] = "AWS::EC2::VPCBlockPublicAccessExclusion"

    resource_id: str
    is_active: bool

    @classmethod
    def read(cls, raw: Raw, scope: Scope, pointer: str) -> Self:
        return cls(
            id=raw["ExclusionId"],
            scope=scope,
            pointer=pointer,
            raw=raw,
            resource_id=raw["ResourceArn"].rsplit("/", 1)[-1],
            is_active=raw.get("State", "create-complete") in ("create-complete", "update-complete"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class BucketLocation(Fact):
    """The Region of an S3 bucket the user named; AWS says null for us-east-1 and EU for eu-west-1."""

    KEY: ClassVar[str] = "BucketLocations"
    OPERATION: ClassVar[str] = "s3:GetBucketLocation"
    TYPE: ClassVar[str] = "AWS::S3::Bucket"

    region: str

    @classmethod
    def read(cls, raw: Raw, scope: Scope, pointer: str) -> Self:
        said = raw["LocationConstraint"] or "us-east-1"
        return cls(
            id=raw["Bucket"], scope=scope, pointer=pointer, raw=raw, region="eu-west-1" if said == "EU" else said
        )
