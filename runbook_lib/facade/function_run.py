"""The run about a function's own configuration: what it may take, what it took, who calls it, what it may do."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from runbook_lib.checks.base import Settings
from runbook_lib.checks.function.common import timeout_of
from runbook_lib.checks.path.common import TRACED
from runbook_lib.errors import FactMissing, UsageError
from runbook_lib.facade.limits import Subject, gauges
from runbook_lib.facade.measuring import window_read
from runbook_lib.facade.observed_run import ObservedRun
from runbook_lib.facade.simulating import with_simulations
from runbook_lib.facade.source_code import with_source
from runbook_lib.facade.views import Shown
from runbook_lib.invocations.base import Invocation, Outcome
from runbook_lib.invocations.growth import growth
from runbook_lib.model.progress import Progress
from runbook_lib.model.snapshot import Snapshot
from runbook_lib.model.status import Status
from runbook_lib.parameters import parameters_of
from runbook_lib.render.claims_table import claims_table
from runbook_lib.render.limits_table import limits_table
from runbook_lib.render.tables import Table
from runbook_lib.triage.claims import READ, claims_about
from runbook_lib.widgets.picker import Picker

__all__ = ["FunctionRun", "require_patience"]

_NO_FUNCTION = "No single function is looked at. Pick one: its configuration, its log and its metrics are its own."


class FunctionRun(ObservedRun):
    """A run that holds the configuration of one function against its log, its metrics and whatever it is tied to."""

    _caller_timeout_s = 0.0
    _source_dir = ""

    def pick(
        self,
        *,
        sdk: tuple[str, int] = ("", 0),
        load: tuple[int, int, float] = (0, 1, 0.0),
        **picked: Any,
    ) -> Picker:
        """Choose the function and say what it uses, how it calls, and what is asked of it.

        `load` is how many invocations run at once (0: as many as the log shows), the connections each keeps, and the
        seconds its caller waits (0: not told). UsageError for a wait below 0.
        """
        concurrency, connections, self._caller_timeout_s = load
        require_patience(self._caller_timeout_s)
        return super().pick(sdk=sdk, load=(concurrency, connections, 0), **picked)

    def collect(self, *, since: str = "", until: str = "", source_dir: str = "", **more: Any) -> Shown:
        """Read the facts, the log and the metrics of the window and, where a folder is named, the source code."""
        self._source_dir = source_dir
        return super().collect(since=since, until=until, **more)

    def ask(self, *check_ids: str) -> Shown:
        """What these checks found; one sentence where none of them applies for one and the same reason."""
        found = [finding for finding in self._result.findings if finding.check_id in check_ids]
        said = {finding.message for finding in found}
        if len(found) > 1 and len(said) == 1 and found[0].status is Status.NOT_APPLICABLE:
            return Shown(said.pop())
        return super().ask(*check_ids)

    def limits(self) -> Any:
        """The table of every limit of the function beside the most that was seen."""
        function = self._function
        if function is None:
            return Shown(_NO_FUNCTION)
        about = Subject(
            view=self._view,
            settings=self._settings,
            function=function,
            invocations=self._invocations,
            sdk_name=self._load.sdk_name,
        )
        window = window_read(self._view)
        when = f"{window.start:%Y-%m-%d %H:%M} to {window.end:%Y-%m-%d %H:%M} UTC" if window else ""
        return limits_table(function.id, gauges(about), when)

    def durations_over_time(self) -> Any:
        """The figure of how long each invocation took, with the Timeout, or why there is none."""
        from runbook_lib.render.duration_figure import durations_over_time

        function, seen = self._function, self._invocations
        if function is None or not any(item.start and item.duration_ms is not None for item in seen):
            return self.timeline()
        try:
            timeout_s: float | None = timeout_of(self._view, function)[0]
        except FactMissing:
            timeout_s = None
        points = [
            (item.start.timestamp(), item.duration_ms / 1000)
            for item in seen
            if item.start and item.duration_ms is not None and item.outcome is Outcome.SUCCESS
        ]
        return durations_over_time(seen, timeout_s, window=window_read(self._view), trend=growth(points))

    def claims(self, *topics: str) -> Table:
        """What is often read about such failures and does not hold; about these topics, all when none is named.

        ValueError for a topic that there is not.
        """
        told = ((c.topic.value, c.heard, c.standing.value, c.holds, c.sources) for c in claims_about(topics))
        return claims_table(told, READ)

    def _observed(self, snapshot: Snapshot, progress: Progress) -> Snapshot:
        sourced = with_source(snapshot, self._source_dir)
        asked = with_simulations(self._source, sourced, self._settings_on(sourced), progress)
        return super()._observed(asked, progress)

    def _settings_on(self, snapshot: Snapshot) -> Settings:
        return replace(
            super()._settings_on(snapshot),
            services=self._question.services,
            caller_timeout_s=self._caller_timeout_s,
        )

    @property
    def _keys(self) -> frozenset[str]:
        # The causes are held against the ways through the VPC too.
        return super()._keys | frozenset(TRACED)

    @property
    def _asked(self) -> str:
        return f"held against its own limits, triggers and permissions; it uses {', '.join(self._question.services)}"

    @property
    def _parameters(self) -> dict[str, Any]:
        known = {parameter.name for parameter in parameters_of(self._runbook)}
        told = {**super()._parameters, "caller_timeout_s": self._caller_timeout_s, "source_dir": self._source_dir}
        return {name: value for name, value in told.items() if name in known}

    @property
    def _invocations(self) -> tuple[Invocation, ...]:
        return self._analysis.invocations if self._analysis else ()


def require_patience(caller_timeout_s: float) -> None:
    """UsageError for a caller that waits less than no time."""
    if caller_timeout_s < 0:
        raise UsageError(f"caller_timeout_s must be 0 (not told) or more seconds, found {caller_timeout_s:g}")
