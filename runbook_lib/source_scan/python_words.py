"""Python expressions in words that hold no literal of the source."""

from __future__ import annotations

import ast

__all__ = ["short_name"]


def short_name(called: ast.expr) -> str:
    """What is called, without the arguments of calls inside: they may hold literals."""
    if isinstance(called, ast.Attribute):
        return f"{short_name(called.value)}.{called.attr}"
    if isinstance(called, ast.Call):
        return f"{short_name(called.func)}(…)"
    return called.id if isinstance(called, ast.Name) else "…"
