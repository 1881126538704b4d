"""Metrics: exact dimensions, periods that CloudWatch still has, pages joined, and missing points left missing."""

import re
from datetime import datetime, timedelta
from typing import Any

import pytest

from runbook_lib.collect.limits import Limits, Observed
from runbook_lib.collect.metric_queries import metric_calls, period_s
from runbook_lib.collect.observe import observe
from runbook_lib.model.gateways import NatGateway
from runbook_lib.model.observations import MetricSeries
from runbook_lib.model.snapshot import Snapshot
from runbook_lib.model.window import Window

from .fake_aws import FakeAws, always
from .fake_logs import HERE, NOW, WINDOW, point_each_minute, snapshot

METRICS = "cloudwatch:GetMetricData"


def gateway(name: str = "nat-1", *zones: str) -> dict[str, Any]:
    mode = {"AvailabilityMode": "regional"} if zones else {"SubnetId": "subnet-1", "AvailabilityMode": "zonal"}
    addresses = [{"AllocationId": zone, "AvailabilityZone": zone} for zone in zones]
    return {"NatGatewayId": name, "State": "available", "NatGatewayAddresses": addresses, **mode}


def facts(*raws: dict[str, Any]) -> list[NatGateway]:
    return [NatGateway.read(raw, HERE, "") for raw in raws]


def look(aws: FakeAws, limits: Limits, *gateways: dict[str, Any], ids: tuple[str, ...] = ("nat-1",)) -> Snapshot:
    wanted = Observed(window=WINDOW, nat_gateway_ids=ids)
    return observe(aws.connection, snapshot(NatGateways=list(gateways)), wanted, limits, now=NOW)


@pytest.mark.parametrize(
    ("age", "seconds"),
    [
        (timedelta(hours=3), 60),
        (timedelta(days=15) - timedelta(seconds=1), 60),
        (timedelta(days=15), 300),
        (timedelta(days=63) - timedelta(seconds=1), 300),
        (timedelta(days=63), 3600),
    ],
)
def test_period(age: timedelta, seconds: int) -> None:
    assert period_s(NOW - age, NOW) == seconds


@pytest.mark.parametrize(
    ("start", "end", "asked"),
    [
        ("11:00:30", "11:10:59", ("11:00:00", "11:10:00")),
        ("11:00:00", "11:10:00", ("11:00:00", "11:10:00")),
        ("11:00:30", "11:00:40", ("11:00:00", "11:01:00")),
    ],
)
def test_the_window_is_asked_for_in_whole_periods(start: str, end: str, asked: tuple[str, str]) -> None:
    def at(text: str) -> datetime:
        return datetime.fromisoformat(f"2026-03-04T{text}+00:00")

    (call,) = metric_calls(Window(start=at(start), end=at(end)), "upload", [], NOW)
    assert (call.request["StartTime"], call.request["EndTime"]) == tuple(at(text).isoformat() for text in asked)


def test_ids_are_valid_and_different_and_dimensions_exact() -> None:
    gateways = facts(gateway(), gateway("nat-2", "eu-west-1a", "eu-west-1b"))
    (call,) = metric_calls(WINDOW, "up-load", gateways, NOW)
    queries = call.request["MetricDataQueries"]
    ids = [query["Id"] for query in queries]
    assert len(set(ids)) == len(ids) == 3 * 16 + 6
    assert all(re.fullmatch("[a-z][a-zA-Z0-9_]*", name) and len(name) <= 255 for name in ids)
    asked = {tuple(item["Value"] for item in query["MetricStat"]["Metric"]["Dimensions"]) for query in queries}
    assert asked == {("nat-1",), ("nat-2", "eu-west-1a"), ("nat-2", "eu-west-1b"), ("up-load",)}
    stats = {query["MetricStat"]["Metric"]["MetricName"]: query["MetricStat"]["Stat"] for query in queries}
    assert {name for name, stat in stats.items() if stat == "Maximum"} == {
        "ActiveConnectionCount",
        "ConcurrentExecutions",
        "Duration",
        "PeakBytesPerSecond",
        "PeakPacketsPerSecond",
    }


