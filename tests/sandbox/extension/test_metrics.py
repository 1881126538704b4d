import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from runbook_lib.sandbox.embedded import EmbeddedAws
from runbook_lib.sandbox.faults import denials
from runbook_lib.sandbox.layout import network
from runbook_lib.sandbox.load.quiet import NAT_METRICS
from runbook_lib.sandbox.load.records import Numbers
from runbook_lib.sandbox.staging import add_series, limit_pages
from runbook_lib.sandbox.world import World
from tests.sandbox.asking import refused

HOUR = int(time.time()) // 3600 * 3600 - 2 * 3600
LAMBDA = {"FunctionName": "f"}


@pytest.fixture
def metrics(aws: EmbeddedAws) -> Any:
    return aws.client("cloudwatch")


def _query(
    metric: str, dimensions: dict[str, str], *, stat: str = "Sum", period: int = 60, name: str = "q", space: str
) -> dict[str, Any]:
    named = [{"Name": key, "Value": value} for key, value in dimensions.items()]
    asked = {"Namespace": space, "MetricName": metric, "Dimensions": named}
    return {"Id": name, "MetricStat": {"Metric": asked, "Period": period, "Stat": stat}}


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _values(
    metrics: Any,
    metric: str,
    dimensions: dict[str, str],
    *,
    space: str = "AWS/Lambda",
    start: int = HOUR,
    end: int = HOUR + 600,
    **asked: Any,
) -> list[float]:
    answer = metrics.get_metric_data(
        MetricDataQueries=[_query(metric, dimensions, space=space, **asked)],
        StartTime=_moment(start),
        EndTime=_moment(end),
        ScanBy="TimestampAscending",
    )
    (result,) = answer["MetricDataResults"]
    assert (result["Id"], result["StatusCode"]) == ("q", "Complete")
    assert len(result["Timestamps"]) == len(result["Values"])
    return list(result["Values"])


@pytest.fixture
def staged(aws: EmbeddedAws) -> None:
    minutes = {HOUR: Numbers(4, 10.0, 1.0, 5.0), HOUR + 120: Numbers.one(7.0), HOUR + 300: Numbers.one(1.0)}
    add_series(aws.region, "AWS/Lambda", LAMBDA, {"Duration": minutes})


def test_statistics_of_a_minute(staged: None, metrics: Any) -> None:
    found = {stat: _values(metrics, "Duration", LAMBDA, stat=stat, end=HOUR + 60) for stat in STATS}
    assert found == {"Sum": [10.0], "Maximum": [5.0], "Minimum": [1.0], "Average": [2.5], "SampleCount": [4.0]}


STATS = ("Sum", "Maximum", "Minimum", "Average", "SampleCount")


def test_minute_without_activity_is_missing_not_zero(staged: None, metrics: Any) -> None:
    assert _values(metrics, "Duration", LAMBDA) == [10.0, 7.0, 1.0]
    assert _values(metrics, "Duration", LAMBDA, period=300) == [17.0, 1.0]
    assert _values(metrics, "Duration", LAMBDA, start=HOUR + 60, end=HOUR + 120) == []


def test_dimensions_must_be_exact(staged: None, metrics: Any) -> None:
    for dimensions in ({}, {"FunctionName": "g"}, LAMBDA | {"Resource": "f"}, {"Resource": "f"}):
        assert _values(metrics, "Duration", dimensions) == []
    assert _values(metrics, "Duration", LAMBDA, space="AWS/NATGateway") == []
    assert _values(metrics, "Errors", LAMBDA) == []


def test_end_of_the_window_does_not_belong_to_it(staged: None, metrics: Any) -> None:
    assert _values(metrics, "Duration", LAMBDA, end=HOUR + 300) == [10.0, 7.0]
    assert _values(metrics, "Duration", LAMBDA, end=HOUR + 301) == [10.0, 7.0, 1.0]


def test_newest_comes_first_unless_asked(staged: None, metrics: Any) -> None:
    answer = metrics.get_metric_data(
        MetricDataQueries=[_query("Duration", LAMBDA, space="AWS/Lambda")],
        StartTime=_moment(HOUR),
        EndTime=_moment(HOUR + 600),
    )
    assert answer["MetricDataResults"][0]["Values"] == [1.0, 7.0, 10.0]
    assert answer["MetricDataResults"][0]["Timestamps"][0] == _moment(HOUR + 300)


def test_nat_gateway_reports_every_minute(world: World, metrics: Any) -> None:
    gateway = {"NatGatewayId": network(world).nat}
    for metric in NAT_METRICS:
        found = _values(metrics, metric, gateway, space="AWS/NATGateway", end=HOUR + 3600)
        assert len(found) == 60
        assert (max(found) == 0) == (metric in ("ErrorPortAllocation", "IdleTimeoutCount", "PacketsDropCount"))
    assert _values(metrics, "NoSuchMetric", gateway, space="AWS/NATGateway") == []
    assert _values(metrics, "ActiveConnectionCount", {}, space="AWS/NATGateway") == []
    assert _values(metrics, "ActiveConnectionCount", {"NatGatewayId": "nat-0"}, space="AWS/NATGateway") == []


