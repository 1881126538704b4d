"""Healthy: a spoke VPC reaches the internet through the NAT gateway of a hub VPC."""

from __future__ import annotations

from runbook_lib.model.status import Status, Verdict
from runbook_lib.sandbox.layout import BUCKET, FUNCTION
from runbook_lib.sandbox.scenario import Expect, Scenario
from runbook_lib.sandbox.transit import spoke_and_hub
from runbook_lib.sandbox.world import World

__all__ = ["SCENARIO"]


def build(world: World) -> None:
    """Spoke and hub with the spoke attached in both zones."""
    vpc, private, tables = spoke_and_hub(world)
    world.gateway_endpoint("documents-prod-s3", vpc, "s3", tables)
    world.bucket(BUCKET)
    group = world.security_group("documents-lambda", vpc)
    world.function(FUNCTION, private, [group], timeout_s=900, variables={"BUCKET": BUCKET})


SCENARIO = Scenario(
    name="tgw-central-egress",
    title="Central egress over a transit gateway",
    story=(
        "The VPC documents-prod has no gateway of its own: its default route is a transit gateway, and the NAT "
        "gateway stands in the hub VPC central-egress. Everything works."
    ),
    function=FUNCTION,
    build=build,
    parameters={"destination": "198.51.100.20"},
    verdicts={"nat_gateway": Verdict.UNKNOWN, "network_path": Verdict.PASS, "vpc_endpoints": Verdict.PASS},
    expected=(Expect("PTH009", Status.FAIL, "documents-prod-private-b"),),
)
