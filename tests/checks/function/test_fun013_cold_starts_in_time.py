"""FUN013: do environments start in time, and are those provisioned ready?"""

from __future__ import annotations

from typing import Any

import pytest

from runbook_lib.checks.function import fun013_cold_starts_in_time as fun013
from runbook_lib.checks.function.cold_starts import cold_starts_of
from runbook_lib.invocations.base import Invocation
from runbook_lib.model.status import Status
from tests.builders import ACCOUNT, REGION, World
from tests.checks.function.about import config, events, logged
from tests.checks.worlds import two_zones

UNPREPARED = "nothing prepares environments (no SnapStart, no provisioned concurrency)"


def started(*init_s: float, **fields: Any) -> World:
    """Cold starts that took so long, and one invocation that found its environment warm."""
    made = config(**fields)
    for number, seconds in enumerate(init_s):
        made.sent("burst", "ok", name="worker", init_ms=seconds * 1000, apart_ms=30_000 + number)
    return made.sent("smoke", "ok")


def provisioned(made: World, status: str, allocated: int, name: str = "worker", **more: str) -> World:
    return made.item(
        "ProvisionedConcurrencyConfigs",
        FunctionArn=f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}:live",
        RequestedProvisionedConcurrentExecutions=5,
        AvailableProvisionedConcurrentExecutions=allocated,
        AllocatedProvisionedConcurrentExecutions=allocated,
        Status=status,
        **more,
    )


def published(made: World) -> World:
    """The same log, written by environments of version 3."""
    for event in made._items["Events"]:
        event["logStreamName"] = event["logStreamName"].replace("[$LATEST]", "[3]")
    return made


def answer(made: World) -> tuple[Status, str]:
    (found,) = made.ask(fun013)
    return found.status, found.code


def test_cold_starts_in_time() -> None:
    made = started(0.4)
    said = f"worker: 1 cold start (50% of the invocations) took at most 0.4 s; {UNPREPARED}."
    assert made.ask(fun013) == (fun013.META.passed(made.view().function("worker"), said, events(success=2)),)


@pytest.mark.parametrize(("init_s", "expected"), [(8.9, (Status.PASS, "OK")), (9.0, (Status.FAIL, "INIT_NEAR_LIMIT"))])
def test_nine_of_ten_seconds_are_the_boundary(init_s: float, expected: tuple[Status, str]) -> None:
    assert answer(started(0.4, init_s)) == expected


def test_the_limit_is_not_that_of_prepared_environments() -> None:
    snap_start = {"ApplyOn": "PublishedVersions"}
    assert answer(published(started(12.0, SnapStart=snap_start))) == (Status.PASS, "OK")
    assert answer(published(started(12.0, SnapStart={"ApplyOn": "None"}))) == (Status.FAIL, "INIT_NEAR_LIMIT")
    assert answer(published(provisioned(started(12.0), "READY", 5))) == (Status.PASS, "OK")
    other = provisioned(started(12.0), "READY", 5, name="other")
    assert answer(published(other)) == (Status.FAIL, "INIT_NEAR_LIMIT")


def test_the_latest_code_is_never_prepared() -> None:
    snap_start = {"ApplyOn": "PublishedVersions"}
    (found,) = started(12.0, SnapStart=snap_start).ask(fun013)
    assert (found.status, found.code) == (Status.FAIL, "INIT_NEAR_LIMIT")
    assert found.message == (
        "worker: one took 12.0 s, over the 10 s after which Lambda begins again; 1 cold start (50% of the invocations) "
        "took at most 12.0 s; prepared by SnapStart of published versions."
    )
    (found,) = provisioned(started(0.4), "READY", 5).ask(fun013)
    assert found.message.endswith("took at most 0.4 s; prepared by 5 provisioned executions of live.")


