"""Security-group rules, network-ACL entries and tags, as short as a scenario needs them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["AclRule", "Rule", "permissions", "tags"]

_NUMBERS = {"all": "-1", "icmp": "1", "tcp": "6", "udp": "17"}


@dataclass(frozen=True, slots=True)
class Rule:
    """A security-group rule; `peer` is a CIDR, a prefix list or a security group."""

    peer: str
    first: int = 443
    last: int | None = None
    protocol: str = "tcp"

    def permission(self) -> dict[str, Any]:
        """The rule as an element of IpPermissions."""
        if self.protocol == "all":
            made: dict[str, Any] = {"IpProtocol": "-1"}
        else:
            made = {"IpProtocol": self.protocol, "FromPort": self.first, "ToPort": self.last or self.first}
        if self.peer.startswith("pl-"):
            return made | {"PrefixListIds": [{"PrefixListId": self.peer}]}
        if self.peer.startswith("sg-"):
            return made | {"UserIdGroupPairs": [{"GroupId": self.peer}]}
        if ":" in self.peer:
            return made | {"Ipv6Ranges": [{"CidrIpv6": self.peer}]}
        return made | {"IpRanges": [{"CidrIp": self.peer}]}


def permissions(rules: Sequence[Rule]) -> list[dict[str, Any]]:
    """The rules as IpPermissions."""
    return [rule.permission() for rule in rules]


@dataclass(frozen=True, slots=True)
class AclRule:
    """A network-ACL entry; without ports it holds for every port."""

    number: int
    egress: bool
    cidr: str
    first: int | None = None
    last: int | None = None
    protocol: str = "tcp"
    action: str = "allow"

    def request(self) -> dict[str, Any]:
        """The entry as parameters of CreateNetworkAclEntry."""
        made: dict[str, Any] = {
            "RuleNumber": self.number,
            "Egress": self.egress,
            "Protocol": _NUMBERS[self.protocol],
            "RuleAction": self.action,
            ("Ipv6CidrBlock" if ":" in self.cidr else "CidrBlock"): self.cidr,
        }
        if self.protocol == "icmp":
            made["IcmpTypeCode"] = {"Type": -1, "Code": -1}
        elif self.protocol != "all":
            made["PortRange"] = {"From": self.first or 0, "To": self.last or self.first or 65535}
        return made


def tags(kind: str, name: str) -> dict[str, Any]:
    """The request parameter that tags a new resource of a kind with its name."""
    named = [
        {"Key": "Name", "Value": name},
        {"Key": "managed-by", "Value": "terraform"},
    ]
    return {"TagSpecifications": [{"ResourceType": kind, "Tags": named}]}
