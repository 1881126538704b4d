"""The source `snapshot:<dir>`: a folder of JSON files in the shape of AWS CLI output becomes a snapshot."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

from runbook_lib.collect.merge import merge
from runbook_lib.collect.saved import CALLS_FILE, META_FILE, Meta, read_calls, read_meta
from runbook_lib.collect.shapes import PAGE_MARKS, Document, take_apart
from runbook_lib.collect.whereabouts import account_of, region_of
from runbook_lib.errors import UsageError
from runbook_lib.model.fact import Raw, Scope
from runbook_lib.model.kinds import KINDS, action_of
from runbook_lib.model.snapshot import CallRecord, Gap, Listing, Origin, Snapshot, listing_of

__all__ = ["load"]

_REGION_FOLDER = re.compile(r"(?:[a-z]{2}|eusc)(?:-[a-z]+)+-\d+")
# Without these a VPC cannot be judged at all; a folder that lacks one has a gap worth a line of its own.
_CORE = ("Vpcs", "Subnets", "RouteTables", "NetworkAcls", "SecurityGroups")


@dataclass(slots=True)
class _Pile:
    """All items of one key in one scope, with the file each came from."""

    items: list[tuple[str, Raw]] = field(default_factory=list)
    was_read: bool = False
    flaws: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Reading:
    piles: dict[tuple[Scope, str], _Pile] = field(default_factory=dict)
    single_functions: dict[Scope, list[tuple[str, Raw]]] = field(default_factory=dict)
    gaps: list[Gap] = field(default_factory=list)
    unknown: set[str] = field(default_factory=set)
    calls: list[CallRecord] = field(default_factory=list)
    meta: Meta | None = None
    newest: float = 0.0

    def pile(self, scope: Scope, key: str) -> _Pile:
        return self.piles.setdefault((scope, key), _Pile())


def load(folder: str | Path) -> Snapshot:
    """The snapshot of every `*.json` file below a folder, merged per account and Region.

    Folders `accounts/<id>/<region>/` and `<region>/` give the scope; hidden files and folders are left out. A key
    that no file holds has no listing (not read); one that is truncated, malformed or contradicted is incomplete and
    a gap names the files. Raises UsageError for a missing folder, broken JSON (file and line) or no known key.
    """
    root = Path(folder).expanduser()
    if not root.is_dir():
        problem = "is a file, not a folder" if root.exists() else "does not exist"
        raise UsageError(f"snapshot folder {str(folder)!r} {problem}")
    reading = _Reading()
    for path in _files(root):
        place = path.relative_to(root).as_posix()
        text = _text(path)
        reading.newest = max(reading.newest, path.stat().st_mtime)
        if path.name == CALLS_FILE:
            reading.calls.extend(read_calls(text, place))
        else:
            for document in _documents(text, place):
                _read_file(place, document, reading)
    if not any(pile.was_read for pile in reading.piles.values()):
        raise UsageError(_no_known_key(root, reading))
    return _snapshot(reading)


def _files(root: Path) -> Iterator[Path]:
    for directory, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            if name == CALLS_FILE or (name.lower().endswith(".json") and not name.startswith(".")):
                yield Path(directory, name)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise UsageError(f"{path}: not UTF-8 text") from None
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}") from None


def _documents(text: str, place: str) -> list[Any]:
    """One document, or pages of log events one after the other: the token of all but the last was used."""
    try:
        return [_json(text, place)]
    except UsageError:
        pages = _pages(text)
        if not pages:
            raise
    used = [{name: value for name, value in page.items() if name not in PAGE_MARKS} for page in pages[:-1]]
    return [*used, pages[-1]]


def _pages(text: str) -> list[dict[str, Any]]:
    decoder, pages, rest = json.JSONDecoder(), [], text.strip()
    while rest:
        try:
            page, end = decoder.raw_decode(rest)
        except (ValueError, RecursionError):
            return []
        if not isinstance(page, dict) or not isinstance(page.get("events"), list):
            return []
        pages.append(page)
        rest = rest[end:].lstrip()
    return pages


def _json(text: str, place: str) -> Any:
    if not text.strip():
        raise UsageError(f"{place}, line 1: empty; did the command that wrote it fail?")
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise UsageError(f"{place}, line {error.lineno}: broken JSON ({error.msg})") from None
    except RecursionError:
        raise UsageError(f"{place}: nested too deeply to be AWS output") from None


def _read_file(place: str, document: Any, reading: _Reading) -> None:
    if not isinstance(document, Mapping):
        found = "a list" if isinstance(document, list) else "a single value"
        reason = f"expected an object with the keys of AWS CLI output, found {found}"
        reading.gaps.append(Gap(what=place, reason=reason))
        return
    if place.rpartition("/")[2] == META_FILE and (meta := read_meta(document, place)):
        reading.meta = reading.meta or meta
        return
    _add(_scope(place), place, take_apart(document), reading)


def _scope(place: str) -> Scope:
    folders = place.split("/")[:-1]
    account = next((b for a, b in pairwise(folders) if a == "accounts"), None)
    region = next((name for name in reversed(folders) if _REGION_FOLDER.fullmatch(name)), None)
    return Scope(account=account, region=region)


def _add(scope: Scope, place: str, found: Document, reading: _Reading) -> None:
    reading.unknown.update(found.unknown)
    for key, items in found.items.items():
        pile = reading.pile(scope, key)
        pile.was_read = True
        pile.items.extend((place, item) for item in items)
        if found.truncated_by:
            _flaw(pile, key, f"truncated: {place} holds a {found.truncated_by}", reading)
    for key, why in found.odd.items():
        _flaw(reading.pile(scope, key), key, f"{place}: {why}", reading)
    if found.functions:
        reading.single_functions.setdefault(scope, []).extend((place, item) for item in found.functions)


def _flaw(pile: _Pile, key: str, why: str, reading: _Reading) -> None:
    pile.flaws.append(why)
    reading.gaps.append(Gap(what=key, reason=why, action=action_of(key)))


def _no_known_key(root: Path, reading: _Reading) -> str:
    seen = ", ".join(sorted(reading.unknown)[:5]) or "none"
    return (
        f"no known key in the JSON files below {str(root)!r}: expected Subnets, RouteTables, … "
        f"as the AWS CLI prints them; found {seen}"
    )


def _snapshot(reading: _Reading) -> Snapshot:
    meta = reading.meta
    _lend_functions(reading)
    listings = {}
    for (scope, key), pile in sorted(reading.piles.items(), key=lambda item: (item[0][0].pointer, item[0][1])):
        if pile.was_read:
            listings[(scope, key)] = _listing(scope, key, pile, reading)
    if meta is None:
        reading.gaps.extend(_absent(listings))
        reading.gaps.extend(_failed(reading.calls))
    else:
        for at, reason in meta.incomplete.items():
            if at in listings:
                listings[at] = replace(listings[at], incomplete=reason)
    unknown = reading.unknown.union(meta.unknown_keys if meta else ())
    return Snapshot(
        origin=meta.origin if meta else _origin(listings),
        collected_at=meta.collected_at if meta else datetime.fromtimestamp(reading.newest, UTC),
        listings=listings,
        calls=tuple(reading.calls),
        gaps=tuple(dict.fromkeys([*(meta.gaps if meta else ()), *reading.gaps])),
        unknown_keys=tuple(sorted(unknown)),
    )


def _lend_functions(reading: _Reading) -> None:
    """A lone get-function-configuration also tells of the function, but never that there are no others."""
    for scope, functions in reading.single_functions.items():
        pile = reading.pile(scope, "Functions")
        if not pile.was_read:
            pile.was_read = True
            pile.items.extend(functions)
            pile.flaws.append("only single functions were saved, no list of functions")


def _listing(scope: Scope, key: str, pile: _Pile, reading: _Reading) -> Listing:
    items, conflicts = merge(key, pile.items)
    for conflict in conflicts:
        where = f"described differently in {' and '.join(conflict.places)}"
        pile.flaws.append(f"{conflict.id} is {where}")
        reading.gaps.append(Gap(what=f"{key}/{conflict.id}", reason=where, action=action_of(key)))
    listing, problems = listing_of(key, scope, items)
    reading.gaps.extend(problems)
    flaws = "; ".join([*pile.flaws, *([listing.incomplete] if listing.incomplete else [])])
    return replace(listing, incomplete=flaws or None)


def _absent(listings: Mapping[tuple[Scope, str], Listing]) -> Iterator[Gap]:
    scopes = sorted({scope for scope, _ in listings}, key=lambda scope: scope.pointer)
    for scope in scopes:
        for key in _CORE:
            if (scope, key) not in listings:
                where = f" in {scope.pointer[1:]}" if scope.pointer else ""
                yield Gap(what=f"{key}{where}", reason="not read: no file holds this key", action=action_of(key))


def _failed(calls: list[CallRecord]) -> Iterator[Gap]:
    for call in calls:
        if call.error and call.key in KINDS:
            yield Gap(what=call.key, reason=f"{call.operation} failed: {call.error.code}", action=call.action)


def _origin(listings: Mapping[tuple[Scope, str], Listing]) -> Origin:
    accounts = {scope.account for scope, _ in listings if scope.account}
    regions = {scope.region for scope, _ in listings if scope.region}
    return Origin(
        kind="snapshot",
        account=_only(accounts or account_of(listings.values())),
        region=_only(regions or region_of(listings.values())),
    )


def _only(found: set[str]) -> str | None:
    return next(iter(found)) if len(found) == 1 else None
