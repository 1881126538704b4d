"""What the invocations of a scenario leave behind: their split, their log groups, and the metrics that explain it."""

import json
import time
from collections import Counter
from datetime import UTC, datetime
from typing import Any, NamedTuple

import pytest

from runbook_lib.model.status import Status
from runbook_lib.sandbox.embedded import EmbeddedAws
from runbook_lib.sandbox.load.jobs import FailureKind
from runbook_lib.sandbox.scenario import Scenario
from runbook_lib.sandbox.scenarios import SCENARIOS, find
from runbook_lib.sandbox.staging import stage
from runbook_lib.sandbox.world import World

CONNECT_TIMEOUT = FailureKind.CONNECT_TIMEOUT


def events_of(aws: EmbeddedAws, function: str) -> list[dict[str, Any]]:
    pages = aws.client("logs").get_paginator("filter_log_events").paginate(logGroupName=f"/aws/lambda/{function}")
    return [event for page in pages for event in page["events"]]


def totals(aws: EmbeddedAws, space: str, dimensions: dict[str, str], metrics: dict[str, str]) -> dict[str, float]:
    """Mapping metric → the sum, or the most, over the last two hours; 0 without data."""
    named = [{"Name": name, "Value": value} for name, value in dimensions.items()]
    queries = [
        {
            "Id": f"q{number}",
            "MetricStat": {
                "Metric": {"Namespace": space, "MetricName": metric, "Dimensions": named},
                "Period": 60,
                "Stat": stat,
            },
        }
        for number, (metric, stat) in enumerate(metrics.items())
    ]
    now = time.time()
    answer = aws.client("cloudwatch").get_metric_data(
        MetricDataQueries=queries,
        StartTime=datetime.fromtimestamp(now - 7200, UTC),
        EndTime=datetime.fromtimestamp(now, UTC),
    )
    found = {}
    for (metric, stat), result in zip(metrics.items(), answer["MetricDataResults"], strict=True):
        found[metric] = (max if stat == "Maximum" else sum)(result["Values"] or [0.0])
    return found


def nat_totals(aws: EmbeddedAws) -> dict[str, float]:
    (nat,) = aws.client("ec2").describe_nat_gateways()["NatGateways"]
    wanted = {"ErrorPortAllocation": "Sum", "ActiveConnectionCount": "Maximum", "IdleTimeoutCount": "Sum"}
    return totals(aws, "AWS/NATGateway", {"NatGatewayId": nat["NatGatewayId"]}, wanted)


def function_totals(aws: EmbeddedAws, function: str) -> dict[str, float]:
    wanted = {"Invocations": "Sum", "Errors": "Sum", "Throttles": "Sum", "ConcurrentExecutions": "Maximum"}
    return totals(aws, "AWS/Lambda", {"FunctionName": function}, wanted)


def outcomes(aws: EmbeddedAws, function: str, failed: str) -> str:
    """One letter per START, in that order: s for an upload that is told, f for a failure in this word, else a dot."""
    letters: dict[str, str] = {}
    running: dict[str, str] = {}
    for event in events_of(aws, function):
        message, stream = event["message"], event["logStreamName"]
        if message.startswith("START"):
            running[stream] = message.split()[2]
            letters[running[stream]] = "."
        elif failed in message:
            letters[running[stream]] = "f"
        elif "Uploaded" in message:
            letters[running[stream]] = "s"
    return "".join(letters.values())


def test_incident_splits_because_the_ports_run_out() -> None:
    aws, function = EmbeddedAws(find("incident")), find("incident").function
    assert outcomes(aws, function, "ConnectTimeoutError") == "sssssfffff"
    assert function_totals(aws, function) == {
        "Invocations": 10,
        "Errors": 5,
        "Throttles": 0,
        "ConcurrentExecutions": 10,
    }
    nat = nat_totals(aws)
    assert nat["ErrorPortAllocation"] > 0
    assert 55_000 <= nat["ActiveConnectionCount"] < 55_020
    assert events_of(aws, "archive-statements") == []


def test_fixed_uploads_all_and_the_gateway_stays_quiet() -> None:
    aws, function = EmbeddedAws(find("fixed")), find("fixed").function
    assert outcomes(aws, function, "Error") == "ssssssssss"
    assert function_totals(aws, function)["Errors"] == 0
    assert nat_totals(aws) == {"ErrorPortAllocation": 0, "ActiveConnectionCount": 16, "IdleTimeoutCount": 0}


@pytest.mark.parametrize(
    ("name", "failed", "letters"),
    [
        ("nat-port-exhaustion", "Connect timed out", "ssssssssssssssssffffffffffffff"),
        ("one-bad-subnet", "ConnectTimeoutError", "sssssfffff"),
        ("all-access-denied", "AccessDenied", "ffffffffff"),
        ("throttled-429", "ERROR", "sssss"),
        ("function-timeout-600", "Task timed out after 600.00 seconds", "ffffff"),
        ("idle-350", "Connection reset by peer", "sssfssfssfssfsssfssfss"),
        ("late-logs", "ERROR", "sssss....."),
    ],
)
def test_each_load_fails_in_its_own_way(name: str, failed: str, letters: str) -> None:
    aws, function = EmbeddedAws(find(name)), find(name).function
    assert outcomes(aws, function, failed) == letters
    counted = function_totals(aws, function)
    assert counted["Errors"] == letters.count("f")
    assert counted["Invocations"] == len(letters)
    assert counted["Throttles"] == (5 if name == "throttled-429" else 0)
    nat = nat_totals(aws)
    assert (nat["ErrorPortAllocation"] > 0) == (name == "nat-port-exhaustion")
    assert nat["IdleTimeoutCount"] == (6 if name == "idle-350" else 0)


