"""What is known beside the log: the function, its SDK, the ways its packets may take, and metrics."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from runbook_lib.model.observations import MetricSeries
from runbook_lib.model.sdk import Sdk

__all__ = ["Known", "Measured", "Way"]

Dimensions = tuple[tuple[str, str], ...]

_GATEWAY, _ZONE, _FUNCTION = "NatGatewayId", "AvailabilityZone", "FunctionName"


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

    `ways` is None when no path was judged; `assumed` names the destination they lead to where the log names none and
    nobody told. `nat_addresses` counts the addresses of each NAT gateway, `nat_zones` holds the Availability Zones of
    regional ones. `sdk` is how the function's client retries, if somebody told. `concurrency_limit` is the reserved
    concurrency, else what the account leaves unreserved. `rejected` counts the records in which flow logs say that a
    group or an ACL rejected packets at the function's interfaces. `log_is_whole` is False when events may be missing
    from the log, `log_hides_successes` True when successes leave no line in it, `unplaced_failures` counts errors that
    ended an invocation, nobody knows which.
    """

    function: str = ""
    timeout_s: int | None = None
    memory_mb: int | None = None
    sdk: Sdk | None = None
    connections_per_invocation: int = 1
    ways: tuple[Way, ...] | None = None
    assumed: str = ""
    nat_addresses: Mapping[str, int] = field(default_factory=dict)
    nat_zones: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    series: tuple[MetricSeries, ...] = ()
    concurrency_limit: int | None = None
    dns_support: bool | None = None
    rejected: int | None = None
    log_is_whole: bool = True
    log_hides_successes: bool = False
    unplaced_failures: int = 0

    @property
    def nat_ids(self) -> tuple[str, ...]:
        """The NAT gateways on the ways, else those with metrics; sorted."""
        passed = {nat_id for way in self.ways or () for nat_id in way.nat_ids}
        if passed:
            return tuple(sorted(passed))
        named = (value for item in self.series for name, value in item.dimensions if name == _GATEWAY)
        return tuple(sorted(set(named)))

    @property
    def has_unknown_way(self) -> bool:
        """Whether some way could not be followed to its end."""
        return any(way.verdict == "unknown" for way in self.ways or ())

    @property
    def avoids_nat(self) -> bool:
        """Whether every way to the destination is known, and none passes a NAT gateway."""
        passes = any(way.nat_ids for way in self.ways or ())
        return bool(self.ways) and not (passes or self.has_unknown_way or self.assumed)

    def of_gateway(self, metric: str, nat_id: str) -> Measured | None:
        """A metric of a NAT gateway, None when it was not read."""
        zones = self.nat_zones.get(nat_id) or ()
        wanted: set[Dimensions] = {((_ZONE, zone), (_GATEWAY, nat_id)) for zone in zones}
        return self._measured(metric, wanted or {((_GATEWAY, nat_id),)})

    def of_function(self, metric: str) -> Measured | None:
        """A metric of the function, None when it was not read."""
        return self._measured(metric, {((_FUNCTION, self.function),)})

    def _measured(self, metric: str, wanted: Set[Dimensions]) -> Measured | None:
        """The series with exactly the dimensions under which AWS reports; others are other things."""
        found = [item for item in self.series if item.metric == metric and item.dimensions in wanted]
        if not found:
            return None
        return Measured(
            metric=metric,
            period=timedelta(seconds=max(item.period_s for item in found)),
            series=tuple(tuple(zip(item.timestamps, item.values, strict=True)) for item in found),
            is_whole=len(found) == len(wanted) and all(item.is_complete for item in found),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """The values of one metric of one resource, each at the start of its period.

    `series` holds one sequence per dimension set: a regional NAT gateway has one per Availability Zone. `is_whole` is
    False when AWS marked an answer as partial, or when a zone is missing.
    """

    metric: str
    period: timedelta
    series: tuple[tuple[tuple[datetime, float], ...], ...]
    is_whole: bool = True

    @property
    def total(self) -> float:
        """The sum of all values."""
        return sum(value for points in self.series for _, value in points)

    @property
    def peak(self) -> float | None:
        """The largest value, None when there is no value at all."""
        return max((value for points in self.series for _, value in points), default=None)

    def within(self, spans: Iterable[tuple[datetime, datetime]]) -> tuple[float, bool]:
        """The sum over the periods that touch the spans, and whether all of them were counted in every series."""
        touched = {moment for start, end in spans for moment in self._periods(start, end)}
        found = [{self._floor(moment): value for moment, value in points} for points in self.series]
        total = sum(values.get(moment, 0.0) for values in found for moment in touched)
        return total, self.is_whole and all(touched <= values.keys() for values in found)

    def _periods(self, start: datetime, end: datetime) -> Iterator[datetime]:
        moment = self._floor(start)
        while moment <= end:
            yield moment
            moment += self.period

    def _floor(self, moment: datetime) -> datetime:
        return moment - timedelta(seconds=moment.timestamp() % self.period.total_seconds())
