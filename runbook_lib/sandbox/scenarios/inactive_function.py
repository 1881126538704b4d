"""Nobody invoked the function for two weeks, so that its interfaces were taken away."""

from __future__ import annotations

from runbook_lib.model.status import Status, Verdict
from runbook_lib.sandbox.layout import FUNCTION
from runbook_lib.sandbox.scenario import Expect, Scenario
from runbook_lib.sandbox.scenarios import fixed
from runbook_lib.sandbox.world import World

__all__ = ["SCENARIO"]


def build(world: World) -> None:
    """The fixed network; Lambda has reclaimed the interfaces of the idle function."""
    fixed.build(world)
    idle = {"State": "Inactive", "StateReasonCode": "Idle", "StateReason": "The function is idle."}
    world.stage(FUNCTION, idle)


SCENARIO = Scenario(
    name="inactive-function",
    title="Function inactive after two idle weeks",
    story=(
        "The network is the one of fixed, but render-invoice-pdf was not invoked for more than 14 days "
        "and is Inactive. The first invocation fails and makes Lambda restore its network interfaces; "
        "once the function is Active again, invocations succeed."
    ),
    cause=("Lambda reclaims the interfaces of a function in a VPC that is idle for 14 days."),
    function=FUNCTION,
    build=build,
    expected=(Expect("FUN001", Status.FAIL, FUNCTION), Expect("DEP005", Status.FAIL, FUNCTION)),
    verdicts={
        "function_configuration": Verdict.FAIL,
        "nat_gateway": Verdict.PASS,
        "network_path": Verdict.PASS,
        "post_deploy": Verdict.FAIL,
        "vpc_endpoints": Verdict.PASS,
    },
)
