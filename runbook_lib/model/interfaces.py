"""Things that own addresses: network interfaces, instances, Lambda functions, load balancers, databases."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address
from typing import ClassVar, Self

from runbook_lib.errors import FactMissing
from runbook_lib.model.fact import Address, Fact, Raw, Scope, addresses, amount, flag, texts
from runbook_lib.model.finding import ResourceRef

__all__ = ["Function", "Instance", "NetworkInterface"]


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkInterface(Fact):
    """An elastic network interface.

    `private_ips` are its IPv4 then IPv6 addresses; `public_ips` maps private to associated public IPv4 address;
    `attached` is False only when an attachment says something other than `attached`.
    """

    KEY: ClassVar[str] = "NetworkInterfaces"
    OPERATION: ClassVar[str] = "ec2:DescribeNetworkInterfaces"
    TYPE: ClassVar[str] = "AWS::EC2::NetworkInterface"

    vpc_id: str | None
    subnet_id: str | None
    kind: str
    description: str
    group_ids: tuple[str, ...]
    private_ips: tuple[Address, ...]
    public_ips: tuple[tuple[Address, Address], ...]
    instance_id: str | None
    attached: bool
    source_dest_check: bool

    @property
    def lacks_groups(self) -> bool:
        """True when its security groups are not told: those that carry a customer's traffic always have at least one.

        Source: https://docs.aws.amazon.com/vpc/latest/userguide/vpc-security-groups.html
        """
        has_some = self.kind in ("interface", "lambda", "vpc_endpoint")
        return not self.group_ids and (has_some or not isinstance(self.raw.get("Groups"), list))

    @classmethod
    def read(cls, raw: Raw, scope: Scope, pointer: str) -> Self:
        listed = raw.get("PrivateIpAddresses") or ()
        attachment = raw.get("Attachment") or {}
        private = addresses(listed, "PrivateIpAddress")
        if not private and raw.get("PrivateIpAddress"):
            private = (ip_address(raw["PrivateIpAddress"]),)
        return cls(
            id=raw["NetworkInterfaceId"],
            scope=scope,
            pointer=pointer,
            raw=raw,
            vpc_id=raw.get("VpcId"),
            subnet_id=raw.get("SubnetId"),
            kind=raw.get("InterfaceType") or "interface",
            description=raw.get("Description") or "",
            group_ids=texts(raw.get("Groups"), lambda group: group.get("GroupId")),
            private_ips=private + addresses(raw.get("Ipv6Addresses"), "Ipv6Address"),
            public_ips=tuple(
                (ip_address(item["PrivateIpAddress"]), ip_address(item["Association"]["PublicIp"]))
                for item in listed
                if (item.get("Association") or {}).get("PublicIp")
            ),
            instance_id=attachment.get("InstanceId"),
            attached=attachment.get("Status", "attached") == "attached",
            source_dest_check=flag(raw, "SourceDestCheck", True),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance(Fact):
    """An EC2 instance; its addresses are those of its network interfaces."""

    KEY: ClassVar[str] = "Instances"
    OPERATION: ClassVar[str] = "ec2:DescribeInstances"
    TYPE: ClassVar[str] = "AWS::EC2::Instance"

    vpc_id: str | None
    subnet_id: str | None
    state: str | None
    interface_ids: tuple[str, ...]

    @classmethod
    def read(cls, raw: Raw, scope: Scope, pointer: str) -> Self:
        return cls(
            id=raw["InstanceId"],
            scope=scope,
            pointer=pointer,
            raw=raw,
            vpc_id=raw.get("VpcId"),
            subnet_id=raw.get("SubnetId"),
            state=(raw.get("State") or {}).get("Name"),
            interface_ids=texts(raw.get("NetworkInterfaces"), lambda item: item.get("NetworkInterfaceId")),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Function(Fact):
    """A Lambda function as ListFunctions describes it; `vpc_id` is None when it is not in a VPC."""

    KEY: ClassVar[str] = "Functions"
    OPERATION: ClassVar[str] = "lambda:ListFunctions"
    TYPE: ClassVar[str] = "AWS::Lambda::Function"

    arn: str | None
    vpc_id: str | None
    subnet_ids: tuple[str, ...]
    group_ids: tuple[str, ...]
    ipv6_dual_stack: bool
    timeout_s: int | None

    @classmethod
    def read(cls, raw: Raw, scope: Scope, pointer: str) -> Self:
        config = raw.get("VpcConfig") or {}
        return cls(
            id=raw["FunctionName"],
            scope=scope,
            pointer=pointer,
            raw=raw,
            arn=raw.get("FunctionArn"),
            vpc_id=config.get("VpcId") or None,
            subnet_ids=tuple(config.get("SubnetIds") or ()),
            group_ids=tuple(config.get("SecurityGroupIds") or ()),
            ipv6_dual_stack=flag(config, "Ipv6AllowedForDualStack"),
            timeout_s=amount(raw, "Timeout"),
        )

    def need_place(self) -> None:
        """Raise FactMissing when it is in a VPC and its subnets or security groups are not told: it has both there."""
        for noun, ids in (("subnets", self.subnet_ids), ("security groups", self.group_ids)):
            if self.vpc_id and not ids:
                raise FactMissing(f"the {noun} of function {self.id}", "lambda:ListFunctions")

    @property
    def name(self) -> str | None:
        """The function name."""
        return self.id

    @property
    def label(self) -> str:
        """The function name."""
        return self.id

    @property
    def ref(self) -> ResourceRef:
        """The resource reference that findings carry."""
        parts = (self.arn or "").split(":")
        return ResourceRef(
            type=self.TYPE,
            id=self.id,
            arn=self.arn,
            region=parts[3] if len(parts) > 4 else self.scope.region,
            account=parts[4] if len(parts) > 4 else self.scope.account,
            name=self.id,
        )
