"""The run about idle connections: the devices of the path, the clients and their settings, and a lab to see it in."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from runbook_lib.checks.base import Settings
from runbook_lib.checks.keepalive.common import Idle, idle_of
from runbook_lib.errors import FactMissing, LabError
from runbook_lib.facade import views
from runbook_lib.facade.keepalive_calls import callee_of, is_file, read_caller_file, read_caller_group, with_calls
from runbook_lib.facade.keepalive_clients import ClientsAsked, with_clients
from runbook_lib.facade.keepalive_fixes import once
from runbook_lib.facade.lab_shown import lab_shown
from runbook_lib.facade.measuring import gateways_of, panel_of, window_read
from runbook_lib.facade.notebook import Run
from runbook_lib.facade.views import Shown
from runbook_lib.facade.watching import Watch, watch
from runbook_lib.invocations.callers import join
from runbook_lib.invocations.observed import observed
from runbook_lib.keepalive.verdict import USUAL_LIMIT_S, Judged, Safety
from runbook_lib.model.callers import CallerRequest
from runbook_lib.model.idle import Keepalive
from runbook_lib.model.interfaces import Function
from runbook_lib.model.keepalive import KeepaliveSubject
from runbook_lib.model.progress import Progress
from runbook_lib.model.snapshot import Snapshot
from runbook_lib.render.keepalive_figure import idle_timelines, worst_clients
from runbook_lib.render.keepalive_tables import calls_table, clients_table, devices_table
from runbook_lib.render.tables import Table
from runbook_lib.widgets.progress import notebook_bar

if TYPE_CHECKING:
    from runbook_lib.keepalive.device import Device

__all__ = ["KeepaliveRun"]

_NO_CLIENT = "No client is named. The parameter clients takes host, pid:<number>, and files or folders."
_NO_CALLS = "No log of a caller was given, or it tells of no call."
_TOLD = "told by hand"


class KeepaliveRun(Run):
    """A run that reads clients beside the network, and judges them by the idle limit of their path."""

    _told = ClientsAsked()
    _caller_log = ""
    _lab = (False, 3)
    _watch = Watch()

    def collect(
        self,
        *,
        clients: str = "",
        so_keepalive: str = "",
        idle_limit_s: float = 0.0,
        caller_log: str = "",
        since: str = "",
        until: str = "",
    ) -> Shown:
        """Read the facts of the network, the metrics of its NAT gateways over the window, and the clients.

        `clients` are words of `ClientsAsked`; what a saved snapshot holds of them counts when none is named. Beside
        `caller_log`, a file or a log group of a client that waits for a function, the log of that function is read.
        """
        asked = ClientsAsked(words=clients, so_keepalive=so_keepalive, idle_limit_s=idle_limit_s)
        self._told = asked.of(self._source.defaults)
        self._caller_log = caller_log or self._source.defaults.get("caller_log", "")
        self._watch = Watch(since=since, until=until)
        shown = super().collect()
        count = len(self._subjects)
        return Shown(f"{shown.text} {count} client{'' if count == 1 else 's'} to judge.")

    def devices(self) -> Table:
        """What forgets idle connections on the path, each with its limit."""
        idle = self._idle
        where = (f"{idle.told_s:g} s, {_TOLD}",) if idle.told_s is not None else idle.where
        return devices_table(idle.devices, where, idle.doubts)

    def clients(self) -> Any:
        """Every client with its settings, where each comes from, and whether it survives."""
        subjects = self._subjects
        return clients_table(self._judged, self._note) if subjects else Shown(_NO_CLIENT)

    def timelines(self) -> Any:
        """The figure of every client on an idle connection, or why there is none."""
        subjects, deaf = self._subjects, self._deaf
        if not subjects:
            return Shown(_NO_CLIENT)
        return Shown(_only_data(deaf)) if deaf else idle_timelines(subjects, self._limit_s, self._forgetting)

    def both_sides(self) -> Any:
        """Every call in the caller's log beside its invocation in the log of the function, or why there is none."""
        view, name = self._view, callee_of(self._view.snapshot)
        calls = [call for call in view.snapshot.all(CallerRequest) if call.function in (name or None, None)]
        function = view.find(Function, name or self._settings.target.name)
        if not calls or function is None:
            return Shown(_NO_CALLS if function else "The function that was called is not known.")
        try:
            seen = observed(view, function).invocations
        except FactMissing as gap:
            return Shown(f"{len(calls)} calls were seen, and {gap.what} could not be read.")
        return calls_table(join(calls, seen), function.id)

    def fixes(self) -> Shown:
        """The proposed changes, each tried on a copy of the facts; one that suits many clients is shown once."""
        return views.fixes(once(self._result.findings))

    def panels(self, *metrics: str) -> Any:
        """The figure of these metrics of the NAT gateways of the path."""
        from runbook_lib.render.metric_figure import metric_panels

        gateways = gateways_of(self._view, self._settings)
        panels = [panel_of(self._view, metric, gateways, None, None) for metric in metrics]
        window = window_read(self._view)
        when = f", {window.start:%H:%M} to {window.end:%H:%M} UTC" if window else ""
        return metric_panels(f"{gateways.names}{when}", panels, window)

    def lab(self, wanted: bool = False, limit_s: int = 3) -> Any:
        """What clients see behind a gateway that forgets after `limit_s`: predicted, and done by a real kernel.

        Without `wanted`, and where no lab can be made, it says so instead. UsageError for a limit no kernel can keep.
        """
        self._lab = (wanted, limit_s)
        self._results.clear()
        if not wanted:
            return Shown(
                f"The lab was not run. Set lab to True, or run in a terminal: runbook natlab idle --limit {limit_s}"
            )
        from runbook_lib.facade.lab import idle_table

        try:
            with notebook_bar(self._staging is None) as progress:
                return lab_shown(idle_table(limit_s, progress))
        except LabError as error:
            return Shown(f"There is no lab to be had here: {error}")

    def _observed(self, snapshot: Snapshot, progress: Progress) -> Snapshot:
        calls = read_caller_file(self._caller_log) if self._caller_log and is_file(self._caller_log) else None
        is_saved = self._source.kind == "snapshot" and any(key == CallerRequest.KEY for _, key in snapshot.listings)
        if self._caller_log and calls is None and not is_saved:
            calls, snapshot = read_caller_group(self._source, snapshot, self._caller_log, self._watch, progress)
        clients = self._told.read() if self._told.words else None
        seen = watch(
            self._source,
            snapshot,
            self._settings_on(snapshot),
            calls.watched(self._watch, datetime.now(UTC)) if calls else self._watch,
            beside=calls.callee if calls else "",
            progress=progress,
        )
        seen = with_clients(seen, clients)
        return with_calls(seen, calls) if calls else seen

    def _settings_on(self, snapshot: Snapshot) -> Settings:
        has_calls = any(key == CallerRequest.KEY for _, key in snapshot.listings)
        told = Keepalive(
            idle_limit_s=self._told.told_limit_s,
            caller_log=self._caller_log or ("the saved log" if has_calls else ""),
            function=callee_of(snapshot),
        )
        return replace(super()._settings_on(snapshot), keepalive=told)

    @property
    def _asked(self) -> str:
        goal = ", ".join(self._question.destinations or self._question.services)
        return f"connections to {goal} must survive idle periods"

    @property
    def _parameters(self) -> dict[str, Any]:
        return {
            **super()._parameters,
            "clients": self._told.words,
            "so_keepalive": self._told.so_keepalive,
            "idle_limit_s": self._told.idle_limit_s,
            "caller_log": self._caller_log,
            "since": self._watch.since,
            "until": self._watch.until,
            "lab": self._lab[0],
            "lab_limit_s": self._lab[1],
        }

    @property
    def _subjects(self) -> tuple[KeepaliveSubject, ...]:
        return self._view.snapshot.all(KeepaliveSubject)

    @property
    def _idle(self) -> Idle:
        return idle_of(self._view, self._settings)

    @property
    def _limit_s(self) -> float:
        """What the clients are shown against: the limit of the path, else the usual one."""
        return self._idle.known_s or self._idle.worst_s or USUAL_LIMIT_S

    @property
    def _forgetting(self) -> str:
        """What forgets, for the figure."""
        idle = self._idle
        if idle.told_s is not None:
            return f"The path, as {_TOLD},"
        return idle.limit.device.label if idle.limit.device else "A path that"

    @property
    def _deaf(self) -> Device | None:
        """The first device on the path on which probes have no effect."""
        return next((item for item in self._idle.devices if not item.counts_probes), None)

    @property
    def _judged(self) -> list[tuple[KeepaliveSubject, Judged]]:
        """Every client with its verdict on this path, the worst first."""
        deaf = self._deaf
        found = worst_clients(self._subjects, self._limit_s)
        lost = Judged(safety=Safety.UNSAFE, reason=_only_data(deaf)) if deaf else None
        return [(subject, lost or judged) for subject, judged in found]

    @property
    def _note(self) -> str:
        """Below the table of clients: what they were judged against when the path does not say."""
        if self._idle.known_s is not None:
            return ""
        return (
            f"No idle limit of the path is known; the table shows what {self._limit_s:g} s would do, and the answers "
            "below say what is missing."
        )


def _only_data(device: Device | None) -> str:
    """Why no probe helps on a path with this device."""
    if device is None:
        return ""
    after = "at its limit" if device.idle_limit_s is None else f"after {device.idle_limit_s:,} s"
    return f"{device.label} closes a connection {after} without data, and probes carry none."
