"""What the checks of Reachability Analyzer share: what is asked for each flow, and what AWS answered."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from runbook_lib.checks.base import Meta, Settings
from runbook_lib.checks.path.cited import path_words
from runbook_lib.checks.path.common import TRACED, Flow, Traced, each_flow
from runbook_lib.model.analysis_plan import AnalysisPlan, PlannedAnalysis, SourceInterface
from runbook_lib.model.analyzer import Analyzer
from runbook_lib.model.finding import Finding
from runbook_lib.model.functions import FunctionConfiguration
from runbook_lib.model.insights import AnalysisStatus, NetworkInsightsAnalysis, NetworkInsightsPath
from runbook_lib.network.insights.answered import answer_to
from runbook_lib.network.insights.compare import Comparison, compare, found_by_aws
from runbook_lib.network.insights.explanations import plain
from runbook_lib.network.insights.plan import whole
from runbook_lib.network.insights.same import same_things
from runbook_lib.network.path import tracer_of
from runbook_lib.network.view import View

__all__ = ["ANALYSED", "PLANNED", "Asked", "asked_about", "each_asked", "plan_for"]

PLANNED = (*TRACED, FunctionConfiguration.KEY)
"""The snapshot keys that planning analyses may read."""

ANALYSED = (*PLANNED, NetworkInsightsAnalysis.KEY, NetworkInsightsPath.KEY)
"""The snapshot keys that judging analyses may read."""

_NO_WAY: Mapping[str, Any] = {"verdict": "unknown", "hops": (), "blocked_by": ()}
_NO_ANSWER: dict[str, Any] = {"verdict": "unknown", "forward": _NO_WAY, "return": _NO_WAY}

_HOW = "run the runbook reachability_analyzer and give its parameter consent"


@dataclass(frozen=True, slots=True)
class Asked:
    """One flow, the interface where an analysis of it starts, and the analysis planned: None without an interface."""

    traced: Traced
    analyzer: Analyzer
    source: SourceInterface
    planned: PlannedAnalysis | None

    @property
    def view(self) -> View:
        """The facts."""
        return self.traced.view

    @property
    def analysis(self) -> NetworkInsightsAnalysis | None:
        """AWS's analysis of the whole path, None when there is none."""
        return answer_to(self.view, self.planned) if self.planned else None

    @property
    def answer(self) -> dict[str, Any]:
        """The kit's own answer to the very question that AWS is asked; it has none about the way to a component.

        Raises FactMissing.
        """
        if self.planned is None:
            return {}
        if self.traced.flow.is_component:
            return _NO_ANSWER
        flow = self.traced.flow.question(self.view)
        asked = replace(flow, source=self.planned.source, to=self.planned.address or flow.to, groups=())
        return tracer_of(self.view).trace(replace(asked, is_ipv4_only=False))

    def label(self, id_: str) -> str:
        """What people call a component."""
        return path_words(self.view, [{"id": id_}])

    def comparison(self, analysis: NetworkInsightsAnalysis) -> Comparison:
        """The kit's answer beside an analysis of the whole path."""
        is_wide = self.planned is not None and self.planned.address is None
        return compare(self.answer, analysis, same_things(self.view), self.label, any_address=is_wide)

    def undecided(self, meta: Meta) -> Finding | None:
        """The UNKNOWN finding when AWS has given no verdict on the network, which says what would bring one."""
        code, said = self.missing
        if not code:
            return None
        cited = [self.analysis.cite("Status")] if self.analysis else []
        told = f"{self.traced.words}: {said}."
        return meta.unknown(self.traced.subnet, told, *cited, code=code, scope=self.traced.flow.scope)

    @property
    def missing(self) -> tuple[str, str]:
        """Why AWS has given no verdict on the network, as a code and a clause; both empty when it has."""
        if self.planned is None:
            return "NO_INTERFACE", self.source.text.rstrip(".")
        analysis = self.analysis
        if analysis is None:
            return self._unasked(self.planned)
        if analysis.status is AnalysisStatus.RUNNING:
            return "STILL_RUNNING", f"{analysis.id} was still running when it was last looked at"
        if analysis.status is AnalysisStatus.FAILED:
            why = analysis.status_message.rstrip(".") or "AWS gives no reason"
            return "ANALYSIS_FAILED", f"{analysis.id} failed, which says nothing about the network: {why}"
        if found_by_aws(analysis) == "unknown":
            limits = [plain(item, self.label) for item in analysis.explanations]
            return limits[0].code, f"AWS cannot analyse it: {'; '.join(item.said for item in limits)}"
        return "", ""

    def _unasked(self, planned: PlannedAnalysis) -> tuple[str, str]:
        key = NetworkInsightsAnalysis.KEY
        gaps = [gap for gap in self.view.snapshot.gaps if gap.what in (key, f"{key}/{planned.text}")]
        if gaps:
            need = f"; allow {gaps[0].action} and run again" if gaps[0].action else ""
            return "NOT_ANALYSED", f"AWS gave no answer ({gaps[0].reason}){need}"
        if self.analyzer.consented:
            return "NOT_ANALYSED", "AWS gave no answer for the configuration as it is now; run again"
        return "NOT_AGREED", f"AWS was not asked; to agree, {self.analyzer.how_to_consent or _HOW}"


Judge = Callable[[Asked], Iterable[Finding]]


def each_asked(meta: Meta, view: View, settings: Settings, judge: Judge) -> Iterator[Finding]:
    """Judge every flow of the target. Raises UsageError for one that Reachability Analyzer cannot be asked about."""
    return each_flow(meta, view, settings, lambda traced: judge(asked_about(traced, settings)))


def asked_about(traced: Traced, settings: Settings) -> Asked:
    """What AWS is asked about a flow.

    Raises FactMissing where the facts do not tell, UsageError for what cannot be asked.
    """
    plan, subnet_id = plan_for(traced.view, settings, traced.flow), traced.flow.subnet_id
    source = next(item for item in plan.sources if item.subnet_id == subnet_id)
    planned = next((item for item in plan.analyses if item.subnet_id == subnet_id), None)
    return Asked(traced, settings.analyzer or Analyzer(), source, planned)


def plan_for(view: View, settings: Settings, flow: Flow) -> AnalysisPlan:
    """The plan that a flow is part of, made once for all subnets of a function.

    Raises FactMissing where the facts do not tell, UsageError for what cannot be asked.
    """
    question = flow.question(view)
    function = _function_in(settings, flow)
    if function:
        question = replace(question, source=function, groups=(), is_ipv4_only=False)
    key = ("analysis plan", question)
    found = view.memo.get(key)
    if not isinstance(found, AnalysisPlan):
        found = view.memo[key] = whole(view, question)
    return found


def _function_in(settings: Settings, flow: Flow) -> str | None:
    kind = (flow.group_ids, flow.is_dual_stack)
    places = (item for item in settings.target.placements if (item.group_ids, item.ipv6_dual_stack) == kind)
    return next((item.functions[0] for item in places if item.functions and flow.subnet_id in item.subnet_ids), None)
