"""Where the journal of a run stands."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from runbook_lib.facade.judging import new_run_id

if TYPE_CHECKING:
    from runbook_lib.act import Journal

__all__ = ["journal_of"]


def journal_of(staging: str | None, runbook: str, started: datetime, source: str) -> Journal:
    """A new journal: beside the result of a headless run, else where the user's programs keep state."""
    from runbook_lib.act import JOURNAL, Journal, state_folder

    path = Path(staging) / JOURNAL if staging else state_folder() / f"{new_run_id(runbook, started)}.{JOURNAL}"
    return Journal(path, runbook=runbook, source=source)
