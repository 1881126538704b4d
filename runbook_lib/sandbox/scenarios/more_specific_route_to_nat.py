"""A leftover route sends part of S3 to the NAT gateway, past the endpoint."""

from __future__ import annotations

from runbook_lib.model.status import Status, Verdict
from runbook_lib.sandbox.layout import FUNCTION, network, workloads
from runbook_lib.sandbox.scenario import Expect, Scenario
from runbook_lib.sandbox.world import World

__all__ = ["SCENARIO"]


def build(world: World) -> None:
    """The fixed network; the table of zone a still holds a route for some addresses of S3."""
    net = network(world)
    workloads(world, net, world.security_group("documents-lambda", net.vpc))
    world.gateway_endpoint("documents-prod-s3", net.vpc, "s3", net.private_tables)
    world.route(net.private_tables[0], "52.216.0.0/16", NatGatewayId=net.nat)


SCENARIO = Scenario(
    name="more-specific-route-to-nat",
    title="More specific route takes S3 traffic to the NAT gateway",
    story=(
        "The route table of zone a holds 52.216.0.0/16 to the NAT gateway, left from an old allow-list. It is more "
        "specific than 52.216.0.0/15 of the S3 prefix list, so half of that block goes past the endpoint."
    ),
    function=FUNCTION,
    build=build,
    verdicts={"nat_gateway": Verdict.UNKNOWN, "network_path": Verdict.PASS, "vpc_endpoints": Verdict.FAIL},
    expected=(
        Expect("END004", Status.FAIL, "documents-prod-private-a"),
        Expect("NAT013", Status.FAIL, "documents-prod-nat"),
    ),
)
