"""Runs a notebook headless with papermill, in a kernel of its own, and says plainly how far it came.

The parameter contract lives in `runbook_lib.parameters`; its names are offered here too.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from runbook_lib.kernels import Kernels, event_loops, kernel_class, workshop
from runbook_lib.lean import import_jsonschema
from runbook_lib.model.progress import Progress, Step, silent
from runbook_lib.model.status import Verdict
from runbook_lib.parameters import Parameter, Value, find_runbook, parameters_of, resolve_parameters

__all__ = [
    "STAGING_VARIABLE",
    "VERDICT_MIME",
    "ExecutedNotebook",
    "Kernels",
    "Parameter",
    "TimeLimits",
    "execute",
    "parameters_of",
    "resolve_parameters",
]

STAGING_VARIABLE = "RUNBOOK_STAGING"
VERDICT_MIME = "application/vnd.runbook.verdict+json"

_BANNER = "papermill-error-cell-tag"


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeLimits:
    """Seconds to wait for the kernel to start, and for each cell to finish."""

    start_s: int = 60
    cell_s: int = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutedNotebook:
    """What became of a run.

    `notebook` is the executed notebook as far as it came, None when not even its first cell was reached. `verdict` is
    the one its verdict cell showed, None without. `problem` is None when the last cell was reached without an error,
    else one sentence; `error` is the class name of the exception that stopped it and `said` its text, if there was one.
    """

    notebook: Mapping[str, Any] | None
    verdict: Verdict | None
    problem: str | None = None
    error: str | None = None
    said: str = ""


def execute(
    name: str,
    parameters: Mapping[str, Value],
    staging: Path,
    progress: Progress = silent,
    *,
    environ: Mapping[str, str] | None = None,
    limits: TimeLimits | None = None,
    kernels: Kernels | None = None,
) -> ExecutedNotebook:
    """Run a runbook with parameters that were resolved before.

    The kernel is this interpreter, with `environ` (None: this process's) and RUNBOOK_STAGING naming the folder where it
    may leave things. A cell error, a dead kernel or a time-out is reported in the result, never raised. Whatever
    happens, Ctrl-C included, no kernel and no temporary file stays behind.
    """
    from traitlets.config import Config

    started, limits = kernels or Kernels(), limits or TimeLimits()
    notebook, output = find_runbook(name), staging / "notebook.ipynb"
    with workshop() as work, (work / "kernel.log").open("ab") as log, event_loops() as loops:
        variables = {**(os.environ if environ is None else environ), **_variables(staging, work)}
        transport = {"transport": "ipc", "ip": str(work / "k"), "connection_file": str(work / "kernel.json")}
        try:
            trouble = _run(
                notebook,
                output,
                parameters,
                limits,
                kernel_manager_class=kernel_class(variables, log, started, loops),
                config=Config({"KernelManager": transport}),
                on_cell_start=_reporter(notebook, progress),
            )
        except BaseException:
            started.stop()
            raise
        return _examined(output, f"{trouble}{_last_words(work)}" if trouble else None)


def _run(
    notebook: Path, output: Path, parameters: Mapping[str, Value], limits: TimeLimits, **engine: Any
) -> str | None:
    """Let papermill run the notebook; what stopped it other than an error of a cell, in a few words."""
    import_jsonschema()
    from papermill import execute_notebook
    from papermill.exceptions import PapermillExecutionError

    logging.getLogger("papermill").addHandler(logging.NullHandler())
    try:
        execute_notebook(
            _literal(notebook),
            _literal(output),
            parameters=dict(parameters),
            kernel_name="python3",
            progress_bar=False,
            start_timeout=limits.start_s,
            execution_timeout=limits.cell_s,
            **engine,
        )
    except PapermillExecutionError:
        return None
    except TimeoutError:
        return f"a cell did not finish within {limits.cell_s} s, or the kernel did not start within {limits.start_s} s"
    except RuntimeError:
        return "its kernel died"
    except OSError as error:
        return str(error)
    return None


def _variables(staging: Path, work: Path) -> dict[str, str]:
    """What the kernel is told beside the environment; nothing is read from or written to the user's home."""
    return {
        STAGING_VARIABLE: str(staging),
        "IPYTHONDIR": str(work / "ipython"),
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
    }


def _literal(path: Path) -> str:
    """A path in which papermill finds no placeholder to fill."""
    return str(path).replace("{", "{{").replace("}", "}}")


def _reporter(notebook: Path, progress: Progress) -> Any:
    """A hook that reports each code cell before it runs, under the heading above it."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    total = sum(cell["cell_type"] == "code" for cell in cells)
    heading, done = "Preparing", 0

    def report(cell: Mapping[str, Any], cell_index: int) -> None:
        nonlocal heading, done
        if cell["cell_type"] == "markdown":
            heading = _heading(cell["source"]) or heading
        elif "injected-parameters" not in cell["metadata"].get("tags", ()):
            progress(Step(label=heading, done=done, total=total))
            done += 1

    return report


def _heading(source: str) -> str:
    return next((line.lstrip("# ").strip() for line in source.splitlines() if line.startswith("#")), "")


def _last_words(work: Path) -> str:
    """What the kernel wrote last, as the end of a sentence."""
    try:
        lines = (work / "kernel.log").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    noise = ("WARNING", "KeyboardInterrupt")
    said = [line.strip() for line in lines if line.strip() and not any(word in line for word in noise)]
    return f" ({said[-1]})" if said else ""


def _examined(output: Path, trouble: str | None) -> ExecutedNotebook:
    """How far the notebook came, judged by what was saved of it."""
    try:
        notebook = json.loads(output.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        why = trouble or "nothing of it was saved"
        return ExecutedNotebook(notebook=None, verdict=None, problem=f"The notebook did not run: {why}.")
    notebook["cells"] = [cell for cell in notebook["cells"] if _BANNER not in cell["metadata"].get("tags", ())]
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    verdict = _verdict(code)
    for number, cell in enumerate(code, 1):
        error = next((item for item in cell["outputs"] if item["output_type"] == "error"), None)
        if error is not None and not trouble:
            return ExecutedNotebook(
                notebook=notebook,
                verdict=verdict,
                problem=f"Code cell {number} of {len(code)} stopped with {error['ename']}: {error['evalue']}",
                error=error["ename"],
                said=error["evalue"],
            )
    reached = sum(cell["execution_count"] is not None for cell in code)
    if trouble or reached < len(code):
        where = f"after {reached} of {len(code)} code cells"
        problem = f"The notebook stopped {where}: {trouble or 'its last cell was not reached'}."
        return ExecutedNotebook(notebook=notebook, verdict=verdict, problem=problem)
    missing = None if verdict else "The notebook reached its end without showing a verdict."
    return ExecutedNotebook(notebook=notebook, verdict=verdict, problem=missing)


def _verdict(cells: list[dict[str, Any]]) -> Verdict | None:
    """The worst verdict that any cell showed, None without; one that is not a verdict counts as UNKNOWN."""
    shown = [
        output["data"][VERDICT_MIME]
        for cell in cells
        for output in cell["outputs"]
        if VERDICT_MIME in output.get("data", {})
    ]
    words = {said.get("verdict") if isinstance(said, Mapping) else None for said in shown}
    if not words:
        return None
    if "FAIL" in words:
        return Verdict.FAIL
    return Verdict.PASS if words == {"PASS"} else Verdict.UNKNOWN
