"""Invoked as an event, the function seems to work: its second attempt succeeds."""

from __future__ import annotations

from runbook_lib.model.status import Status, Verdict
from runbook_lib.sandbox.layout import FUNCTION
from runbook_lib.sandbox.load.jobs import Answer, FailureKind
from runbook_lib.sandbox.scenario import Expect, Scenario
from runbook_lib.sandbox.scenarios import fixed
from runbook_lib.sandbox.world import World

__all__ = ["SCENARIO"]


def build(world: World) -> None:
    """The fixed network; of ten uploads the far side refuses the second, the third and the fourth."""
    fixed.build(world)
    refused = Answer(failure=FailureKind.THROTTLED, code="SlowDown")
    world.behave(FUNCTION, Answer(), *(refused,) * 3, *(Answer(),) * 6)


SCENARIO = Scenario(
    name="retry-masks-failure",
    title="A retry masks the failure of each first attempt",
    story=(
        "The network is the one of fixed. A single request to render-invoice-pdf succeeds. The three that come "
        "after it are told by S3 to slow down, and fail: invoked synchronously, the failures are seen; invoked "
        "as events, Lambda tries again after a minute, S3 has calmed down by then, and every event ends in a success."
    ),
    cause=("S3 answers 503 SlowDown to the requests that follow the first one."),
    function=FUNCTION,
    build=build,
    deploy={"burst": "0", "events": "3"},
    verdicts={
        "nat_gateway": Verdict.PASS,
        "network_path": Verdict.PASS,
        "post_deploy": Verdict.FAIL,
        "vpc_endpoints": Verdict.PASS,
    },
    expected=(
        Expect("DEP007", Status.FAIL, FUNCTION),
        Expect("DEP012", Status.FAIL, FUNCTION),
        Expect("DEP014", Status.FAIL, FUNCTION),
    ),
)
