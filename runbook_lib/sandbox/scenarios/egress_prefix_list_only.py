"""Healthy: the only egress rule names the S3 prefix list."""

from __future__ import annotations

from runbook_lib.model.status import Verdict
from runbook_lib.sandbox.layout import FUNCTION, network, workloads
from runbook_lib.sandbox.rules import Rule
from runbook_lib.sandbox.scenario import Scenario
from runbook_lib.sandbox.world import World

__all__ = ["SCENARIO"]


def build(world: World) -> None:
    """The fixed network with a security group that lets out to the S3 prefix list and nothing else."""
    net = network(world)
    group = world.security_group("documents-lambda", net.vpc, egress=[Rule(world.prefix_list("s3"))])
    workloads(world, net, group)
    world.gateway_endpoint("documents-prod-s3", net.vpc, "s3", net.private_tables)


SCENARIO = Scenario(
    name="egress-prefix-list-only",
    title="Security group lets out to the S3 prefix list only",
    story="The security group has one egress rule: TCP 443 to the prefix list of S3. That is all the endpoint needs.",
    function=FUNCTION,
    build=build,
    verdicts={"nat_gateway": Verdict.UNKNOWN, "network_path": Verdict.PASS, "vpc_endpoints": Verdict.PASS},
)
