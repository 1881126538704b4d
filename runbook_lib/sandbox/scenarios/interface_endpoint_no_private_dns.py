"""An interface endpoint without private DNS is paid for and not used."""

from __future__ import annotations

from runbook_lib.model.status import Status, Verdict
from runbook_lib.sandbox.layout import FUNCTION, network, workloads
from runbook_lib.sandbox.rules import Rule
from runbook_lib.sandbox.scenario import Expect, Scenario
from runbook_lib.sandbox.world import World

__all__ = ["SCENARIO"]


def build(world: World) -> None:
    """The fixed network with an interface endpoint for Secrets Manager whose private DNS is off."""
    net = network(world)
    workloads(world, net, world.security_group("documents-lambda", net.vpc))
    world.gateway_endpoint("documents-prod-s3", net.vpc, "s3", net.private_tables)
    admits = world.security_group("documents-endpoints", net.vpc, ingress=[Rule("10.20.0.0/16")])
    world.interface_endpoint(
        "documents-prod-secretsmanager", net.vpc, "secretsmanager", net.private, [admits], private_dns=False
    )


SCENARIO = Scenario(
    name="interface-endpoint-no-private-dns",
    title="Interface endpoint without private DNS",
    story=(
        "The VPC has an interface endpoint for Secrets Manager, but private DNS is off: the SDK resolves "
        "secretsmanager.ap-southeast-1.amazonaws.com to public addresses and goes through the NAT gateway."
    ),
    function=FUNCTION,
    build=build,
    parameters={"services": "s3,secretsmanager"},
    verdicts={"nat_gateway": Verdict.UNKNOWN, "network_path": Verdict.PASS, "vpc_endpoints": Verdict.FAIL},
    expected=(
        Expect("END011", Status.FAIL, "documents-prod-secretsmanager"),
        Expect("PTH009", Status.FAIL, "documents-prod-private-b"),
    ),
)
