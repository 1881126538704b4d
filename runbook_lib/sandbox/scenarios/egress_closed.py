"""The security group lets out to the database only; S3 times out."""

from __future__ import annotations

from runbook_lib.model.status import Status, Verdict
from runbook_lib.sandbox.layout import FUNCTION, network, workloads
from runbook_lib.sandbox.rules import Rule
from runbook_lib.sandbox.scenario import Expect, Scenario
from runbook_lib.sandbox.world import World

__all__ = ["SCENARIO"]


def build(world: World) -> None:
    """The fixed network with egress to PostgreSQL inside the VPC and nothing else."""
    net = network(world)
    group = world.security_group("documents-lambda", net.vpc, egress=[Rule("10.20.0.0/16", 5432)])
    workloads(world, net, group)
    world.gateway_endpoint("documents-prod-s3", net.vpc, "s3", net.private_tables)


SCENARIO = Scenario(
    name="egress-closed",
    title="Security group has no egress to S3",
    story=(
        "A hardening change left one egress rule: TCP 5432 to the VPC. The endpoint is perfect, but the security group "
        "drops every packet to S3, silently."
    ),
    function=FUNCTION,
    build=build,
    verdicts={"nat_gateway": Verdict.UNKNOWN, "network_path": Verdict.FAIL, "vpc_endpoints": Verdict.FAIL},
    expected=(
        Expect("END005", Status.FAIL, "documents-lambda"),
        Expect("PTH003", Status.FAIL, "documents-prod-private-a"),
        Expect("PTH003", Status.FAIL, "documents-prod-private-b"),
        Expect("PTH010", Status.FAIL, "documents-prod-private-a"),
        Expect("PTH010", Status.FAIL, "documents-prod-private-b"),
    ),
)
