"""What was observed over a window of time: metrics, log groups, flow logs; and the quotas it is held against.

Log events themselves are kept as AWS gave them, under the key `Events`: there may be hundreds of thousands. So are,
under `FlowLogRecords`, the records of flow logs that say REJECT about the interfaces of the function. Both carry the
name of their log group.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar, Self

from runbook_lib.model.fact import Fact, Raw, Scope

__all__ = [
    "EVENTS_KEY",
    "FLOW_LOG_RECORDS_KEY",
    "LAMBDA_METRICS",
    "NAT_METRICS",
    "AccountLimit",
    "FlowLog",
    "FunctionConcurrency",
    "LogGroup",
    "MetricSeries",
    "Quota",
]

# The statistic that AWS calls the most useful one for each metric.
# https://docs.aws.amazon.com/vpc/latest/userguide/metrics-dimensions-nat-gateway.html
NAT_METRICS = {
    "ActiveConnectionCount": "Maximum",
    "BytesInFromDestination": "Sum",
    "BytesInFromSource": "Sum",
    "BytesOutToDestination": "Sum",
    "BytesOutToSource": "Sum",
    "ConnectionAttemptCount": "Sum",
    "ConnectionEstablishedCount": "Sum",
    "ErrorPortAllocation": "Sum",
    "IdleTimeoutCount": "Sum",
    "PacketsDropCount": "Sum",
    "PacketsInFromDestination": "Sum",
    "PacketsInFromSource": "Sum",
    "PacketsOutToDestination": "Sum",
    "PacketsOutToSource": "Sum",
    "PeakBytesPerSecond": "Maximum",
    "PeakPacketsPerSecond": "Maximum",
}
# https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
LAMBDA_METRICS = {
    "ConcurrentExecutions": "Maximum",
    "Duration": "Maximum",
    "Errors": "Sum",
    "Invocations": "Sum",
    "RecursiveInvocationsDropped": "Sum",
    "Throttles": "Sum",
}
_STANDARD = {("AWS/NATGateway", *item) for item in NAT_METRICS.items()} | {
    ("AWS/Lambda", *item) for item in LAMBDA_METRICS.items()
}

EVENTS_KEY = "Events"
FLOW_LOG_RECORDS_KEY = "FlowLogRecords"


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricSeries(Fact):
    """One metric with exact dimensions over a window, as GetMetricData gave it, with what was asked beside it.

    AWS answers only an id and numbers; the collector adds `Namespace`, `MetricName`, `Dimensions`, `Stat`, `Period`,
    `StartTime` and `EndTime` of its own question. `timestamps` are in ascending order, each with its value; a missing
    minute is missing, not zero. `is_complete` is False when AWS said that data is missing from the answer.
    """

    KEY: ClassVar[str] = "MetricDataResults"
    OPERATION: ClassVar[str] = "cloudwatch:GetMetricData"
    TYPE: ClassVar[str] = "AWS::CloudWatch::Metric"

    namespace: str
    metric: str
    dimensions: tuple[tuple[str, str], ...]
    stat: str
    period_s: int
    start: datetime
    end: datetime
    timestamps: tuple[datetime, ...]
    values: tuple[float, ...]
    is_complete: bool

    @classmethod
    def read(cls, raw: Raw, scope: Scope, pointer: str) -> Self:
        points = sorted(zip(map(_moment, raw["Timestamps"]), map(float, raw["Values"]), strict=True))
        for _, value in points:
            if not 0 <= value < math.inf:
                raise ValueError(f"a metric that counts cannot be {value}")
        return cls(
            id=raw["Id"],
            scope=scope,
            pointer=pointer,
            raw=raw,
            namespace=raw["Namespace"],
            metric=raw["MetricName"],
            dimensions=tuple(sorted((item["Name"], item["Value"]) for item in raw["Dimensions"])),
            stat=raw["Stat"],
            period_s=int(raw["Period"]),
            start=_moment(raw["StartTime"]),
            end=_moment(raw["EndTime"]),
            timestamps=tuple(moment for moment, _ in points),
            values=tuple(value for _, value in points),
            is_complete=raw.get("StatusCode") == "Complete",
        )

    @property
    def is_standard(self) -> bool:
        """Whether it is AWS's own metric of a NAT gateway or a function, with the statistic that has a meaning here."""
        return (self.namespace, self.metric, self.stat) in _STANDARD

    @property
    def missing_periods(self) -> int:
        """How many periods of the window have no value."""
        whole = int((self.end - self.start).total_seconds() // self.period_s)
        return max(0, whole - len(self.timestamps))


@dataclass(frozen=True, slots=True, kw_only=True)
class LogGroup(Fact):
    """A log group; `retention_days` is None when events never expire."""

    KEY: ClassVar[str] = "LogGroups"
    OPERATION: ClassVar[str] = "logs:DescribeLogGroups"
    TYPE: ClassVar[str] = "AWS::Logs::LogGroup"

    retention_days: int | None
    created: datetime | None

    @classmethod
    def read(cls, raw: Raw, scope: Scope, pointer: str) -> Self:
        created = raw.get("creationTime")
        return cls(
            id=raw["logGroupName"],
            scope=scope,
            pointer=pointer,
            raw=raw,
            retention_days=None if raw.get("retentionInDays") is None else int(raw["retentionInDays"]),
            created=None if created is None else datetime.fromtimestamp(created / 1000, UTC),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota(Fact):
    """An applied service quota."""

    KEY: ClassVar[str] = "Quotas"
    OPERATION: ClassVar[str] = "service-quotas:GetServiceQuota"
    TYPE: ClassVar[str] = "AWS::ServiceQuotas::Quota"

    service: str
    value: float

    @classmethod
    def read(cls, raw: Raw, scope: Scope, pointer: str) -> Self:
        return cls(
            id=raw["QuotaCode"],
            scope=scope,
            pointer=pointer,
            raw=raw,
            service=raw["ServiceCode"],
            value=float(raw["Value"]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountLimit(Fact):
    """Lambda's limits of the account and Region; concurrency counts executions at the same time."""

    KEY: ClassVar[str] = "AccountLimit"
    OPERATION: ClassVar[str] = "lambda:GetAccountSettings"
    TYPE: ClassVar[str] = "AWS::Lambda::Account"

    concurrent_executions: int
    unreserved_concurrent_executions: int

    @classmethod
    def read(cls, raw: Raw, scope: Scope, pointer: str) -> Self:
        return cls(
            id="account",
            scope=scope,
            pointer=pointer,
            raw=raw,
            concurrent_executions=int(raw["ConcurrentExecutions"]),
            unreserved_concurrent_executions=int(raw["UnreservedConcurrentExecutions"]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionConcurrency(Fact):
    """The concurrency reserved for a function; None when none is."""

    KEY: ClassVar[str] = "FunctionConcurrencies"
    OPERATION: ClassVar[str] = "lambda:GetFunctionConcurrency"
    TYPE: ClassVar[str] = "AWS::Lambda::Function"

    reserved: int | None

    @classmethod
    def read(cls, raw: Raw, scope: Scope, pointer: str) -> Self:
        reserved = raw.get("ReservedConcurrentExecutions")
        return cls(
            id=raw["FunctionName"],
            scope=scope,
            pointer=pointer,
            raw=raw,
            reserved=None if reserved is None else int(reserved),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowLog(Fact):
    """A flow log; `resource_id` is the VPC, subnet, interface or gateway it watches."""

    KEY: ClassVar[str] = "FlowLogs"
    OPERATION: ClassVar[str] = "ec2:DescribeFlowLogs"
    TYPE: ClassVar[str] = "AWS::EC2::FlowLog"

    resource_id: str
    traffic_type: str | None
    destination_type: str
    log_group: str | None

    @classmethod
    def read(cls, raw: Raw, scope: Scope, pointer: str) -> Self:
        return cls(
            id=raw["FlowLogId"],
            scope=scope,
            pointer=pointer,
            raw=raw,
            resource_id=raw["ResourceId"],
            traffic_type=raw.get("TrafficType"),
            destination_type=raw.get("LogDestinationType") or "cloud-watch-logs",
            log_group=raw.get("LogGroupName"),
        )


def _moment(value: Any) -> datetime:
    """A time as boto3 or a file gives it, UTC-aware."""
    moment = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
