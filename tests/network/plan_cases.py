"""Plans and the verdicts before and after them: one case per resource type and action, and what the tests share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from runbook_lib.model.snapshot import Snapshot
from runbook_lib.network.path import tracer_of
from runbook_lib.network.plan import Overlay, overlay
from runbook_lib.network.question import question_of
from runbook_lib.network.view import View
from tests.builders import World, acl_entry, rule, world
from tests.network.terraform import changed, gone, made, plan, replaced

__all__ = ["ANY", "CASES", "ENDPOINT", "ENTRY", "HOST", "RULE", "base", "both", "laid", "route", "verdict", "with_acl"]

HOST = "203.0.113.10"
ANY = "0.0.0.0/0"
S3 = "com.amazonaws.ap-southeast-1.s3"
_NAT = {"NatGatewayAddresses": [{"PrivateIp": "10.0.1.50", "PublicIp": "192.0.2.10", "IsPrimary": True}]}


def base(*, route: bool = True, egress: list[Any] | None = None) -> World:
    """A function in subnet-a on rtb-main; a NAT gateway in subnet-pub on rtb-pub."""
    here = world().vpc().subnet("a").subnet("pub").table("pub", subnets=["pub"]).group(egress=egress)
    here.function(subnets=["a"]).internet_gateway().nat(subnet="pub").route("pub", ANY, "igw-main")
    here.changed("NatGateways", "nat-main", lambda nat: nat.update(_NAT))
    return here.route("main", ANY, "nat-main") if route else here


def verdict(snapshot: Snapshot, to: str = HOST, source: str = "worker", **more: Any) -> str:
    question = question_of({"from": source, "to": to, **more})
    return str(tracer_of(View(snapshot)).trace(question)["verdict"])


def laid(here: World, *changes: Any, **more: Any) -> Overlay:
    return overlay(here.snapshot(), plan(*changes, **more))


def both(here: World, *changes: Any, to: str = HOST, **more: Any) -> tuple[str, str]:
    """The verdict before and after."""
    return verdict(here.snapshot(), to, **more), verdict(laid(here, *changes).snapshot, to, **more)


def route(address: str = "aws_route.out", **fields: Any) -> Any:
    known = {"route_table_id": "rtb-main", "destination_cidr_block": ANY, "nat_gateway_id": "nat-main", **fields}
    return made(address, known, instance_id=None, network_interface_id=None, origin=None)


ENDPOINT = {"vpc_id": "vpc-main", "service_name": S3, "vpc_endpoint_type": "Gateway"}
RULE = {"ip_protocol": "tcp", "from_port": 443, "to_port": 443, "security_group_id": "sg-fn"}
OLD_RULE = {"type": "egress", "protocol": "tcp", "from_port": 443, "to_port": 443, "security_group_id": "sg-fn"}
ENTRY = {"network_acl_id": "acl-x", "egress": True, "protocol": "tcp", "rule_action": "deny", "cidr_block": ANY}


def with_acl() -> World:
    return base().acl("x", acl_entry(100), acl_entry(100, egress=True), subnets=["a"])


def with_private_table() -> World:
    return base(route=False).table("private").route("private", ANY, "nat-main")


# name, world, changes, question, verdict before, verdict after

CASES: list[tuple[str, Callable[[], World], list[Any], dict[str, Any], str, str]] = [
    ("route created", lambda: base(route=False), [route()], {}, "blocked", "reachable"),
    (
        "route deleted",
        base,
        [gone("aws_route.out", {"id": "r-1", "route_table_id": "rtb-main", "destination_cidr_block": ANY})],
        {},
        "reachable",
        "blocked",
    ),
    (
        "route updated",
        lambda: base(route=False).route("main", ANY, "igw-main"),
        [
            changed(
                "aws_route.out",
                {"id": "r-1", "route_table_id": "rtb-main", "destination_cidr_block": ANY, "gateway_id": "igw-main"},
                {"gateway_id": "", "nat_gateway_id": "nat-main"},
            )
        ],
        {},
        "blocked",
        "reachable",
    ),
    (
        "route replaced",
        base,
        [
            replaced(
                "aws_route.out",
                {"id": "r-1", "route_table_id": "rtb-main", "destination_cidr_block": ANY, "gateway_id": "nat-main"},
                {"destination_cidr_block": "198.51.100.0/24"},
            )
        ],
        {},
        "reachable",
        "blocked",
    ),
    (
        "inline routes updated",
        base,
        [
            changed(
                "aws_route_table.main",
                {"id": "rtb-main", "route": [{"cidr_block": ANY, "nat_gateway_id": "nat-main"}]},
                {"route": [{"cidr_block": "198.51.100.0/24", "nat_gateway_id": "nat-main"}]},
            )
        ],
        {},
        "reachable",
        "blocked",
    ),
    (
        "table and association created",
        lambda: base(route=False),
        [
            made("aws_route_table.p", {"vpc_id": "vpc-main", "route": [{"cidr_block": ANY, "gateway_id": "nat-main"}]}),
            made("aws_route_table_association.p", {"subnet_id": "subnet-a"}, route_table_id="aws_route_table.p.id"),
        ],
        {},
        "blocked",
        "reachable",
    ),
    (
        "table deleted",
        lambda: with_private_table().changed(
            "RouteTables", "rtb-private", lambda table: table.update(Associations=[{"SubnetId": "subnet-a"}])
        ),
        [gone("aws_route_table.p", {"id": "rtb-private"})],
        {},
        "reachable",
        "blocked",
    ),
    (
        "association created",
        with_private_table,
        [made("aws_route_table_association.p", {"subnet_id": "subnet-a", "route_table_id": "rtb-private"})],
        {},
        "blocked",
        "reachable",
    ),
    (
        "association deleted",
        lambda: with_private_table().changed(
            "RouteTables", "rtb-private", lambda table: table.update(Associations=[{"SubnetId": "subnet-a"}])
        ),
        [
            gone(
                "aws_route_table_association.p",
                {"id": "rtbassoc-1", "subnet_id": "subnet-a", "route_table_id": "rtb-private"},
            )
        ],
        {},
        "reachable",
        "blocked",
    ),
    (
        "main association created",
        with_private_table,
        [made("aws_main_route_table_association.m", {"vpc_id": "vpc-main", "route_table_id": "rtb-private"})],
        {},
        "blocked",
        "reachable",
    ),
    (
        "main association deleted",
        lambda: base().table("first"),
        [
            gone(
                "aws_main_route_table_association.m",
                {"vpc_id": "vpc-main", "route_table_id": "rtb-main", "original_route_table_id": "rtb-first"},
            )
        ],
        {},
        "reachable",
        "blocked",
    ),
    (
        "gateway endpoint created",
        lambda: base(route=False),
        [made("aws_vpc_endpoint.s3", {**ENDPOINT, "route_table_ids": ["rtb-main"]})],
        {"to": "s3"},
        "blocked",
        "reachable",
    ),
    (
        "gateway endpoint associated",
        lambda: base(route=False),
        [
            made("aws_vpc_endpoint.s3", ENDPOINT, route_table_ids=None),
            made(
                "aws_vpc_endpoint_route_table_association.s3",
                {"route_table_id": "rtb-main"},
                vpc_endpoint_id="aws_vpc_endpoint.s3.id",
            ),
        ],
        {"to": "s3"},
        "blocked",
        "reachable",
    ),
    (
        "gateway endpoint deleted",
        lambda: base(route=False).gateway_endpoint("s3", tables=["main"]),
        [gone("aws_vpc_endpoint.s3", {"id": "vpce-s3"})],
        {"to": "s3"},
        "reachable",
        "blocked",
    ),
    (
        "gateway endpoint's tables updated",
        lambda: base(route=False).gateway_endpoint("s3", tables=["main"]),
        [changed("aws_vpc_endpoint.s3", {"id": "vpce-s3", "route_table_ids": ["rtb-main"]}, {"route_table_ids": []})],
        {"to": "s3"},
        "reachable",
        "blocked",
    ),
    (
        "gateway endpoint association deleted",
        lambda: base(route=False).gateway_endpoint("s3", tables=["main"]),
        [
            gone(
                "aws_vpc_endpoint_route_table_association.s3",
                {"vpc_endpoint_id": "vpce-s3", "route_table_id": "rtb-main"},
            )
        ],
        {"to": "s3"},
        "reachable",
        "blocked",
    ),
    (
        "security group updated",
        lambda: base(egress=[]),
        [
            changed(
                "aws_security_group.fn",
                {"id": "sg-fn", "egress": []},
                {"egress": [{"protocol": "tcp", "from_port": 443, "to_port": 443, "cidr_blocks": [f"{HOST}/32"]}]},
            )
        ],
        {},
        "blocked",
        "reachable",
    ),
    (
        "security group deleted leaves unknown",
        base,
        [gone("aws_security_group.fn", {"id": "sg-fn"})],
        {},
        "reachable",
        "unknown",
    ),
    (
        "security group rule created",
        lambda: base(egress=[]),
        [made("aws_security_group_rule.e", {**OLD_RULE, "cidr_blocks": [ANY], "self": False})],
        {},
        "blocked",
        "reachable",
    ),
    (
        "security group rule deleted",
        lambda: base(egress=[rule()]),
        [gone("aws_security_group_rule.e", {"id": "sgr-1", **OLD_RULE, "cidr_blocks": [ANY]})],
        {},
        "reachable",
        "blocked",
    ),
    (
        "egress rule created",
        lambda: base(egress=[]),
        [made("aws_vpc_security_group_egress_rule.e", {**RULE, "cidr_ipv4": f"{HOST}/32"})],
        {},
        "blocked",
        "reachable",
    ),
    (
        "egress rule updated",
        lambda: base(egress=[rule()]),
        [
            changed(
                "aws_vpc_security_group_egress_rule.e",
                {"id": "sgr-1", **RULE, "cidr_ipv4": ANY},
                {"from_port": 22, "to_port": 22},
            )
        ],
        {},
        "reachable",
        "blocked",
    ),
    (
        "egress rule deleted",
        lambda: base(egress=[rule()]),
        [gone("aws_vpc_security_group_egress_rule.e", {"id": "sgr-1", **RULE, "cidr_ipv4": ANY})],
        {},
        "reachable",
        "blocked",
    ),
    (
        "ACL created for the subnet",
        base,
        [made("aws_network_acl.x", {"vpc_id": "vpc-main", "subnet_ids": ["subnet-a"], "ingress": [], "egress": []})],
        {},
        "reachable",
        "blocked",
    ),
    (
        "ACL updated",
        with_acl,
        [changed("aws_network_acl.x", {"id": "acl-x", "egress": [{"rule_no": 100}]}, {"egress": []})],
        {},
        "reachable",
        "blocked",
    ),
    (
        "ACL deleted",
        lambda: base().acl("x", subnets=["a"]),
        [gone("aws_network_acl.x", {"id": "acl-x"})],
        {},
        "blocked",
        "reachable",
    ),
    (
        "ACL rule created",
        with_acl,
        [made("aws_network_acl_rule.d", {**ENTRY, "rule_number": 50, "from_port": 443, "to_port": 443})],
        {},
        "reachable",
        "blocked",
    ),
    (
        "ACL rule for other ports",
        with_acl,
        [made("aws_network_acl_rule.d", {**ENTRY, "rule_number": 50, "from_port": 22, "to_port": 22})],
        {},
        "reachable",
        "reachable",
    ),
    (
        "ACL rule deleted",
        with_acl,
        [gone("aws_network_acl_rule.d", {**ENTRY, "rule_number": 100})],
        {},
        "reachable",
        "blocked",
    ),
    (
        "ACL association created",
        lambda: base().acl("x"),
        [made("aws_network_acl_association.x", {"network_acl_id": "acl-x", "subnet_id": "subnet-a"})],
        {},
        "reachable",
        "blocked",
    ),
    (
        "ACL association deleted",
        lambda: base().acl("x", subnets=["a"]),
        [gone("aws_network_acl_association.x", {"network_acl_id": "acl-x", "subnet_id": "subnet-a"})],
        {},
        "blocked",
        "reachable",
    ),
    ("NAT gateway deleted", base, [gone("aws_nat_gateway.n", {"id": "nat-main"})], {}, "reachable", "blocked"),
    (
        "NAT gateway replaced, route follows",
        base,
        [
            replaced("aws_nat_gateway.n", {"id": "nat-main", "subnet_id": "subnet-pub"}, {}, allocation_id=None),
            changed(
                "aws_route.out",
                {"id": "r", "route_table_id": "rtb-main", "destination_cidr_block": ANY, "nat_gateway_id": "nat-main"},
                {"nat_gateway_id": None},
                nat_gateway_id="aws_nat_gateway.n.id",
            ),
        ],
        {},
        "reachable",
        "reachable",
    ),
    (
        "internet gateway deleted",
        base,
        [gone("aws_internet_gateway.i", {"id": "igw-main", "vpc_id": "vpc-main"})],
        {},
        "reachable",
        "blocked",
    ),
    (
        "internet gateway detached",
        base,
        [gone("aws_internet_gateway_attachment.i", {"internet_gateway_id": "igw-main", "vpc_id": "vpc-main"})],
        {},
        "reachable",
        "blocked",
    ),
    (
        "internet gateway moved to the VPC",
        lambda: base().changed("InternetGateways", "igw-main", lambda gateway: gateway.update(Attachments=[])),
        [changed("aws_internet_gateway.i", {"id": "igw-main", "vpc_id": ""}, {"vpc_id": "vpc-main"})],
        {},
        "blocked",
        "reachable",
    ),
    (
        "function moved",
        lambda: (
            with_private_table()
            .subnet("b", cidr="10.0.9.0/24")
            .changed("RouteTables", "rtb-private", lambda table: table.update(Associations=[{"SubnetId": "subnet-b"}]))
        ),
        [
            changed(
                "aws_lambda_function.w",
                {
                    "id": "worker",
                    "function_name": "worker",
                    "vpc_config": [{"subnet_ids": ["subnet-a"], "security_group_ids": ["sg-fn"]}],
                },
                {"vpc_config": [{"subnet_ids": ["subnet-b"], "security_group_ids": ["sg-fn"]}]},
            )
        ],
        {},
        "blocked",
        "reachable",
    ),
]
