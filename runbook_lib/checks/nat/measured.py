"""What a NAT gateway counted over the window: its metrics, and whether every minute of them was read.

CloudWatch publishes every metric of a NAT gateway each minute, zero included: a minute without a value is a gap, never
a zero. Sources: https://docs.aws.amazon.com/vpc/latest/userguide/vpc-nat-gateway-cloudwatch.html and
https://docs.aws.amazon.com/vpc/latest/userguide/metrics-dimensions-nat-gateway.html (read 2026-11-21)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from runbook_lib.checks.base import Meta, Settings
from runbook_lib.checks.nat.gateways import Use, each_use
from runbook_lib.checks.path.common import TRACED
from runbook_lib.errors import FactMissing
from runbook_lib.model.finding import Evidence, Finding
from runbook_lib.model.gateways import NatGateway
from runbook_lib.model.kinds import action_of
from runbook_lib.model.observations import MetricSeries
from runbook_lib.network.view import View

__all__ = ["MEASURED", "Measured", "each_gateway", "measured", "monthly_cost", "near"]

MEASURED = (*TRACED, MetricSeries.KEY)
"""The snapshot keys that a check of metrics may read."""

_OWED = timedelta(minutes=5)
_USD_PER_GB = 0.045
_GB = 2**30
_MONTH = timedelta(days=30)
_DIMENSION = "NatGatewayId"
_ZONE = "AvailabilityZone"


@dataclass(frozen=True, slots=True)
class Measured:
    """One metric of a NAT gateway: one series, of a regional one a series per Availability Zone.

    `gap` is None when every minute has a value, else what is missing.
    """

    metric: str
    series: tuple[MetricSeries, ...]
    gap: FactMissing | None

    @property
    def total(self) -> float:
        """The sum of all values."""
        return sum(sum(series.values) for series in self.series)

    @property
    def peak(self) -> float:
        """The largest value; 0 without any."""
        return max((value for series in self.series for value in series.values), default=0.0)

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """Every value read."""
        return tuple(series.cite("Values") for series in self.series)

    @property
    def window(self) -> str:
        """The window for a sentence."""
        start = min(series.start for series in self.series).astimezone(UTC)
        end = max(series.end for series in self.series).astimezone(UTC)
        day = "%H:%M" if start.date() == end.date() else "%Y-%m-%d %H:%M"
        return f"from {start:%Y-%m-%d %H:%M} to {end.strftime(day)} UTC"

    @property
    def length(self) -> timedelta:
        """How long the window is."""
        return max(series.end for series in self.series) - min(series.start for series in self.series)

    def zone(self, series: MetricSeries) -> str:
        """` in <zone>` for a series of one zone, else nothing."""
        zone = dict(series.dimensions).get(_ZONE)
        return f" in {zone}" if zone else ""

    def whole(self) -> Measured:
        """The same when nothing is missing. Raises FactMissing otherwise."""
        if self.gap is not None:
            raise self.gap
        return self


def each_gateway(
    meta: Meta, view: View, settings: Settings, judge: Callable[[NatGateway, Use], Iterable[Finding]]
) -> Iterator[Finding]:
    """Judge every NAT gateway of the target that is available: only such a one has metrics."""

    def of_use(use: Use) -> Iterator[Finding]:
        is_gone = view.find(NatGateway, use.nat_id) is None and any(route.is_blackhole for _, route in use.routes)
        if is_gone:
            view.need(NatGateway, use.routes[0][0].scope)
        if is_gone or (nat := view.nat_gateway(use.nat_id)).state != "available":
            said = f"{use.nat_id} is not in service and counts nothing; see NAT001."
            yield meta.not_applicable(view.ref(NatGateway, use.nat_id), said)
            return
        yield from judge(nat, use)

    return each_use(meta, view, settings, of_use)


def measured(view: View, nat: NatGateway, metric: str) -> Measured:
    """A metric of a NAT gateway. Raises FactMissing when nothing of it was read."""
    listed = [item for item in view.snapshot.all(MetricSeries) if item.metric == metric and item.is_standard]
    wanted = _dimensions(nat)
    series = tuple(item for item in listed if item.dimensions in wanted)
    if not series:
        raise FactMissing(f"{metric} of {nat.id}", action_of(MetricSeries.KEY))
    lacking = [dict(one)[_ZONE] for one in wanted if one not in {item.dimensions for item in series}]
    words = [f"{metric} of {nat.id} in {zone}" for zone in lacking]
    words += [f"every minute of {metric} of {nat.id} ({said})" for item in series if (said := _lack(view, nat, item))]
    gap = FactMissing(" and ".join(words), action_of(MetricSeries.KEY)) if words else None
    return Measured(metric, tuple(sorted(series, key=lambda item: item.dimensions)), gap)


def near(value: float, limit: float) -> bool:
    """Whether a value has reached 90 percent of a limit; AWS names no such share, it is the kit's."""
    return 10 * value >= 9 * limit


def monthly_cost(view: View, nat: NatGateway) -> tuple[str, tuple[Evidence, ...]]:
    """What processing costs a month at most, as a clause starting with `; `, and the metrics behind it.

    An upper bound for one destination: all bytes between the NAT gateway and the outside, scaled to 30 days. The price
    is that of us-east-1: https://aws.amazon.com/vpc/pricing/ (read 2026-11-21)
    """
    try:
        carried = [measured(view, nat, name).whole() for name in ("BytesOutToDestination", "BytesInFromDestination")]
    except FactMissing:
        return "; what it carries was not measured", ()
    gigabytes = sum(item.total for item in carried) / _GB
    usd = gigabytes * (_MONTH / carried[0].length) * _USD_PER_GB
    said = (
        f"; it carried {gigabytes:,.2f} GB {carried[0].window}, about {usd:,.2f} USD a month at most for processing "
        f"(at {_USD_PER_GB} USD per GB, the price of us-east-1)"
    )
    return said, tuple(evidence for item in carried for evidence in item.evidence)


def _dimensions(nat: NatGateway) -> list[tuple[tuple[str, str], ...]]:
    """The dimensions under which it reports, sorted as a series keeps them. Raises FactMissing without any zone."""
    if not nat.is_regional:
        return [((_DIMENSION, nat.id),)]
    zones = sorted({address.az for address in nat.addresses if address.az})
    if not zones:
        raise FactMissing(f"the Availability Zones of {nat.id}", action_of(NatGateway.KEY))
    return [((_ZONE, zone), (_DIMENSION, nat.id)) for zone in zones]


def _lack(view: View, nat: NatGateway, series: MetricSeries) -> str:
    """What a series lacks, for a sentence; empty when it is whole.

    Not counted are the last minutes, which CloudWatch may still owe, and those before the NAT gateway was created.
    """
    if not series.is_complete:
        return "the answer was cut short"
    settled = min(series.end, view.snapshot.collected_at - _OWED)
    created = _created(nat)
    born = min([created, *series.timestamps[:1]]) if created else series.start
    step = timedelta(seconds=series.period_s)
    whole = int((settled - series.start) // step)
    asked = [moment for n in range(whole) if (moment := series.start + n * step) >= born]
    if not asked:
        return "none is settled yet"
    lacking = len(set(asked) - set(series.timestamps))
    return f"{lacking} of {len(asked)} missing" if lacking else ""


def _created(nat: NatGateway) -> datetime | None:
    """When it was created, or None when that was not told."""
    told = nat.raw.get("CreateTime")
    if not told:
        return None
    moment = told if isinstance(told, datetime) else datetime.fromisoformat(str(told))
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
