"""Packet filters: security groups and network ACLs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

from runbook_lib.model.fact import Fact, Network, Raw, Scope, flag, listed, network, networks, texts

__all__ = ["AclEntry", "GroupReference", "NetworkAcl", "Permission", "SecurityGroup", "protocol_number"]

_PROTOCOLS = {"tcp": 6, "udp": 17, "icmp": 1, "icmpv6": 58, "all": -1, "-1": -1}


def protocol_number(text: str | int) -> int:
    """IP protocol number of an AWS protocol field; -1 is every protocol. Raises ValueError for an unknown name."""
    known = _PROTOCOLS.get(str(text).lower())
    return known if known is not None else int(text)


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupReference:
    """A rule's reference to another security group."""

    group_id: str
    vpc_id: str | None
    owner: str | None
    peering_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    """One rule of a security group.

    `from_port`/`to_port` are AWS's own numbers: destination ports for TCP and UDP, type and code for ICMP; None and
    -1 mean open. `index` is the position in `IpPermissions` or `IpPermissionsEgress`.
    """

    index: int
    protocol: int
    from_port: int | None
    to_port: int | None
    cidrs: tuple[Network, ...]
    prefix_lists: tuple[str, ...]
    groups: tuple[GroupReference, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SecurityGroup(Fact):
    """A security group with its ingress and egress rules."""

    KEY: ClassVar[str] = "SecurityGroups"
    OPERATION: ClassVar[str] = "ec2:DescribeSecurityGroups"
    TYPE: ClassVar[str] = "AWS::EC2::SecurityGroup"

    vpc_id: str | None
    group_name: str | None
    ingress: tuple[Permission, ...]
    egress: tuple[Permission, ...]

    @classmethod
    def read(cls, raw: Raw, scope: Scope, pointer: str) -> Self:
        return cls(
            id=raw["GroupId"],
            scope=scope,
            pointer=pointer,
            raw=raw,
            vpc_id=raw.get("VpcId"),
            group_name=raw.get("GroupName"),
            ingress=_permissions(listed(raw, "IpPermissions")),
            egress=_permissions(listed(raw, "IpPermissionsEgress")),
        )


def _permissions(rules: list[Raw]) -> tuple[Permission, ...]:
    return tuple(
        Permission(
            index=index,
            protocol=protocol_number(rule["IpProtocol"]),
            from_port=_port(rule.get("FromPort")),
            to_port=_port(rule.get("ToPort")),
            cidrs=networks(rule.get("IpRanges"), "CidrIp") + networks(rule.get("Ipv6Ranges"), "CidrIpv6"),
            prefix_lists=texts(rule.get("PrefixListIds"), lambda item: item.get("PrefixListId")),
            groups=tuple(
                GroupReference(
                    group_id=pair["GroupId"],
                    vpc_id=pair.get("VpcId"),
                    owner=pair.get("UserId"),
                    peering_id=pair.get("VpcPeeringConnectionId"),
                )
                for pair in rule.get("UserIdGroupPairs") or ()
                if pair.get("GroupId")
            ),
        )
        for index, rule in enumerate(rules)
    )


def _port(value: object) -> int | None:
    """A port, or None for a rule without one. TypeError for anything that AWS does not say."""
    if value is None or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    raise TypeError(f"a port must be a number, found {value!r}")


@dataclass(frozen=True, slots=True, kw_only=True)
class AclEntry:
    """One entry of a network ACL. `ports` is None for every port; `icmp` is (type, code) with -1 for any."""

    index: int
    number: int
    egress: bool
    allow: bool
    protocol: int
    cidr: Network
    ports: tuple[int, int] | None
    icmp: tuple[int, int] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkAcl(Fact):
    """A network ACL; `ingress` and `egress` are sorted by rule number."""

    KEY: ClassVar[str] = "NetworkAcls"
    OPERATION: ClassVar[str] = "ec2:DescribeNetworkAcls"
    TYPE: ClassVar[str] = "AWS::EC2::NetworkAcl"

    vpc_id: str
    is_default: bool
    subnet_ids: tuple[str, ...]
    ingress: tuple[AclEntry, ...]
    egress: tuple[AclEntry, ...]

    @classmethod
    def read(cls, raw: Raw, scope: Scope, pointer: str) -> Self:
        entries = sorted(
            (_entry(entry, index) for index, entry in enumerate(listed(raw, "Entries"))), key=lambda e: e.number
        )
        return cls(
            id=raw["NetworkAclId"],
            scope=scope,
            pointer=pointer,
            raw=raw,
            vpc_id=raw["VpcId"],
            is_default=flag(raw, "IsDefault"),
            subnet_ids=texts(raw.get("Associations"), lambda entry: entry.get("SubnetId")),
            ingress=tuple(entry for entry in entries if not entry.egress),
            egress=tuple(entry for entry in entries if entry.egress),
        )


def _entry(raw: Raw, index: int) -> AclEntry:
    ports, icmp = raw.get("PortRange"), raw.get("IcmpTypeCode")
    return AclEntry(
        index=index,
        number=int(raw["RuleNumber"]),
        egress=flag(raw, "Egress", None),
        allow=raw["RuleAction"].lower() == "allow",
        protocol=protocol_number(raw["Protocol"]),
        cidr=network(raw.get("CidrBlock") or raw["Ipv6CidrBlock"]),
        ports=(int(ports.get("From", 0)), int(ports.get("To", 65535))) if ports else None,
        icmp=(int(icmp.get("Type", -1)), int(icmp.get("Code", -1))) if icmp else None,
    )
