"""FUN007: are events that the function could not process kept?"""

from __future__ import annotations

import json

import pytest

from runbook_lib.checks.function import fun007_async_failures_kept as fun007
from runbook_lib.model.status import Status
from tests.builders import ACCOUNT, REGION, World
from tests.checks.function.about import cited, config
from tests.checks.worlds import two_zones

QUEUE = f"arn:aws:sqs:{REGION}:{ACCOUNT}:dead"
DESTINATION = {"DestinationConfig": {"OnFailure": {"Destination": QUEUE}}}


def invoked_by(*services: str, events: dict[str, object] | None = None, **configuration: object) -> World:
    statements = [
        {"Effect": "Allow", "Principal": {"Service": f"{name}.amazonaws.com"}, "Action": "lambda:InvokeFunction"}
        for name in services
    ]
    policy = {"Policy": json.dumps({"Statement": statements})} if services else {}
    made = config(**configuration).item("FunctionPolicies", FunctionName="worker", **policy)
    return made.item("EventInvokeConfigs", FunctionName="worker", **(events or {}))


def test_a_destination_on_failure() -> None:
    made = invoked_by("s3", events={"FunctionArn": "arn", "MaximumRetryAttempts": 1, **DESTINATION})
    path = "/DestinationConfig/OnFailure/Destination"
    seen = cited("EventInvokeConfigs", "lambda:GetFunctionEventInvokeConfig", path, QUEUE)
    said = f"worker: an event that fails goes to {QUEUE}, after 1 retry or 21,600 s."
    assert made.ask(fun007) == (fun007.META.passed(made.view().function("worker"), said, seen),)


def test_a_dead_letter_queue_is_enough_whatever_else_was_not_read() -> None:
    made = invoked_by("s3", DeadLetterConfig={"TargetArn": QUEUE})
    (found,) = made.denied("EventInvokeConfigs", "FunctionPolicies").ask(fun007)
    assert (found.status, found.message) == (Status.PASS, f"worker: an event that fails goes to {QUEUE}.")


def test_events_that_are_lost() -> None:
    made = invoked_by("sns", "s3", "apigateway")
    said = "worker is invoked asynchronously by s3, sns: an event that fails is lost after 2 retries or 21,600 s."
    (found,) = made.ask(fun007)
    assert (found.status, found.code, found.message) == (Status.FAIL, "FAILED_EVENTS_LOST", said)
    assert [item.operation for item in found.evidence] == [
        "lambda:GetPolicy",
        "lambda:GetFunctionConfiguration",
        "lambda:GetFunctionEventInvokeConfig",
    ]


@pytest.mark.parametrize("services", [(), ("apigateway",), ("elasticloadbalancing", "apigateway")])
def test_nobody_is_known_to_invoke_asynchronously(services: tuple[str, ...]) -> None:
    (found,) = invoked_by(*services).ask(fun007)
    assert found.status is Status.NOT_APPLICABLE
    assert found.message.endswith("whether a program does so is not known.")


@pytest.mark.parametrize("key", ["FunctionConfigurations", "EventInvokeConfigs", "FunctionPolicies"])
def test_what_was_not_read_is_no_answer(key: str) -> None:
    (found,) = invoked_by("s3").denied(key).ask(fun007)
    assert (found.status, found.code) == (Status.UNKNOWN, "NOT_READ")


def test_a_target_without_functions() -> None:
    (found,) = two_zones().ask(fun007)
    assert found.status is Status.NOT_APPLICABLE
