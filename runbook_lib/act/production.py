"""Whether a function looks like a production one."""

from __future__ import annotations

import re
from collections.abc import Mapping

__all__ = ["why_production"]

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_STAGE_KEYS = frozenset({"env", "environment", "lifecycle", "name", "stage", "tier"})
_PRODUCTION = frozenset({"prod", "production", "prd", "live"})
_NOT_QUITE = frozenset({"non", "not", "no", "pre"})
_NO = frozenset({"", "0", "false", "no", "none", "off"})


def why_production(name: str, qualifier: str | None, tags: Mapping[str, str]) -> str | None:
    """What says that a function is a production one, None when nothing does.

    That is the word prod, production, prd or live, but not `non-prod` or `pre-prod`: in the function's name, in that of
    the version or alias, in the value of a tag that tells a stage (Environment, Stage, tier, Name), or as a tag itself.
    """
    for key, value in sorted(tags.items()):
        is_stage = not _STAGE_KEYS.isdisjoint(_words(key)) and _is_production(value)
        if is_stage or (_is_production(key) and value.strip().lower() not in _NO):
            return f"its tag {key} is {value}"
    for what, text in (("name", name), ("alias", qualifier or "")):
        if _is_production(text):
            return f"its {what} is {text}"
    return None


def _is_production(text: str) -> bool:
    words = _words(text)
    before = ["", *words]
    return any(word in _PRODUCTION and other not in _NOT_QUITE for other, word in zip(before, words, strict=False))


def _words(text: str) -> list[str]:
    """The words of a name, whatever stands between them: `checkoutLive-2` has checkout and live."""
    return [word.lower() for word in _WORD.findall(text)]
