"""Metrics of the target as panels of a figure: which are shown, in which words, against which limit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from runbook_lib.checks.base import Settings
from runbook_lib.checks.nat.gateways import uses_of
from runbook_lib.checks.nat.measured import measured
from runbook_lib.errors import FactMissing, unknown_name
from runbook_lib.invocations.capacity import Capacity
from runbook_lib.model.gateways import NatGateway
from runbook_lib.model.interfaces import Function
from runbook_lib.model.kinds import action_of
from runbook_lib.model.observations import MetricSeries
from runbook_lib.model.window import Window
from runbook_lib.network.view import View
from runbook_lib.render.metric_figure import Curve, Panel

__all__ = ["OF_FUNCTION", "Gateways", "fullest_of", "gateways_of", "panel_of", "window_read"]

_GATEWAYS = 4
_IDLE = "CloudWatch has no value here, as when the function does not run."
_OWED = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class _Sort:
    """How a metric is shown: in words, what its values are multiplied by, its limit, and what else shares its panel.

    `total` is the word for the sum of its values, empty where the peak says more. `is_fault` is True where anything
    above zero is a failure.
    """

    words: str
    total: str = ""
    unit: str = ""
    factor: float = 1
    limit: float | None = None
    limit_words: str = ""
    beside: tuple[str, str] = ("", "")
    is_fault: bool = False


_NAT: Mapping[str, _Sort] = {
    "ErrorPortAllocation": _Sort("Connections refused for want of a port", total="in all", is_fault=True),
    "ActiveConnectionCount": _Sort("Connections held at once"),
    "ConnectionAttemptCount": _Sort(
        "Connections attempted and established", total="attempted", beside=("ConnectionEstablishedCount", "established")
    ),
    "PacketsDropCount": _Sort("Packets dropped", total="in all"),
    "IdleTimeoutCount": _Sort("Connections idle for 350 s, then forgotten", total="in all"),
    "PeakBytesPerSecond": _Sort("Bandwidth", unit=" Gbit/s", factor=8e-9, limit=100, limit_words="100 Gbit/s"),
    "PeakPacketsPerSecond": _Sort(
        "Packets per second", limit=10e6, limit_words="10 million packets per second and NAT gateway"
    ),
}
_LAMBDA: Mapping[str, _Sort] = {
    "ConcurrentExecutions": _Sort("Invocations at once"),
    "Errors": _Sort("Invocations that Lambda counts as errors", total="in all"),
    "Throttles": _Sort("Invocations throttled", total="in all", is_fault=True),
}


OF_FUNCTION = frozenset(_LAMBDA)
"""The metrics of the function; the others are those of NAT gateways."""


@dataclass(frozen=True, slots=True)
class Gateways:
    """The NAT gateways of a target that are there, those that carry what is asked about first.

    `none_because` says why there is none, and that it may only not be known.
    """

    listed: tuple[NatGateway, ...]
    none_because: str = ""

    @property
    def names(self) -> str:
        """Their names for a title."""
        return ", ".join(nat.name or nat.id for nat in self.listed) or "No NAT gateway"


def gateways_of(view: View, settings: Settings) -> Gateways:
    """The NAT gateways that the target uses."""
    uses = uses_of(view, settings)
    found = [view.find(NatGateway, use.nat_id) for use in sorted(uses.gateways, key=lambda use: not use.is_carrying)]
    listed = tuple(nat for nat in found if nat is not None)
    if listed:
        return Gateways(listed)
    if uses.gaps:
        return Gateways((), f"Which NAT gateway is used is not known: {_not_read(uses.gaps[0][1])}")
    if found:
        return Gateways((), "The NAT gateway that is routed to is not there.")
    return Gateways((), "No NAT gateway is used.")


def fullest_of(view: View, gateways: Gateways) -> tuple[NatGateway | None, float | None]:
    """The NAT gateway that held the most connections for its ports, and how many; None where that was not read."""
    held: list[tuple[float, NatGateway, float]] = []
    for nat in gateways.listed:
        try:
            peak = measured(view, nat, "ActiveConnectionCount").peak
        except FactMissing:
            continue
        held.append((peak / Capacity(addresses=max(nat.capacity_addresses, 1)).ports, nat, peak))
    if not held:
        return (gateways.listed[0] if gateways.listed else None), None
    _, nat, peak = max(held, key=lambda item: item[0])
    return nat, peak


def panel_of(view: View, metric: str, gateways: Gateways, function: Function | None, limit: int | None) -> Panel:
    """The panel of a metric of the NAT gateways, or of the function; `limit` is what it may run at once.

    UsageError for a metric that is not among those shown.
    """
    if metric in _LAMBDA:
        return _of_function(view, metric, function, limit)
    if metric not in _NAT:
        raise unknown_name("metric", metric, (*_NAT, *_LAMBDA))
    return _of_gateways(view, metric, gateways)


def window_read(view: View) -> Window | None:
    """The window over which metrics were read, None when none were."""
    series = tuple(view.snapshot.all(MetricSeries))
    if not series:
        return None
    return Window(start=min(item.start for item in series), end=max(item.end for item in series))


def _of_gateways(view: View, metric: str, gateways: Gateways) -> Panel:
    sort = _NAT[metric]
    if not gateways.listed:
        return Panel(title=sort.words, metric=metric, empty=gateways.none_because)
    curves, gaps = _curves(view, metric, gateways)
    ports = [Capacity(addresses=nat.capacity_addresses).ports for nat in gateways.listed if nat.capacity_addresses]
    limit, words = sort.limit, sort.limit_words
    more = f", of the first {_GATEWAYS} NAT gateways" if len(gateways.listed) > _GATEWAYS else ""
    if metric == "ActiveConnectionCount" and ports:
        limit, words = min(ports), f"{min(ports):,} to one destination"
    return Panel(
        title=sort.words,
        metric=metric,
        curves=curves,
        said=_said(curves, sort) + more,
        limit=limit,
        limit_words=words,
        empty="" if curves else "; ".join(gaps),
        is_bad=sort.is_fault and any(value for curve in curves for _, value in curve.points),
    )


def _curves(view: View, metric: str, gateways: Gateways) -> tuple[list[Curve], list[str]]:
    """The curves of the first gateways, and why some could not be drawn."""
    sort = _NAT[metric]
    curves: list[Curve] = []
    gaps: list[str] = []
    for rank, nat in enumerate(gateways.listed[:_GATEWAYS]):
        for kind, (name, word) in enumerate(part for part in ((metric, sort.total), sort.beside) if part[0]):
            try:
                found = measured(view, nat, name)
            except FactMissing as gap:
                gaps.append(_not_read(gap))
                continue
            parts = (nat.name or nat.id if len(gateways.listed) > 1 else "", word if sort.beside[0] else "")
            for series in found.series:
                named = (" ".join(part for part in parts if part) + found.zone(series)).strip()
                has_gaps = found.gap is not None
                curves.append(_curve(series, named, rank, kind, sort.factor, has_gaps=has_gaps))
    return curves, list(dict.fromkeys(gaps))


def _of_function(view: View, metric: str, function: Function | None, limit: int | None) -> Panel:
    sort = _LAMBDA[metric]
    if function is None:
        return Panel(title=sort.words, metric=metric, empty="No function was picked.")
    own = (("FunctionName", function.id),)
    found = [s for s in view.snapshot.all(MetricSeries) if s.metric == metric and s.dimensions == own]
    if not found:
        return Panel(title=sort.words, metric=metric, empty=_not_read(FactMissing(metric, action_of(MetricSeries.KEY))))
    curves = [_curve(series, function.id, 0, 0, 1, has_gaps=False) for series in found]
    is_limited = metric == "ConcurrentExecutions" and limit is not None
    return Panel(
        title=sort.words,
        metric=metric,
        curves=curves,
        said=_said(curves, sort) if any(curve.points for curve in curves) else "",
        limit=limit if is_limited else None,
        limit_words=f"{limit:,} for this function" if is_limited else "",
        empty="" if any(curve.points for curve in curves) else _IDLE,
        is_bad=sort.is_fault and any(value for curve in curves for _, value in curve.points),
    )


def _curve(series: MetricSeries, name: str, rank: int, kind: int, factor: float, *, has_gaps: bool) -> Curve:
    points = tuple((moment, factor * value) for moment, value in zip(series.timestamps, series.values, strict=True))
    missing = tuple(_missing(series)) if has_gaps else ()
    period = timedelta(seconds=series.period_s)
    return Curve(name=name, period=period, points=points, missing=missing, rank=rank, kind=kind)


def _missing(series: MetricSeries) -> Iterator[datetime]:
    """The periods without a value, the last minutes left out, which CloudWatch may still owe."""
    there = set(series.timestamps)
    moment, step = series.start, timedelta(seconds=series.period_s)
    while moment < series.end - _OWED:
        if moment not in there:
            yield moment.astimezone(UTC)
        moment += step


def _said(curves: Sequence[Curve], sort: _Sort) -> str:
    """The sum over the window, or the peak."""
    if sort.total:
        sums = [sum(value for curve in curves if curve.kind == kind for _, value in curve.points) for kind in (0, 1)]
        beside = f", {sort.beside[1]} {sums[1]:,.0f}" if sort.beside[0] else ""
        return f"{sums[0]:,.0f}{beside}" if beside else f"{sums[0]:,.0f} {sort.total}"
    peak = max((value for curve in curves for _, value in curve.points), default=0.0)
    return f"at most {peak:,.3g}{sort.unit}" if sort.unit else f"at most {peak:,.0f}"


def _not_read(gap: FactMissing) -> str:
    need = f" (it needs {' and '.join(gap.actions)})" if gap.actions else ""
    return f"{gap.what} could not be read{need}"
