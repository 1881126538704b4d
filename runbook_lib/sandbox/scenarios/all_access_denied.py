"""Every upload is refused at once: the role of the function may not write; the function is written in Go."""

from __future__ import annotations

from runbook_lib.model.status import Status, Verdict
from runbook_lib.sandbox.invoke import burst, invoke, upload
from runbook_lib.sandbox.layout import BUCKET, FUNCTION, network, workloads
from runbook_lib.sandbox.load.jobs import Answer, FailureKind
from runbook_lib.sandbox.load.ways import Answers
from runbook_lib.sandbox.scenario import Expect, Scenario
from runbook_lib.sandbox.world import World

__all__ = ["SCENARIO"]


def build(world: World) -> None:
    """The fixed network; S3 answers every upload with AccessDenied."""
    net = network(world)
    workloads(world, net, world.security_group("documents-lambda", net.vpc), runtime="provided.al2023")
    world.gateway_endpoint("documents-prod-s3", net.vpc, "s3", net.private_tables)
    refused = Answer(after_s=0.06, failure=FailureKind.ACCESS_DENIED, code="AccessDenied")
    invoke(world, FUNCTION, Answers(), upload(world, BUCKET, answers=(refused,)), burst(world))


SCENARIO = Scenario(
    name="all-access-denied",
    title="Every upload refused with AccessDenied",
    story=(
        "Ten uploads were started at once and all ten failed within a second: S3 answered AccessDenied, because the "
        "role of render-invoice-pdf has no policy that allows s3:PutObject. An answer came each time, so the network "
        "is fine."
    ),
    cause="The role of the function lacks s3:PutObject.",
    true_cause="permissions",
    function=FUNCTION,
    build=build,
    expected=(
        Expect("FUN002", Status.UNKNOWN, FUNCTION),
        Expect("FUN016", Status.FAIL, FUNCTION),
    ),
    verdicts={
        "function_configuration": Verdict.FAIL,
        "nat_gateway": Verdict.FAIL,
        "network_path": Verdict.PASS,
        "vpc_endpoints": Verdict.PASS,
    },
)