def test_minute_that_is_not_over_is_not_reported(world: World, metrics: Any) -> None:
    gateway, now = {"NatGatewayId": network(world).nat}, int(time.time())
    found = _values(
        metrics,
        "ActiveConnectionCount",
        gateway,
        space="AWS/NATGateway",
        start=now - 600,
        end=now + 600,
        stat="Maximum",
    )
    assert len(found) in (10, 11)


def test_staged_minutes_of_a_gateway_stand_among_quiet_ones(aws: EmbeddedAws, world: World, metrics: Any) -> None:
    gateway = {"NatGatewayId": network(world).nat}
    add_series(aws.region, "AWS/NATGateway", gateway, {"ErrorPortAllocation": {HOUR + 60: Numbers.one(5.0)}})
    found = _values(metrics, "ErrorPortAllocation", gateway, space="AWS/NATGateway", end=HOUR + 240)
    assert found == [0.0, 5.0, 0.0, 0.0]


def test_regional_gateway_reports_per_zone_only(aws: EmbeddedAws, world: World, metrics: Any) -> None:
    gateway = {"NatGatewayId": network(world, nat_kind="regional").nat}
    count = {"space": "AWS/NATGateway"}
    for zone in "ab":
        dimensions = gateway | {"AvailabilityZone": f"{aws.region}{zone}"}
        assert len(_values(metrics, "ActiveConnectionCount", dimensions, **count)) == 10
    for dimensions in (gateway, gateway | {"AvailabilityZone": f"{aws.region}c"}):
        assert _values(metrics, "ActiveConnectionCount", dimensions, **count) == []


def test_deleted_gateway_reports_no_more(world: World, ec2: Any, metrics: Any) -> None:
    nat = network(world).nat
    ec2.delete_nat_gateway(NatGatewayId=nat)
    assert _values(metrics, "ActiveConnectionCount", {"NatGatewayId": nat}, space="AWS/NATGateway") == []


@pytest.mark.parametrize(("days", "period", "kept"), [(14, 60, 10), (16, 60, 0), (16, 300, 2), (64, 300, 0)])
def test_old_minutes_are_kept_in_coarser_periods(world: World, metrics: Any, days: int, period: int, kept: int) -> None:
    start = HOUR - days * 86_400
    gateway = {"NatGatewayId": network(world).nat}
    found = _values(
        metrics,
        "ActiveConnectionCount",
        gateway,
        space="AWS/NATGateway",
        start=start,
        end=start + 600,
        period=period,
    )
    assert len(found) == kept


def test_answers_come_in_pages(staged: None, metrics: Any) -> None:
    queries = [_query("Duration", LAMBDA, space="AWS/Lambda", name=f"q{number}") for number in range(5)]
    asked = {"MetricDataQueries": queries, "StartTime": _moment(HOUR), "EndTime": _moment(HOUR + 600)}
    limit_pages(2)
    pages = [
        [item["Id"] for item in page["MetricDataResults"]]
        for page in metrics.get_paginator("get_metric_data").paginate(**asked)
    ]
    assert pages == [["q0", "q1"], ["q2", "q3"], ["q4"]]
    limit_pages(None)
    assert len(metrics.get_metric_data(**asked, MaxDatapoints=7)["MetricDataResults"]) == 2
    with refused("ValidationError", "NextToken"):
        metrics.get_metric_data(**asked, NextToken="bm9ib2R5")


@pytest.mark.parametrize(
    "change",
    [
        {"Id": "Upper"},
        {"Id": "a-b"},
        {"MetricStat": None, "Expression": "q * 2"},
        {"stat": "p99"},
        {"period": 61},
        {"Unit": "Count"},
    ],
)
def test_what_is_not_valid_or_not_here_is_refused(metrics: Any, change: dict[str, Any]) -> None:
    query = _query("Duration", LAMBDA, space="AWS/Lambda", **{k: v for k, v in change.items() if k.islower()})
    query |= {key: value for key, value in change.items() if key in ("Id", "Expression")}
    if "Expression" in change:
        del query["MetricStat"]
    if "Unit" in change:
        query["MetricStat"]["Unit"] = change["Unit"]
    with refused("ValidationError"):
        metrics.get_metric_data(MetricDataQueries=[query], StartTime=_moment(HOUR), EndTime=_moment(HOUR + 600))


def test_windows_and_ids_are_checked(metrics: Any) -> None:
    query = _query("Duration", LAMBDA, space="AWS/Lambda")
    for queries, end in (([query], HOUR), ([query, query], HOUR + 60), ([], HOUR + 60), ([query] * 501, HOUR + 60)):
        with refused("ValidationError"):
            metrics.get_metric_data(MetricDataQueries=queries, StartTime=_moment(HOUR), EndTime=_moment(end))


def test_older_call_is_refused_rather_than_empty(metrics: Any) -> None:
    with refused("InvalidAction", "not available in the embedded AWS"):
        metrics.get_metric_statistics(
            Namespace="AWS/Lambda",
            MetricName="Duration",
            StartTime=_moment(HOUR),
            EndTime=_moment(HOUR) + timedelta(hours=1),
            Period=60,
            Statistics=["Sum"],
        )


def test_refused_reading_is_an_error_not_silence(aws: EmbeddedAws, staged: None, metrics: Any) -> None:
    aws.front.faults.set(denials(["cloudwatch:GetMetricData"]))
    with refused("AccessDenied", "cloudwatch:GetMetricData"):
        _values(metrics, "Duration", LAMBDA)
