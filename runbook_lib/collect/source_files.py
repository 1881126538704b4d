"""The source files of a folder as text: what is read, what is told as not read, and where reading ends."""

from __future__ import annotations

import io
import os
import tokenize
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from runbook_lib.errors import UsageError

__all__ = ["SourceText", "SourceTexts", "read_sources"]

_MOST_FILES = 5_000
_MOST_BYTES = 1 << 20
_MOST_BYTES_IN_ALL = 100 << 20
_LONG_LINE = 5_000
# What package managers and builds put beside the source; folders whose name begins with a dot are left out too.
_FOREIGN = frozenset(
    {"node_modules", "site-packages", "dist-packages", "__pycache__", "venv", "env", "dist", "build", "cdk.out"}
    | {"coverage", "vendor", "bower_components", "__pypackages__"}
)


@dataclass(frozen=True, slots=True)
class SourceText:
    """A file by its path inside the folder: its text, or why it was not read."""

    name: str
    text: str = ""
    unread: str | None = None


@dataclass(frozen=True, slots=True)
class SourceTexts:
    """The files of a folder by name; `cut` says why these are not all, None when they are."""

    files: tuple[SourceText, ...]
    cut: str | None = None


def read_sources(
    folder: Path,
    suffixes: Collection[str],
    *,
    most_files: int = _MOST_FILES,
    most_bytes: int = _MOST_BYTES,
    most_bytes_in_all: int = _MOST_BYTES_IN_ALL,
) -> SourceTexts:
    """The files with these suffixes in a folder, or the one file that is named instead.

    Installed packages, what builds made and hidden folders are left out, links out of the folder are told and not
    followed. UsageError for what does not exist or cannot be read at all.
    """
    paths = _paths(folder, suffixes)
    files: list[SourceText] = []
    left = most_bytes_in_all
    for path in paths:
        if len(files) >= most_files:
            return SourceTexts(tuple(files), f"only {most_files:,} of {len(paths):,} source files were read")
        if left <= 0:
            return SourceTexts(tuple(files), f"only {most_bytes_in_all >> 20} MiB of source were read")
        name = path.relative_to(folder).as_posix() if path != folder else path.name
        one = _read(path, name, folder, most_bytes)
        left -= len(one.text)
        files.append(one)
    return SourceTexts(tuple(files))


def _paths(folder: Path, suffixes: Collection[str]) -> list[Path]:
    if folder.is_file():
        if folder.suffix.lower() not in suffixes:
            raise UsageError(f"{folder} is no source that can be read; expected {', '.join(sorted(suffixes))}")
        return [folder]
    if not folder.is_dir():
        raise UsageError(f"source folder {str(folder)!r} does not exist")
    try:
        next(folder.iterdir(), None)
    except OSError as error:
        raise UsageError(f"cannot read {folder}: {error.strerror or error}") from None
    return sorted(_walked(folder, suffixes))


def _walked(folder: Path, suffixes: Collection[str]) -> Iterator[Path]:
    inside = folder.resolve()
    refused: list[OSError] = []
    for parent, folders, names in os.walk(folder, onerror=refused.append):
        kept = sorted(name for name in folders if not name.startswith(".") and name.lower() not in _FOREIGN)
        folders[:] = [name for name in kept if not Path(parent, name).is_symlink()]
        for name in (*names, *(name for name in kept if name not in folders)):
            path = Path(parent, name)
            is_link = path.is_symlink()
            if is_link and _leads_inside(path, inside):
                continue  # what it leads to is met on its own
            if path.suffix.lower() in suffixes or (is_link and path.is_dir()):
                yield path
    yield from (Path(error.filename) for error in refused)


def _leads_inside(link: Path, folder: Path) -> bool:
    try:
        return link.resolve().is_relative_to(folder)
    except (OSError, RuntimeError):
        return True  # a link that only leads round in circles holds nothing


def _read(path: Path, name: str, folder: Path, most_bytes: int) -> SourceText:
    if path.is_symlink() and path != folder:
        return SourceText(name, unread="a link that leads out of the folder is not followed")
    if not path.is_file():
        return SourceText(name, unread="the folder cannot be read" if path.is_dir() else "it is no regular file")
    try:
        size = path.stat().st_size
        if size > most_bytes:
            return SourceText(name, unread=f"{size:,} bytes are more than {most_bytes:,}")
        raw = path.read_bytes()
    except OSError as error:
        return SourceText(name, unread=f"it cannot be read: {error.strerror or error}")
    return _decoded(name, raw)


def _decoded(name: str, raw: bytes) -> SourceText:
    try:
        if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
            text = raw.decode("utf-16")
        elif b"\0" in raw:
            return SourceText(name, unread="it is no text")
        elif name.endswith(".py"):
            text = raw.decode(tokenize.detect_encoding(io.BytesIO(raw).readline)[0])
        else:
            text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        return SourceText(name, unread=f"line {line}: it is no {error.encoding} text")
    except (SyntaxError, LookupError):
        return SourceText(name, unread="line 1: its encoding is not known")
    is_made = any(part in name.lower() for part in (".min.", "-min.", ".bundle."))
    if is_made or (not name.endswith(".py") and max(map(len, text.splitlines()), default=0) > _LONG_LINE):
        return SourceText(name, unread="it was made by a bundler or minifier: give the source it was made of")
    return SourceText(name, text.removeprefix("\ufeff"))
