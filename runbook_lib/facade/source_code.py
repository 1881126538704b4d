"""The source code of a function: from a folder into the facts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from runbook_lib.collect.environment import secret_pattern
from runbook_lib.collect.redact import redact_text
from runbook_lib.collect.source_files import read_sources
from runbook_lib.model.fact import Scope
from runbook_lib.model.snapshot import Snapshot, listing_of
from runbook_lib.model.source import SourceFile
from runbook_lib.source_scan import SUFFIXES, not_scanned, scan

__all__ = ["require_folder", "scan_folder", "with_source"]


def require_folder(folder: str) -> None:
    """UsageError for a folder, or one file of source code, that does not exist or cannot be read; empty names none."""
    if folder:
        read_sources(Path(folder).expanduser(), SUFFIXES, most_files=0)


def scan_folder(folder: str) -> tuple[tuple[SourceFile, ...], str | None]:
    """Every source file of a folder with what was found in it, and why these are not all (None: they are).

    UsageError for a folder that does not exist or cannot be read.
    """
    read = read_sources(Path(folder).expanduser(), SUFFIXES)
    files = (
        scan(one.name, one.text, secret_pattern) if one.unread is None else not_scanned(one.name, one.unread)
        for one in read.files
    )
    return tuple(files), read.cut


def with_source(snapshot: Snapshot, folder: str) -> Snapshot:
    """The snapshot with what a scan of a folder found instead of what it holds; as it is when no folder is named.

    UsageError for a folder that does not exist or cannot be read.
    """
    if not folder:
        return snapshot
    files, cut = scan_folder(folder)
    scope = next(iter(snapshot.scopes), Scope(account=snapshot.origin.account, region=snapshot.origin.region))
    kept = {place: listing for place, listing in snapshot.listings.items() if place[1] != SourceFile.KEY}
    raws = [{**file.to_raw(), "File": redact_text(file.id)} for file in files]
    kept[scope, SourceFile.KEY], problems = listing_of(SourceFile.KEY, scope, raws, cut)
    return replace(snapshot, listings=kept, gaps=(*snapshot.gaps, *problems))
