"""Every answer is right and takes ten times as long as expected."""

from __future__ import annotations

from runbook_lib.model.status import Status, Verdict
from runbook_lib.sandbox.layout import FUNCTION
from runbook_lib.sandbox.load.jobs import Answer
from runbook_lib.sandbox.scenario import Expect, Scenario
from runbook_lib.sandbox.scenarios import fixed
from runbook_lib.sandbox.world import World

__all__ = ["SCENARIO"]


def build(world: World) -> None:
    """The fixed network; the far side takes 25 seconds to answer an upload."""
    fixed.build(world)
    world.behave(FUNCTION, Answer(after_s=25.0))


SCENARIO = Scenario(
    name="slow-but-correct",
    title="Correct answers outside the expected window",
    story=(
        "The network is the one of fixed and every invocation of render-invoice-pdf returns the right "
        "answer, but each takes about 25 seconds where two were usual: outside any window expected of an "
        "upload."
    ),
    cause=("The far side takes 25 seconds to answer each upload."),
    function=FUNCTION,
    build=build,
    deploy={"longest_ms": "2000"},
    verdicts={
        "nat_gateway": Verdict.PASS,
        "network_path": Verdict.PASS,
        "post_deploy": Verdict.FAIL,
        "vpc_endpoints": Verdict.PASS,
    },
    expected=(Expect("DEP010", Status.FAIL, FUNCTION),),
)
