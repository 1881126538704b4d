"""Everything works; the log takes half a minute to tell."""

from __future__ import annotations

from runbook_lib.model.status import Verdict
from runbook_lib.sandbox.layout import FUNCTION
from runbook_lib.sandbox.scenario import Scenario
from runbook_lib.sandbox.scenarios import fixed
from runbook_lib.sandbox.world import World

__all__ = ["SCENARIO"]


def build(world: World) -> None:
    """The fixed network; log events of new invocations take 30 seconds to reach the log group."""
    fixed.build(world)
    world.behave(FUNCTION, log_delay_s=30.0)


SCENARIO = Scenario(
    name="logs-30s-late",
    title="Log events arrive 30 seconds late",
    story=(
        "The network is the one of fixed and every invocation succeeds, but CloudWatch Logs delivers log "
        "events only 30 seconds after the invocation: who looks at once sees nothing, which is neither "
        "success nor failure."
    ),
    cause=("Log delivery lags by 30 seconds."),
    function=FUNCTION,
    build=build,
    verdicts={
        "nat_gateway": Verdict.PASS,
        "network_path": Verdict.PASS,
        "post_deploy": Verdict.PASS,
        "vpc_endpoints": Verdict.PASS,
    },
)
