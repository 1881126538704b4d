"""The post-deploy notebook run cell by cell in this process, on a scenario with its declared parameters."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest

from runbook_lib.execute import STAGING_VARIABLE
from runbook_lib.facade import handover
from runbook_lib.model.finding import Finding
from runbook_lib.model.result import RunResult
from runbook_lib.model.snapshot import Snapshot
from runbook_lib.model.status import Status
from runbook_lib.parameters import find_runbook, parameters_of, resolve_parameters
from runbook_lib.sandbox.scenarios import find
from runbook_lib.sandbox.server import start

__all__ = ["ARN", "Cells", "bad", "declared"]

ARN = "arn:aws:lambda:ap-southeast-1:123456789012:function:render-invoice-pdf"

Told = list[tuple[str, Status, str]]


class Cells:
    """The notebook, headless and with consent, on an embedded AWS of its own.

    Its code cells run in their order and as they are; what is saved is the kernel. It can stop before a cell, so that
    several wait for their metrics together: the metrics of a minute are there when it is over.
    """

    def __init__(self, folder: Path, name: str, **changed: str) -> None:
        self._staging, self._folder = folder / "staging", folder
        self._staging.mkdir(parents=True)
        self._sandbox = start(name)
        (folder / "terraform.tfstate").write_text(json.dumps(self._sandbox.terraform_state()))
        asked = {**find(name).deploy, **changed}
        agreed = {"consent": ARN, **({"probe_consent": ARN} if "probe" in asked else {})}
        given = {"source": f"sandbox:{name}", **agreed, **asked}
        self._cells = _code_cells()
        self._names: dict[str, Any] = {}
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(folder)
            self._values: Mapping[str, Any] = resolve_parameters(parameters_of("post_deploy"), (), given.items())

    def advance(self, before: str = "") -> None:
        """Run the cells before the one with this id; all that are left without one."""
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(self._folder)
            patch.setenv(STAGING_VARIABLE, str(self._staging))
            for variable, value in self._sandbox.shared({}).items():
                patch.setenv(variable, value)
            while self._cells and self._cells[0]["id"] != before:
                cell = self._cells.pop(0)
                exec(compile("".join(cell["source"]), cell["id"], "exec"), self._names)
                if cell["id"] == "parameters":
                    self._names.update(self._values)

    def finish(self) -> tuple[RunResult, Snapshot]:
        """What the notebook leaves behind, and the facts behind that; the same again when asked again."""
        self.advance()
        found = handover.take(self._staging)
        assert found is not None
        result, snapshot = found
        assert snapshot is not None
        return result, snapshot

    def close(self) -> None:
        """Stop the embedded AWS."""
        self._sandbox.stop()


def declared(name: str) -> Told:
    """Id, status and resource of every finding about the deployment that a scenario declares, sorted."""
    listed = [(item.check_id, item.status, item.resource) for item in find(name).expected]
    return sorted(item for item in listed if item[0].startswith("DEP"))


def bad(findings: Iterable[Finding]) -> Told:
    """The same of the findings that came out as FAIL or UNKNOWN."""
    listed = [(item.check_id, item.status, item.resource.name or item.resource.id) for item in findings]
    return sorted(item for item in listed if item[0].startswith("DEP") and item[1] in (Status.FAIL, Status.UNKNOWN))


def _code_cells() -> list[dict[str, Any]]:
    cells = json.loads(find_runbook("post_deploy").read_text(encoding="utf-8"))["cells"]
    return [cell for cell in cells if cell["cell_type"] == "code"]
