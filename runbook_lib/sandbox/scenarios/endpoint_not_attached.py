"""The S3 endpoint exists, but the route table of one of the two subnets was forgotten."""

from __future__ import annotations

from runbook_lib.model.status import Status, Verdict
from runbook_lib.sandbox.layout import FUNCTION, network, workloads
from runbook_lib.sandbox.scenario import Expect, Scenario
from runbook_lib.sandbox.world import World

__all__ = ["SCENARIO"]


def build(world: World) -> None:
    """An S3 endpoint on the route table of zone a only."""
    net = network(world)
    workloads(world, net, world.security_group("documents-lambda", net.vpc))
    world.gateway_endpoint("documents-prod-s3", net.vpc, "s3", net.private_tables[:1])


SCENARIO = Scenario(
    name="endpoint-not-attached",
    title="S3 endpoint missing from one route table",
    story=(
        "The S3 gateway endpoint is available, but only associated with the route table of zone a. Invocations placed "
        "in zone b still upload through the NAT gateway, which bills them."
    ),
    function=FUNCTION,
    build=build,
    verdicts={"nat_gateway": Verdict.UNKNOWN, "network_path": Verdict.PASS, "vpc_endpoints": Verdict.FAIL},
    expected=(
        Expect("END003", Status.FAIL, "documents-prod-private-b"),
        Expect("END004", Status.FAIL, "documents-prod-private-b"),
        Expect("PTH009", Status.FAIL, "documents-prod-private-b"),
        Expect("NAT013", Status.FAIL, "documents-prod-nat"),
    ),
)
