"""The function answers, its status is 200, and what it says is wrong."""

from __future__ import annotations

from runbook_lib.model.status import Status, Verdict
from runbook_lib.sandbox.layout import FUNCTION
from runbook_lib.sandbox.scenario import Expect, Scenario
from runbook_lib.sandbox.scenarios import fixed
from runbook_lib.sandbox.world import World

__all__ = ["SCENARIO"]

_CODE = '''\
"""Renders an invoice; does not store it any more."""

import time


def handler(event, context):
    time.sleep(0.7)
    return {"statusCode": 200, "ok": False, "reason": "no storage is configured"}
'''


def build(world: World) -> None:
    """The fixed network; the new code reports success of the call and stores nothing."""
    fixed.build(world, code=_CODE)


SCENARIO = Scenario(
    name="wrong-answer-200",
    title="Status 200 with a wrong answer",
    story=(
        "The network is the one of fixed. The last deploy of render-invoice-pdf renders and then answers with the "
        "status code 200 and without any error, but its payload says that nothing was stored: only a look "
        "at the response tells."
    ),
    cause=("The deployed code swallows its own failure and returns ok false with status code 200."),
    function=FUNCTION,
    build=build,
    verdicts={
        "nat_gateway": Verdict.PASS,
        "network_path": Verdict.PASS,
        "post_deploy": Verdict.FAIL,
        "vpc_endpoints": Verdict.PASS,
    },
    expected=(
        Expect("DEP006", Status.FAIL, FUNCTION),
        Expect("DEP008", Status.UNKNOWN, FUNCTION),
        Expect("DEP009", Status.UNKNOWN, FUNCTION),
    ),
)
