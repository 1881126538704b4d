"""The ports of the NAT gateway towards one address run out, step by step; the function is written in Java."""

from __future__ import annotations

from runbook_lib.model.status import Status, Verdict
from runbook_lib.sandbox.invoke import burst, crowded, invoke, upload
from runbook_lib.sandbox.layout import FUNCTION, network, workloads
from runbook_lib.sandbox.load.jobs import Sdk
from runbook_lib.sandbox.scenario import Expect, Scenario
from runbook_lib.sandbox.world import World

__all__ = ["SCENARIO"]


def build(world: World) -> None:
    """The fixed network; the archive bucket is in another Region, where no gateway endpoint leads."""
    net = network(world)
    workloads(world, net, world.security_group("documents-lambda", net.vpc), runtime="java21")
    batch = world.security_group("data-lake-batch", net.vpc)
    world.function("data-lake-export", net.private, [batch], timeout_s=900, memory_mb=3008)
    world.function("audit-log-shipper", net.private, [batch], timeout_s=900)
    world.gateway_endpoint("documents-prod-s3", net.vpc, "s3", net.private_tables)
    archive = upload(
        world,
        "lumen-archive-prod",
        host="lumen-archive-prod.s3.us-east-1.amazonaws.com",
        address="52.217.88.102",
        sdk=Sdk(connect_timeout_s=2, read_timeout_s=30),
    )
    wishes = [wish for minutes_ago in (55, 30, 25) for wish in burst(world, minutes_ago=minutes_ago)]
    invoke(world, FUNCTION, crowded(world, net.nat, free=6), archive, wishes)


SCENARIO = Scenario(
    name="nat-port-exhaustion",
    title="NAT gateway out of ports to one address",
    story=(
        "render-invoice-pdf archives to a bucket in us-east-1, which the S3 endpoint of the VPC does not carry. The "
        "first burst of ten was fine, of the second six arrived, of the third none; the NAT gateway reports "
        "ErrorPortAllocation above zero from the second burst on."
    ),
    cause=(
        "Since 45 minutes ago data-lake-export and audit-log-shipper hold all but six of the 55,000 ports to the same "
        "address, and take what becomes free."
    ),
    true_cause="nat_port_exhaustion",
    function=FUNCTION,
    build=build,
    parameters={"destination": "198.51.100.20"},
    verdicts={"nat_gateway": Verdict.FAIL, "network_path": Verdict.PASS, "vpc_endpoints": Verdict.PASS},
    expected=(
        Expect("PTH009", Status.FAIL, "documents-prod-private-b"),
        Expect("NAT007", Status.FAIL, "documents-prod-nat"),
        Expect("NAT011", Status.FAIL, "documents-prod-nat"),
    ),
)
