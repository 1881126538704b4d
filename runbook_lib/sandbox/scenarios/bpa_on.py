"""VPC Block Public Access is on: internet gateways carry nothing."""

from __future__ import annotations

from runbook_lib.model.status import Status, Verdict
from runbook_lib.sandbox.layout import FUNCTION, network, workloads
from runbook_lib.sandbox.scenario import Expect, Scenario
from runbook_lib.sandbox.world import World

__all__ = ["SCENARIO"]


def build(world: World) -> None:
    """The fixed network in a Region where Block Public Access is bidirectional."""
    net = network(world)
    workloads(world, net, world.security_group("documents-lambda", net.vpc))
    world.gateway_endpoint("documents-prod-s3", net.vpc, "s3", net.private_tables)
    world.ec2.modify_vpc_block_public_access_options(InternetGatewayBlockMode="block-bidirectional")


SCENARIO = Scenario(
    name="bpa-on",
    title="VPC Block Public Access is on",
    story=(
        "The security team switched on VPC Block Public Access, bidirectional, for the Region. Routes, groups and "
        "ACLs are as before, but the internet gateway carries nothing; S3 works, through its endpoint."
    ),
    function=FUNCTION,
    build=build,
    parameters={"destination": "198.51.100.20"},
    verdicts={"nat_gateway": Verdict.UNKNOWN, "network_path": Verdict.FAIL, "vpc_endpoints": Verdict.PASS},
    expected=(
        Expect("PTH007", Status.FAIL, "documents-prod-private-a"),
        Expect("PTH007", Status.FAIL, "documents-prod-private-b"),
        Expect("PTH010", Status.FAIL, "documents-prod-private-a"),
        Expect("PTH010", Status.FAIL, "documents-prod-private-b"),
        Expect("PTH009", Status.FAIL, "documents-prod-private-b"),
    ),
)
