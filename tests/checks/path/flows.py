"""What the tests of the path checks share: small worlds with a way to the internet, and words for their flows."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from runbook_lib.model.finding import Finding
from tests.builders import REGION, World, acl_entry, rule, world
from tests.checks.worlds import two_zones

__all__ = ["BANK", "SSH", "ask", "bare", "one_subnet", "peered", "scope", "tagged", "two_subnets", "with_ipv6"]

BANK = "198.51.100.7"
SSH: dict[str, Any] = {"destinations": (BANK,), "port": 22}


def one_subnet() -> World:
    """A function in private subnet a; the NAT gateway stands in subnet public, both in zone a."""
    return two_zones().function(subnets=["a"])


def two_subnets() -> World:
    """The same with the function in subnets a and b, each with a route table of its own to the NAT gateway."""
    made = two_zones().table("a", subnets=["a"]).table("b", subnets=["b"])
    made.route("a", "0.0.0.0/0", "nat-main").route("b", "0.0.0.0/0", "nat-main")
    return made.function(subnets=["a", "b"])


def bare() -> World:
    """A function in a subnet of a VPC without any door."""
    return world().vpc().subnet(az="a").group().function()


def peered(*, back: bool, status: str = "active") -> World:
    """The bare function, and a database `eni-db` at 10.9.1.5 in a peered VPC, with or without a route back."""
    made = bare().route("main", "10.9.0.0/16", "pcx-ledger").vpc("ledger", ["10.9.0.0/16"])
    made.subnet("db", cidr="10.9.1.0/24").group("db", ingress=[rule("10.0.0.0/16", 5432)])
    made.item(
        "NetworkInterfaces",
        NetworkInterfaceId="eni-db",
        VpcId="vpc-ledger",
        SubnetId="subnet-db",
        InterfaceType="interface",
        PrivateIpAddress="10.9.1.5",
        Groups=[{"GroupId": "sg-db"}],
    )
    made.item(
        "VpcPeeringConnections",
        VpcPeeringConnectionId="pcx-ledger",
        Status={"Code": status},
        RequesterVpcInfo={"VpcId": "vpc-main", "CidrBlock": "10.0.0.0/16", "Region": REGION},
        AccepterVpcInfo={"VpcId": "vpc-ledger", "CidrBlock": "10.9.0.0/16", "Region": REGION},
    )
    return made.route("ledger", "10.0.0.0/16", "pcx-ledger") if back else made


def with_ipv6(*, dual_stack: bool) -> World:
    """A function in a subnet with IPv6, an egress-only internet gateway and everything open."""
    made = world().vpc().subnet(az="a").group(egress=[rule(port=None, protocol="-1"), rule("::/0", None, "-1")])
    for key, id_, block in (("Vpcs", "vpc-main", "2001:db8:1::/56"), ("Subnets", "subnet-a", "2001:db8:1::/64")):
        held = {"Ipv6CidrBlock": block, "Ipv6CidrBlockState": {"State": "associated"}}
        made.changed(key, id_, lambda raw, held=held: raw.update(Ipv6CidrBlockAssociationSet=[held]))  # type: ignore[misc]
    made.changed(
        "NetworkAcls",
        "acl-main",
        lambda raw: raw["Entries"].extend([acl_entry(101, cidr="::/0"), acl_entry(101, cidr="::/0", egress=True)]),
    )
    attached = [{"VpcId": "vpc-main", "State": "attached"}]
    made.item("EgressOnlyInternetGateways", EgressOnlyInternetGatewayId="eigw-main", Attachments=attached)
    return made.route("main", "::/0", "eigw-main").function(dual_stack=dual_stack)


def tagged(made: World, key: str, id_: str, name: str) -> World:
    """The world in which one object carries a Name tag."""
    return made.changed(key, id_, lambda raw: raw.update(Tags=[{"Key": "Name", "Value": name}]))


def scope(to: str = "s3", traffic: str = "tcp/443", groups: str = "sg-fn") -> str:
    """The scope of a finding about a flow."""
    return f"{groups}>{to}:{traffic}"


def ask(made: World, check: ModuleType, *services: str, **more: Any) -> tuple[Finding, ...]:
    """What a check says about a world."""
    return made.ask(check, *services, **more)
