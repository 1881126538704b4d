"""A dual-stack function has IPv6 out through an egress-only gateway and no way out over IPv4."""

from __future__ import annotations

import ipaddress

from runbook_lib.model.status import Verdict
from runbook_lib.sandbox.layout import BUCKET, FUNCTION
from runbook_lib.sandbox.scenario import Scenario
from runbook_lib.sandbox.world import World

__all__ = ["SCENARIO"]


def build(world: World) -> None:
    """A dual-stack VPC with an egress-only internet gateway, no NAT gateway, and a dual-stack S3 endpoint."""
    name = "documents-prod"
    vpc = world.vpc(name, "10.20.0.0/16", ipv6=True)
    blocks = list(ipaddress.ip_network(world.ipv6_block(vpc)).subnets(new_prefix=64))
    private = [
        world.subnet(f"{name}-private-{z}", vpc, f"10.20.{100 + i}.0/24", z, ipv6_cidr=str(blocks[i]))
        for i, z in enumerate("ab")
    ]
    table = world.route_table(f"{name}-private", vpc, private)
    gateway = world.egress_only_gateway(f"{name}-egress-only", vpc)
    world.route(table, "::/0", EgressOnlyInternetGatewayId=gateway)
    world.gateway_endpoint(f"{name}-s3", vpc, "s3", [table], ip_address_type="dualstack")
    group = world.security_group("documents-lambda", vpc)
    world.bucket(BUCKET)
    world.function(FUNCTION, private, [group], timeout_s=900, variables={"BUCKET": BUCKET}, dual_stack=True)


SCENARIO = Scenario(
    name="ipv6-egress-only",
    title="IPv6 out, no IPv4 out",
    story=(
        "The NAT gateway was given up for an egress-only internet gateway. Partners with IPv6 addresses are "
        "reached, the others are not; S3 works, through its dual-stack endpoint."
    ),
    function=FUNCTION,
    build=build,
    parameters={"destination": "2001:db8::20"},
    verdicts={"nat_gateway": Verdict.UNKNOWN, "network_path": Verdict.PASS, "vpc_endpoints": Verdict.PASS},
)
