"""Fixes of a function's settings: those a copy can tell of are proven, of the others it is said why not."""

from __future__ import annotations

from typing import Any

import pytest

from runbook_lib.engine import evaluate
from runbook_lib.model.finding import Fix
from runbook_lib.model.sdk import Sdk
from runbook_lib.model.status import Status
from tests.builders import REGION, World
from tests.checks.function.about import config, logged
from tests.checks.function.test_fun004_callers_wait import called, fed
from tests.checks.function.test_fun013_cold_starts_in_time import started

TRIED = "Tried on a copy of the network:"
PAST = "Not tried: what the log shows has happened"
OUT = "RequestId: {id} Error: Runtime exited with error: signal: killed\tRuntime.ExitError"
SLOW = Sdk(connect_timeout_s=5, read_timeout_s=10, attempts=1)


def fixes(made: World, check_id: str, *select: str, **more: Any) -> tuple[Fix, ...]:
    """The fixes of the first failure of a check, with the selected checks asked again after each."""
    found = evaluate(made.snapshot(), made.settings(**more), select=select or [check_id]).findings
    return next(f for f in found if f.check_id == check_id and f.status is Status.FAIL).fixes


def told(made: World, check_id: str, *select: str, **more: Any) -> list[tuple[str, bool, str]]:
    return [(fix.title, fix.proven, fix.reason) for fix in fixes(made, check_id, *select, **more)]


def passes(check_id: str) -> str:
    return f"{TRIED} {check_id}:worker passes and nothing else begins to fail."


def test_a_longer_timeout_is_proven() -> None:
    (fix,) = fixes(logged(config(Timeout=60), 55.0), "FUN002")
    assert fix == Fix(
        title="Set the Timeout of worker to 110 s",
        terraform="# in aws_lambda_function worker:\n  timeout = 110\n",
        cli=f"aws lambda update-function-configuration --region {REGION} --function-name worker --timeout 110\n",
        proven=True,
        reason=passes("FUN002"),
        warnings=("Whoever waits for it has to wait longer: see FUN004.",),
    )


def test_a_timeout_that_lambda_does_not_give_is_not_proposed() -> None:
    assert told(logged(config(Timeout=900), 850.0, apart_s=1000), "FUN002") == []
    (title, proven, _) = told(logged(config(Timeout=600), 560.0, apart_s=1000), "FUN002")[0]
    assert (title, proven) == ("Set the Timeout of worker to 900 s", True)
    (title, proven, _) = told(logged(config(Timeout=880), 850.0, apart_s=1000), "FUN002")[0]
    assert (title, proven) == ("Set the Timeout of worker to 900 s", False)


def test_whether_a_longer_timeout_were_enough_for_whoever_was_ended_is_not_known() -> None:
    ended = "2026-11-21T11:00:00.000Z {id} Task timed out after 3.00 seconds"
    reason = f"{PAST}, and how long an invocation that was ended would have taken nobody knows."
    made = logged(logged(config(Timeout=3), 2.8), 3.0, line=ended)
    assert told(made, "FUN002") == [("Set the Timeout of worker to 10 s", False, reason)]


def test_a_longer_timeout_that_outlasts_its_callers_is_not_proven() -> None:
    ((title, proven, reason),) = told(logged(called(), 19.0), "FUN002", "FUN002", "FUN004")
    assert (title, proven) == ("Set the Timeout of worker to 40 s", False)
    assert "passes, but then FUN004:worker:POST /orders of API abc does not" in reason


def test_the_sdk_is_outlasted_where_lambda_gives_that_time() -> None:
    assert told(config(Timeout=5), "FUN003", sdk=SLOW) == [
        ("Set the Timeout of worker to 20 s", True, passes("FUN003"))
    ]
    assert told(config(Timeout=5), "FUN003", sdk=Sdk(attempts=5, addresses=8)) == []


def test_a_queue_hides_messages_for_six_timeouts() -> None:
    (fix,) = fixes(fed(60), "FUN004")
    queue = f"https://sqs.{REGION}.amazonaws.com/111122223333/orders"
    assert fix == Fix(
        title="Let orders hide a message for 120 s",
        terraform="# in aws_sqs_queue orders:\n  visibility_timeout_seconds = 120\n",
        cli=(
            f"aws sqs set-queue-attributes --region {REGION} --queue-url {queue} --attributes VisibilityTimeout=120\n"
        ),
        proven=True,
        reason=f"{TRIED} FUN004:worker:m-1 orders passes and nothing else begins to fail.",
        warnings=("A message of an invocation that failed without a word comes back that much later.",),
    )


