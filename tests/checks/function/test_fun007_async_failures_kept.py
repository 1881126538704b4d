"""FUN007: are events that the function could not process kept?"""

from __future__ import annotations

import json
from typing import Any

import pytest

from runbook_lib.checks.function import fun007_async_failures_kept as fun007
from runbook_lib.model.status import Severity, Status
from tests.builders import ACCOUNT, REGION, World
from tests.checks.function.about import cited, config
from tests.checks.function.triggered import arn, mapped, queue
from tests.checks.worlds import two_zones
from tests.roles import allow, deny, with_role

QUEUE = f"arn:aws:sqs:{REGION}:{ACCOUNT}:dead"
SEND = allow("sqs:SendMessage", on=QUEUE)
DESTINATION = {"DestinationConfig": {"OnFailure": {"Destination": QUEUE}}}


def invoked_by(*services: str, events: dict[str, Any] | None = None, **configuration: object) -> World:
    statements = [
        {"Effect": "Allow", "Principal": {"Service": f"{name}.amazonaws.com"}, "Action": "lambda:InvokeFunction"}
        for name in services
    ]
    policy = {"Policy": json.dumps({"Statement": statements})} if services else {}
    made = config(**configuration).item("FunctionPolicies", FunctionName="worker", **policy)
    return made.item("EventInvokeConfigs", FunctionName="worker", **(events or {}))


def sends(made: World, *role: dict[str, Any]) -> World:
    """The world with a queue for what failed, and a role that has these statements."""
    return queue(with_role(made, *role), "dead")


def test_a_destination_on_failure() -> None:
    made = sends(invoked_by("s3", events={"FunctionArn": "arn", **DESTINATION}), SEND)
    path = "/DestinationConfig/OnFailure/Destination"
    seen = cited("EventInvokeConfigs", "lambda:GetFunctionEventInvokeConfig", path, QUEUE)
    role = cited("RolePolicies", "iam:GetRolePolicy", "/Document/Statement/0", SEND)
    said = f"worker has {QUEUE} as destination on failure, where its role may use sqs:SendMessage."
    what = "destination on failure"
    assert made.ask(fun007) == (fun007.META.passed(made.view().function("worker"), said, seen, role, scope=what),)


def test_a_dead_letter_queue_is_enough_whatever_else_was_not_read() -> None:
    made = sends(invoked_by("s3", DeadLetterConfig={"TargetArn": QUEUE}), SEND)
    (found,) = made.denied("EventInvokeConfigs", "FunctionPolicies").ask(fun007)
    said = f"worker has {QUEUE} as dead-letter queue, where its role may use sqs:SendMessage."
    assert (found.status, found.scope, found.message) == (Status.PASS, "dead-letter queue", said)


def test_a_queue_that_is_gone() -> None:
    made = queue(with_role(invoked_by("s3", DeadLetterConfig={"TargetArn": QUEUE}), SEND), "dead", gone=True)
    (found,) = made.ask(fun007)
    said = f"worker has {QUEUE} as dead-letter queue, but it does not exist."
    assert (found.status, found.code, found.message) == (Status.FAIL, "PLACE_GONE", said)


@pytest.mark.parametrize("service", ["sqs", "sns"])
def test_a_fifo_place_takes_nothing(service: str) -> None:
    target = arn(service, "dead.fifo")
    events = {"FunctionArn": "arn", "DestinationConfig": {"OnFailure": {"Destination": target}}}
    (found,) = sends(invoked_by("s3", events=events), allow("*")).ask(fun007)
    said = f"worker has {target} as destination on failure, but Lambda sends to no FIFO queue or topic."
    assert (found.status, found.code, found.message) == (Status.FAIL, "PLACE_IS_FIFO", said)