@pytest.mark.parametrize(("gateways", "calls"), [(0, 0), (31, 1), (32, 2), (63, 3)])
def test_at_most_500_metrics_are_asked_for_at_once(gateways: int, calls: int) -> None:
    many = facts(*(gateway(f"nat-{number}") for number in range(gateways)))
    made = metric_calls(WINDOW, None, many, NOW)
    assert len(made) == calls
    assert sum(len(call.request["MetricDataQueries"]) for call in made) == 16 * gateways


def test_series_carry_what_was_asked(aws: FakeAws, limits: Limits) -> None:
    aws.answers[METRICS] = point_each_minute
    found = look(aws, limits, gateway())
    one = next(fact for fact in found.all(MetricSeries) if fact.metric == "ErrorPortAllocation")
    assert (one.namespace, one.dimensions, one.stat, one.period_s) == (
        "AWS/NATGateway",
        (("NatGatewayId", "nat-1"),),
        "Sum",
        60,
    )
    assert (one.start, one.end, len(one.values)) == (WINDOW.start, WINDOW.end, 50)
    assert (one.is_complete, one.missing_periods) == (True, 0)


def test_pages_are_joined_and_the_last_status_counts(aws: FakeAws, limits: Limits) -> None:
    def answer(asked: dict[str, Any]) -> dict[str, Any]:
        whole = point_each_minute(asked)
        second = asked.get("NextToken") == "more"
        for item in whole["MetricDataResults"]:
            part = slice(20, None) if second else slice(0, 20)
            item.update(Timestamps=item["Timestamps"][part], Values=item["Values"][part])
            item["StatusCode"] = "Complete" if second else "PartialData"
        return whole if second else {**whole, "NextToken": "more"}

    aws.answers[METRICS] = answer
    found = look(aws, limits, gateway())
    assert {(len(fact.values), fact.is_complete) for fact in found.all(MetricSeries)} == {(50, True)}
    assert (aws.sent[METRICS], found.gaps) == (2, ())


@pytest.mark.parametrize("status", ["PartialData", "InternalError", "Forbidden"])
def test_an_incomplete_series_stays_incomplete(aws: FakeAws, limits: Limits, status: str) -> None:
    def answer(asked: dict[str, Any]) -> dict[str, Any]:
        whole = point_each_minute(asked)
        whole["MetricDataResults"][0]["StatusCode"] = status
        return whole

    aws.answers[METRICS] = answer
    found = look(aws, limits, gateway())
    (lame,) = [fact for fact in found.all(MetricSeries) if not fact.is_complete]
    (gap,) = found.gaps
    assert (gap.what, gap.action) == (f"MetricDataResults/{lame.id}", METRICS)
    assert status in gap.reason


def test_missing_points_stay_missing(aws: FakeAws, limits: Limits) -> None:
    found = look(aws, limits, gateway())
    assert {(fact.values, fact.missing_periods) for fact in found.all(MetricSeries)} == {((), 50)}


def test_a_metric_without_an_answer_makes_the_listing_incomplete(aws: FakeAws, limits: Limits) -> None:
    aws.answers[METRICS] = lambda asked: {"MetricDataResults": point_each_minute(asked)["MetricDataResults"][1:]}
    found = look(aws, limits, gateway())
    assert found.listings[(HERE, "MetricDataResults")].incomplete == "1 of 16 metrics have no answer"
    assert [gap.action for gap in found.gaps] == [METRICS]


def test_denied_metrics_were_not_read(aws: FakeAws, limits: Limits) -> None:
    aws.faults[METRICS] = always("cloudwatch", 403, "AccessDenied", "cloudwatch:GetMetricData")
    found = look(aws, limits, gateway())
    assert (HERE, "MetricDataResults") not in found.listings
    (gap,) = found.gaps
    assert gap.reason == "cloudwatch:GetMetricData denied: cloudwatch:GetMetricData"


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (gateway("nat-2"), "the NAT gateway is not known"),
        ({**gateway(), "AvailabilityMode": "regional"}, "Availability Zones of the regional NAT gateway are not known"),
    ],
)
def test_a_gateway_that_cannot_be_asked_about_is_a_gap(
    aws: FakeAws, limits: Limits, raw: dict[str, Any], said: str
) -> None:
    found = look(aws, limits, raw)
    (gap,) = found.gaps
    assert (gap.what, gap.action) == ("MetricDataResults/nat-1", "ec2:DescribeNatGateways")
    assert said in gap.reason
    assert (HERE, "MetricDataResults") not in found.listings
    assert aws.sent[METRICS] == 0
