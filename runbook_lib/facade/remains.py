"""What runs that were killed left on this computer, and what they had invoked by then.

Whatever a process that lives still holds is not told.
"""

from __future__ import annotations

import os
import re
import shlex
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from runbook_lib.act.journal import JOURNAL, Doing, read_journal, state_folder
from runbook_lib.facade.files import reports_folder
from runbook_lib.holding import is_held, marked

__all__ = ["Remains", "remains"]

_PREFIX = "runbook-"
_HALF = re.compile(r"\.(?P<run>[A-Za-z0-9][A-Za-z0-9._-]*)\.[0-9a-f]{8}\.(?P<word>partial|former)")
_REPORTS = "reports"


@dataclass(frozen=True, slots=True, kw_only=True)
class Remains:
    """One file or folder that a killed run left; `doings` is what it had invoked, `remedy` a shell line."""

    path: Path
    what: str
    doings: tuple[Doing, ...]
    remedy: str


def remains() -> tuple[Remains, ...]:
    """Everything that is left: journals and temporary folders first, then bundles that were never finished.

    Bundles are looked for in the reports folders of notebooks and of the folder this runs in, and where runs that left
    a temporary folder were to write theirs.
    """
    temporary = [*_temporary()]
    outs = [Path(_REPORTS).absolute(), reports_folder(), *(out for _, out in temporary if out)]
    return (*_journals(), *(found for found, _ in temporary), *_bundles(dict.fromkeys(outs)))


def _journals() -> Iterator[Remains]:
    """Journals of notebooks that ran interactively and ended without writing their evidence."""
    for path in _listed(state_folder()):
        if path.name.endswith(f".{JOURNAL}") and not is_held(path):
            told, doings = read_journal(path)
            run = path.name.removesuffix(f".{JOURNAL}")
            what = f"journal of {run}, a notebook that ended without writing its evidence"
            yield _found(path, f"{what} (process {told.get('pid')}, {told.get('source')})", doings)


def _temporary() -> Iterator[tuple[Remains, Path | None]]:
    """Temporary folders of processes that are dead, each with the folder that its bundle was to go to."""
    for path in _listed(Path(tempfile.gettempdir())):
        told = marked(path) if path.name.startswith(_PREFIX) and path.is_dir() else None
        if told is None or path.stat().st_uid != os.getuid():
            continue
        # A kernel outlives the process that started it by a moment.
        if is_held(path) or is_held(path / JOURNAL):
            continue
        named = f" {told['run_id']}" if "run_id" in told else ""
        since = f"process {told.get('pid')}, since {told.get('since')}"
        _, doings = read_journal(path / JOURNAL)
        out = Path(str(told["out"])) if "out" in told else None
        yield (
            _found(path, f"temporary folder ({told.get('what')}{named}) of a run that was killed ({since})", doings),
            out,
        )


def _bundles(outs: Iterable[Path]) -> Iterator[Remains]:
    for out in outs:
        for path in _listed(out):
            match = _HALF.fullmatch(path.name)
            if match is None or not path.is_dir() or is_held(path) or not any(path.iterdir()):
                continue
            whole = out / match["run"]
            if match["word"] == "former" and not whole.exists():
                back = f"mv {shlex.quote(str(path))} {shlex.quote(str(whole))}"
                yield Remains(path=path, what=f"the evidence bundle {whole.name}, moved aside", doings=(), remedy=back)
            else:
                yield _found(path, f"evidence bundle of {whole.name} that was never finished", ())


def _found(path: Path, what: str, doings: tuple[Doing, ...]) -> Remains:
    return Remains(path=path, what=what, doings=doings, remedy=f"rm -r {shlex.quote(str(path))}")


def _listed(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []
