"""The function writes its pictures into the bucket that runs it: every picture is taken for an upload."""

from __future__ import annotations

from runbook_lib.model.status import Status, Verdict
from runbook_lib.sandbox.invoke import at_minutes, invoke, upload
from runbook_lib.sandbox.layout import BUCKET, FUNCTION, network, workloads
from runbook_lib.sandbox.load.records import Numbers
from runbook_lib.sandbox.load.ways import Answers
from runbook_lib.sandbox.scenario import Expect, Scenario
from runbook_lib.sandbox.staging import add_series
from runbook_lib.sandbox.world import World

__all__ = ["SCENARIO"]

_ROUNDS = 16


def build(world: World) -> None:
    """The fixed network; the bucket runs the function for every object, and the function writes into the bucket."""
    net = network(world)
    workloads(world, net, world.security_group("documents-lambda", net.vpc))
    world.gateway_endpoint("documents-prod-s3", net.vpc, "s3", net.private_tables)
    around = world.surroundings
    around.notify(BUCKET, FUNCTION)
    around.keep_failures(FUNCTION, around.queue("render-invoice-pdf-failed"))
    invoke(
        world, FUNCTION, Answers(), upload(world, BUCKET), at_minutes(world, [30 - 0.05 * n for n in range(_ROUNDS)])
    )
    minute = int(world.now_s - 29 * 60) // 60 * 60
    stopped = {"RecursiveInvocationsDropped": {minute: Numbers.one(1.0)}}
    add_series(world.region, "AWS/Lambda", {"FunctionName": FUNCTION}, stopped)


SCENARIO = Scenario(
    name="recursive-trigger",
    title="Function runs itself through its bucket",
    story=(
        "The bucket lumen-invoices-prod runs render-invoice-pdf for every object that is created in it, and the "
        "function writes what it makes into the same bucket. One upload led to sixteen invocations, until Lambda "
        "noticed and stopped the next. No invocation failed, and the network is the one of fixed."
    ),
    cause="The function writes below the prefix that runs it: none is set, so that every object does.",
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
        Expect("FUN010", Status.FAIL, FUNCTION),
        Expect("FUN010", Status.FAIL, FUNCTION),
    ),
)
