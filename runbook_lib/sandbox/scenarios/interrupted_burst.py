"""Each invocation takes ten minutes, so that a burst can be interrupted."""

from __future__ import annotations

from runbook_lib.model.status import Status, Verdict
from runbook_lib.sandbox.deployment import CODE
from runbook_lib.sandbox.layout import FUNCTION
from runbook_lib.sandbox.scenario import Expect, Scenario
from runbook_lib.sandbox.scenarios import fixed
from runbook_lib.sandbox.world import World

__all__ = ["SCENARIO"]


def build(world: World) -> None:
    """The fixed network; the new code renders for ten minutes before it stores."""
    fixed.build(world, code=CODE.replace("time.sleep(0.35)", "time.sleep(600)"))


SCENARIO = Scenario(
    name="interrupted-burst",
    title="Invocations long enough to interrupt a burst",
    story=(
        "The network is the one of fixed and every invocation succeeds, but each takes ten minutes: "
        "whoever stops a burst half-way has invocations that were never started and others whose end "
        "nobody waited for."
    ),
    cause=("Rendering takes ten minutes."),
    function=FUNCTION,
    build=build,
    deploy={"burst_s": "3"},
    verdicts={
        "nat_gateway": Verdict.PASS,
        "network_path": Verdict.PASS,
        "post_deploy": Verdict.UNKNOWN,
        "vpc_endpoints": Verdict.PASS,
    },
    expected=(
        Expect("DEP008", Status.UNKNOWN, FUNCTION),
        Expect("DEP009", Status.UNKNOWN, FUNCTION),
    ),
)
