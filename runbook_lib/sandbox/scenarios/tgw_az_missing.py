"""The transit gateway attachment has no subnet in one of the zones the function uses."""

from __future__ import annotations

from runbook_lib.model.status import Status, Verdict
from runbook_lib.sandbox.layout import BUCKET, FUNCTION
from runbook_lib.sandbox.scenario import Expect, Scenario
from runbook_lib.sandbox.transit import spoke_and_hub
from runbook_lib.sandbox.world import World

__all__ = ["SCENARIO"]


def build(world: World) -> None:
    """Spoke and hub with the spoke attached in zone a only."""
    vpc, private, tables = spoke_and_hub(world, attached_zones="a")
    world.gateway_endpoint("documents-prod-s3", vpc, "s3", tables)
    world.bucket(BUCKET)
    group = world.security_group("documents-lambda", vpc)
    world.function(FUNCTION, private, [group], timeout_s=900, variables={"BUCKET": BUCKET})


SCENARIO = Scenario(
    name="tgw-az-missing",
    title="Transit gateway not attached in one zone",
    story=(
        "The attachment of documents-prod to the transit gateway has a subnet in zone a only. Invocations placed "
        "in zone b cannot use it: half of them time out towards the internet."
    ),
    function=FUNCTION,
    build=build,
    parameters={"destination": "198.51.100.20"},
    verdicts={"nat_gateway": Verdict.UNKNOWN, "network_path": Verdict.FAIL, "vpc_endpoints": Verdict.PASS},
    expected=(
        Expect("PTH004", Status.FAIL, "documents-prod-private-b"),
        Expect("PTH010", Status.FAIL, "documents-prod-private-b"),
        Expect("PTH009", Status.FAIL, "documents-prod-private-b"),
    ),
)
