"""The evidence bundle of a run: published whole or not at all, and verifiable afterwards."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import uuid
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any

from runbook_lib.errors import UsageError
from runbook_lib.holding import hold
from runbook_lib.model.result import RunResult
from runbook_lib.model.snapshot import Snapshot
from runbook_lib.render.masking import Masker
from runbook_lib.render.report import report_html
from runbook_lib.render.schema import validate_result
from runbook_lib.render.snapshot_files import snapshot_texts
from runbook_lib.render.text import plain

__all__ = ["MANIFEST", "verify_bundle", "write_bundle"]

MANIFEST = "manifest.json"
_MANIFEST_SCHEMA = "runbook-manifest/1"
_RUN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
_REQUIRED = ("report.html", "result.json")


def write_bundle(
    out: Path,
    result: RunResult,
    snapshot: Snapshot | None,
    notebook: Mapping[str, Any] | None,
    *,
    mask_accounts: bool = False,
    titles: Mapping[str, str] | None = None,
) -> Path:
    """Write `<out>/<run-id>/` and return that folder.

    The files are written to a hidden sibling, flushed to the disk and renamed together; an earlier bundle of the same
    run id stays until then. `titles` maps check ids to their titles. Raises UsageError when `out` cannot be written,
    ValueError when the result breaks the contract.
    """
    if not _RUN_ID.fullmatch(result.run_id):
        raise ValueError(f"run id {result.run_id!r} is not a plain file name")
    if mask_accounts:
        masker = Masker.of(result, snapshot, notebook)
        result, snapshot, notebook = masker.apply(result), masker.apply(snapshot), masker.apply(notebook)
    contents = _contents(result, snapshot, notebook, titles or {})
    try:
        out.mkdir(parents=True, exist_ok=True)
        return _publish(out / result.run_id, contents)
    except OSError as error:
        raise UsageError(f"cannot write the evidence bundle to {out}: {error.strerror or error}") from error


def verify_bundle(folder: Path) -> tuple[str, ...]:
    """What differs between a bundle and its manifest, one sentence each, sorted; empty means intact."""
    try:
        listed = _listed(folder / MANIFEST)
    except FileNotFoundError:
        return (f"{MANIFEST} is missing.",)
    except (OSError, ValueError) as error:
        return (f"{MANIFEST} cannot be used: {error}.",)
    problems = [f"{name} leads out of the bundle." for name in listed if not _stays_inside(name)]
    problems += [f"{name} is not in the manifest." for name in _REQUIRED if name not in listed]
    present = _present(folder)
    for name, digest in listed.items():
        if not _stays_inside(name):
            continue
        if name not in present:
            problems.append(f"{name} is missing.")
        elif present[name] is None:
            problems.append(f"{name} is a link or a special file.")
        elif present[name] != digest:
            problems.append(f"{name} was changed.")
    problems += [f"{name} is extra: the manifest does not know it." for name in present if name not in listed]
    return tuple(sorted(problems))


def _contents(
    result: RunResult,
    snapshot: Snapshot | None,
    notebook: Mapping[str, Any] | None,
    titles: Mapping[str, str],
) -> dict[str, bytes]:
    """Mapping file name → bytes of the whole bundle, the manifest last."""
    artifacts = {"report.html": "the report, readable offline", "result.json": "the result as data"}
    if notebook is not None:
        artifacts["runbook.ipynb"] = "the executed notebook"
    if snapshot is not None:
        artifacts["snapshot/"] = "the facts as AWS described them, redacted"
    artifacts[MANIFEST] = "SHA-256 of every other file"
    result = replace(result, artifacts={**result.artifacts, **artifacts})
    said = json.loads(json.dumps(result.to_json(), default=plain))
    validate_result(said)
    texts = {"report.html": report_html(result, notebook, titles=titles), "result.json": _json(said)}
    if notebook is not None:
        texts["runbook.ipynb"] = json.dumps(_without_paths(notebook), indent=1, ensure_ascii=False) + "\n"
    if snapshot is not None:
        texts |= {f"snapshot/{name}": text for name, text in snapshot_texts(snapshot).items()}
    contents = {name: _bytes(text) for name, text in texts.items()}
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in sorted(contents.items())}
    manifest = {"schema": _MANIFEST_SCHEMA, "run_id": result.run_id, "files": digests}
    return {**contents, MANIFEST: _bytes(_json(manifest))}


def _publish(final: Path, contents: Mapping[str, bytes]) -> Path:
    """Write everything aside, then move it into place; on any failure nothing half-written remains."""
    mark = uuid.uuid4().hex[:8]
    aside, former = (final.parent / f".{final.name}.{mark}.{word}" for word in ("partial", "former"))
    held = -1
    try:
        aside.mkdir()
        held = hold(aside)
        for name, content in contents.items():
            _write(aside / name, content)
        for folder in (*(path for path in aside.rglob("*") if path.is_dir()), aside):
            _flush(folder)
        if final.exists():
            final.rename(former)
        try:
            aside.rename(final)
        except OSError:
            if former.exists():
                former.rename(final)
            raise
        _flush(final.parent)
    finally:
        if held >= 0:
            os.close(held)
        shutil.rmtree(aside, ignore_errors=True)
        shutil.rmtree(former, ignore_errors=True)
    return final


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _flush(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _listed(path: Path) -> dict[str, str]:
    """Mapping file name → SHA-256 of a manifest. Raises ValueError when it is not a manifest."""
    manifest = json.loads(path.read_text(encoding="utf-8"))
    listed = manifest.get("files") if isinstance(manifest, dict) else None
    if not isinstance(listed, dict) or not all(isinstance(digest, str) for digest in listed.values()):
        raise ValueError("it does not list files with their SHA-256")
    if manifest.get("schema") != _MANIFEST_SCHEMA:
        raise ValueError(f"its schema is {manifest.get('schema')!r}, expected {_MANIFEST_SCHEMA!r}")
    return listed


def _stays_inside(name: str) -> bool:
    """True for a plain relative name below the bundle, written the one normal way."""
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts and "\\" not in name and str(path) == name != "."


def _present(folder: Path) -> dict[str, str | None]:
    """Mapping name → SHA-256 of every file except the manifest; None for links and special files."""
    found: dict[str, str | None] = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink() or not (path.is_dir() or path.is_file()):
            found[name] = None
        elif path.is_file() and name != MANIFEST:
            found[name] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def _without_paths(notebook: Mapping[str, Any]) -> dict[str, Any]:
    """The notebook without the places on this computer that papermill notes in its metadata."""
    metadata = dict(notebook.get("metadata", {}))
    if "papermill" in metadata:
        metadata["papermill"] = {
            key: PurePosixPath(value).name if key in ("input_path", "output_path") and value else value
            for key, value in metadata["papermill"].items()
        }
    return {**notebook, "metadata": metadata}


def _json(value: Mapping[str, Any]) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def _bytes(text: str) -> bytes:
    """UTF-8; a lone surrogate becomes its JSON escape, which JSON readers turn back."""
    return text.encode("utf-8", "backslashreplace")
