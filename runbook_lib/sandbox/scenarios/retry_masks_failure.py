"""Invoked as an event, the function seems to work: its second attempt succeeds."""

from __future__ import annotations

from runbook_lib.model.status import Status, Verdict
from runbook_lib.sandbox.deployment import CODE
from runbook_lib.sandbox.layout import FUNCTION
from runbook_lib.sandbox.scenario import Expect, Scenario
from runbook_lib.sandbox.scenarios import fixed
from runbook_lib.sandbox.world import World

__all__ = ["SCENARIO"]

_CODE = (
    CODE
    + """

client = None
render = handler


def handler(event, context):
    global client
    was_missing, client = client is None, "made"
    if was_missing:
        raise ClientError("the client was used before it was made")
    return render(event, context)
"""
)


def build(world: World) -> None:
    """The fixed network; the new code fails in the first invocation of each execution environment."""
    fixed.build(world, code=_CODE)


SCENARIO = Scenario(
    name="retry-masks-failure",
    title="A retry masks the failure of each first attempt",
    story=(
        "The network is the one of fixed. Since the last deploy the first invocation in each new "
        "execution environment of render-invoice-pdf fails. Invoked synchronously, the failures are seen; "
        "invoked as events, Lambda tries again after a minute, the environment is warm by then, and every "
        "event ends in a success."
    ),
    cause=("The deployed code uses its client before it is made, once per execution environment."),
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
        Expect("DEP006", Status.FAIL, FUNCTION),
        Expect("DEP007", Status.FAIL, FUNCTION),
        Expect("DEP012", Status.FAIL, FUNCTION),
        Expect("DEP014", Status.UNKNOWN, FUNCTION),
    ),
)
