"""Somebody deleted the NAT gateway; the routes to it are blackholes."""

from __future__ import annotations

from runbook_lib.model.status import Status, Verdict
from runbook_lib.sandbox.layout import FUNCTION, network, workloads
from runbook_lib.sandbox.scenario import Expect, Scenario
from runbook_lib.sandbox.world import World

__all__ = ["SCENARIO"]


def build(world: World) -> None:
    """The fixed network after its NAT gateway was deleted."""
    net = network(world)
    workloads(world, net, world.security_group("documents-lambda", net.vpc))
    world.gateway_endpoint("documents-prod-s3", net.vpc, "s3", net.private_tables)
    world.ec2.delete_nat_gateway(NatGatewayId=net.nat)


SCENARIO = Scenario(
    name="blackhole-nat",
    title="Default routes lead to a deleted NAT gateway",
    story=(
        "The NAT gateway was deleted to save money. The default routes of the private subnets still name it, in "
        "the state blackhole; S3 works, through its endpoint."
    ),
    function=FUNCTION,
    build=build,
    parameters={"destination": "198.51.100.20"},
    verdicts={"nat_gateway": Verdict.FAIL, "network_path": Verdict.FAIL, "vpc_endpoints": Verdict.PASS},
    expected=(
        Expect("PTH004", Status.FAIL, "documents-prod-private-a"),
        Expect("PTH004", Status.FAIL, "documents-prod-private-b"),
        Expect("PTH010", Status.FAIL, "documents-prod-private-a"),
        Expect("PTH010", Status.FAIL, "documents-prod-private-b"),
        Expect("NAT001", Status.FAIL, "documents-prod-nat"),
        Expect("NAT005", Status.FAIL, "documents-prod-private-a"),
        Expect("NAT005", Status.FAIL, "documents-prod-private-b"),
    ),
)
