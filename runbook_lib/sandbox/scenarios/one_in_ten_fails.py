"""The network is right, yet every tenth upload is told to slow down."""

from __future__ import annotations

from runbook_lib.model.status import Status, Verdict
from runbook_lib.sandbox.layout import FUNCTION
from runbook_lib.sandbox.load.jobs import Answer, FailureKind
from runbook_lib.sandbox.scenario import Expect, Scenario
from runbook_lib.sandbox.scenarios import fixed
from runbook_lib.sandbox.world import World

__all__ = ["SCENARIO"]


def build(world: World) -> None:
    """The fixed network; the far side refuses the tenth upload, the twentieth, and so on."""
    fixed.build(world)
    world.behave(FUNCTION, *(Answer(),) * 9, Answer(failure=FailureKind.THROTTLED, code="SlowDown"))


SCENARIO = Scenario(
    name="one-in-ten-fails",
    title="One upload in ten fails",
    story=(
        "The network is the one of fixed. Of every ten invocations of render-invoice-pdf nine store their "
        "invoice and one raises a ClientError, because S3 answers its upload with SlowDown: a burst of "
        "ten is no success, though nine of its answers are right."
    ),
    cause=("S3 answers 503 SlowDown to every tenth upload."),
    function=FUNCTION,
    build=build,
    verdicts={
        "nat_gateway": Verdict.PASS,
        "network_path": Verdict.PASS,
        "post_deploy": Verdict.FAIL,
        "vpc_endpoints": Verdict.PASS,
    },
    expected=(
        Expect("DEP007", Status.FAIL, FUNCTION),
        Expect("DEP008", Status.FAIL, FUNCTION),
        Expect("DEP012", Status.FAIL, FUNCTION),
    ),
)
