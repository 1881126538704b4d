"""Reachability Analyzer gives up: its analyses fail, which says nothing about the network."""

from __future__ import annotations

from runbook_lib.model.status import Status, Verdict
from runbook_lib.sandbox.layout import FUNCTION, network, workloads
from runbook_lib.sandbox.scenario import Expect, Scenario
from runbook_lib.sandbox.world import World

__all__ = ["SCENARIO"]


def build(world: World) -> None:
    """The fixed network; AWS's message is one of those in its troubleshooting page.

    https://docs.aws.amazon.com/vpc/latest/reachability/reachability-analyzer-troubleshooting.html
    """
    net = network(world)
    workloads(world, net, world.security_group("documents-lambda", net.vpc))
    world.gateway_endpoint("documents-prod-s3", net.vpc, "s3", net.private_tables)
    world.analyzer(failure="The request failed due to modifications in network resources during the analysis")


SCENARIO = Scenario(
    name="analyzer-fails",
    title="Reachability Analyzer fails",
    story=(
        "Facts and trace say that render-invoice-pdf reaches its partner through the NAT gateway. Every analysis of "
        "Reachability Analyzer fails, because a deployment changes the network while it runs: AWS has no answer."
    ),
    function=FUNCTION,
    build=build,
    parameters={"destination": "198.51.100.20"},
    verdicts={
        "nat_gateway": Verdict.UNKNOWN,
        "network_path": Verdict.PASS,
        "reachability_analyzer": Verdict.UNKNOWN,
        "vpc_endpoints": Verdict.PASS,
    },
    expected=(Expect("PTH009", Status.FAIL, "documents-prod-private-b"),),
)
