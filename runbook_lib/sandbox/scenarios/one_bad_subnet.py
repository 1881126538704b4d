"""The split of the incident without its cause: one of the two subnets has no default route, the NAT gateway is idle."""

from __future__ import annotations

from runbook_lib.model.status import Status, Verdict
from runbook_lib.sandbox.invoke import burst, invoke, upload
from runbook_lib.sandbox.layout import BUCKET, FUNCTION, network, workloads
from runbook_lib.sandbox.load.ways import Dropped, Nat, Way
from runbook_lib.sandbox.scenario import Expect, Scenario
from runbook_lib.sandbox.world import World

__all__ = ["SCENARIO"]


def build(world: World) -> None:
    """The network of the incident after somebody removed the default route of private subnet b."""
    net = network(world)
    workloads(world, net, world.security_group("documents-lambda", net.vpc))
    world.ec2.delete_route(RouteTableId=net.private_tables[1], DestinationCidrBlock="0.0.0.0/0")
    good, bad = net.private
    ways: dict[str, Way] = {good: Nat(nat_gateway_id=net.nat), bad: Dropped()}
    invoke(world, FUNCTION, ways, upload(world, BUCKET), burst(world, subnets=[good] * 5 + [bad] * 5))


SCENARIO = Scenario(
    name="one-bad-subnet",
    title="First five uploads succeed, last five time out, NAT gateway innocent",
    story=(
        "Ten uploads were started at once: five succeeded, five timed out, just as in the incident. But the first five "
        "happened to run in documents-prod-private-a and the last five in documents-prod-private-b, whose route table "
        "has no default route any more. The NAT gateway was never short of a port."
    ),
    cause="documents-prod-private-b has no route to S3; the order of the failures is an accident.",
    true_cause="subnet_or_zone",
    function=FUNCTION,
    build=build,
    verdicts={"nat_gateway": Verdict.FAIL, "network_path": Verdict.FAIL, "vpc_endpoints": Verdict.FAIL},
    expected=(
        Expect("END001", Status.FAIL, "documents-prod"),
        Expect("PTH004", Status.FAIL, "documents-prod-private-b"),
        Expect("PTH010", Status.FAIL, "documents-prod-private-b"),
        Expect("NAT005", Status.FAIL, "documents-prod-private-b"),
        Expect("NAT013", Status.FAIL, "documents-prod-nat"),
    ),
)
