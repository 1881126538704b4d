"""CloudWatch metrics: GetMetricData with exact dimensions, kept resolutions and pages; NAT gateways always report.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from moto.cloudwatch.exceptions import ValidationError
from moto.cloudwatch.models import cloudwatch_backends
from moto.cloudwatch.responses import CloudWatchResponse
from moto.core.responses import ActionResult
from moto.core.utils import utcnow
from moto.ec2.models import ec2_backends

from runbook_lib.sandbox.environment import ACCOUNT
from runbook_lib.sandbox.extension.patching import replace
from runbook_lib.sandbox.load.quiet import quiet_minute
from runbook_lib.sandbox.load.records import MINUTE_S, Numbers

__all__ = ["LARGEST_PAGE", "Minutes", "apply", "is_known", "series", "set_largest_page"]

Minutes = Mapping[int, Numbers]
"""Numbers by minute: the key is the start of the minute in seconds since the epoch."""

LARGEST_PAGE = 500
_MOST_QUERIES = 500
_MOST_DATAPOINTS = 100_800
_DAY_S = 86_400
_KEPT = ((15 * _DAY_S, MINUTE_S), (63 * _DAY_S, 300), (455 * _DAY_S, 3600))
_NAT = "AWS/NATGateway"
_ID = re.compile(r"[a-z][a-zA-Z0-9_]*")
_STATS: Mapping[str, Callable[[Numbers], float]] = {
    "Average": lambda numbers: numbers.total / numbers.count,
    "Maximum": lambda numbers: numbers.most,
    "Minimum": lambda numbers: numbers.least,
    "SampleCount": lambda numbers: numbers.count,
    "Sum": lambda numbers: numbers.total,
}
_largest = [LARGEST_PAGE]


def apply() -> None:
    """Patch GetMetricData; the older GetMetricStatistics would not see the staged numbers and is refused."""
    replace(CloudWatchResponse, "get_metric_data", _get_metric_data)
    replace(CloudWatchResponse, "get_metric_statistics", _missing)


def set_largest_page(size: int = LARGEST_PAGE) -> None:
    """Never answer more than `size` metrics at once."""
    _largest[0] = size


def series(region: str, namespace: str, metric: str, dimensions: Mapping[str, str], minutes: Minutes) -> None:
    """Add numbers to a metric; a NAT gateway's replace those of a quiet minute."""
    backend: Any = cloudwatch_backends[ACCOUNT][region]
    if not hasattr(backend, "staged_series"):
        backend.staged_series = {}
    known = backend.staged_series.setdefault((namespace, metric, frozenset(dimensions.items())), {})
    for minute, numbers in minutes.items():
        known[minute] = known[minute].plus(numbers) if minute in known else numbers


def is_known(region: str, namespace: str, metric: str, dimensions: Mapping[str, str], minute: int) -> bool:
    """Whether numbers were added to this minute of a metric."""
    staged = getattr(cloudwatch_backends[ACCOUNT][region], "staged_series", {})
    return minute in staged.get((namespace, metric, frozenset(dimensions.items())), {})


def _missing(response: Any) -> None:
    raise NotImplementedError


def _get_metric_data(response: Any) -> ActionResult:
    asked = response._get_params()
    queries = asked.get("MetricDataQueries") or []
    start, end = _seconds(asked["StartTime"]), _seconds(asked["EndTime"])
    _check(queries, start, end)
    most = int(asked.get("MaxDatapoints") or _MOST_DATAPOINTS)
    position = _position(asked.get("NextToken"), len(queries))
    page: list[dict[str, Any]] = []
    points = 0
    for query in queries[position:]:
        result = _result(response, query, start, end, asked.get("ScanBy") or "TimestampDescending")
        points += len(result["Values"])
        if page and (len(page) == _largest[0] or points > most):
            break
        page.append(result)
    following = position + len(page)
    token = {"NextToken": _token(following)} if following < len(queries) else {}
    return ActionResult({"MetricDataResults": page, "Messages": [], **token})


