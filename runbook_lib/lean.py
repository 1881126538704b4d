"""Imports that cost less: jsonschema without parsers that nothing here asks for."""

from __future__ import annotations

import sys
from typing import Any

__all__ = ["import_jsonschema"]

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
