"""The interface endpoint for Secrets Manager admits the bastion only."""

from __future__ import annotations

from runbook_lib.model.status import Status, Verdict
from runbook_lib.sandbox.layout import FUNCTION, network, workloads
from runbook_lib.sandbox.rules import Rule
from runbook_lib.sandbox.scenario import Expect, Scenario
from runbook_lib.sandbox.world import World

__all__ = ["SCENARIO"]


def build(world: World) -> None:
    """The fixed network with an interface endpoint whose security group does not know the functions."""
    net = network(world)
    workloads(world, net, world.security_group("documents-lambda", net.vpc))
    world.gateway_endpoint("documents-prod-s3", net.vpc, "s3", net.private_tables)
    bastion = world.security_group("bastion", net.vpc)
    admits = world.security_group("documents-endpoints", net.vpc, ingress=[Rule(bastion)])
    world.interface_endpoint("documents-prod-secretsmanager", net.vpc, "secretsmanager", net.private, [admits])


SCENARIO = Scenario(
    name="interface-endpoint-sg-refuses",
    title="Security group of the interface endpoint refuses the function",
    story=(
        "Private DNS leads the function to the interface endpoint for Secrets Manager, but the endpoint's security"
        " group admits only the bastion. Every call times out."
    ),
    function=FUNCTION,
    build=build,
    parameters={"services": "s3,secretsmanager"},
    verdicts={"nat_gateway": Verdict.UNKNOWN, "network_path": Verdict.FAIL, "vpc_endpoints": Verdict.FAIL},
    expected=(
        Expect("END010", Status.FAIL, "documents-prod-secretsmanager"),
        Expect("PTH003", Status.FAIL, "documents-prod-private-a"),
        Expect("PTH003", Status.FAIL, "documents-prod-private-b"),
        Expect("PTH010", Status.FAIL, "documents-prod-private-a"),
        Expect("PTH010", Status.FAIL, "documents-prod-private-b"),
    ),
)