@pytest.mark.parametrize(
    ("role", "boundary", "why"),
    [
        ([allow("s3:*")], None, "no policy of its role allows sqs:SendMessage"),
        ([allow("sqs:*"), deny("sqs:Send*", Sid="No")], None, "policy work denies sqs:SendMessage (statement No)"),
        ([allow("sqs:*")], [allow("s3:*")], "its permissions boundary does not allow sqs:SendMessage"),
        ([allow("sqs:SendMessage", on=f"{QUEUE}-two")], None, "no policy of its role allows sqs:SendMessage"),
    ],
)
def test_a_role_that_may_not_send(role: list[dict[str, Any]], boundary: list[dict[str, Any]] | None, why: str) -> None:
    made = queue(with_role(invoked_by("s3", DeadLetterConfig={"TargetArn": QUEUE}), *role, boundary=boundary), "dead")
    (found,) = made.ask(fun007)
    assert (found.status, found.code) == (Status.FAIL, "MAY_NOT_SEND")
    assert found.message == f"worker has {QUEUE} as dead-letter queue, but {why}."


def test_a_condition_leaves_it_open() -> None:
    made = sends(
        invoked_by("s3", DeadLetterConfig={"TargetArn": QUEUE}), SEND | {"Condition": {"Bool": {"aws:x": "true"}}}
    )
    (found,) = made.ask(fun007)
    assert (found.status, found.code) == (Status.UNKNOWN, "MAY_NOT_SEND")
    assert found.message.endswith("whether its role may use sqs:SendMessage depends on aws:x.")


@pytest.mark.parametrize(
    ("target", "action", "resource"),
    [
        (f"arn:aws:sns:{REGION}:{ACCOUNT}:alarms", "sns:Publish", f"arn:aws:sns:{REGION}:{ACCOUNT}:alarms"),
        ("arn:aws:s3:::failed-events", "s3:PutObject", "arn:aws:s3:::failed-events/*"),
        (f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:mend", "lambda:InvokeFunction", "*"),
        (f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/default", "events:PutEvents", "*"),
    ],
)
def test_a_place_that_is_not_looked_at(target: str, action: str, resource: str) -> None:
    events = {"FunctionArn": "arn", "DestinationConfig": {"OnFailure": {"Destination": target}}}
    (found,) = sends(invoked_by("s3", events=events), allow(action, on=resource)).ask(fun007)
    assert (found.status, found.severity, found.code) == (Status.UNKNOWN, Severity.LOW, "PLACE_NOT_READ")
    assert found.message.endswith(f"where its role may use {action}; whether it exists was not read.")
    (found,) = sends(invoked_by("s3", events=events), allow("logs:*")).ask(fun007)
    assert (found.status, found.severity, found.code) == (Status.UNKNOWN, Severity.MEDIUM, "MAY_NOT_SEND")
    (found,) = sends(invoked_by("s3", events=events), deny("*")).ask(fun007)
    assert (found.status, found.code) == (Status.FAIL, "MAY_NOT_SEND")


def test_a_destination_on_success_keeps_no_failure() -> None:
    events = {"FunctionArn": "arn", "DestinationConfig": {"OnSuccess": {"Destination": QUEUE}}}
    found = sends(invoked_by("s3", events=events), SEND).ask(fun007)
    told = [(item.scope, item.status, item.code) for item in found]
    assert told == [
        ("destination on failure", Status.FAIL, "FAILED_EVENTS_LOST"),
        ("destination on success", Status.PASS, "OK"),
    ]


def test_where_the_records_of_a_stream_end() -> None:
    made = sends(invoked_by(), allow("s3:*"))
    ends: dict[str, Any] = {"DestinationConfig": {"OnFailure": {"Destination": QUEUE}}}
    mapped(made, arn("kinesis", "stream/clicks"), **ends)
    mapped(made, arn("kinesis", "stream/other"), "m-2", FunctionArn="arn:aws:lambda:x:1:function:other", **ends)
    told = {item.scope: (item.status, item.code) for item in made.ask(fun007)}
    what = "destination of the records that fail of event source mapping m-1"
    assert told == {"": (Status.NOT_APPLICABLE, "NOT_APPLICABLE"), what: (Status.FAIL, "MAY_NOT_SEND")}


@pytest.mark.parametrize("key", ["Queues", "Roles", "RolePolicies"])
def test_whether_a_queue_takes_it_was_not_read(key: str) -> None:
    made = sends(invoked_by("s3", DeadLetterConfig={"TargetArn": QUEUE}), SEND).denied(key)
    (found,) = made.ask(fun007)
    assert (found.status, found.code, found.scope) == (Status.UNKNOWN, "NOT_READ", "dead-letter queue")


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
