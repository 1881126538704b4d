"""What the invocations of a scenario leave behind: their split, their log groups, and the metrics that explain it."""

import time
from datetime import UTC, datetime
from typing import Any

from runbook_lib.sandbox.embedded import EmbeddedAws
from runbook_lib.sandbox.scenarios import find


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
    """One letter per START, in that order: s for an upload that is told, f for one with the failure's word."""
    events = events_of(aws, function)
    streams: dict[str, str] = {}
    for event in events:
        if event["message"].startswith("Uploaded") or "\tUploaded" in event["message"]:
            streams[event["logStreamName"]] = "s"
        elif failed in event["message"]:
            streams[event["logStreamName"]] = "f"
    return "".join(streams[event["logStreamName"]] for event in events if event["message"].startswith("START"))


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
