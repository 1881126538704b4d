"""The analysis among the facts that answers what was planned."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from runbook_lib.model.analysis_plan import PlannedAnalysis
from runbook_lib.model.fact import Raw, tags
from runbook_lib.model.insights import AnalysisStatus, NetworkInsightsAnalysis, NetworkInsightsPath, PathTag
from runbook_lib.network.view import View

__all__ = ["answer_to"]

_SKEW = timedelta(minutes=5)
"""How far the clock of this computer and that of AWS may differ."""


def answer_to(view: View, planned: PlannedAnalysis) -> NetworkInsightsAnalysis | None:
    """The newest analysis of the very path that was planned, one that succeeded before all others; None when none is.

    An analysis counts when its path says in a tag that it was about the configuration as it is now, or when it was
    started since that was read: any other may be about a network that has changed.
    """
    wanted, since = _question(planned.request), view.snapshot.collected_at - _SKEW
    asked = {path.id: path for path in view.snapshot.all(NetworkInsightsPath) if _question(path.raw) == wanted}
    found = [
        item
        for item in view.snapshot.all(NetworkInsightsAnalysis)
        if item.path_id in asked and (_is_about(asked[item.path_id], planned) or _started(item) >= since)
    ]
    return max(found, key=_newest, default=None)


def _newest(analysis: NetworkInsightsAnalysis) -> tuple[bool, datetime, str]:
    return (analysis.status is AnalysisStatus.SUCCEEDED, _started(analysis), analysis.id)


def _started(analysis: NetworkInsightsAnalysis) -> datetime:
    """When it was started; the beginning of time when AWS does not say."""
    told = analysis.raw.get("StartDate")
    if not told:
        return datetime.min.replace(tzinfo=UTC)
    moment = datetime.fromisoformat(str(told))
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _is_about(path: NetworkInsightsPath, planned: PlannedAnalysis) -> bool:
    return planned.fingerprint is not None and tags(path.raw).get(PathTag.FINGERPRINT) == planned.fingerprint


def _question(raw: Raw) -> tuple[Any, ...]:
    """What a path asks; ids and ARNs of a resource are the same."""
    ends = (str(raw.get(key) or "").rpartition("/")[2] for key in ("Source", "Destination"))
    filters = (_filter(raw.get(key) or {}) for key in ("FilterAtSource", "FilterAtDestination"))
    return (*ends, str(raw["Protocol"]).lower(), *filters)


def _filter(raw: Raw) -> dict[str, Any]:
    ranges = {key: (raw[key].get("FromPort"), raw[key].get("ToPort")) for key in raw if key.endswith("PortRange")}
    return {**{key: value for key, value in raw.items() if key not in ranges}, **ranges}
