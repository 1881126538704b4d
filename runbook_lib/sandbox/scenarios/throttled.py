"""The function has only five executions reserved, whatever a burst may want."""

from __future__ import annotations

from runbook_lib.model.status import Status, Verdict
from runbook_lib.sandbox.layout import FUNCTION
from runbook_lib.sandbox.scenario import Expect, Scenario
from runbook_lib.sandbox.scenarios import fixed
from runbook_lib.sandbox.world import World

__all__ = ["SCENARIO"]


def build(world: World) -> None:
    """The fixed network and five reserved executions."""
    fixed.build(world)
    world.reserve_concurrency(FUNCTION, 5)


SCENARIO = Scenario(
    name="throttled",
    title="Five executions reserved, ten wanted",
    story=(
        "The network is the one of fixed and every invocation that runs succeeds, but render-invoice-pdf "
        "has five executions reserved: of ten invocations at once five are refused with 429 "
        "TooManyRequestsException and the reason ReservedFunctionConcurrentInvocationLimitExceeded."
    ),
    cause=("The reserved concurrency of 5 is less than the ten invocations wanted at once."),
    function=FUNCTION,
    build=build,
    verdicts={
        "function_configuration": Verdict.FAIL,
        "nat_gateway": Verdict.PASS,
        "network_path": Verdict.PASS,
        "post_deploy": Verdict.UNKNOWN,
        "vpc_endpoints": Verdict.PASS,
    },
    expected=(
        Expect("FUN006", Status.FAIL, FUNCTION),
        Expect("DEP008", Status.UNKNOWN, FUNCTION),
        Expect("DEP009", Status.UNKNOWN, FUNCTION),
    ),
)