def test_an_integration_waits_a_second_longer_or_the_function_is_ended_before() -> None:
    longer, shorter = fixes(called(timeout_ms=5000), "FUN004")
    assert (longer.title, longer.proven) == ("Let POST /orders of API abc wait 21 s", True)
    assert (
        longer.terraform
        == "# in aws_api_gateway_integration POST /orders of API abc:\n  timeout_milliseconds = 21000\n"
    )
    assert longer.cli == (
        f"aws apigateway update-integration --region {REGION} --rest-api-id abc --resource-id RESOURCE_ID "
        "--http-method POST --patch-operations op=replace,path=/timeoutInMillis,value=21000\n"
        f"aws apigateway create-deployment --region {REGION} --rest-api-id abc --stage-name STAGE\n"
    )
    assert (shorter.title, shorter.proven) == ("Set the Timeout of worker to 4 s", True)
    assert shorter.warnings == ("An invocation that takes longer is ended: compare with FUN002 what they take.",)


def test_beyond_29_s_only_the_function_can_give_way() -> None:
    made = called().changed("FunctionConfigurations", "worker", lambda raw: raw.update(Timeout=29))
    assert told(made, "FUN004") == [
        (
            "Set the Timeout of worker to 28 s",
            True,
            f"{TRIED} FUN004:worker:POST /orders of API abc passes and nothing else begins to fail.",
        )
    ]


def test_a_caller_that_was_told_of_cannot_be_changed_from_here() -> None:
    reason = f"{TRIED} FUN004:worker:caller passes and nothing else begins to fail."
    assert told(called(), "FUN004", caller_timeout_s=20) == [("Set the Timeout of worker to 19 s", True, reason)]
    assert told(called(), "FUN004", caller_timeout_s=1) == []
    assert told(fed(None), "FUN004") == []


def test_twice_the_memory_is_proven() -> None:
    (fix,) = fixes(logged(config(MemorySize=128), 1.0, used_mb=120), "FUN005")
    assert (fix.title, fix.proven, fix.reason) == ("Give worker 256 MB of memory", True, passes("FUN005"))
    assert fix.terraform == "# in aws_lambda_function worker:\n  memory_size = 256\n"
    assert fix.cli == (
        f"aws lambda update-function-configuration --region {REGION} --function-name worker --memory-size 256\n"
    )


@pytest.mark.parametrize(("has", "title"), [(6144, "Give worker 10,240 MB of memory"), (10_240, None)])
def test_there_is_an_end_to_memory(has: int, title: str | None) -> None:
    made = logged(config(MemorySize=has), 1.0, used_mb=has - 1, size_mb=has)
    assert [fix.title for fix in fixes(made, "FUN005")] == ([title] if title else [])


def test_whether_more_memory_were_enough_for_whoever_was_killed_is_not_known() -> None:
    reason = f"{PAST}, and what an invocation that was killed would have used nobody knows."
    made = logged(config(MemorySize=128), 1.0, used_mb=128, line=OUT)
    assert told(made, "FUN005") == [("Give worker 256 MB of memory", False, reason)]


@pytest.mark.parametrize(
    ("runtime", "package", "count"),
    [
        ("python3.12", "Zip", 1),
        ("python3.11", "Zip", 0),
        ("java21", "Zip", 1),
        ("java8.al2", "Zip", 0),
        ("dotnet8", "Zip", 1),
        ("nodejs22.x", "Zip", 0),
        ("python3.13", "Image", 0),
    ],
)
def test_snapshots_are_proposed_where_the_runtime_has_them(runtime: str, package: str, count: int) -> None:
    listed = fixes(started(9.5, Runtime=runtime, PackageType=package), "FUN013")
    assert len(listed) == count
    for fix in listed:
        assert (fix.title, fix.proven) == ("Switch SnapStart of worker on, and invoke a published version", False)
        assert fix.reason == f"{PAST}, and how long a snapshot takes to be restored only Lambda can tell."
        assert fix.cli == (
            f"aws lambda update-function-configuration --region {REGION} --function-name worker "
            "--snap-start ApplyOn=PublishedVersions\n"
            f"aws lambda wait function-updated-v2 --region {REGION} --function-name worker\n"
            f"aws lambda publish-version --region {REGION} --function-name worker\n"
        )
