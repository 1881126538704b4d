"""Whatever the requests and their log look like: the checks pass exactly when every request succeeded."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

import pytest

from runbook_lib.engine import evaluate
from runbook_lib.model.deploy import Deploy
from runbook_lib.model.status import Severity, Status, Verdict
from tests.builders import World
from tests.checks.deploy.cases import deployed
from tests.deployments import SENT, request_id

Json = dict[str, Any]

_FAULTS: dict[str, Json] = {
    "assertion failed": {"Assertion": "failed", "AssertionText": "count is 3, expected 4"},
    "assertion not asked": {"Assertion": "not asked"},
    "assertion unheard of": {"Assertion": "perhaps"},
    "function error": {"FunctionError": "Unhandled"},
    "handled error": {"FunctionError": "Handled"},
    "throttled": {"ErrorCode": "TooManyRequestsException", "StatusCode": 429},
    "server error": {"ErrorCode": "ServiceException", "StatusCode": 500},
    "denied": {"ErrorCode": "AccessDeniedException", "StatusCode": 403},
    "no connection": {"ErrorCode": "ConnectTimeoutError", "StatusCode": None, "RequestId": None},
    "not awaited": {"ErrorCode": "NotAwaited", "EndedAt": None, "StatusCode": None},
    "no answer": {"EndedAt": None},
    "no request id": {"RequestId": None},
    "id of nobody": {"RequestId": "99999999-0000-4000-8000-000000000009"},
    "error in the tail": {"LogTail": "[ERROR]\t2026-11-21T11:50:01.000Z\t{id}\tConnectTimeoutError: Connect timeout\n"},
}
_ASSERTIONS = {name for name in _FAULTS if name.startswith("assertion")}
_LOGS: dict[str, tuple[str, ...]] = {
    "none": (),
    "no report": ("start", "end"),
    "only start": ("start",),
    "error": ("start", "error", "end", "report"),
    "traceback": ("start", "traceback", "end", "report"),
    "timeout": ("start", "timeout", "end", "report"),
    "reported error": ("start", "end", "failing report"),
    "twice": ("start", "end", "report", "start", "end", "report"),
    "retried": ("start", "error", "end", "report", "start", "end", "report"),
}
_LINES = {
    "start": "START RequestId: {id} Version: $LATEST",
    "end": "END RequestId: {id}",
    "report": "REPORT RequestId: {id}\tDuration: 9.00 ms\tBilled Duration: 9 ms\tMemory Size: 128 MB\t"
    "Max Memory Used: 64 MB",
    "failing report": "REPORT RequestId: {id}\tDuration: 9.00 ms\tBilled Duration: 9 ms\tMemory Size: 128 MB\t"
    "Max Memory Used: 64 MB\tStatus: error\tError Type: Runtime.ExitError",
    "error": "[ERROR]\t2026-11-21T11:50:01.000Z\t{id}\tConnectTimeoutError: Connect timeout on endpoint URL",
    "traceback": "[ERROR] KeyError: 'x'\nTraceback (most recent call last):\n  File \"/var/task/app.py\", line 1",
    "timeout": "2026-11-21T11:50:01.000Z {id} Task timed out after 3.00 seconds",
}
_WELL = ("start", "end", "report")


def request(mix: random.Random, number: int, purpose: str, share: float) -> tuple[Json, tuple[str, ...], bool]:
    """A request, the lines of its log, and whether it succeeded."""
    is_event = purpose == "event"
    start = SENT + timedelta(milliseconds=100 * number)
    made: Json = {
        "Number": f"{purpose}-{number:03d}",
        "FunctionName": "worker",
        "Purpose": purpose,
        "InvocationType": "Event" if is_event else "RequestResponse",
        "StartedAt": start.isoformat(),
        "EndedAt": (start + timedelta(milliseconds=20)).isoformat(),
        "RequestId": request_id("burst", number),
        "StatusCode": 202 if is_event else 200,
        "Assertion": "not asked" if is_event else "passed",
    }
    lines, is_well = _WELL, True
    if mix.random() < share:
        fault = mix.choice([name for name in _FAULTS if not (is_event and name in _ASSERTIONS)])
        made |= {
            key: value.format(id=made["RequestId"]) if key == "LogTail" else value
            for key, value in _FAULTS[fault].items()
        }
        is_well = False
    if mix.random() < share:
        lines, is_well = mix.choice(list(_LOGS.values())), False
    return made, lines, is_well


def log(made: World, number: int, lines: tuple[str, ...]) -> None:
    """The log of a request, in a stream of its own."""
    for line, word in enumerate(lines):
        made.item(
            "Events",
            eventId=f"{number:03d}-{line}",
            timestamp=int(SENT.timestamp() * 1000) + 100 * number + line,
            logStreamName=f"2026/11/21/[$LATEST]{number:032x}",
            logGroupName="/aws/lambda/worker",
            message=_LINES[word].format(id=request_id("burst", number)),
        )


def world_of(seed: int) -> tuple[World, Deploy, bool]:
    """Some requests and their log, what was asked for, and whether all of it went well."""
    mix = random.Random(seed)
    purposes = ["smoke", *mix.choices(["smoke", "wake", "burst", "event", "rehearsal"], k=mix.randrange(8))]
    share = mix.choice([0.0, 0.05, 0.5])
    made, went_well = deployed().configured(), True
    for number, purpose in enumerate(purposes, 1):
        item, lines, is_well = request(mix, number, purpose, share)
        made.item("InvokeResults", **item)
        log(made, number, lines)
        went_well = went_well and is_well
    # Whatever failed, these metrics show nothing of it.
    made.counted(Invocations=100)
    sent = {"burst": sum(word in ("burst", "rehearsal") for word in purposes), "events": purposes.count("event")}
    unsent = mix.choice([0, 0, 0, 1])
    # The requests here do not overlap, and need not.
    asked = Deploy(consented=True, burst=sent["burst"], at_once=1, events=sent["events"] + unsent)
    if mix.random() < 0.05:
        made.denied("Events")
        went_well = False
    return made.shuffled(seed), asked, went_well and not unsent


@pytest.mark.parametrize("seed", range(400))
def test_the_verdict_is_pass_exactly_when_every_request_succeeded(seed: int) -> None:
    made, asked, went_well = world_of(seed)
    found = evaluate(made.snapshot(), made.settings(deploy=asked), select=["deploy"])
    assert (found.verdict is Verdict.PASS) == went_well, [item.message for item in found.findings]
    told = [item for item in found.findings if item.check_id in ("DEP006", "DEP008", "DEP014")]
    bad = [item for item in told if item.status in (Status.FAIL, Status.UNKNOWN)]
    assert any(item.severity.rank >= Severity.MEDIUM.rank for item in bad) is not went_well


def test_both_kinds_of_worlds_are_tried() -> None:
    well = sum(world_of(seed)[2] for seed in range(400))
    assert 100 < well < 300
