"""The run of a runbook that looks at logs and metrics beside the configuration."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from runbook_lib.checks.base import Settings
from runbook_lib.checks.endpoints.common import GATEWAY_SERVICES
from runbook_lib.facade.logs import Load
from runbook_lib.facade.measuring import OF_FUNCTION, fullest_of, gateways_of, panel_of, window_read
from runbook_lib.facade.notebook import Run
from runbook_lib.facade.views import Shown
from runbook_lib.facade.watching import Watch, watch
from runbook_lib.facade.weighing import analysis_of_function, concurrency_limit
from runbook_lib.invocations.analysis import Analysis
from runbook_lib.invocations.base import Invocation, Outcome
from runbook_lib.invocations.timing import expected_failures
from runbook_lib.model.interfaces import Function
from runbook_lib.model.progress import Progress
from runbook_lib.model.result import RunResult
from runbook_lib.model.sdk import PRESETS
from runbook_lib.model.snapshot import Snapshot
from runbook_lib.render.invocation_tables import (
    burst_table,
    cause_table,
    cause_text,
    duration_table,
    invocation_table,
)
from runbook_lib.render.load_table import LoadAsked, load_table
from runbook_lib.widgets.load import LoadSliders
from runbook_lib.widgets.picker import Picker

__all__ = ["OBSERVING", "ObservedRun"]

OBSERVING = frozenset({"nat_gateway"})
"""The runbooks that look at logs and metrics."""

_USUAL = "boto3"
_NOT_TOLD = f"with the defaults of {_USUAL}, since nobody told how this function calls"
_NO_LOG = "A log belongs to one function. Pick a function instead of a VPC to see its invocations."


class ObservedRun(Run):
    """A run that reads the log of the function and the metrics of its NAT gateways over a window of time."""

    _load = Load()
    _concurrency = 0
    _addresses = 0
    _watch = Watch()

    def pick(self, *, sdk: tuple[str, int] = ("", 0), load: tuple[int, int, int] = (0, 1, 0), **picked: Any) -> Picker:
        """Choose as in every run, and say how the function calls and how much.

        `sdk` is the name of an SDK and the number of addresses the destination resolves to, empty and 0 if not known.
        `load` is how many invocations run at once (0: as many as the log shows), the connections each holds, and the
        addresses of the NAT gateway (0: as many as it has).
        """
        self._concurrency, connections, self._addresses = load
        self._load = Load(connections=connections, sdk_name=sdk[0], addresses=sdk[1]).of(self._source)
        LoadAsked(concurrency=self._concurrency, connections=connections, addresses=self._addresses or 1)
        self._results.clear()
        return super().pick(**picked)

    def collect(
        self, *, since: str = "", until: str = "", max_log_events: int = 200_000, allow_logs_insights: bool = False
    ) -> Shown:
        """Read the facts, then the metrics and the log of the window, with progress."""
        self._watch = Watch(
            since=since, until=until, max_events=max_log_events, allow_logs_insights=allow_logs_insights
        )
        shown = super().collect()
        read = window_read(self._view)
        window = f" Looked at {read.start:%Y-%m-%d %H:%M} to {read.end:%Y-%m-%d %H:%M} UTC." if read else ""
        return Shown(f"{shown.text}{window}")

    def panels(self, *metrics: str) -> Any:
        """The figure of these metrics of the NAT gateways and the function, with the starts of failed invocations."""
        from runbook_lib.render.metric_figure import metric_panels

        gateways = gateways_of(self._view, self._settings)
        function = self._function
        limit = concurrency_limit(self._view, function) if function else None
        panels = [panel_of(self._view, metric, gateways, function, limit) for metric in metrics]
        starts = (item.start for item in self._failures if item.start is not None)
        window = window_read(self._view)
        when = f", {window.start:%H:%M} to {window.end:%H:%M} UTC" if window else ""
        name = function.id if function and set(metrics) <= OF_FUNCTION else gateways.names
        return metric_panels(f"{name}{when}", panels, window, starts)

    def timeline(self) -> Any:
        """The figure of the invocations from start to end, or why there is none."""
        from runbook_lib.render.invocation_figures import timeline

        analysis = self._analysis
        placed = [item for item in analysis.invocations if item.start] if analysis else []
        return timeline(placed) if placed else _without(analysis)

    def invocations(self) -> Any:
        """The table of the invocations, or why there is none."""
        analysis = self._analysis
        return invocation_table(analysis.invocations) if analysis and analysis.invocations else _without(analysis)

    def by_rank(self) -> Any:
        """The figure of outcomes by rank of start within each burst, or why there is none."""
        from runbook_lib.render.invocation_figures import success_by_rank

        analysis = self._analysis
        several = analysis is not None and any(len(burst.invocations) > 1 for burst in analysis.bursts)
        if analysis is None or not analysis.invocations:
            return _without(analysis)
        return success_by_rank(analysis.bursts) if several else Shown("No two invocations started close together.")

    def pattern(self) -> Any:
        """The bursts, the pattern over all of them, and how it was decided."""
        analysis = self._analysis
        return burst_table(analysis) if analysis and analysis.invocations else _without(analysis)

    def durations(self) -> Any:
        """How long failures take by their cause, and which of them the failures seen fit."""
        function = self._function
        if function is None:
            return Shown(_NO_LOG)
        expected = expected_failures(self._load.sdk or PRESETS[_USUAL], function.timeout_s)
        told = f"with {self._load.sdk_name or _USUAL}" if self._load.sdk else _NOT_TOLD
        return duration_table(self._failures, expected, told)

    def causes(self) -> Shown:
        """Every cause with what speaks for and against it, best supported first."""
        analysis = self._analysis
        if analysis is None:
            return Shown(_NO_LOG)
        listed = [item.to_json() for item in analysis.hypotheses]
        return Shown(cause_text(analysis.conclusion, listed), cause_table(analysis.conclusion, listed)._repr_html_())

    def load(self) -> LoadSliders:
        """What a load asks of the NAT gateway: sliders in JupyterLab, the table for the parameters headless."""
        gateways = gateways_of(self._view, self._settings)
        nat, held = fullest_of(self._view, gateways)
        seen = max((burst.peak_concurrency for burst in self._analysis.bursts), default=1) if self._analysis else 1
        asked = LoadAsked(
            concurrency=self._concurrency or seen,
            connections=self._load.connections,
            addresses=self._addresses or (nat.capacity_addresses if nat else 0) or 1,
        )
        name = (nat.name or nat.id) if nat else "the NAT gateway"
        return LoadSliders(asked, lambda load: load_table(load, held, name), alive=self._staging is None)

    def verdict(self, *, fail_on: str = "medium") -> Shown:
        """The verdict and the counts, and below them what the causes come to."""
        shown = super().verdict(fail_on=fail_on)
        said = self._analysis.conclusion if self._analysis else "not looked at, since no function was picked."
        return replace(shown, text=f"{shown.text}\nInvocations: {said}")

    def _observed(self, snapshot: Snapshot, progress: Progress) -> Snapshot:
        return watch(self._source, snapshot, self._settings_on(snapshot), self._watch, progress=progress)

    def _settings_on(self, snapshot: Snapshot) -> Settings:
        settings = super()._settings_on(snapshot)
        asked = tuple(name for name in settings.destinations if name in GATEWAY_SERVICES)
        return replace(
            settings,
            services=asked if settings.destinations else settings.services,
            concurrency=self._concurrency,
            connections_per_invocation=self._load.connections,
            sdk=self._load.sdk,
        )

    @property
    def _parameters(self) -> dict[str, Any]:
        return {
            **super()._parameters,
            "since": self._watch.since,
            "until": self._watch.until,
            "sdk": self._load.sdk_name,
            "resolved_addresses": self._load.addresses,
            "concurrency": self._concurrency,
            "connections_per_invocation": self._load.connections,
            "nat_addresses": self._addresses,
            "max_log_events": self._watch.max_events,
            "allow_logs_insights": self._watch.allow_logs_insights,
        }

    @property
    def _result(self) -> RunResult:
        analysis = self._analysis
        listed = tuple(item.to_json() for item in analysis.hypotheses) if analysis else ()
        return replace(super()._result, hypotheses=listed)

    @property
    def _function(self) -> Function | None:
        """The function that is looked at; None for a VPC."""
        target = self._settings.target
        return self._view.find(Function, target.name) if target.kind == "function" else None

    @property
    def _analysis(self) -> Analysis | None:
        """What the log of the function says, found once per pick; None where there is no function."""
        function, settings = self._function, self._settings
        if function is None:
            return None
        key = ("analysis", settings)
        found = self._view.memo.get(key)
        if not isinstance(found, Analysis):
            found = self._view.memo[key] = analysis_of_function(self._view, settings, function)
        return found

    @property
    def _failures(self) -> list[Invocation]:
        analysis = self._analysis
        return [item for item in analysis.invocations if item.outcome is Outcome.FAILURE] if analysis else []


def _without(analysis: Analysis | None) -> Shown:
    """Why there are no invocations to show."""
    if analysis is None:
        return Shown(_NO_LOG)
    if analysis.gaps:
        return Shown("\n".join(["No invocation was seen, which does not mean that there was none:", *analysis.gaps]))
    return Shown("The log of the window holds no invocation.")
