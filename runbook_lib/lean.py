"""Processes that start sooner: imports without what nothing here asks for, less looking for garbage."""

from __future__ import annotations

import gc
import sys
from typing import Any

__all__ = ["collect_garbage_seldom", "import_jsonschema"]

_IRI_PARSERS = "rfc3987_syntax"


def import_jsonschema() -> None:
    """Import jsonschema without its parsers of IRIs, for this process; does nothing when either was imported before.

    They are 38 grammars, built at import: 1.2 of the 1.4 s of processor time that jsonschema costs every kernel, every
    embedded AWS and every run. They serve `"format": "iri"` alone, which no schema of the kit or of notebooks has, and
    jsonschema leaves that format out where the package is not installed. Whoever imports them later gets them.
    https://python-jsonschema.readthedocs.io/en/stable/validate/#validating-formats
    """
    modules: dict[str, Any] = sys.modules
    if "jsonschema" in modules or _IRI_PARSERS in modules:
        return
    # None is how the import system is told that there is no such module
    modules[_IRI_PARSERS] = None
    try:
        import jsonschema  # noqa: F401
    finally:
        del modules[_IRI_PARSERS]


def collect_garbage_seldom() -> None:
    """Let the collector of garbage of this process look after 100,000 new objects instead of 700.

    For processes that import much and end soon, a quarter of their processor time goes there: each look at the whole
    finds only what was just imported.
    https://docs.python.org/3/library/gc.html#gc.set_threshold
    """
    gc.set_threshold(100_000, 10, 5)
