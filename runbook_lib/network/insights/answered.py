"""The analysis among the facts that answers what was planned."""

from __future__ import annotations

from typing import Any

from runbook_lib.model.analysis_plan import PlannedAnalysis
from runbook_lib.model.fact import Raw, tags
from runbook_lib.model.insights import AnalysisStatus, NetworkInsightsAnalysis, NetworkInsightsPath, PathTag
from runbook_lib.network.view import View

__all__ = ["answer_to"]


def answer_to(view: View, planned: PlannedAnalysis) -> NetworkInsightsAnalysis | None:
    """The newest analysis of the very path that was planned, one that succeeded before all others; None when none is.

    A path that says in its tag that it was asked about another configuration does not count.
    """
    paths = {path.id for path in view.snapshot.all(NetworkInsightsPath) if _is_asked(path, planned)}
    found = [item for item in view.snapshot.all(NetworkInsightsAnalysis) if item.path_id in paths]
    return max(found, key=_newest, default=None)


def _newest(analysis: NetworkInsightsAnalysis) -> tuple[bool, str, str]:
    return (analysis.status is AnalysisStatus.SUCCEEDED, str(analysis.raw.get("StartDate") or ""), analysis.id)


def _is_asked(path: NetworkInsightsPath, planned: PlannedAnalysis) -> bool:
    then = tags(path.raw).get(PathTag.FINGERPRINT)
    is_old = then is not None and planned.fingerprint is not None and then != planned.fingerprint
    return not is_old and _question(path.raw) == _question(planned.request)


def _question(raw: Raw) -> tuple[Any, ...]:
    """What a path asks; ids and ARNs of a resource are the same."""
    ends = (str(raw.get(key) or "").rpartition("/")[2] for key in ("Source", "Destination"))
    filters = (_filter(raw.get(key) or {}) for key in ("FilterAtSource", "FilterAtDestination"))
    return (*ends, str(raw["Protocol"]).lower(), *filters)


def _filter(raw: Raw) -> dict[str, Any]:
    ranges = {key: (raw[key].get("FromPort"), raw[key].get("ToPort")) for key in raw if key.endswith("PortRange")}
    return {**{key: value for key, value in raw.items() if key not in ranges}, **ranges}
