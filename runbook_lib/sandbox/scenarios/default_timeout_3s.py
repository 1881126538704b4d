"""Nobody ever set the Timeout of a function, and three seconds are not always enough."""

from __future__ import annotations

from runbook_lib.model.status import Status, Verdict
from runbook_lib.sandbox.invoke import invoke, spread, upload
from runbook_lib.sandbox.layout import BUCKET, network, workloads
from runbook_lib.sandbox.load.jobs import Answer
from runbook_lib.sandbox.load.ways import Answers
from runbook_lib.sandbox.scenario import Expect, Scenario
from runbook_lib.sandbox.world import World

__all__ = ["SCENARIO"]

_FUNCTION = "stamp-invoice"
_LARGE, _HUGE = 2.3, 4.8


def build(world: World) -> None:
    """The fixed network; one upload in five is large, one in ten too large for three seconds."""
    net = network(world)
    group = world.security_group("documents-lambda", net.vpc)
    workloads(world, net, group)
    world.gateway_endpoint("documents-prod-s3", net.vpc, "s3", net.private_tables)
    world.function(_FUNCTION, net.private, [group], timeout_s=3)
    usual, large, huge = Answer(after_s=0.9), Answer(after_s=_LARGE), Answer(after_s=_HUGE)
    answers = (usual, large, usual, usual, huge, usual, usual, large, usual, usual)
    invoke(world, _FUNCTION, Answers(), upload(world, BUCKET, answers=answers), spread(world, 30))


SCENARIO = Scenario(
    name="default-timeout-3s",
    title="The Timeout of three seconds that nobody set",
    story=(
        "stamp-invoice has the Timeout that Lambda gives unless told otherwise: three seconds. Most uploads are done "
        "after one, the large ones take nearly three, and those of the largest documents are ended in the middle, "
        "without an error in the log. Its SDK would have waited for minutes; the network is the one of fixed."
    ),
    cause="The Timeout is less than what large documents take.",
    true_cause="function_timeout",
    function=_FUNCTION,
    build=build,
    parameters={"sdk": "boto3"},
    verdicts={
        "function_configuration": Verdict.FAIL,
        "nat_gateway": Verdict.PASS,
        "network_path": Verdict.PASS,
        "vpc_endpoints": Verdict.PASS,
    },
    expected=(Expect("FUN002", Status.FAIL, _FUNCTION),),
)
