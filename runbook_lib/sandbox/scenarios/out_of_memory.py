"""Nobody ever set the memory of a function, and large pictures need more of it."""

from __future__ import annotations

from runbook_lib.model.status import Status, Verdict
from runbook_lib.sandbox.invoke import invoke, spread, upload
from runbook_lib.sandbox.layout import BUCKET, network, workloads
from runbook_lib.sandbox.load.jobs import Answer, FailureKind
from runbook_lib.sandbox.load.ways import Answers
from runbook_lib.sandbox.scenario import Expect, Scenario
from runbook_lib.sandbox.world import World

__all__ = ["SCENARIO"]

_FUNCTION = "make-thumbnails"


def build(world: World) -> None:
    """The fixed network; one picture in four takes all of 128 MB, and the environment is killed."""
    net = network(world)
    group = world.security_group("documents-lambda", net.vpc)
    workloads(world, net, group)
    world.gateway_endpoint("documents-prod-s3", net.vpc, "s3", net.private_tables)
    world.function(_FUNCTION, net.private, [group], memory_mb=128)
    killed = Answer(after_s=2.7, failure=FailureKind.OUT_OF_MEMORY)
    answers = (Answer(), Answer(), killed, Answer())
    invoke(world, _FUNCTION, Answers(), upload(world, BUCKET, answers=answers), spread(world, 24))


SCENARIO = Scenario(
    name="out-of-memory",
    title="The 128 MB of memory that nobody raised",
    story=(
        "make-thumbnails has the memory that Lambda gives unless told otherwise: 128 MB. One picture in four is so "
        "large that the environment is killed in the middle of it, and the next invocation starts cold. The others use "
        "nearly all there is. Every connection was made at once."
    ),
    cause="128 MB are not enough for large pictures.",
    true_cause="memory",
    function=_FUNCTION,
    build=build,
    verdicts={
        "function_configuration": Verdict.FAIL,
        "nat_gateway": Verdict.PASS,
        "network_path": Verdict.PASS,
        "vpc_endpoints": Verdict.PASS,
    },
    expected=(Expect("FUN005", Status.FAIL, _FUNCTION),),
)
