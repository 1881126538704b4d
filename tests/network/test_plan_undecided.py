"""What a plan leaves open until apply is unknown: never reachable, and named."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from runbook_lib.network.plan import overlay
from tests.builders import World
from tests.network.plan_cases import ANY, ENDPOINT, ENTRY, RULE, base, laid, route, verdict, with_acl
from tests.network.terraform import changed, kept, made, plan

# -- known only after apply --------------------------------------------------------------------------------------------

UNDECIDED: list[tuple[str, Callable[[], World], list[Any]]] = [
    (
        "target by an expression",
        lambda: base(route=False),
        [
            made(
                "aws_route.out",
                {"route_table_id": "rtb-main", "destination_cidr_block": ANY},
                nat_gateway_id=["var.which", "aws_nat_gateway.a.id", "aws_nat_gateway.b.id"],
            )
        ],
    ),
    (
        "destination",
        base,
        [
            made(
                "aws_route.out",
                {"route_table_id": "rtb-main", "nat_gateway_id": "nat-main"},
                destination_cidr_block="local.x",
            )
        ],
    ),
    (
        "table of a route",
        base,
        [made("aws_route.out", {"destination_cidr_block": ANY}, route_table_id="data.aws_route_table.t.id")],
    ),
    (
        "table of a subnet",
        base,
        [made("aws_route_table_association.a", {"subnet_id": "subnet-a"}, route_table_id="local.table")],
    ),
    (
        "table of an instance counted",
        base,
        [
            kept("aws_route_table.t[0]", {"id": "rtb-main"}),
            kept("aws_route_table.t[1]", {"id": "rtb-pub"}),
            made(
                "aws_route_table_association.a[0]",
                {"subnet_id": "subnet-a"},
                route_table_id=["aws_route_table.t", "count.index"],
            ),
        ],
    ),
    (
        "peer of a rule",
        lambda: base(egress=[]),
        [made("aws_vpc_security_group_egress_rule.e", RULE, cidr_ipv4="data.aws_ip_ranges.r.cidr_blocks")],
    ),
    (
        "group of a rule",
        base,
        [made("aws_vpc_security_group_egress_rule.e", {**RULE, "cidr_ipv4": ANY}, security_group_id="local.group")],
    ),
    (
        "peer of an inline rule",
        lambda: base(egress=[]),
        [
            changed(
                "aws_security_group.fn",
                {"id": "sg-fn", "egress": []},
                {"egress": [{"protocol": "tcp", "from_port": 443, "to_port": 443, "cidr_blocks": None}]},
                egress={
                    "unknown": [{"cidr_blocks": True}],
                    "expressions": [{"cidr_blocks": {"references": ["local.blocks"]}}],
                },
            )
        ],
    ),
    (
        "entries of an ACL",
        with_acl,
        [changed("aws_network_acl.x", {"id": "acl-x", "egress": []}, {}, egress="local.entries")],
    ),
    (
        "ACL of a subnet",
        base,
        [made("aws_network_acl_association.a", {"subnet_id": "subnet-a"}, network_acl_id="local.x")],
    ),
    ("rule of an ACL", with_acl, [made("aws_network_acl_rule.d", {**ENTRY, "rule_number": 5}, cidr_block="local.x")]),
    (
        "subnets of a function",
        base,
        [
            changed(
                "aws_lambda_function.w",
                {"id": "worker", "function_name": "worker", "vpc_config": []},
                {"vpc_config": [{"security_group_ids": ["sg-fn"]}]},
                vpc_config={
                    "unknown": [{"subnet_ids": True}],
                    "expressions": [{"subnet_ids": {"references": ["local.s"]}}],
                },
            )
        ],
    ),
    (
        "default table adopted",
        base,
        [made("aws_default_route_table.d", {"default_route_table_id": "rtb-main", "route": []})],
    ),
    ("peering options of a transit gateway", lambda: base(route=False).route("main", ANY, "tgw-1").item(
        "TransitGatewayVpcAttachments", TransitGatewayAttachmentId="tgw-attach-1", TransitGatewayId="tgw-1",
        VpcId="vpc-main", SubnetIds=["subnet-a"], State="available",
    ), [made("aws_ec2_transit_gateway_route.r", {"destination_cidr_block": ANY})]),
]  # fmt: skip


@pytest.mark.parametrize(("build", "changes"), [case[1:] for case in UNDECIDED], ids=[case[0] for case in UNDECIDED])
def test_what_is_known_only_after_apply_is_unknown_and_named(build: Callable[[], World], changes: list[Any]) -> None:
    done = laid(build(), *changes)
    assert verdict(done.snapshot) == "unknown"
    assert done.undecided


def test_a_value_left_to_aws_is_not_undecided() -> None:
    assert laid(base(route=False), route()).undecided == ()


def test_references_without_a_configuration_are_unknown() -> None:
    written = plan(
        made("aws_nat_gateway.n", {"subnet_id": "subnet-pub"}, private_ip=None),
        made(
            "aws_route.out",
            {"route_table_id": "rtb-main", "destination_cidr_block": ANY},
            nat_gateway_id="aws_nat_gateway.n.id",
        ),
    )
    assert verdict(overlay(base(route=False).snapshot(), written).snapshot) == "reachable"
    del written["configuration"]
    done = overlay(base(route=False).snapshot(), written)
    assert verdict(done.snapshot) == "unknown"
    assert "The plan has no configuration: references between its resources cannot be followed." in done.notes


def test_an_undecided_new_resource_leaves_what_exists_alone() -> None:
    done = laid(
        base(),
        made("aws_route_table.new[0]", {"vpc_id": "vpc-main"}, route=None),
        made(
            "aws_route.new[0]",
            {"destination_cidr_block": ANY, "nat_gateway_id": "nat-main"},
            route_table_id=["aws_route_table.new", "count.index"],
        ),
    )
    assert len(done.undecided) == 1
    explicit = base().table("explicit", subnets=["a"]).route("explicit", ANY, "nat-main")
    assert verdict(overlay(explicit.snapshot(), plan()).snapshot) == "reachable"


def test_unhandled_types_are_listed() -> None:
    done = laid(base(), made("aws_s3_bucket.b", {"bucket": "reports"}), made("aws_instance.i", {"ami": "ami-1"}))
    assert done.notes == (
        "aws_s3_bucket.b: aws_s3_bucket is not laid over the network.",
        "aws_instance.i: aws_instance is not laid over the network.",
    )
    assert verdict(done.snapshot) == "reachable"


def test_a_refused_prefix_list_makes_a_planned_endpoint_unknown() -> None:
    here = base(route=False).denied("PrefixLists")
    done = laid(here, made("aws_vpc_endpoint.s3", {**ENDPOINT, "route_table_ids": ["rtb-main"]}))
    assert verdict(done.snapshot, "3.5.146.1") == "unknown"
