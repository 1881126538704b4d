"""The analysis among the facts that answers what was planned."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from runbook_lib.model.analysis_plan import PlannedAnalysis
from runbook_lib.model.fact import Raw
from runbook_lib.model.insights import (
    AnalysisStatus,
    NetworkInsightsAnalysis,
    NetworkInsightsPath,
    PathTag,
    is_the_first,
    moment_of,
)
from runbook_lib.network.view import View

__all__ = ["answer_to"]

_SKEW = timedelta(minutes=5)
"""How far the clock of this computer and that of AWS may differ."""


def answer_to(view: View, planned: PlannedAnalysis) -> NetworkInsightsAnalysis | None:
    """The newest analysis of the very path that was planned, one that succeeded before all others; None when none is.

    An analysis counts when it was started with a path that says in a tag that it is about the configuration as it is
    now, or since that was read: any other may be about a network that has changed. One that was told to lead through
    some components, or around them, answers another question.
    """
    wanted, since = _question(planned.request), view.snapshot.collected_at - _SKEW
    asked = {path.id: path for path in view.snapshot.all(NetworkInsightsPath) if _question(path.raw) == wanted}
    found = [
        item
        for item in view.snapshot.all(NetworkInsightsAnalysis)
        if item.path_id in asked
        and not (item.raw.get("FilterInArns") or item.raw.get("FilterOutArns"))
        and (_is_about(asked[item.path_id], item, planned) or _started(item) >= since)
    ]
    return max(found, key=_newest, default=None)


def _newest(analysis: NetworkInsightsAnalysis) -> tuple[bool, datetime, str]:
    return (analysis.status is AnalysisStatus.SUCCEEDED, _started(analysis), analysis.id)


def _started(analysis: NetworkInsightsAnalysis) -> datetime:
    """When it was started; the beginning of time when AWS does not say."""
    return moment_of(analysis.raw, "StartDate") or datetime.min.replace(tzinfo=UTC)


def _is_about(path: NetworkInsightsPath, analysis: NetworkInsightsAnalysis, planned: PlannedAnalysis) -> bool:
    is_same = planned.fingerprint is not None and path.tag(PathTag.FINGERPRINT) == planned.fingerprint
    return is_same and is_the_first(path.raw, analysis.raw)


def _question(raw: Raw) -> tuple[Any, ...]:
    """What a path asks; ids and ARNs of a resource are the same."""
    ends = (str(raw.get(key) or "").rpartition("/")[2] for key in ("Source", "Destination"))
    filters = (_filter(raw.get(key) or {}) for key in ("FilterAtSource", "FilterAtDestination"))
    return (*ends, str(raw["Protocol"]).lower(), *filters)


def _filter(raw: Raw) -> dict[str, Any]:
    ranges = {key: (raw[key].get("FromPort"), raw[key].get("ToPort")) for key in raw if key.endswith("PortRange")}
    return {**{key: value for key, value in raw.items() if key not in ranges}, **ranges}
