"""The one way into HTML: everything that enters a page passes `escape`."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from markupsafe import escape as _entities

from runbook_lib.render.text import compact_json, plain, visible

__all__ = ["Markup", "breakable", "environment", "escape", "script_json"]


def escape(value: Any) -> Markup:
    """A value as harmless HTML text or attribute value; markup that was made here before passes unchanged.

    Control and direction-changing characters become visible, None becomes a dash, other objects compact JSON.
    """
    if hasattr(value, "__html__"):
        return Markup(value.__html__())
    if value is None:
        return Markup("–")
    text = visible(compact_json(value))
    return Markup(str(_entities(text)).replace("`", "&#96;").replace("{", "&#123;").replace("}", "&#125;"))


def script_json(value: Any) -> Markup:
    """JSON for a `<script type="application/json">` element: no character in it can end the element."""
    text = json.dumps(value, default=plain, ensure_ascii=True)
    return Markup(text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e"))


def breakable(value: Any) -> Markup:
    """A long name as HTML that may break after its colons, slashes and equal signs."""
    text = str(escape(value))
    return Markup(re.sub(r"(?<=[:/=])(?=\w)", "<wbr>", text))


@lru_cache(maxsize=1)
def environment() -> Environment:
    """The template environment of all pages; every expression in a template goes through `escape`."""
    made = Environment(
        loader=PackageLoader("runbook_lib.render"),
        autoescape=True,
        finalize=escape,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["breakable"] = breakable
    return made
