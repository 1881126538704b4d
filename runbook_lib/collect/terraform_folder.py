"""Where a folder keeps its Terraform state, and what speaks against that state being of the last apply.

Backends: https://developer.hashicorp.com/terraform/language/backend/local. Workspaces:
https://developer.hashicorp.com/terraform/cli/workspaces. `errored.tfstate`:
https://developer.hashicorp.com/terraform/cli/state/recover (all read 2026-11-21)
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from runbook_lib.errors import UsageError, unknown_name

__all__ = ["Place", "doubts", "modified", "place_in", "place_of"]

_STATE = "terraform.tfstate"
_WORKSPACES = "terraform.tfstate.d"
_REMOTE_HINT = "run `terraform output -json > outputs.json` where it works and give that file"
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_SETTINGS = re.compile(r"^\s*terraform\s*\{", re.MULTILINE)
_BACKEND = re.compile(r'^\s*(?:backend\s+"?(\w+)"?|(cloud))\s*\{', re.MULTILINE)
_LOCAL_MODULE = re.compile(r'^\s*source\s*=\s*"(\.{1,2}/[^"]*)"', re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The state file of one workspace, and the folder with the configuration it belongs to."""

    folder: Path
    state: Path
    workspace: str


def place_in(folder: Path, workspace: str = "") -> Place:
    """The local state of a folder. The workspace is the one given, else the one selected, else `default`.

    Raises UsageError for a remote state, a folder without state, and a workspace that has none.
    """
    data = folder / (os.environ.get("TF_DATA_DIR") or ".terraform")
    kind, settings = _backend(folder, data)
    if kind != "local":
        where = "HCP Terraform" if kind == "cloud" else f"a backend of type {kind}"
        raise UsageError(f"{folder} keeps its Terraform state in {where}, which is not asked; {_REMOTE_HINT}")
    name = workspace or os.environ.get("TF_WORKSPACE") or _selected(data) or "default"
    states = _states(folder, settings)
    if not states:
        raise UsageError(
            f"{folder} holds no Terraform state: expected {_STATE} or {_WORKSPACES}/<workspace>/{_STATE}; give the "
            f"folder where `terraform apply` ran, or, if the state is kept elsewhere, {_REMOTE_HINT}"
        )
    if name not in states:
        raise unknown_name("Terraform workspace", name, states)
    return Place(folder=folder, state=states[name], workspace=name)


def place_of(state: Path, workspace: str = "") -> Place:
    """The place of a state file that was named itself."""
    if state.parent.parent.name == _WORKSPACES:
        return Place(folder=state.parent.parent.parent, state=state, workspace=workspace or state.parent.name)
    return Place(folder=state.parent, state=state, workspace=workspace or "default")


def modified(path: Path) -> datetime:
    """When a file was last written, UTC."""
    return datetime.fromtimestamp(path.stat().st_mtime, UTC)


def doubts(place: Place, serial: int | None, lineage: str | None) -> Iterator[str]:
    """Why the state may not be of the last apply, in words; nothing when nothing speaks against it."""
    name = place.state.name
    if (place.state.parent / f".{name}.lock.info").exists():
        yield f"{name} is locked: an apply is under way or was interrupted"
    if (place.folder / "errored.tfstate").exists():
        yield "errored.tfstate lies beside it: the last apply could not write its state"
    written = modified(place.state)
    for backup in sorted(place.state.parent.glob(f"{name}*.backup")):
        yield from _backup_doubts(backup, written, serial, lineage)
    newest = max(_configuration(place.folder, set()), key=lambda path: path.stat().st_mtime, default=None)
    if newest is not None and modified(newest) > written:
        yield (
            f"{os.path.relpath(newest, place.folder)} was changed at {_time(modified(newest))}, after the state was "
            f"written at {_time(written)}: not applied yet, or applied with another state"
        )


def _backup_doubts(backup: Path, written: datetime, serial: int | None, lineage: str | None) -> Iterator[str]:
    """A backup is the state before the last change: with a serial above the state's own, an older one was put back."""
    before = _object(backup)
    other = before.get("serial")
    if lineage and before.get("lineage") not in (lineage, None):
        if modified(backup) > written:
            yield f"{backup.name} is of another lineage and newer than the state"
    elif serial is not None and isinstance(other, int) and other > serial:
        yield f"its serial is {serial}, that of {backup.name} {other}: an older state was put back"


def _backend(folder: Path, data: Path) -> tuple[str, Mapping[str, Any]]:
    """The type of the backend and its settings: as initialised, else as the configuration says, else local."""
    noted = _object(data / _STATE).get("backend")
    if isinstance(noted, Mapping) and noted.get("type"):
        settings = noted.get("config")
        return str(noted["type"]), settings if isinstance(settings, Mapping) else {}
    for path in sorted(folder.glob("*.tf")):
        text = _COMMENT.sub("", _text(path))
        settings_at = _SETTINGS.search(text)
        if settings_at and (found := _BACKEND.search(text, settings_at.end())):
            return found[1] or found[2], {}
    return "local", {}


def _states(folder: Path, settings: Mapping[str, Any]) -> dict[str, Path]:
    """The state file of each workspace that has one."""
    default = folder / str(settings.get("path") or _STATE)
    named = folder / str(settings.get("workspace_dir") or _WORKSPACES)
    found = {path.parent.name: path for path in sorted(named.glob(f"*/{_STATE}"))}
    return {"default": default, **found} if default.is_file() else found


def _selected(data: Path) -> str:
    return _text(data / "environment").strip()


def _configuration(folder: Path, seen: set[Path]) -> Iterator[Path]:
    """The files of a configuration and of the local modules it calls."""
    if folder in seen or not folder.is_dir():
        return
    seen.add(folder)
    for path in sorted(folder.iterdir()):
        if path.name.endswith((".tf", ".tf.json", ".tfvars", ".tfvars.json")) and path.is_file():
            yield path
            for source in _LOCAL_MODULE.findall(_text(path)):
                yield from _configuration((folder / source).resolve(), seen)


def _text(path: Path) -> str:
    """What a file says; nothing where there is none."""
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _object(path: Path) -> Mapping[str, Any]:
    try:
        document = json.loads(_text(path))
    except (ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}


def _time(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S UTC")
