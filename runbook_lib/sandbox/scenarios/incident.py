"""Ten uploads at once, five of them time out: no S3 endpoint, everything through one crowded NAT gateway."""

from __future__ import annotations

from typing import Any

from runbook_lib.model.status import Status, Verdict
from runbook_lib.sandbox.invoke import burst, crowded, invoke, upload
from runbook_lib.sandbox.layout import BUCKET, FUNCTION, network, workloads
from runbook_lib.sandbox.scenario import Expect, Scenario
from runbook_lib.sandbox.world import World

__all__ = ["SCENARIO", "build"]


def build(world: World, **logging: Any) -> None:
    """Two private subnets in two zones, one NAT gateway shared with the batch jobs, no S3 endpoint.

    `logging` is how the function logs.
    """
    net = network(world)
    group = world.security_group("documents-lambda", net.vpc)
    workloads(world, net, group)
    batch = world.security_group("data-lake-batch", net.vpc)
    world.function("data-lake-export", net.private, [batch], timeout_s=900, memory_mb=3008)
    world.function("audit-log-shipper", net.private, [batch], timeout_s=900)
    world.hold_ports(net.nat, free=5)
    invoke(world, FUNCTION, crowded(world, net.nat), upload(world, BUCKET), burst(world), **logging)


SCENARIO = Scenario(
    name="incident",
    title="Ten concurrent uploads to S3, five time out",
    story=(
        "render-invoice-pdf was started ten times at once. Five uploads to S3 finished within three seconds, five "
        "ended in a connect timeout. The VPC documents-prod has no S3 gateway endpoint, so uploads leave "
        "through the one NAT gateway of the VPC."
    ),
    cause=(
        "data-lake-export and audit-log-shipper hold all but five of the NAT gateway's 55,000 ports to the same S3 "
        "address; ErrorPortAllocation is above zero from the sixth upload on."
    ),
    true_cause="nat_port_exhaustion",
    function=FUNCTION,
    build=build,
    verdicts={
        "function_configuration": Verdict.FAIL,
        "nat_gateway": Verdict.FAIL,
        "network_path": Verdict.PASS,
        "post_deploy": Verdict.FAIL,
        "vpc_endpoints": Verdict.FAIL,
    },
    expected=(
        Expect("END001", Status.FAIL, "documents-prod"),
        Expect("PTH009", Status.FAIL, "documents-prod-private-b"),
        Expect("NAT007", Status.FAIL, "documents-prod-nat"),
        Expect("NAT011", Status.FAIL, "documents-prod-nat"),
        Expect("NAT013", Status.FAIL, "documents-prod-nat"),
        Expect("DEP007", Status.FAIL, FUNCTION),
        Expect("DEP008", Status.FAIL, FUNCTION),
        Expect("DEP012", Status.FAIL, FUNCTION),
    ),
)
