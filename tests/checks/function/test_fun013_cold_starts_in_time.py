"""FUN013: do environments start in time, and are those provisioned ready?"""

from __future__ import annotations

from typing import Any

import pytest

from runbook_lib.checks.function import fun013_cold_starts_in_time as fun013
from runbook_lib.model.status import Status
from tests.builders import ACCOUNT, REGION, World
from tests.checks.function.about import config, events
from tests.checks.worlds import two_zones


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


def answer(made: World) -> tuple[Status, str]:
    (found,) = made.ask(fun013)
    return found.status, found.code


def test_cold_starts_in_time() -> None:
    made = started(0.4)
    said = "worker: 1 cold start (50% of the invocations) took at most 0.4 s."
    assert made.ask(fun013) == (fun013.META.passed(made.view().function("worker"), said, events(success=2)),)


@pytest.mark.parametrize(("init_s", "expected"), [(8.9, (Status.PASS, "OK")), (9.0, (Status.FAIL, "INIT_NEAR_LIMIT"))])
def test_nine_of_ten_seconds_are_the_boundary(init_s: float, expected: tuple[Status, str]) -> None:
    assert answer(started(0.4, init_s)) == expected


def test_the_limit_is_not_that_of_prepared_environments() -> None:
    assert answer(started(12.0, SnapStart={"ApplyOn": "PublishedVersions"})) == (Status.PASS, "OK")
    assert answer(started(12.0, SnapStart={"ApplyOn": "None"})) == (Status.FAIL, "INIT_NEAR_LIMIT")
    assert answer(provisioned(started(12.0), "READY", 5)) == (Status.PASS, "OK")
    assert answer(provisioned(started(12.0), "READY", 5, name="other")) == (Status.FAIL, "INIT_NEAR_LIMIT")


def test_without_a_cold_start() -> None:
    (found,) = config().sent("smoke", "ok").ask(fun013)
    assert (found.status, found.message) == (Status.PASS, "worker: no cold start was seen.")


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
