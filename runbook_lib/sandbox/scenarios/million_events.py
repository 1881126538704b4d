"""A million log events of one hour: far more than anybody reads at once."""

from __future__ import annotations

from runbook_lib.model.status import Status, Verdict
from runbook_lib.sandbox.invoke import upload
from runbook_lib.sandbox.layout import BUCKET, FUNCTION, network, workloads
from runbook_lib.sandbox.load.flood import Flood
from runbook_lib.sandbox.load.runtime_logs import Writer
from runbook_lib.sandbox.scenario import Expect, Scenario
from runbook_lib.sandbox.staging import add_series
from runbook_lib.sandbox.world import World

__all__ = ["SCENARIO"]


def build(world: World) -> None:
    """The fixed network; the function runs seventy times a second, and S3 asks some of the uploads to slow down."""
    net = network(world)
    workloads(world, net, world.security_group("documents-lambda", net.vpc))
    world.gateway_endpoint("documents-prod-s3", net.vpc, "s3", net.private_tables)
    writer = Writer(function=FUNCTION, region=world.region, memory_mb=1024, timeout_s=900)
    flood = Flood(writer=writer, job=upload(world, BUCKET), end_s=world.now_s - 60)
    world.log_group(FUNCTION, flood)
    add_series(world.region, "AWS/Lambda", {"FunctionName": FUNCTION}, flood.series())


SCENARIO = Scenario(
    name="million-events",
    title="A million log events within an hour",
    story=(
        "render-invoice-pdf ran 250,000 times within the hour and left a million log events. One upload in fifty "
        "ended within a tenth of a second with SlowDown: S3 asked to reduce the request rate."
    ),
    cause="S3 limits the request rate to one prefix of the bucket.",
    true_cause="downstream",
    function=FUNCTION,
    build=build,
    expected=(
        Expect("FUN002", Status.UNKNOWN, FUNCTION),
        Expect("FUN005", Status.UNKNOWN, FUNCTION),
        Expect("FUN013", Status.UNKNOWN, FUNCTION),
        Expect("FUN016", Status.UNKNOWN, FUNCTION),
        Expect("FUN018", Status.UNKNOWN, FUNCTION),
    ),
    verdicts={"nat_gateway": Verdict.FAIL, "network_path": Verdict.PASS, "vpc_endpoints": Verdict.PASS},
)
