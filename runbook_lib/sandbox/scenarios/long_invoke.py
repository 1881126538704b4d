"""Workers behind a NAT gateway wait for a function that works seven minutes: its answer never reaches them."""

from __future__ import annotations

from runbook_lib.model.status import Status, Verdict
from runbook_lib.sandbox.invoke import at_minutes, call_and_wait, upload
from runbook_lib.sandbox.layout import BUCKET, network, workloads
from runbook_lib.sandbox.samples import sample
from runbook_lib.sandbox.scenario import REGION, Expect, Scenario
from runbook_lib.sandbox.world import World

__all__ = ["CALLER_LOG", "SCAN", "SCENARIO", "build"]

SCAN = "scan-archive"
CALLER_LOG = "/aws/containerinsights/documents-prod/application"

_CALLS = (56, 51.5, 47, 42.5, 38, 33.5, 29, 24.5)


def build(world: World, *, keepalive: bool = False) -> None:
    """The fixed network; workers of a Kubernetes cluster in its private subnets call a function and wait."""
    net = network(world)
    workloads(world, net, world.security_group("documents-lambda", net.vpc))
    world.gateway_endpoint("documents-prod-s3", net.vpc, "s3", net.private_tables)
    workers = world.security_group("documents-workers", net.vpc)
    world.function(SCAN, net.private, [workers], timeout_s=900, memory_mb=3008)
    job = upload(world, BUCKET, before_s=418.0)
    wishes = at_minutes(world, _CALLS)
    call_and_wait(world, SCAN, wishes, job, nat=net.nat, log_group=CALLER_LOG, keepalive=keepalive)


SCENARIO = Scenario(
    name="long-invoke",
    title="Answers lost behind a NAT gateway after seven minutes",
    story=(
        "Workers in a Kubernetes cluster in the private subnets invoke scan-archive and wait for its answer. The "
        "function works for 420 seconds and succeeds, every time; the workers hear nothing and give up after 900 "
        "seconds with a read timeout. They are boto3 clients with SO_KEEPALIVE on; their manifest sets no time: the "
        "first probe would come after two hours."
    ),
    cause="The NAT gateway forgets the silent connection after 350 seconds, and with it the way back of the answer.",
    function=SCAN,
    build=build,
    parameters={
        "destination": f"lambda.{REGION}.amazonaws.com",
        "clients": str(sample("scan-workers.yaml")),
        "so_keepalive": "on",
        "caller_log": CALLER_LOG,
    },
    verdicts={
        "function_configuration": Verdict.PASS,
        "nat_gateway": Verdict.PASS,
        "network_path": Verdict.PASS,
        "tcp_keepalive": Verdict.FAIL,
        "vpc_endpoints": Verdict.PASS,
    },
    expected=(
        Expect("PTH009", Status.FAIL, "documents-prod-private-b"),
        Expect("NAT010", Status.FAIL, "documents-prod-nat"),
    ),
)
