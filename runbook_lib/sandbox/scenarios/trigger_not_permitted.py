"""Nothing runs the function any more: bucket and queue may not, and what fails has nowhere to go."""

from __future__ import annotations

from runbook_lib.model.status import Status, Verdict
from runbook_lib.sandbox.layout import BUCKET, FUNCTION, network, workloads
from runbook_lib.sandbox.scenario import Expect, Scenario
from runbook_lib.sandbox.world import World

__all__ = ["SCENARIO"]


def build(world: World) -> None:
    """The fixed network; the statement for S3 names the old bucket, the role may not poll, a queue was deleted."""
    net = network(world)
    workloads(world, net, world.security_group("documents-lambda", net.vpc))
    world.gateway_endpoint("documents-prod-s3", net.vpc, "s3", net.private_tables)
    around = world.surroundings
    around.notify(BUCKET, FUNCTION, prefix="incoming/", permitted="lumen-invoices")
    around.mapping(FUNCTION, around.queue("invoices-to-render", visibility_timeout_s=5400))
    around.keep_failures(FUNCTION, around.queue("render-invoice-pdf-failed"))
    around.drop_queue("render-invoice-pdf-failed")


SCENARIO = Scenario(
    name="trigger-not-permitted",
    title="Triggers may not invoke the function",
    story=(
        "render-invoice-pdf is not invoked any more, and nothing says why. Its resource policy still names the bucket "
        "lumen-invoices, from which the objects moved to lumen-invoices-prod; its role may not read from the queue "
        "invoices-to-render; and the queue to which failed events were to go was deleted."
    ),
    cause="Resource policy and role do not permit what invokes the function.",
    function=FUNCTION,
    build=build,
    parameters={"bucket": BUCKET},
    verdicts={
        "function_configuration": Verdict.FAIL,
        "nat_gateway": Verdict.PASS,
        "network_path": Verdict.PASS,
        "vpc_endpoints": Verdict.PASS,
    },
    expected=(
        Expect("FUN007", Status.FAIL, FUNCTION),
        Expect("FUN010", Status.FAIL, FUNCTION),
        Expect("FUN010", Status.UNKNOWN, FUNCTION),
        Expect("FUN011", Status.FAIL, FUNCTION),
        Expect("FUN011", Status.FAIL, FUNCTION),
    ),
)
