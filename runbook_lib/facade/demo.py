"""The demo: the seed incident before and after its fix, every runbook, one page that leads to all reports.

Where invoking needs consent the demo gives it, for the sandbox only: its sources are scenarios and nothing else.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

from runbook_lib.errors import RunbookError, SandboxError
from runbook_lib.facade.files import folder_of, write_text
from runbook_lib.facade.running import Done, Job, prepare, run_job
from runbook_lib.model.progress import Progress, Step
from runbook_lib.model.result import RunResult
from runbook_lib.model.status import Verdict
from runbook_lib.parameters import parameters_of
from runbook_lib.sandbox.environment import ACCOUNT
from runbook_lib.sandbox.scenarios import find

if TYPE_CHECKING:
    from runbook_lib.kernels import Kernels
    from runbook_lib.render.index import IndexRow
    from runbook_lib.sandbox.server import RunningSandbox

__all__ = ["REPAIRED", "SCENARIOS_SHOWN", "DemoRow", "run_demo"]

_INCIDENT = "incident"
_RUNBOOKS = ("vpc_endpoints", "nat_gateway", "network_path", "post_deploy")
SCENARIOS_SHOWN: Mapping[str, tuple[str, ...]] = {
    _INCIDENT: _RUNBOOKS,
    "fixed": (*_RUNBOOKS, "function_configuration"),
    "migration-15-minutes": ("function_configuration",),
    "sftp-nacl": ("reachability_analyzer",),
    "long-invoke": ("tcp_keepalive",),
    "long-invoke-fixed": ("tcp_keepalive",),
}
"""Scenario → the runbooks that are shown on it."""

REPAIRED = ("vpc_endpoints", "post_deploy")
"""The runbooks that share one running incident: the first proposes the fix, the second runs before and after it."""

_AT_ONCE = 3
_TURN_S = 0.2
_AFTER = "fix applied"


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoRow:
    """One run of the demo; `verdict` is None when it ended without one, and `headline` then says why."""

    scenario: str
    runbook: str
    expected: Verdict
    verdict: Verdict | None
    headline: str
    duration_s: float
    bundle: Path | None

    @property
    def is_as_declared(self) -> bool:
        """Whether exactly the declared verdict came out."""
        return self.verdict is self.expected


def run_demo(out: str, bar: Callable[[str], Progress]) -> tuple[Path, tuple[DemoRow, ...]]:
    """Run everything and write `<out>/<time>/index.html`; that path and one row per run.

    The incident that is repaired comes first, then the others in the order of the scenarios. `bar` makes a progress
    receiver for a run of that name. On Ctrl-C every kernel is killed before it goes on.
    """
    from runbook_lib.kernels import Kernels
    from runbook_lib.render.index import index_html

    moment = datetime.now(UTC)
    folder = folder_of(out) / f"{moment:%Y%m%dT%H%M%SZ}"
    others = [
        (scenario, runbook)
        for scenario, shown in SCENARIOS_SHOWN.items()
        for runbook in shown
        if (scenario, runbook) not in [(_INCIDENT, name) for name in REPAIRED]
    ]
    kernels = Kernels()
    with kernels.stopped_by_control_c(), ThreadPoolExecutor(_AT_ONCE) as pool:
        try:
            stage = _Stage(folder=folder, bar=bar, kernels=kernels)
            repair = pool.submit(stage.repaired, _INCIDENT)
            waiting = [pool.submit(stage.run, *item) for item in others]
            _await([repair, *waiting])
            rows = (*repair.result(), *(future.result() for future in waiting))
        except BaseException:
            kernels.stop()
            pool.shutdown(wait=True, cancel_futures=True)
            raise
    index = folder / "index.html"
    write_text(
        index, index_html(_listed(rows, folder), title="The demo: two incidents, before and after", made_at=moment)
    )
    return index, rows


def _await(runs: Sequence[Future[Any]]) -> None:
    """Until all have ended or one has failed, in short turns: Ctrl-C that another thread receives wakes nobody."""
    while True:
        done, left = wait(runs, timeout=_TURN_S, return_when=FIRST_EXCEPTION)
        if not left or any(run.exception() for run in done):
            return


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stage:
    """Where the runs of a demo happen: `bar` makes a progress receiver for a run of that name."""

    folder: Path
    bar: Callable[[str], Progress]
    kernels: Kernels

    def repaired(self, scenario: str) -> tuple[DemoRow, ...]:
        """The incident, its proven fix applied to the AWS that is running, and the same requests again."""
        from runbook_lib.sandbox.server import start

        proposing, invoking = REPAIRED
        with start(scenario) as sandbox:
            environ = sandbox.shared(os.environ)
            before, done = self._run(scenario, proposing, environ=environ)
            failing, _ = self._run(scenario, invoking, environ=environ)
            fix = _Fix(sandbox=sandbox, result=done.result if done else None)
            after, _ = self._run(scenario, invoking, environ=environ, fix=fix)
        return before, failing, after

    def run(self, scenario: str, runbook: str) -> DemoRow:
        """A run on an embedded AWS of its own."""
        return self._run(scenario, runbook)[0]

    def _run(
        self, scenario: str, runbook: str, *, environ: Mapping[str, str] | None = None, fix: _Fix | None = None
    ) -> tuple[DemoRow, Done | None]:
        """One run; with a fix, which is applied before, it must pass."""
        started = monotonic()
        name = f"{scenario}, {_AFTER}" if fix else scenario
        progress = self.bar(f"{name} · {runbook}")
        done: Done | None = None
        try:
            if fix:
                fix.apply()
            done = run_job(replace(_job(scenario, runbook, self.folder), environ=environ), progress, self.kernels)
            headline = done.result.headline
        except RunbookError as error:
            headline = str(error)
        progress(Step("done", 1, 1))
        row = DemoRow(
            scenario=name,
            runbook=runbook,
            expected=Verdict.PASS if fix else find(scenario).verdicts[runbook],
            verdict=done.result.verdict if done else None,
            headline=headline,
            duration_s=monotonic() - started,
            bundle=done.bundle if done else None,
        )
        return row, done


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fix:
    """What a run proposed for a running embedded AWS."""

    sandbox: RunningSandbox
    result: RunResult | None

    def apply(self) -> None:
        """Run the command of the first proven fix. SandboxError when nothing was proven."""
        from runbook_lib.sandbox.commands import run_command

        findings = self.result.findings if self.result else ()
        proven = [fix.cli for finding in findings for fix in finding.fixes if fix.proven]
        if not proven:
            raise SandboxError("no fix was proven, so none was applied")
        run_command(self.sandbox, proven[0])


def _job(scenario: str, runbook: str, folder: Path) -> Job:
    """The run with consent to invoke the function of the scenario, where that is asked for."""
    told = find(scenario)
    given = [("source", f"sandbox:{scenario}"), ("out", str(folder))]
    if "consent" in {parameter.name for parameter in parameters_of(runbook)}:
        given.append(("consent", f"arn:aws:lambda:{told.region}:{ACCOUNT}:function:{told.function}"))
    return prepare(runbook, (), given)


def _listed(rows: Sequence[DemoRow], folder: Path) -> list[IndexRow]:
    from runbook_lib.render.index import IndexRow

    return [
        IndexRow(
            runbook=row.runbook,
            source=row.scenario,
            verdict=row.verdict,
            headline=row.headline,
            duration_s=row.duration_s,
            href=f"{os.path.relpath(row.bundle, folder)}/report.html" if row.bundle else None,
            expected=row.expected,
            simulated=True,
        )
        for row in rows
    ]
