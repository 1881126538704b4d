"""The NAT gateway was created in a private subnet, whose default route is the NAT gateway itself."""

from __future__ import annotations

from runbook_lib.model.status import Status, Verdict
from runbook_lib.sandbox.layout import FUNCTION, network, workloads
from runbook_lib.sandbox.scenario import Expect, Scenario
from runbook_lib.sandbox.world import World

__all__ = ["SCENARIO"]


def build(world: World) -> None:
    """The fixed network with its NAT gateway in the first private subnet."""
    net = network(world, nat_kind="misplaced")
    workloads(world, net, world.security_group("documents-lambda", net.vpc))
    world.gateway_endpoint("documents-prod-s3", net.vpc, "s3", net.private_tables)


SCENARIO = Scenario(
    name="nat-in-wrong-subnet",
    title="NAT gateway in a private subnet",
    story=(
        "The NAT gateway was created in documents-prod-private-a. That subnet's default route leads to the NAT "
        "gateway itself, so nothing reaches the internet; S3 works, through its endpoint."
    ),
    function=FUNCTION,
    build=build,
    parameters={"destination": "198.51.100.20"},
    verdicts={"nat_gateway": Verdict.FAIL, "network_path": Verdict.FAIL, "vpc_endpoints": Verdict.PASS},
    expected=(
        Expect("PTH006", Status.FAIL, "documents-prod-private-a"),
        Expect("PTH006", Status.FAIL, "documents-prod-private-b"),
        Expect("PTH010", Status.FAIL, "documents-prod-private-a"),
        Expect("PTH010", Status.FAIL, "documents-prod-private-b"),
        Expect("PTH009", Status.FAIL, "documents-prod-private-b"),
        Expect("NAT003", Status.FAIL, "documents-prod-nat"),
    ),
)
