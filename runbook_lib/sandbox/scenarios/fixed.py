"""The incident after the change: an S3 gateway endpoint on the route table of both private subnets."""

from __future__ import annotations

from runbook_lib.model.status import Verdict
from runbook_lib.sandbox.deployment import CODE
from runbook_lib.sandbox.invoke import burst, invoke, upload
from runbook_lib.sandbox.layout import BUCKET, FUNCTION, apply_terraform, network, workloads
from runbook_lib.sandbox.load.ways import Answers
from runbook_lib.sandbox.scenario import Scenario
from runbook_lib.sandbox.world import World

__all__ = ["SCENARIO", "build"]


def build(world: World, *, code: str = CODE) -> None:
    """The network of the incident plus the endpoint; `code` is what the function runs when it is invoked."""
    net = network(world)
    group = world.security_group("documents-lambda", net.vpc)
    workloads(world, net, group, code=code)
    batch = world.security_group("data-lake-batch", net.vpc)
    world.function("data-lake-export", net.private, [batch], timeout_s=900, memory_mb=3008)
    world.function("audit-log-shipper", net.private, [batch], timeout_s=900)
    endpoint = world.gateway_endpoint("documents-prod-s3", net.vpc, "s3", net.private_tables)
    apply_terraform(world, net, endpoint)
    invoke(world, FUNCTION, Answers(), upload(world, BUCKET), burst(world))


SCENARIO = Scenario(
    name="fixed",
    title="The incident, fixed: S3 reached through a gateway endpoint",
    story=(
        "An S3 gateway endpoint was added to the VPC documents-prod and associated with the route tables of both "
        "private subnets. Uploads no longer use the NAT gateway: ten at once finished within three seconds."
    ),
    function=FUNCTION,
    build=build,
    deploy={
        "terraform": "terraform.tfstate",
        "events": "2",
        "longest_ms": "10000",
        "wanted_rate": "0.7",
        "probe": "s3.ap-southeast-1.amazonaws.com:443",
    },
    verdicts={
        "function_configuration": Verdict.PASS,
        "nat_gateway": Verdict.PASS,
        "network_path": Verdict.PASS,
        "post_deploy": Verdict.PASS,
        "vpc_endpoints": Verdict.PASS,
    },
)
