"""The AWS CLI commands behind the checks of metrics and logs, over the window that was read."""

from __future__ import annotations

import math
from collections.abc import Callable

from runbook_lib.facade.asked import Asked, aws
from runbook_lib.model.interfaces import Function
from runbook_lib.model.log_group import log_group_of
from runbook_lib.model.observations import MetricSeries

__all__ = ["log", "log_group", "metrics"]

_MOST_POINTS = 1440
"""Values in one answer of GetMetricStatistics. Source:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricStatistics.html
"""


def metrics(*names: str) -> Callable[[Asked, str], list[str]]:
    """A maker of one command per metric and NAT gateway that the paths pass, else of all that metrics were read of."""

    def made(asked: Asked, vpc_id: str) -> list[str]:
        passed = {id_ for kind, id_ in asked.hops if kind == "nat-gateway"}
        found = [item for item in asked.view.snapshot.all(MetricSeries) if item.metric in names]
        own = [item for item in found if dict(item.dimensions).get("NatGatewayId") in passed] or found
        return [_statistics(asked, vpc_id, item) for item in sorted(own, key=lambda item: names.index(item.metric))]

    return made


def log(asked: Asked, vpc_id: str) -> list[str]:
    """The log events of the function in the window."""
    function = asked.view.find(Function, asked.target.name) if asked.target.kind == "function" else None
    series = tuple(asked.view.snapshot.all(MetricSeries))
    if function is None or not series:
        return []
    first, last = min(item.start for item in series), max(item.end for item in series)
    bounds = ["--start-time", str(int(first.timestamp() * 1000)), "--end-time", str(int(last.timestamp() * 1000))]
    group = log_group_of(asked.view.snapshot, function.id)
    command = "logs filter-log-events --log-group-name"
    return [aws(asked, vpc_id, command, group, also=[bounds], query="events[].[timestamp,message]")]


def log_group(asked: Asked, vpc_id: str) -> list[str]:
    """Since when, and for how long, the log group of the function keeps events."""
    function = asked.view.find(Function, asked.target.name) if asked.target.kind == "function" else None
    if function is None:
        return []
    group = log_group_of(asked.view.snapshot, function.id)
    query = "logGroups[].[logGroupName,creationTime,retentionInDays]"
    return [aws(asked, vpc_id, "logs describe-log-groups --log-group-name-prefix", group, query=query)]


def _statistics(asked: Asked, vpc_id: str, series: MetricSeries) -> str:
    periods = (series.end - series.start).total_seconds() / series.period_s
    period_s = series.period_s * max(1, math.ceil(periods / _MOST_POINTS))
    words = [f"Name={name},Value={value}" for name, value in series.dimensions]
    more = [
        ["--namespace", series.namespace, "--metric-name", series.metric],
        ["--start-time", _moment(series.start.isoformat()), "--end-time", _moment(series.end.isoformat())],
        ["--period", str(period_s), "--statistics", series.stat],
    ]
    query = f"sort_by(Datapoints,&Timestamp)[].[Timestamp,{series.stat}]"
    return aws(asked, vpc_id, "cloudwatch get-metric-statistics --dimensions", *words, also=more, query=query)


def _moment(text: str) -> str:
    return text.replace("+00:00", "Z")
