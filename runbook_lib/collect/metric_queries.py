"""Which metrics are asked for, with which statistic and dimensions, and how their answers become series."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from runbook_lib.collect.calls import Answer, Call
from runbook_lib.collect.operation import Per
from runbook_lib.collect.operations import OPERATIONS
from runbook_lib.model.fact import Raw
from runbook_lib.model.gateways import NatGateway
from runbook_lib.model.observations import LAMBDA_METRICS, NAT_METRICS
from runbook_lib.model.window import Window

__all__ = ["metric_calls", "metric_series", "period_s", "zones_of"]

# The most queries of one call, and for how long data points of each period are kept.
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html
_MOST_QUERIES = 500
_KEPT = ((60, timedelta(days=15)), (300, timedelta(days=63)))
_OLDEST_PERIOD_S = 3600
_ODD = re.compile(r"[^A-Za-z0-9_]")

Dimensions = Sequence[tuple[str, str]]


def period_s(start: datetime, now: datetime) -> int:
    """The finest period in seconds for which CloudWatch still has data points as old as `start`."""
    return next((seconds for seconds, kept in _KEPT if now - start < kept), _OLDEST_PERIOD_S)


def metric_calls(window: Window, function: str | None, gateways: Iterable[NatGateway], now: datetime) -> list[Call]:
    """The calls for every metric of the NAT gateways and the function: at most 500 metrics each.

    A regional NAT gateway has metrics per Availability Zone, for each zone it has an address in. The window is asked
    for in whole periods; the period that is still under way at its end is left out.
    """
    operation = next(row for row in OPERATIONS if row.per is Per.METRICS)
    period = period_s(window.start, now)
    start = _floor(window.start, period)
    end = max(_floor(window.end, period), start + timedelta(seconds=period))
    queries = [_query(*asked, period) for asked in _asked(function, gateways)]
    return [
        Call(
            operation=operation,
            request={
                "MetricDataQueries": some,
                "StartTime": start.isoformat(),
                "EndTime": end.isoformat(),
                "ScanBy": "TimestampAscending",
            },
        )
        for some in (queries[first : first + _MOST_QUERIES] for first in range(0, len(queries), _MOST_QUERIES))
    ]


def metric_series(answer: Answer) -> list[Raw]:
    """One item per metric asked for: its pages joined, with namespace, name, dimensions, statistic and window.

    A metric that the answer leaves out has no item. The status is that of the last page: what was cut short keeps
    AWS's `PartialData`.
    """
    request = answer.call.request
    pages: dict[str, list[Raw]] = {}
    for item in answer.items:
        pages.setdefault(str(item.get("Id")), []).append(item)
    found: list[Raw] = []
    for query in request["MetricDataQueries"]:
        if told := pages.get(query["Id"]):
            found.append({**_joined(told), **_question(query, request)})
    return found


def _asked(function: str | None, gateways: Iterable[NatGateway]) -> Iterator[tuple[str, str, str, Dimensions]]:
    for gateway in gateways:
        for zone in zones_of(gateway) if gateway.is_regional else (None,):
            dimensions = [("NatGatewayId", gateway.id), *([("AvailabilityZone", zone)] if zone else [])]
            for metric, stat in NAT_METRICS.items():
                yield "AWS/NATGateway", metric, stat, dimensions
    if function:
        for metric, stat in LAMBDA_METRICS.items():
            yield "AWS/Lambda", metric, stat, [("FunctionName", function)]


def zones_of(gateway: NatGateway) -> tuple[str, ...]:
    """The Availability Zones in which a regional NAT gateway has an address, in order."""
    return tuple(sorted({address.az for address in gateway.addresses if address.az}))


def _query(namespace: str, metric: str, stat: str, dimensions: Dimensions, period: int) -> dict[str, Any]:
    # An id starts with a lower-case letter and holds letters, digits and underscores only.
    about = _ODD.sub("_", "_".join(value for _, value in dimensions))
    return {
        "Id": f"m_{about}_{metric}",
        "MetricStat": {
            "Metric": {
                "Namespace": namespace,
                "MetricName": metric,
                "Dimensions": [{"Name": name, "Value": value} for name, value in dimensions],
            },
            "Period": period,
            "Stat": stat,
        },
        "ReturnData": True,
    }


def _joined(pages: Sequence[Raw]) -> dict[str, Any]:
    lists = {name: [value for page in pages for value in page.get(name) or ()] for name in ("Timestamps", "Values")}
    return {**pages[-1], **lists}


def _question(query: Mapping[str, Any], request: Mapping[str, Any]) -> dict[str, Any]:
    stat = query["MetricStat"]
    return {
        **stat["Metric"],
        "Stat": stat["Stat"],
        "Period": stat["Period"],
        "StartTime": request["StartTime"],
        "EndTime": request["EndTime"],
    }


def _floor(moment: datetime, seconds: int) -> datetime:
    return datetime.fromtimestamp(moment.timestamp() // seconds * seconds, UTC)
