"""FUN003: does the SDK give up before the function is ended?"""

from __future__ import annotations

import pytest

from runbook_lib.checks.function import fun003_timeout_outlasts_sdk as fun003
from runbook_lib.model.sdk import PRESETS, Sdk
from runbook_lib.model.status import Severity, Status
from tests.checks.function.about import cited, config
from tests.checks.worlds import two_zones

SHORT = Sdk(connect_timeout_s=5, read_timeout_s=4, attempts=2)


@pytest.mark.parametrize(
    ("timeout_s", "status", "code"), [(11, Status.FAIL, "ENDED_BEFORE_SDK"), (12, Status.PASS, "OK")]
)
def test_the_timeout_must_be_longer(timeout_s: int, status: Status, code: str) -> None:
    (found,) = config(Timeout=timeout_s).ask(fun003, sdk=SHORT)
    assert (found.status, found.code) == (status, code)


def test_the_default_timeout_against_boto3() -> None:
    made = config(Timeout=3)
    said = (
        "worker: its Timeout of 3 s, what Lambda gives unless told otherwise, is not longer than its SDK goes on "
        "trying: 183 s (3 attempt(s) × 1 address(es) × 60 s to connect and up to 3 s between attempts)."
    )
    seen = cited("FunctionConfigurations", "lambda:GetFunctionConfiguration", "/Timeout", 3)
    failed = fun003.META.failed(made.view().function("worker"), said, seen, code="ENDED_BEFORE_SDK")
    assert made.ask(fun003, sdk=PRESETS["boto3"]) == (failed,)
    assert fun003.META.severity is Severity.LOW


def test_an_sdk_that_waits_for_ever() -> None:
    (found,) = config(Timeout=900).ask(fun003, sdk=PRESETS["node"])
    assert (found.status, found.code) == (Status.FAIL, "SDK_NEVER_GIVES_UP")


def test_without_being_told_no_sdk_is_guessed() -> None:
    (found,) = config().ask(fun003)
    assert found.status is Status.NOT_APPLICABLE
    assert found.message.endswith("is held against nothing: how its client waits and retries was not told.")


def test_a_timeout_that_was_not_read() -> None:
    made = config().denied("FunctionConfigurations")
    made.changed("Functions", "worker", lambda raw: raw.pop("Timeout"))
    (found,) = made.ask(fun003, sdk=SHORT)
    assert (found.status, found.code) == (Status.UNKNOWN, "NOT_READ")


def test_a_target_without_functions() -> None:
    (found,) = two_zones().ask(fun003, sdk=SHORT)
    assert found.status is Status.NOT_APPLICABLE
