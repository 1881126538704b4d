"""A runbook run whole from the command line, in a real kernel, and what its bundle shows."""

from __future__ import annotations

import io
import json
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

from runbook_lib.cli import run_command
from runbook_lib.render.bundle import verify_bundle

__all__ = ["EXITS", "Ran", "outputs", "run", "text"]

EXITS = {"PASS": 0, "FAIL": 1, "UNKNOWN": 3}
"""Mapping verdict → exit code."""

Ran = tuple[int, dict[str, Any], Path]


def run(runbook: str, out: Path, *arguments: str) -> Ran:
    """Exit code, result and folder of a run; its bundle is whole."""
    said = io.StringIO()
    with redirect_stdout(said):
        code = run_command(["run", runbook, "--out", str(out), *arguments])
    folder = Path(said.getvalue().strip())
    assert verify_bundle(folder) == ()
    return code, json.loads((folder / "result.json").read_text()), folder


def outputs(folder: Path) -> dict[str, list[dict[str, Any]]]:
    """What every cell of the executed notebook shows, by cell id, those with parameters left out."""
    found = json.loads((folder / "runbook.ipynb").read_text())["cells"]
    given = {"parameters", "injected-parameters"}
    shown = [c for c in found if c["cell_type"] == "code" and not given & {*c["metadata"].get("tags", [])}]
    return {cell["id"]: cell["outputs"] for cell in shown}


def text(folder: Path, cell_id: str) -> str:
    """The text of the first thing that a cell shows."""
    return "".join(outputs(folder)[cell_id][0]["data"]["text/plain"])
