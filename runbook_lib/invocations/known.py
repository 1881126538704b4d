"""What is known beside the log: the function, its SDK, the ways its packets may take, and metrics."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from runbook_lib.model.observations import MetricSeries
from runbook_lib.model.sdk import Sdk

__all__ = ["Known", "Measured", "Way", "measured"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """The answer of the path model for one subnet with its groups and one destination.

    `verdict` is reachable, blocked or unknown; `nat_ids` are the NAT gateways passed; `stops` says in words what
    blocks; `blocked_share` is the share of the function's own ports (1024-65535) whose answers are stopped.
    """

    subnet: str
    zone: str | None
    to: str
    verdict: str
    nat_ids: tuple[str, ...] = ()
    stops: tuple[str, ...] = ()
    blocked_share: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Facts from outside the log; None is what was not read or does not apply.

    `ways` is None when no path was judged. `nat_addresses` counts the addresses of each NAT gateway. `sdk` is how the
    function's client retries, if somebody told. `concurrency_limit` is the reserved concurrency, else what the account
    leaves unreserved. `rejected` counts the records in which flow logs say that a group or an ACL rejected packets at
    the function's interfaces. `log_is_whole` is False when events may be missing from the log, `log_hides_successes`
    True when successes leave no line in it.
    """

    timeout_s: int | None = None
    memory_mb: int | None = None
    sdk: Sdk | None = None
    connections_per_invocation: int = 1
    ways: tuple[Way, ...] | None = None
    nat_addresses: Mapping[str, int] = field(default_factory=dict)
    series: tuple[MetricSeries, ...] = ()
    concurrency_limit: int | None = None
    dns_support: bool | None = None
    rejected: int | None = None
    log_is_whole: bool = True
    log_hides_successes: bool = False

    @property
    def nat_ids(self) -> tuple[str, ...]:
        """The NAT gateways on the ways, else those with metrics; sorted."""
        if self.ways is not None:
            return tuple(sorted({nat_id for way in self.ways for nat_id in way.nat_ids}))
        named = (value for item in self.series for name, value in item.dimensions if name == "NatGatewayId")
        return tuple(sorted(set(named)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """The values of one metric of one resource, each at the start of its period.

    `series` holds one sequence per dimension set: a regional NAT gateway has one per Availability Zone.
    """

    metric: str
    period: timedelta
    series: tuple[tuple[tuple[datetime, float], ...], ...]

    @property
    def total(self) -> float:
        """The sum of all values."""
        return sum(value for points in self.series for _, value in points)

    @property
    def peak(self) -> float | None:
        """The largest value, None when there is no value at all."""
        return max((value for points in self.series for _, value in points), default=None)

    def within(self, spans: Iterable[tuple[datetime, datetime]]) -> tuple[float, bool]:
        """The sum over the periods that touch the spans, and whether every series has a value in each of them."""
        touched = {moment for start, end in spans for moment in self._periods(start, end)}
        found = [{self._floor(moment): value for moment, value in points} for points in self.series]
        total = sum(values.get(moment, 0.0) for values in found for moment in touched)
        return total, all(touched <= values.keys() for values in found)

    def _periods(self, start: datetime, end: datetime) -> Iterator[datetime]:
        moment = self._floor(start)
        while moment <= end:
            yield moment
            moment += self.period

    def _floor(self, moment: datetime) -> datetime:
        return moment - timedelta(seconds=moment.timestamp() % self.period.total_seconds())


def measured(series: Iterable[MetricSeries], metric: str, resource: str) -> Measured | None:
    """The values of a metric of a resource (a dimension's value), None when it was not read."""
    found = [item for item in series if item.metric == metric and resource in (value for _, value in item.dimensions)]
    if not found:
        return None
    return Measured(
        metric=metric,
        period=timedelta(seconds=max(item.period_s for item in found)),
        series=tuple(tuple(zip(item.timestamps, item.values, strict=True)) for item in found),
    )
