"""Everything works, and the log may not be read."""

from __future__ import annotations

from runbook_lib.model.status import Status, Verdict
from runbook_lib.sandbox.layout import FUNCTION
from runbook_lib.sandbox.scenario import Expect, Scenario
from runbook_lib.sandbox.scenarios import fixed
from runbook_lib.sandbox.world import World

__all__ = ["SCENARIO"]


def build(world: World) -> None:
    """The fixed network."""
    fixed.build(world)


SCENARIO = Scenario(
    name="logs-denied",
    title="The log may not be read",
    story=(
        "The network is the one of fixed and every invocation succeeds, but the role of the caller lacks "
        "logs:FilterLogEvents: whether the invocations logged an error cannot be told."
    ),
    cause=("The role lacks logs:FilterLogEvents."),
    function=FUNCTION,
    build=build,
    denied=("logs:FilterLogEvents",),
    verdicts={
        "function_configuration": Verdict.UNKNOWN,
        "nat_gateway": Verdict.UNKNOWN,
        "network_path": Verdict.PASS,
        "post_deploy": Verdict.UNKNOWN,
        "vpc_endpoints": Verdict.PASS,
    },
    expected=(
        Expect("FUN002", Status.UNKNOWN, FUNCTION),
        Expect("FUN005", Status.UNKNOWN, FUNCTION),
        Expect("FUN013", Status.UNKNOWN, FUNCTION),
        Expect("FUN016", Status.UNKNOWN, FUNCTION),
        Expect("FUN018", Status.UNKNOWN, FUNCTION),
        Expect("DEP006", Status.UNKNOWN, FUNCTION),
        Expect("DEP007", Status.UNKNOWN, FUNCTION),
        Expect("DEP008", Status.UNKNOWN, FUNCTION),
        Expect("DEP009", Status.UNKNOWN, FUNCTION),
    ),
)
