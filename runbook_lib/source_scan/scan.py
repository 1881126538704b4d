"""One file of source code, whatever its language."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePath

from runbook_lib.model.fact import Scope
from runbook_lib.model.source import Language, SourceFile
from runbook_lib.source_scan.found import Found, SecretKind, Unparsed
from runbook_lib.source_scan.node_source import scan_node
from runbook_lib.source_scan.python_source import scan_python

__all__ = ["SUFFIXES", "not_scanned", "scan"]

SUFFIXES: Mapping[str, Language] = {
    ".py": Language.PYTHON,
    **dict.fromkeys((".js", ".mjs", ".cjs", ".jsx"), Language.JAVASCRIPT),
    **dict.fromkeys((".ts", ".mts", ".cts", ".tsx"), Language.TYPESCRIPT),
}
"""The language that a file holds, by the end of its name."""


def scan(name: str, text: str, secret_kind: SecretKind) -> SourceFile:
    """What is found in a file; one that is not what its name says is unread, with the line that tells.

    `secret_kind` says what a literal looks like, given the name it has in the source. KeyError for another suffix.
    """
    suffix = PurePath(name).suffix.lower()
    language, found = SUFFIXES[suffix], Found(secret_kind)
    try:
        if language is Language.PYTHON:
            scan_python(text, found)
        else:
            scan_node(text, suffix, found)
    except Unparsed as why:
        return _file(name, language, None, str(why))
    except RecursionError:
        return _file(name, language, None, "an expression in it is nested too deep to be followed")
    return _file(name, language, found, None)


def not_scanned(name: str, why: str) -> SourceFile:
    """A file, or a folder, that could not be read, and why."""
    return _file(name, SUFFIXES.get(PurePath(name).suffix.lower()), None, why)


def _file(name: str, language: Language | None, found: Found | None, unread: str | None) -> SourceFile:
    raw = {
        "File": name,
        "Language": language.value if language else None,
        "Handlers": list(found.handlers) if found else [],
        "Unread": unread,
        "Findings": [place.to_raw() for place in found.places] if found else [],
    }
    return SourceFile.read(raw, Scope(), "")
