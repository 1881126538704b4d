"""The demo: the seed incident before and after its fix, every runbook, one page that leads to all reports."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

from runbook_lib.errors import RunbookError
from runbook_lib.facade.files import folder_of, write_text
from runbook_lib.facade.running import Done, prepare, run_job
from runbook_lib.model.progress import Progress, Step
from runbook_lib.model.status import Verdict
from runbook_lib.parameters import runbook_files
from runbook_lib.sandbox.scenarios import find

if TYPE_CHECKING:
    from runbook_lib.kernels import Kernels
    from runbook_lib.render.index import IndexRow

__all__ = ["SCENARIOS_SHOWN", "DemoRow", "run_demo"]

SCENARIOS_SHOWN = ("incident", "fixed")

_AT_ONCE = 2


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
    """Run everything and write `<out>/<time>/index.html`; that path and one row per run, in the order of the scenarios.

    `bar` makes a progress receiver for a run of that name. On Ctrl-C every kernel is killed before it goes on.
    """
    from runbook_lib.kernels import Kernels
    from runbook_lib.render.index import index_html

    moment = datetime.now(UTC)
    folder = folder_of(out) / f"{moment:%Y%m%dT%H%M%SZ}"
    wanted = [
        (scenario, runbook, verdict)
        for scenario in SCENARIOS_SHOWN
        for runbook, verdict in find(scenario).verdicts.items()
        if runbook in runbook_files()
    ]
    kernels = Kernels()
    with kernels.stopped_by_control_c(), ThreadPoolExecutor(_AT_ONCE) as pool:
        try:
            waiting = [pool.submit(_one, *item, folder, bar(f"{item[0]} · {item[1]}"), kernels) for item in wanted]
            rows = tuple(future.result() for future in waiting)
        except BaseException:
            kernels.stop()
            pool.shutdown(wait=True, cancel_futures=True)
            raise
    index = folder / "index.html"
    write_text(
        index, index_html(_listed(rows, folder), title="The demo: one incident, before and after", made_at=moment)
    )
    return index, rows


def _one(scenario: str, runbook: str, expected: Verdict, folder: Path, progress: Progress, kernels: Kernels) -> DemoRow:
    started = monotonic()
    done: Done | None = None
    try:
        job = prepare(runbook, (), [("source", f"sandbox:{scenario}"), ("out", str(folder))])
        done = run_job(job, progress, kernels)
        headline = done.result.headline
    except RunbookError as error:
        headline = str(error)
    progress(Step("done", 1, 1))
    return DemoRow(
        scenario=scenario,
        runbook=runbook,
        expected=expected,
        verdict=done.result.verdict if done else None,
        headline=headline,
        duration_s=monotonic() - started,
        bundle=done.bundle if done else None,
    )


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
