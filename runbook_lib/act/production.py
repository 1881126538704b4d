"""Whether a function looks like a production one."""

from __future__ import annotations

import re
from collections.abc import Mapping

__all__ = ["why_production"]

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_STAGE_TAGS = frozenset({"env", "environment", "stage"})
_STAGES = frozenset({"prod", "production", "live"})
_WORDS = frozenset({"prod", "production"})


def why_production(name: str, qualifier: str | None, tags: Mapping[str, str]) -> str | None:
    """What says that a function is a production one, None when nothing does.

    That is a tag env, environment or stage with the value prod, production or live, or the word prod or production in
    the function's name, or in that of the version or alias.
    """
    for key, value in sorted(tags.items()):
        if key.lower() in _STAGE_TAGS and value.strip().lower() in _STAGES:
            return f"its tag {key} is {value}"
    for what, text in (("name", name), ("alias", qualifier or "")):
        if _WORDS & {word.lower() for word in _WORD.findall(text)}:
            return f"its {what} is {text}"
    return None
