"""The S3 endpoint was requested a moment ago and is not available yet."""

from __future__ import annotations

from runbook_lib.model.status import Status, Verdict
from runbook_lib.sandbox.layout import FUNCTION, network, workloads
from runbook_lib.sandbox.scenario import Expect, Scenario
from runbook_lib.sandbox.world import World

__all__ = ["SCENARIO"]


def build(world: World) -> None:
    """The fixed network with an endpoint that is still being created."""
    net = network(world)
    workloads(world, net, world.security_group("documents-lambda", net.vpc))
    endpoint = world.gateway_endpoint("documents-prod-s3", net.vpc, "s3", net.private_tables)
    world.stage(endpoint, {"State": "pending"})


SCENARIO = Scenario(
    name="endpoint-pending",
    title="S3 endpoint still pending",
    story="The S3 gateway endpoint was created, its routes are in place, but its state is pending.",
    function=FUNCTION,
    build=build,
    verdicts={"nat_gateway": Verdict.UNKNOWN, "network_path": Verdict.FAIL, "vpc_endpoints": Verdict.FAIL},
    expected=(
        Expect("END002", Status.FAIL, "documents-prod-s3"),
        Expect("PTH010", Status.FAIL, "documents-prod-private-a"),
        Expect("PTH010", Status.FAIL, "documents-prod-private-b"),
    ),
)
