"""What Lambda refuses, which version it runs, how it throttles, wakes up and retries, and what is recorded."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from runbook_lib.sandbox.embedded import EmbeddedAws
from runbook_lib.sandbox.extension import metrics
from runbook_lib.sandbox.faults import denials
from runbook_lib.sandbox.running.shortening import shortened_s
from runbook_lib.sandbox.world import World
from tests.sandbox.asking import refused

Deploy = Callable[..., None]
Invoke = Callable[..., Any]
Events = Callable[..., list[str]]

_ECHO = "def handler(event, context): return event\n"
_WAITS = "import time\ndef handler(event, context): time.sleep(0.5)\n"
_FAILS_COLD = """\
warm = False
def handler(event, context):
    global warm
    was_warm, warm = warm, True
    if not was_warm:
        raise RuntimeError('still cold')
"""


def _until(happened: Callable[[], bool]) -> None:
    """Wait for something that happens by itself."""
    for _ in range(600):
        if happened():
            return
        time.sleep(0.05)
    pytest.fail("it never happened")


def _metric(region: str, name: str) -> float:
    from moto.cloudwatch.models import cloudwatch_backends

    staged = cloudwatch_backends["123456789012"][region].staged_series  # type: ignore[attr-defined]
    minutes = staged.get(("AWS/Lambda", name, frozenset({("FunctionName", "f")})), {})
    whole = max if name == "ConcurrentExecutions" else sum
    return float(whole([numbers.most if whole is max else numbers.total for numbers in minutes.values()] or [0.0]))


def test_unknown_function_and_version_are_not_found(deploy: Deploy, invoke: Invoke) -> None:
    deploy(_ECHO)
    with refused("ResourceNotFoundException", "function:absent"):
        invoke(name="absent")
    with refused("ResourceNotFoundException", "function:f:absent"):
        invoke(Qualifier="absent")
    with refused("ResourceNotFoundException", "function:f:1"):
        invoke(Qualifier="1", InvocationType="DryRun")


def test_dry_run_runs_nothing(deploy: Deploy, invoke: Invoke, events: Events) -> None:
    deploy(_ECHO)
    answer = invoke(InvocationType="DryRun")
    assert (answer.status, answer.payload) == (204, None)
    assert events() == []


def test_payload_has_its_limits(deploy: Deploy, functions: Any) -> None:
    deploy("def handler(event, context): return len(event)\n")
    for kind, most in (("RequestResponse", 6_291_456), ("Event", 1_048_576)):
        call = {"FunctionName": "f", "InvocationType": kind}
        assert functions.invoke(**call, Payload=b'"' + b"x" * (most - 2) + b'"')["StatusCode"] in (200, 202)
        with refused("RequestTooLargeException", f"smaller than {most} bytes"):
            functions.invoke(**call, Payload=b'"' + b"x" * (most - 1) + b'"')


def test_payload_must_be_json(deploy: Deploy, functions: Any) -> None:
    deploy(_ECHO)
    with refused("InvalidRequestContentException", "Could not parse request body into json"):
        functions.invoke(FunctionName="f", Payload=b"{no}")
    assert functions.invoke(FunctionName="f")["Payload"].read() == b"{}"


def test_event_cannot_choose_the_version(deploy: Deploy, invoke: Invoke) -> None:
    deploy(_ECHO)
    assert invoke({"Qualifier": "absent"}).payload == {"Qualifier": "absent"}


def test_version_and_alias_run_what_was_published(deploy: Deploy, invoke: Invoke, functions: Any) -> None:
    deploy("def handler(event, context): return ['old', context.function_version, context.invoked_function_arn]\n")
    functions.publish_version(FunctionName="f")
    functions.create_alias(FunctionName="f", Name="live", FunctionVersion="1")
    deploy("def handler(event, context): return 'new'\n")
    arn = "arn:aws:lambda:ap-southeast-1:123456789012:function:f"
    answer = invoke(Qualifier="live")
    assert (answer.version, answer.payload) == ("1", ["old", "1", f"{arn}:live"])
    assert f"START RequestId: {answer.request_id} Version: 1\n" in answer.log
    assert invoke(name=f"{arn}:1").payload == ["old", "1", f"{arn}:1"]
    assert (invoke().version, invoke().payload) == ("$LATEST", "new")


def test_reserved_concurrency_is_never_exceeded(
    deploy: Deploy, invoke: Invoke, functions: Any, aws: EmbeddedAws
) -> None:
    deploy(_WAITS)
    functions.put_function_concurrency(FunctionName="f", ReservedConcurrentExecutions=2)
    barrier = threading.Barrier(5)

    def one(_: int) -> str:
        barrier.wait()
        try:
            return str(invoke().status)
        except ClientError as error:
            status, code = error.response["ResponseMetadata"]["HTTPStatusCode"], error.response["Error"]["Code"]
            return f"{status} {code} {error.response['Reason']}"

    with ThreadPoolExecutor(5) as pool:
        answers = sorted(pool.map(one, range(5)))
    reason = "429 TooManyRequestsException ReservedFunctionConcurrentInvocationLimitExceeded"
    assert answers == ["200"] * 2 + [reason] * 3
    assert [_metric(aws.region, name) for name in ("Invocations", "Throttles", "Errors", "ConcurrentExecutions")] == [
        2.0,
        3.0,
        0.0,
        2.0,
    ]
    assert invoke().status == 200


def test_account_has_a_limit_too(
    deploy: Deploy, invoke: Invoke, functions: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from runbook_lib.sandbox.running import service

    deploy(_WAITS)
    monkeypatch.setattr(service, "CONCURRENT_EXECUTIONS", 0)
    with pytest.raises(ClientError) as caught:
        invoke()
    assert caught.value.response["Reason"] == "ConcurrentInvocationLimitExceeded"


def test_event_is_tried_three_times_with_one_request_id(deploy: Deploy, invoke: Invoke, events: Events) -> None:
    deploy("def handler(event, context): raise ValueError('never')\n")
    answer = invoke(InvocationType="Event")
    assert (answer.status, answer.payload, answer.error) == (202, None, None)
    _until(lambda: sum(line.startswith("REPORT") for line in events()) == 3)
    starts = [line for line in events() if line.startswith("START")]
    assert starts == [f"START RequestId: {answer.request_id} Version: $LATEST\n"] * 3
    assert [line for line in events() if line.startswith("SIMULATED: attempt")] == [
        "SIMULATED: attempt 2 of this event, 1.2 s after the one before instead of 60 s\n",
        "SIMULATED: attempt 3 of this event, 1.4 s after the one before instead of 120 s\n",
    ]


def test_event_that_succeeds_later_is_not_tried_again(deploy: Deploy, invoke: Invoke, events: Events) -> None:
    deploy(_FAILS_COLD)
    invoke(InvocationType="Event")
    _until(lambda: sum(line.startswith("REPORT") for line in events()) == 2)
    time.sleep(shortened_s(120) + 0.5)
    assert sum(line.startswith("START") for line in events()) == 2


def test_event_obeys_the_configured_number_of_retries(
    deploy: Deploy, invoke: Invoke, functions: Any, events: Events
) -> None:
    deploy("def handler(event, context): raise ValueError('never')\n")
    functions.put_function_event_invoke_config(FunctionName="f", MaximumRetryAttempts=0)
    invoke(InvocationType="Event")
    _until(lambda: any(line.startswith("REPORT") for line in events()))
    time.sleep(shortened_s(60) + 0.5)
    assert sum(line.startswith("START") for line in events()) == 1


def test_inactive_function_fails_first_and_is_active_soon(
    deploy: Deploy, invoke: Invoke, functions: Any, world: World
) -> None:
    deploy(_ECHO)
    world.stage("f", {"State": "Inactive", "StateReasonCode": "Idle", "StateReason": "The function is idle."})
    with refused("CodeArtifactUserPendingException", "initializing your function"):
        invoke()
    pending = functions.get_function_configuration(FunctionName="f")
    assert (pending["State"], pending["StateReasonCode"]) == ("Pending", "Restoring")
    with refused("CodeArtifactUserPendingException"):
        invoke()
    _until(lambda: functions.get_function_configuration(FunctionName="f")["State"] == "Active")
    assert "StateReasonCode" not in functions.get_function_configuration(FunctionName="f")
    assert invoke({"a": 1}).payload == {"a": 1}


def test_failed_function_stays_failed(deploy: Deploy, invoke: Invoke, world: World) -> None:
    deploy(_ECHO)
    world.stage("f", {"State": "Failed"})
    for _ in range(2):
        with refused("ResourceConflictException", "Failed"):
            invoke()


def test_log_events_arrive_after_their_delay(
    deploy: Deploy, invoke: Invoke, events: Events, world: World, aws: EmbeddedAws
) -> None:
    deploy(_ECHO)
    world.behave("f", log_delay_s=3600)
    invoke()
    assert events() == []
    world.behave("f", log_delay_s=0)
    request_id = invoke().request_id
    assert [line.split("\t")[0].strip() for line in events()] == [
        f"START RequestId: {request_id} Version: $LATEST",
        f"END RequestId: {request_id}",
        f"REPORT RequestId: {request_id}",
    ]


def test_log_group_is_made_when_there_is_none(invoke: Invoke, world: World, events: Events) -> None:
    world.function("f", code=_ECHO, log_group=False)
    world.behave("f", log_delay_s=0)
    invoke()
    assert len(events()) == 4


def test_metrics_can_be_read_once_the_minute_is_over(
    deploy: Deploy, invoke: Invoke, aws: EmbeddedAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    deploy("def handler(event, context):\n    if event: raise ValueError\n")
    invoke()
    invoke({"fail": True})
    later = datetime.now(UTC).replace(tzinfo=None) + timedelta(minutes=2)
    monkeypatch.setattr(metrics, "utcnow", lambda: later)
    queries = [
        {
            "Id": name.lower(),
            "MetricStat": {
                "Metric": {
                    "Namespace": "AWS/Lambda",
                    "MetricName": name,
                    "Dimensions": [{"Name": "FunctionName", "Value": "f"}],
                },
                "Period": 60,
                "Stat": "Sum",
            },
        }
        for name in ("Invocations", "Errors", "Throttles")
    ]
    found = aws.client("cloudwatch").get_metric_data(
        MetricDataQueries=queries, StartTime=later - timedelta(minutes=10), EndTime=later
    )
    assert [sum(result["Values"]) for result in found["MetricDataResults"]] == [2.0, 1.0, 0.0]


def test_denied_invocation_runs_nothing(deploy: Deploy, invoke: Invoke, aws: EmbeddedAws, events: Events) -> None:
    deploy(_ECHO)
    aws.front.faults.set(denials(["lambda:InvokeFunction"]))
    with refused("AccessDeniedException", "lambda:InvokeFunction"):
        invoke()
    assert events() == []


def test_invocation_is_in_the_record_of_requests(deploy: Deploy, invoke: Invoke, aws: EmbeddedAws) -> None:
    deploy(_ECHO)
    aws.front.forget()
    invoke()
    (served,) = aws.front.served()
    assert (served.action, served.operation, served.status) == ("lambda:InvokeFunction", "Invoke", 200)
