"""The function was moved to public subnets "because they have internet"; it never gets a public address."""

from __future__ import annotations

from runbook_lib.model.status import Status, Verdict
from runbook_lib.sandbox.layout import FUNCTION, network, workloads
from runbook_lib.sandbox.scenario import Expect, Scenario
from runbook_lib.sandbox.world import World

__all__ = ["SCENARIO"]


def build(world: World) -> None:
    """Functions in the public subnets; the S3 endpoint serves the private route tables only."""
    net = network(world)
    workloads(world, net, world.security_group("documents-lambda", net.vpc), net.public)
    world.gateway_endpoint("documents-prod-s3", net.vpc, "s3", net.private_tables)


SCENARIO = Scenario(
    name="public-subnet-trap",
    title="Function in public subnets",
    story=(
        "render-invoice-pdf runs in the public subnets, whose default route is the internet gateway. A function's "
        "network interface has no public address, so everything times out; the S3 endpoint is associated with the "
        "private route tables only."
    ),
    function=FUNCTION,
    build=build,
    verdicts={"nat_gateway": Verdict.UNKNOWN, "network_path": Verdict.FAIL, "vpc_endpoints": Verdict.FAIL},
    expected=(
        Expect("END003", Status.FAIL, "documents-prod-public-a"),
        Expect("END003", Status.FAIL, "documents-prod-public-b"),
        Expect("END004", Status.FAIL, "documents-prod-public-a"),
        Expect("END004", Status.FAIL, "documents-prod-public-b"),
        Expect("PTH007", Status.FAIL, "documents-prod-public-a"),
        Expect("PTH007", Status.FAIL, "documents-prod-public-b"),
        Expect("PTH010", Status.FAIL, "documents-prod-public-a"),
        Expect("PTH010", Status.FAIL, "documents-prod-public-b"),
    ),
)
