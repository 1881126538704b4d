"""The function uses S3 and DynamoDB; only S3 has an endpoint."""

from __future__ import annotations

from runbook_lib.model.status import Status, Verdict
from runbook_lib.sandbox.layout import FUNCTION, network, workloads
from runbook_lib.sandbox.scenario import Expect, Scenario
from runbook_lib.sandbox.world import World

__all__ = ["SCENARIO"]


def build(world: World) -> None:
    """The fixed network, used for both services."""
    net = network(world)
    workloads(world, net, world.security_group("documents-lambda", net.vpc))
    world.gateway_endpoint("documents-prod-s3", net.vpc, "s3", net.private_tables)


SCENARIO = Scenario(
    name="dynamodb-and-s3",
    title="S3 has an endpoint, DynamoDB has none",
    story=(
        "render-invoice-pdf writes the file to S3 and its status to DynamoDB. S3 was given a gateway endpoint after "
        "the incident; DynamoDB still shares the NAT gateway with everybody."
    ),
    function=FUNCTION,
    build=build,
    parameters={"services": "s3,dynamodb"},
    verdicts={"nat_gateway": Verdict.UNKNOWN, "network_path": Verdict.PASS, "vpc_endpoints": Verdict.FAIL},
    expected=(
        Expect("END001", Status.FAIL, "documents-prod"),
        Expect("PTH009", Status.FAIL, "documents-prod-private-b"),
        Expect("NAT013", Status.FAIL, "documents-prod-nat"),
    ),
)
