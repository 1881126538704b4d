"""FUN004: do those who call the function wait longer than it may run?"""

from __future__ import annotations

from typing import Any

import pytest

from runbook_lib.checks.function import fun004_callers_wait as fun004
from runbook_lib.model.status import Status
from runbook_lib.model.triggers import RestApi
from tests.builders import ACCOUNT, REGION, World
from tests.checks.function.about import cited, config
from tests.checks.worlds import two_zones

ARN = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function"
QUEUE = f"arn:aws:sqs:{REGION}:{ACCOUNT}:orders"
TIMEOUT = cited("FunctionConfigurations", "lambda:GetFunctionConfiguration", "/Timeout", 20)


def called(function: str = "worker", timeout_ms: int | None = None, kind: str = "AWS_PROXY") -> World:
    path = f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/{ARN}:{function}/invocations"
    integration: dict[str, Any] = {"type": kind, "uri": path}
    integration |= {} if timeout_ms is None else {"timeoutInMillis": timeout_ms}
    methods = {"POST": {"methodIntegration": integration}}
    made = config(Timeout=20).item("FunctionPolicies", FunctionName="worker")
    return made.item("RestApis", restApiId="abc", items=[{"path": "/orders", "resourceMethods": methods}])


def fed(visible_s: int | None, *, state: str = "Enabled", function: str = "worker") -> World:
    attributes = {"VisibilityTimeout": str(visible_s), "MessageRetentionPeriod": "345600"}
    made = config(Timeout=20).item("FunctionPolicies", FunctionName="worker")
    mapping = {"UUID": "m-1", "EventSourceArn": QUEUE, "FunctionArn": f"{ARN}:{function}", "State": state}
    made.item("EventSourceMappings", **mapping)
    return made.item("Queues", QueueArn=QUEUE, **({} if visible_s is None else {"Attributes": attributes}))


def answers(made: World) -> list[tuple[Status, str]]:
    """What is said of APIs and of queues."""
    return [(found.status, found.code) for found in made.ask(fun004) if found.scope != "caller"]


NOTHING = (Status.NOT_APPLICABLE, "NOT_APPLICABLE")


def test_an_api_that_waits_long_enough() -> None:
    made = called()
    worker = made.view().function("worker")
    path = ("items", 0, "resourceMethods", "POST", "methodIntegration")
    label = "POST /orders of API abc"
    seen = made.view().snapshot.all(RestApi)[0].cite(*path)
    said = f"{label} waits 29 s for worker, whose Timeout is 20 s."
    assert made.ask(fun004) == (
        fun004.META.passed(worker, said, TIMEOUT, seen, scope=label),
        fun004.META.not_applicable(
            worker, "Nobody told of another caller of worker and how long it waits.", scope="caller"
        ),
        fun004.META.not_applicable(worker, "No queue is known that worker is fed from.", scope="queue"),
    )


@pytest.mark.parametrize(
    ("timeout_ms", "expected"), [(20_001, (Status.PASS, "OK")), (20_000, (Status.FAIL, "CALLER_GIVES_UP"))]
)
def test_it_must_wait_longer_than_the_timeout(timeout_ms: int, expected: tuple[Status, str]) -> None:
    assert answers(called(timeout_ms=timeout_ms)) == [expected, NOTHING]


def test_an_integration_that_may_be_asynchronous() -> None:
    assert answers(called(timeout_ms=5000, kind="AWS")) == [(Status.UNKNOWN, "MAY_NOT_WAIT"), NOTHING]


def test_an_http_api_waits_30_s() -> None:
    made = config(Timeout=30).item("FunctionPolicies", FunctionName="worker")
    item = {"IntegrationId": "i1", "IntegrationType": "AWS_PROXY", "IntegrationUri": f"{ARN}:worker:live"}
    (found, *_) = made.item("HttpApis", ApiId="def", Items=[item]).ask(fun004)
    assert found.message == ("i1 of API def waits 30 s for worker, whose Timeout is 30 s: it gives up first.")


def test_what_calls_another_function_is_left_out() -> None:
    assert answers(called("other", timeout_ms=50)) == [NOTHING, NOTHING]
    assert answers(fed(1, function="other")) == [NOTHING, NOTHING]
    for state in ("Disabled", "Disabling", "Deleting"):
        assert answers(fed(1, state=state)) == [NOTHING, NOTHING]
    assert answers(fed(1, state="Updating"))[1] == (Status.FAIL, "VISIBLE_TOO_EARLY")


@pytest.mark.parametrize(
    ("visible_s", "expected"),
    [
        (120, (Status.PASS, "OK")),
        (119, (Status.FAIL, "VISIBLE_TOO_EARLY")),
        (None, (Status.FAIL, "QUEUE_GONE")),
    ],
)
def test_a_queue_must_hide_a_message_for_six_timeouts(visible_s: int | None, expected: tuple[Status, str]) -> None:
    assert answers(fed(visible_s)) == [NOTHING, expected]


def test_the_words_about_a_queue() -> None:
    (*_, found) = fed(60).ask(fun004)
    assert found.message == (
        "orders hides a message from others for 60 s while worker may run 20 s: "
        "AWS asks for at least 120 s, six times that."
    )


def test_a_client_or_a_state_machine_that_was_told_of() -> None:
    worker = called().view().function("worker")
    (_, found, _) = called().ask(fun004, caller_timeout_s=20.5)
    said = "A caller, as told, waits 20.5 s for worker, whose Timeout is 20 s"
    assert found == fun004.META.passed(worker, f"{said}.", TIMEOUT, scope="caller")
    (_, found, _) = called().ask(fun004, caller_timeout_s=20)
    said = "A caller, as told, waits 20 s for worker, whose Timeout is 20 s: it gives up first."
    assert found == fun004.META.failed(worker, said, TIMEOUT, code="CALLER_GIVES_UP", scope="caller")


def test_whom_somebody_told_of_is_judged_when_apis_and_queues_were_not_read() -> None:
    made = called().denied("FunctionPolicies", "EventSourceMappings")
    found = [(item.status, item.code) for item in made.ask(fun004, caller_timeout_s=10)]
    assert found == [UNREAD, (Status.FAIL, "CALLER_GIVES_UP"), UNREAD]


UNREAD = (Status.UNKNOWN, "NOT_READ")


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (called().denied("RestApis"), [UNREAD, NOTHING]),
        (called().denied("FunctionPolicies"), [UNREAD, NOTHING]),
        (called().denied("HttpApis"), [UNREAD, NOTHING]),
        (fed(120).denied("Queues"), [NOTHING, UNREAD]),
        (fed(120).denied("EventSourceMappings"), [NOTHING, UNREAD]),
        (fed(120).truncated("EventSourceMappings"), [NOTHING, UNREAD]),
    ],
)
def test_what_was_not_read_is_no_pass(made: World, expected: list[tuple[Status, str]]) -> None:
    assert answers(made) == expected


def test_a_target_without_functions() -> None:
    assert answers(two_zones()) == [NOTHING]
