"""FUN005: do invocations have more memory than they use?"""

from __future__ import annotations

import pytest

from runbook_lib.checks.function import fun005_memory_sufficient as fun005
from runbook_lib.model.finding import Evidence
from runbook_lib.model.status import Status
from tests.builders import World
from tests.checks.function.about import cited, config, events, logged
from tests.checks.worlds import two_zones

OUT = "RequestId: {id} Error: Runtime exited with error: signal: killed\tRuntime.ExitError"


def size(memory_mb: int) -> Evidence:
    return cited("FunctionConfigurations", "lambda:GetFunctionConfiguration", "/MemorySize", memory_mb)


def answer(made: World) -> tuple[Status, str]:
    (found,) = made.ask(fun005)
    return found.status, found.code


def test_enough_memory() -> None:
    made = logged(logged(config(), 1.0, used_mb=64), 1.0, used_mb=300, size_mb=512)
    passed = fun005.META.passed(
        made.view().function("worker"), "worker: at most 300 of 512 MB were used.", size(512), events(success=2)
    )
    assert made.ask(fun005) == (passed,)


@pytest.mark.parametrize(
    ("used", "expected"), [(115, (Status.PASS, "OK")), (116, (Status.FAIL, "MEMORY_NEAR")), (128, None)]
)
def test_ninety_percent_is_the_boundary(used: int, expected: tuple[Status, str] | None) -> None:
    found = answer(logged(config(MemorySize=128), 1.0, used_mb=used))
    assert found == expected if expected else found[0] is Status.FAIL


def test_the_size_that_was_never_set_is_told() -> None:
    (found,) = logged(config(MemorySize=128), 1.0, used_mb=127).ask(fun005)
    assert found.message == (
        "worker: at most 127 of 128 MB were used, what Lambda gives unless told otherwise, which is near the end of it."
    )


def test_an_invocation_that_was_killed_for_memory() -> None:
    made = logged(logged(config(), 1.0), 1.0, used_mb=512, size_mb=512, line=OUT)
    failed = fun005.META.failed(
        made.view().function("worker"),
        "worker: 1 invocation ran out of memory; at most 512 of 512 MB were used: give it more, or hold less at once.",
        size(512),
        events(failure=1, success=1),
        code="OUT_OF_MEMORY",
    )
    assert made.ask(fun005) == (failed,)


def test_memory_that_was_raised_since_counts_for_the_latest_code_only() -> None:
    assert answer(logged(config(MemorySize=512), 1.0, used_mb=127)) == (Status.PASS, "OK")
    assert answer(logged(config(MemorySize=512), 1.0, used_mb=127, stream="[3]")) == (Status.FAIL, "MEMORY_NEAR")


def test_memory_that_was_lowered_since_counts_too() -> None:
    (found,) = logged(config(MemorySize=256), 1.0, used_mb=300, size_mb=512).ask(fun005)
    assert (found.status, found.code) == (Status.FAIL, "MEMORY_NEAR")
    assert found.message == "worker: at most 300 of 256 MB were used, which is near the end of it."


def test_whoever_was_killed_before_memory_was_raised_is_told_so() -> None:
    (found,) = logged(config(MemorySize=512), 1.0, used_mb=128, line=OUT).ask(fun005)
    assert (found.status, found.code) == (Status.FAIL, "OUT_OF_MEMORY")
    assert found.message == (
        "worker: 1 invocation ran out of memory, which was 128 MB then; at most 128 of 512 MB were used: "
        "give it more, or hold less at once."
    )


def test_without_the_configuration_the_reports_count() -> None:
    made = logged(config(MemorySize=512), 1.0, used_mb=127).denied("FunctionConfigurations")
    assert answer(made) == (Status.FAIL, "MEMORY_NEAR")


@pytest.mark.parametrize(
    "made",
    [
        config(),
        config().counted(Invocations=3),
        config().invoked("worker", "ok", "open"),
        logged(config(), 1.0).truncated("Events", "truncated: 3 events"),
        logged(config(), 1.0).denied("Events"),
    ],
)
def test_what_was_not_seen_is_no_pass(made: World) -> None:
    assert answer(made) in [(Status.UNKNOWN, "UNSEEN"), (Status.UNKNOWN, "NOT_READ")]


def test_a_function_that_nobody_invoked() -> None:
    (found,) = config().counted(missing=["Invocations"]).ask(fun005)
    assert found.status is Status.NOT_APPLICABLE
    assert found.message.startswith("worker was not invoked in the window: ")
    assert answer(config().counted(missing=["Invocations"], status="PartialData")) == (Status.UNKNOWN, "UNSEEN")


def test_a_target_without_functions() -> None:
    assert answer(two_zones()) == (Status.NOT_APPLICABLE, "NOT_APPLICABLE")


def test_a_report_of_one_invocation_says_nothing_of_another() -> None:
    made = logged(config(), 1.0, 2.0)
    cut = made._items["Events"][-1]
    cut["message"] = cut["message"].replace("\tMax Memory Used: 64 MB", "")
    (found,) = made.ask(fun005)
    assert (found.status, found.code) == (Status.UNKNOWN, "UNSEEN")
    assert "in 1 of 2 invocations" in found.message