@pytest.mark.parametrize(
    ("architecture", "init_s", "size_mb", "said"),
    [
        ("x86_64", 599, 1024, ", billed at less than 0.01 USD (at 0.0000166667 USD per GB-second, x86 in us-east-1)"),
        ("x86_64", 600, 1024, ", billed at about 0.01 USD (at 0.0000166667 USD per GB-second, x86 in us-east-1)"),
        ("x86_64", 600, 2048, ", billed at about 0.02 USD (at 0.0000166667 USD per GB-second, x86 in us-east-1)"),
        ("arm64", 90_000, 1024, ", billed at about 1.20 USD (at 0.0000133334 USD per GB-second, Arm in us-east-1)"),
        ("x86_64", 600, None, ""),
        ("riscv", 600, 1024, ""),
    ],
)
def test_initialisation_is_billed(architecture: str, init_s: int, size_mb: int | None, said: str) -> None:
    known = config(Architectures=[architecture]).view().function_configuration("worker")
    one = Invocation(request_id="r", init_ms=init_s * 1000, memory_size_mb=size_mb)
    assert cold_starts_of([one], known, []).text == (
        f"1 cold start (100% of the invocations) took at most {init_s:,.1f} s"
        f"{said and f' and {init_s:,.1f} s in all{said}'}; {UNPREPARED}"
    )


def test_without_a_cold_start() -> None:
    (found,) = config().sent("smoke", "ok").ask(fun013)
    assert (found.status, found.message) == (Status.PASS, f"worker: no cold start was seen; {UNPREPARED}.")


def test_provisioned_executions_that_are_not_there() -> None:
    (found,) = provisioned(started(0.4), "FAILED", 2, StatusReason="No capacity.").ask(fun013)
    assert (found.status, found.code) == (Status.FAIL, "NOT_PROVISIONED")
    assert found.message == ("worker: 2 of 5 provisioned executions of live are there, the rest failed (No capacity).")
    assert answer(provisioned(started(0.4), "IN_PROGRESS", 2)) == (Status.UNKNOWN, "PROVISIONING")


@pytest.mark.parametrize(
    ("made", "code"),
    [
        (started(0.4).denied("ProvisionedConcurrencyConfigs"), "NOT_READ"),
        (started(0.4).denied("FunctionConfigurations"), "NOT_READ"),
        (started(0.4).denied("Events"), "NOT_READ"),
        (started(0.4).truncated("Events", "truncated: 2 events"), "LOG_NOT_WHOLE"),
        (config(), "LOG_NOT_WHOLE"),
    ],
)
def test_what_was_not_read_is_no_pass(made: World, code: str) -> None:
    assert answer(made) == (Status.UNKNOWN, code)


def test_nothing_had_to_start() -> None:
    assert answer(config().counted(missing=["Invocations"]))[0] is Status.NOT_APPLICABLE
    assert answer(two_zones())[0] is Status.NOT_APPLICABLE


BROKEN_OFF = "INIT_REPORT Init Duration: 10008.12 ms\tPhase: init\tStatus: timeout"
ON_DEMAND = '"record": {"initializationType": "on-demand", "phase": "init"'
IN_JSON = (
    f'{{"time": "2026-11-21T10:59:49.000Z", "type": "platform.initStart", {ON_DEMAND}}}}}',
    f'{{"time": "2026-11-21T10:59:59.000Z", "type": "platform.initReport", {ON_DEMAND}, "status": "timeout", '
    '"metrics": {"durationMs": 10008.12}}}',
)


@pytest.mark.parametrize("before", [(BROKEN_OFF,), ("INIT_START Runtime Version: python:3.13.v9", BROKEN_OFF), IN_JSON])
def test_an_initialisation_that_was_broken_off_counts_though_no_report_names_it(before: tuple[str, ...]) -> None:
    made = logged(config(), 12.0)
    first = made._items["Events"][0]
    for number, line in enumerate(before):
        earlier = {"eventId": f"init-{number}", "timestamp": first["timestamp"] - 2, "message": line}
        made.item("Events", **{**first, **earlier})
    (found,) = made.ask(fun013)
    assert (found.status, found.code) == (Status.FAIL, "INIT_NEAR_LIMIT")
    assert found.message == (
        "worker: one took 10.0 s, over the 10 s after which Lambda begins again; 1 cold start (100% of the "
        f"invocations) took at most 10.0 s; {UNPREPARED}."
    )
