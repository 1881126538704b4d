"""What the scenarios about invocations promise when their function is really invoked."""

import json
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from runbook_lib.sandbox.embedded import EmbeddedAws
from runbook_lib.sandbox.layout import FUNCTION
from runbook_lib.sandbox.running.shortening import shortened_s
from runbook_lib.sandbox.scenarios import find
from runbook_lib.sandbox.server import start

_KEYS = ("aws_access_key_id", "aws_secret_access_key", "aws_session_token")


def _burst(name: str, count: int = 10) -> Counter[str]:
    """How many of the invocations at once ended how."""
    functions = EmbeddedAws(find(name)).client("lambda")
    barrier = threading.Barrier(count)

    def one(_: int) -> str:
        barrier.wait()
        return _ended(functions)

    with ThreadPoolExecutor(count) as pool:
        return Counter(pool.map(one, range(count)))


def _ended(functions: Any, **more: Any) -> str:
    try:
        answer = functions.invoke(FunctionName=FUNCTION, **more)
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    body = answer["Payload"].read()
    payload = json.loads(body) if body else {}
    return str(payload.get("errorType", f"ok {payload.get('ok')}"))


@pytest.mark.parametrize(
    ("name", "endings"),
    [
        ("one-in-ten-fails", {"ok True": 9, "ClientError": 1}),
        ("slow-but-correct", {"ok True": 10}),
        ("wrong-answer-200", {"ok False": 10}),
        ("inactive-function", {"CodeArtifactUserPendingException": 10}),
        ("throttled", {"ok True": 5, "TooManyRequestsException": 5}),
        ("logs-30s-late", {"ok True": 10}),
        ("logs-denied", {"ok True": 10}),
        ("terraform-drift", {"ConnectTimeoutError": 10}),
        ("retry-masks-failure", {"ok True": 7, "ClientError": 3}),
        ("interrupted-burst", {"ok True": 10}),
    ],
)
def test_burst_of_ten_ends_as_the_story_says(name: str, endings: dict[str, int]) -> None:
    assert _burst(name) == endings


@pytest.mark.parametrize(("name", "seconds"), [("fixed", 1), ("slow-but-correct", 25), ("interrupted-burst", 601)])
def test_report_tells_the_simulated_seconds(name: str, seconds: int) -> None:
    aws = EmbeddedAws(find(name))
    begun_ms = int(time.time() * 1000)
    _ended(aws.client("lambda"))
    time.sleep(1.1)
    found = aws.client("logs").filter_log_events(logGroupName=f"/aws/lambda/{FUNCTION}", startTime=begun_ms)
    (report,) = [event["message"] for event in found["events"] if event["message"].startswith("REPORT")]
    assert seconds <= float(report.split("Duration: ")[1].split(" ")[0]) / 1000 < seconds + 3


def test_retried_events_look_like_successes_but_for_the_first_attempts() -> None:
    aws = EmbeddedAws(find("retry-masks-failure"))
    assert _ended(aws.client("lambda")) == "ok True"
    time.sleep(1.1)
    begun_ms = int(time.time() * 1000)
    for _ in range(3):
        _ended(aws.client("lambda"), InvocationType="Event")
    time.sleep(2 * shortened_s(60) + 4)
    found = aws.client("logs").filter_log_events(logGroupName=f"/aws/lambda/{FUNCTION}", startTime=begun_ms)
    messages = [event["message"] for event in found["events"]]
    starts = Counter(message.split(" ")[2] for message in messages if message.startswith("START"))
    assert sorted(starts.values()) == [2, 2, 2]
    assert sum("[ERROR] ClientError" in message for message in messages) == 3
    assert sum("Uploaded" in message for message in messages) == 3


def test_terraform_remembers_what_the_api_denies() -> None:
    with start("terraform-drift") as sandbox:
        state = sandbox.terraform_state()
        keys = dict(zip(_KEYS, sandbox.credentials, strict=True))
        ec2 = boto3.client("ec2", endpoint_url=sandbox.endpoint_url, region_name=sandbox.region, **keys)
        described = ec2.describe_vpc_endpoints()["VpcEndpoints"]
    assert state is not None
    told = {name: output["value"] for name, output in state["outputs"].items()}
    assert [(item["VpcEndpointId"], item["State"]) for item in described] == [(told["endpoint_id"], "pending")]
    assert (told["endpoint_state"], told["function_name"]) == ("available", FUNCTION)
    assert state["outputs"]["upload_token"]["sensitive"] is True


def test_world_without_terraform_has_no_state() -> None:
    with start("incident") as sandbox:
        assert sandbox.terraform_state() is None
