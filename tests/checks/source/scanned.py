"""Worlds with source code that was scanned."""

from __future__ import annotations

from typing import Any

from tests.builders import World, world

__all__ = ["scanned"]

Json = dict[str, Any]


def scanned(*files: Json) -> World:
    """A function in a VPC whose source holds these files; what a file does not say is clean Python with a handler."""
    made = world().vpc().subnet("a", az="a").group().function(subnets=["a"])
    clean = {"File": "app.py", "Language": "python", "Handlers": ["handler"], "Unread": None, "Findings": []}
    made._items["SourceFindings"] = [clean | file for file in files]
    return made
