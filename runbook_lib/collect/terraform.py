"""The outputs of a Terraform configuration, from its folder or from a file, as items of a snapshot.

Terraform itself is asked where it is installed; else the state file is read directly. The state of a remote backend is
not asked for: its outputs come as a file. Values of sensitive outputs are dropped before anything is returned.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from runbook_lib.collect.terraform_binary import TIMEOUT_S, printed_outputs
from runbook_lib.collect.terraform_folder import Place, doubts, modified, place_in, place_of
from runbook_lib.collect.terraform_outputs import Told, items_of, told_by
from runbook_lib.errors import UsageError
from runbook_lib.model.actions import TerraformOutput, TerraformState
from runbook_lib.model.fact import Raw
from runbook_lib.model.snapshot import Gap

__all__ = ["TerraformRead", "read_terraform"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TerraformRead:
    """Items of the keys TerraformOutputs and TerraformStates, and what is wrong with them.

    A gap about `TerraformStates` says why the state may be older than the last apply.
    """

    outputs: tuple[Raw, ...]
    states: tuple[Raw, ...]
    gaps: tuple[Gap, ...] = ()

    @property
    def incomplete(self) -> str | None:
        """Why an output that is not among them proves nothing, None when it does."""
        return "; ".join(gap.reason for gap in self.gaps if gap.what == TerraformOutput.KEY) or None


def read_terraform(
    path: str | Path, binary: str | None = None, workspace: str = "", timeout_s: float = TIMEOUT_S
) -> TerraformRead:
    """The outputs of a folder, of a state file, or of a file that `terraform output -json` or `show -json` wrote.

    `binary` names Terraform, None the one on the PATH, the empty text none. `workspace` empty is the selected one.
    Raises UsageError for a path or binary that does not exist, a folder without state, a remote state, a workspace
    without state, and a file that is something else.
    """
    where = Path(path).expanduser()
    if not where.exists():
        raise UsageError(f"Terraform folder or file {str(path)!r} does not exist")
    program = _program(binary)
    if where.is_dir():
        return _folder(place_in(where, workspace), program, timeout_s)
    told = told_by(_json(where), str(path))
    place = place_of(where, workspace)
    return _read(str(path), place, told, told, "state file" if told.is_state else "outputs file", [])


def _program(binary: str | None) -> str | None:
    found = shutil.which("terraform" if binary is None else binary) if binary != "" else None
    if binary and found is None:
        raise UsageError(f"terraform binary {binary!r} does not exist or is not executable")
    return str(Path(found).absolute()) if found else None


def _folder(place: Place, program: str | None, timeout_s: float) -> TerraformRead:
    """What Terraform prints; where it cannot be asked, what the state file says."""
    told = told_by(_json(place.state), str(place.state))
    if program is None:
        return _read(str(place.folder), place, told, told, "state file", [])
    document, reason = printed_outputs(program, place.folder, place.workspace, timeout_s)
    if document is None:
        gap = Gap(what=TerraformState.KEY, reason=f"terraform output {reason}; the state file was read instead")
        return _read(str(place.folder), place, told, told, "state file", [gap])
    # An old state and none at all print the same: no outputs, and no error.
    printed = told_by(document, f"terraform output in {place.folder}") if document else Told(flaw=told.flaw)
    gaps = []
    if not told.flaw and printed.outputs.keys() != told.outputs.keys():
        reason = "terraform names other outputs than the state file: it was written while it was read"
        gaps.append(Gap(what=TerraformOutput.KEY, reason=reason))
    return _read(str(place.folder), place, told, printed, "terraform", gaps)


def _read(name: str, place: Place, state: Told, said: Told, read_by: str, gaps: list[Gap]) -> TerraformRead:
    if said.flaw:
        gaps.append(Gap(what=TerraformOutput.KEY, reason=said.flaw))
    if state.is_state:
        found = doubts(place, state.serial, state.lineage)
        gaps.extend(Gap(what=TerraformState.KEY, reason=f"the state may be older: {doubt}") for doubt in found)
    item = {
        "Folder": name,
        "Workspace": place.workspace,
        "Serial": state.serial,
        "Lineage": state.lineage,
        "TerraformVersion": state.terraform_version,
        "ModifiedAt": modified(place.state).isoformat(),
        "ReadBy": read_by,
    }
    outputs = items_of(said.outputs, state.secrets | said.secrets)
    return TerraformRead(outputs=outputs, states=(item,), gaps=tuple(gaps))


def _json(path: Path) -> Any:
    """The document of a file, as UTF-8 or, as Windows PowerShell writes what a command prints, UTF-16."""
    try:
        data = path.read_bytes()
        text = data.decode("utf-16" if data[:2] in {b"\xff\xfe", b"\xfe\xff"} else "utf-8-sig")
    except UnicodeDecodeError:
        raise UsageError(f"{path}: not UTF-8 text") from None
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}") from None
    if not text.strip():
        raise UsageError(f"{path} is empty: Terraform leaves such a file when its state moves to a remote backend")
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise UsageError(
            f"{path}, line {error.lineno}: broken JSON ({error.msg}); expected a Terraform state or only what "
            "`terraform output -json` printed"
        ) from None
    except RecursionError:
        raise UsageError(f"{path}: nested too deeply to be a Terraform state") from None
