"""Writing what a person asked for: whole or not at all, and with a clear word when it cannot be done."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from pathlib import Path

from runbook_lib.errors import UsageError
from runbook_lib.model.snapshot import Snapshot

__all__ = ["folder_of", "reports_folder", "save_facts", "write_text"]

_REPORTS = Path(__file__).resolve().parents[2] / "reports"
_REPORTS_VARIABLE = "RUNBOOK_REPORTS"


def folder_of(out: str) -> Path:
    """The folder that an `--out` names. UsageError for addresses: only folders are supported yet."""
    if "://" in out:
        raise UsageError(f"{out} is not a folder; only folders are supported yet")
    return Path(out).expanduser()


def reports_folder() -> Path:
    """Where a notebook writes its bundle when none is named: RUNBOOK_REPORTS, else beside the runbooks."""
    return Path(os.environ.get(_REPORTS_VARIABLE) or _REPORTS)


def write_text(path: Path, text: str) -> None:
    """Write a text file aside, then rename it into place. UsageError when that is not possible."""
    if not path.name or path.is_dir():
        raise UsageError(f"cannot write {path}: it is a folder; name a file")
    aside = path.with_name(f".{path.name}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        aside.write_text(text, encoding="utf-8")
        aside.replace(path)
    except OSError as error:
        with suppress(OSError):
            aside.unlink()
        raise UsageError(f"cannot write {path}: {error.strerror or error}") from None


def save_facts(snapshot: Snapshot, folder: Path) -> None:
    """Write a snapshot as a new folder, whole or not at all. UsageError when the folder holds something already."""
    from runbook_lib.render.snapshot_files import save_snapshot

    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{folder} exists and is not empty; name a new folder")
    aside = folder.with_name(f".{folder.name}.partial")
    try:
        save_snapshot(snapshot, aside)
        if folder.exists():
            folder.rmdir()
        os.rename(aside, folder)
    except OSError as error:
        raise UsageError(f"cannot write {folder}: {error.strerror or error}") from None
    finally:
        shutil.rmtree(aside, ignore_errors=True)
