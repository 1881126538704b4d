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


_ROLE = "render-invoice-pdf"
_READS = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{BUCKET}/*"}


def build(world: World) -> None:
    """The fixed network and a role that only reads; S3 answers every upload with AccessDenied."""
    net = network(world)
    role = world.surroundings.role(_ROLE, [_READS])
    group = world.security_group("documents-lambda", net.vpc)
    workloads(world, net, group, runtime="provided.al2023", role=role)
    world.gateway_endpoint("documents-prod-s3", net.vpc, "s3", net.private_tables)
    refused = Answer(after_s=0.06, failure=FailureKind.ACCESS_DENIED, code="AccessDenied")
    invoke(world, FUNCTION, Answers(), upload(world, BUCKET, answers=(refused,), role=_ROLE), burst(world))


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
    parameters={"actions": "s3:PutObject"},
    expected=(
        Expect("FUN002", Status.UNKNOWN, FUNCTION),
        Expect("FUN012", Status.FAIL, FUNCTION),
        Expect("FUN016", Status.FAIL, FUNCTION),
    ),
    verdicts={
        "function_configuration": Verdict.FAIL,
        "nat_gateway": Verdict.FAIL,
        "network_path": Verdict.PASS,
        "vpc_endpoints": Verdict.PASS,
    },
)