def _check(queries: Sequence[Mapping[str, Any]], start: int, end: int) -> None:
    if start >= end:
        raise ValidationError("The parameter StartTime must be less than the parameter EndTime.")
    if not 1 <= len(queries) <= _MOST_QUERIES:
        raise ValidationError(f"The collection MetricDataQueries must have between 1 and {_MOST_QUERIES} items.")
    ids = [query.get("Id") or "" for query in queries]
    for name in ids:
        if not _ID.fullmatch(name):
            raise ValidationError(
                f"The value {name} for parameter MetricDataQueries.member.Id is not matching the expected pattern."
            )
    if len(set(ids)) < len(ids):
        raise ValidationError("The parameter MetricDataQueries.member.Id must be unique.")
    for query in queries:
        wanted = query.get("MetricStat")
        if wanted is None:
            raise ValidationError("An Expression is not available in the embedded AWS.")
        if wanted["Stat"] not in _STATS:
            raise ValidationError(f"The statistic {wanted['Stat']} is not available in the embedded AWS.")
        if wanted.get("Unit"):
            raise ValidationError("A Unit is not available in the embedded AWS.")
        if int(wanted["Period"]) < MINUTE_S or int(wanted["Period"]) % MINUTE_S:
            raise ValidationError(f"The period {wanted['Period']} must be a multiple of {MINUTE_S}.")


def _result(response: Any, query: Mapping[str, Any], start: int, end: int, order: str) -> dict[str, Any]:
    wanted = query["MetricStat"]
    period = int(wanted["Period"])
    minute = _minutes_of(response, wanted["Metric"])
    now = _seconds(utcnow())
    found = []
    for moment in range(start - start % period, end, period):
        if moment >= start - start % MINUTE_S and moment + period <= now and _is_kept(now - moment, period):
            numbers = [known for at in range(moment, moment + period, MINUTE_S) if (known := minute(at))]
            if numbers:
                found.append((moment, _STATS[wanted["Stat"]](_sum(numbers))))
    found.sort(reverse=order == "TimestampDescending")
    return {
        "Id": query["Id"],
        "Label": query.get("Label") or wanted["Metric"]["MetricName"],
        "Timestamps": [datetime.fromtimestamp(moment, UTC) for moment, _ in found],
        "Values": [value for _, value in found],
        "StatusCode": "Complete",
    }


def _sum(numbers: Sequence[Numbers]) -> Numbers:
    total = numbers[0]
    for further in numbers[1:]:
        total = total.plus(further)
    return total


def _minutes_of(response: Any, metric: Mapping[str, Any]) -> Callable[[int], Numbers | None]:
    """The numbers of a minute, for exactly these dimensions: CloudWatch does not add up what they leave out."""
    dimensions = {item["Name"]: item["Value"] for item in metric.get("Dimensions") or []}
    key = (metric["Namespace"], metric["MetricName"], frozenset(dimensions.items()))
    staged: Minutes = getattr(response.cloudwatch_backend, "staged_series", {}).get(key, {})
    if metric["Namespace"] == _NAT and _reports(response, dimensions):
        name = metric["MetricName"]
        return lambda minute: staged.get(minute) or quiet_minute(name, minute)
    return staged.get


def _reports(response: Any, dimensions: Mapping[str, str]) -> bool:
    """Whether a NAT gateway publishes under these dimensions: a regional one does so for each of its zones.

    https://docs.aws.amazon.com/vpc/latest/userguide/metrics-dimensions-nat-gateway.html
    """
    backend = ec2_backends[response.current_account][response.region]
    gateway: Any = backend.nat_gateways.get(dimensions.get("NatGatewayId", ""))
    if gateway is None or gateway.state != "available":
        return False
    if getattr(gateway, "availability_mode", "zonal") != "regional":
        return set(dimensions) == {"NatGatewayId"}
    zones = {address.get("AvailabilityZone") for address in gateway.address_set}
    return set(dimensions) == {"NatGatewayId", "AvailabilityZone"} and dimensions["AvailabilityZone"] in zones


def _is_kept(age_s: int, period_s: int) -> bool:
    """Whether CloudWatch still has this resolution: minutes for 15 days, 5 minutes for 63, hours for 455."""
    return any(age_s <= oldest and period_s % resolution == 0 for oldest, resolution in _KEPT)


def _seconds(moment: datetime) -> int:
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())


def _token(position: int) -> str:
    return base64.urlsafe_b64encode(f"metrics:{position}".encode()).decode()


def _position(token: str | None, queries: int) -> int:
    if not token:
        return 0
    try:
        name, _, position = base64.urlsafe_b64decode(token.encode()).decode().partition(":")
        if name == "metrics" and 0 < int(position) < queries:
            return int(position)
    except ValueError:
        pass
    raise ValidationError("The parameter NextToken is not valid.")
