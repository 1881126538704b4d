"""Healthy: one regional NAT gateway serves all zones."""

from __future__ import annotations

from runbook_lib.model.status import Verdict
from runbook_lib.sandbox.layout import FUNCTION, network, workloads
from runbook_lib.sandbox.scenario import Scenario
from runbook_lib.sandbox.world import World

__all__ = ["SCENARIO"]


def build(world: World) -> None:
    """The fixed network with a regional NAT gateway in place of the zonal one."""
    net = network(world, nat_kind="regional")
    workloads(world, net, world.security_group("documents-lambda", net.vpc))
    world.gateway_endpoint("documents-prod-s3", net.vpc, "s3", net.private_tables)


SCENARIO = Scenario(
    name="regional-nat",
    title="Regional NAT gateway",
    story=(
        "The VPC has a regional NAT gateway: no subnet, a route table of its own, one address per zone. Everything"
        " works."
    ),
    function=FUNCTION,
    build=build,
    parameters={"destination": "198.51.100.20"},
    verdicts={"nat_gateway": Verdict.UNKNOWN, "network_path": Verdict.PASS, "vpc_endpoints": Verdict.PASS},
)