@pytest.mark.parametrize(
    ("name", "failed", "fewest", "most"),
    [("nacl-ephemeral-hole", "ConnectTimeoutError", 8, 16), ("scattered-slow-downstream", "timed out", 11, 11)],
)
def test_scattered_failures_are_neither_first_nor_last(name: str, failed: str, fewest: int, most: int) -> None:
    aws = EmbeddedAws(find(name))
    letters = outcomes(aws, find(name).function, failed)
    assert fewest <= letters.count("f") <= most
    assert set(letters[:3]) | set(letters[-3:]) >= {"s"}
    assert "fs" in letters
    assert "sf" in letters
    assert nat_totals(aws)["ErrorPortAllocation"] == 0


def test_caller_of_a_throttled_function_is_told() -> None:
    aws = EmbeddedAws(find("throttled-429"))
    assert outcomes(aws, "dispatch-invoices", "TooManyRequestsException") == "sssssfffff"
    reserved = aws.client("lambda").get_function_concurrency(FunctionName=find("throttled-429").function)
    assert reserved["ReservedConcurrentExecutions"] == 5


def test_json_logs_say_in_objects_what_text_says_in_lines() -> None:
    aws, function = EmbeddedAws(find("json-logs")), find("json-logs").function
    events = [json.loads(event["message"]) for event in events_of(aws, function)]
    assert Counter(event["type"] for event in events if "type" in event) == {
        "platform.initStart": 10,
        "platform.start": 10,
        "platform.runtimeDone": 5,
        "platform.report": 10,
    }
    assert [event["errorType"] for event in events if "errorType" in event] == ["ConnectTimeoutError"] * 5
    logging = aws.client("lambda").get_function_configuration(FunctionName=function)["LoggingConfig"]
    assert (logging["LogFormat"], logging["SystemLogLevel"]) == ("JSON", "INFO")


def test_level_warn_leaves_failures_only() -> None:
    aws, function = EmbeddedAws(find("warn-level-logs")), find("warn-level-logs").function
    events = [json.loads(event["message"]) for event in events_of(aws, function)]
    kinds = Counter(event.get("type", event.get("log_level")) for event in events)
    assert kinds == {"ERROR": 5, "platform.runtimeDone": 5, "platform.report": 5}
    assert function_totals(aws, function)["Invocations"] == 10


def test_million_events_are_served_from_anywhere_at_once() -> None:
    aws, function = EmbeddedAws(find("million-events")), find("million-events").function
    counted = function_totals(aws, function)
    assert (counted["Invocations"], counted["Errors"]) == (250_000, 5_000)
    now_ms = int(time.time() * 1000)
    asked = {"logGroupName": f"/aws/lambda/{function}", "startTime": now_ms - 1_800_000, "limit": 1000}
    page = aws.client("logs").filter_log_events(**asked)
    stamps = [event["timestamp"] for event in page["events"]]
    assert stamps == sorted(stamps)
    assert len({event["logStreamName"] for event in page["events"]}) == 10
    assert sum("SlowDown" in event["message"] for event in page["events"]) in range(3, 8)
    assert aws.client("logs").filter_log_events(**asked | {"nextToken": page["nextToken"]})["events"]


NETWORK_CAUSES = ("subnet_or_zone", "nacl_ephemeral_ports", "network_path_blocked")


class Built(NamedTuple):
    """A scenario with its world, which nothing changes and nobody is denied."""

    scenario: Scenario
    aws: EmbeddedAws
    world: World


@pytest.fixture(scope="module", name="built")
def _built(request: pytest.FixtureRequest) -> Built:
    """Made once for all tests of a scenario: pytest runs those one after the other."""
    scenario, aws = find(request.param), EmbeddedAws()
    world = World(aws.client, stage, scenario.region)
    scenario.build(world)
    return Built(scenario, aws, world)


@pytest.mark.parametrize("built", SCENARIOS, indirect=True)
def test_loads_follow_the_network_they_run_in(built: Built) -> None:
    """Where a subnet's path is said to fail, the invocations there fail to connect, and nowhere else."""
    scenario, aws, world = built
    blocked = {e.resource for e in scenario.expected if e.check_id == "PTH010" and e.status is Status.FAIL}
    stuck = {done.subnet_id for done in world.done if done.failure and done.failure.kind is CONNECT_TIMEOUT}
    subnets = aws.client("ec2").describe_subnets()["Subnets"]
    names = {subnet["SubnetId"]: tag["Value"] for subnet in subnets for tag in subnet["Tags"] if tag["Key"] == "Name"}
    if scenario.true_cause in NETWORK_CAUSES:
        assert {names[subnet] for subnet in stuck} == blocked
    elif world.done:
        assert not blocked


@pytest.mark.parametrize("built", SCENARIOS, indirect=True)
def test_a_cause_is_named_where_invocations_failed_or_were_refused(built: Built) -> None:
    scenario, aws, _ = built
    counted = function_totals(aws, scenario.function)
    assert bool(scenario.true_cause) is (counted["Errors"] + counted["Throttles"] > 0)
    assert scenario.true_cause not in scenario.ambiguous
    listed = [function["FunctionName"] for function in aws.client("lambda").list_functions()["Functions"]]
    groups = aws.client("logs").get_paginator("describe_log_groups").paginate()
    assert {f"/aws/lambda/{function}" for function in listed} <= {
        group["logGroupName"] for page in groups for group in page["logGroups"]
    }
