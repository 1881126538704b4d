"""Account ids hidden behind numbers that stay the same throughout one bundle."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from typing import Any, TypeVar, cast

from runbook_lib.model.fact import Scope
from runbook_lib.model.result import RunResult
from runbook_lib.model.snapshot import Listing, Snapshot, listing_of

__all__ = ["Masker"]

T = TypeVar("T")

# Twelve digits on their own; the last group of a UUID (request ids) is not an account.
_ACCOUNT = re.compile(r"(?<![0-9A-Za-z])(?<![0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-)\d{12}(?![0-9A-Za-z])")
_MASKED = re.compile(r"0{8}\d{4}")
_OPAQUE = ("image/", "application/pdf")


class Masker:
    """Replaces account ids in whatever it is given.

    The first account in numeric order becomes 000000000001, the next 000000000002 and so on: still twelve digits, so
    that ARNs, folders and saved facts stay readable by every tool. Ids that were found standing alone anywhere are
    also replaced inside longer words, for example in a bucket name.
    """

    def __init__(self, accounts: Iterable[str]) -> None:
        known = sorted({account for account in accounts if not _MASKED.fullmatch(account)})
        self._masks = {account: f"{number:012d}" for number, account in enumerate(known, start=1)}
        self._masks |= {_dashed(account): _dashed(mask) for account, mask in self._masks.items()}
        self._pattern = re.compile("|".join(rf"(?<!\d){word}(?!\d)" for word in self._masks)) if known else None

    @classmethod
    def of(cls, *values: Any) -> Masker:
        """A masker for every account id that stands alone in the given results, snapshots and JSON values."""
        found: set[str] = set()
        for value in values:
            for text in _texts(value):
                found.update(_ACCOUNT.findall(text))
        return cls(found)

    def text(self, text: str) -> str:
        """The text with every known account id replaced."""
        return self._pattern.sub(lambda hit: self._masks[hit[0]], text) if self._pattern else text

    def apply(self, value: T) -> T:
        """The same value with every text in it masked: keys, values, dataclass fields; pictures stay untouched."""
        return cast(T, self._apply(value))

    def _apply(self, value: Any) -> Any:
        if isinstance(value, Enum):
            return value
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Listing):
            return listing_of(
                value.key, self._apply(value.scope), self._apply(value.raws), self._apply(value.incomplete)
            )[0]
        if is_dataclass(value) and not isinstance(value, type):
            return replace(value, **{f.name: self._apply(getattr(value, f.name)) for f in fields(value) if f.init})
        if isinstance(value, Mapping):
            return _like(value, {self._apply(k): v if _is_opaque(k) else self._apply(v) for k, v in value.items()})
        if isinstance(value, list | tuple):
            return type(value)(self._apply(item) for item in value)
        if isinstance(value, int) and not isinstance(value, bool) and str(value) in self._masks:
            return self._masks[str(value)]
        return value


def _like(original: Mapping[Any, Any], items: dict[Any, Any]) -> Mapping[Any, Any]:
    """Notebook nodes are dictionaries with attribute access and have to stay so."""
    return type(original)(items) if isinstance(original, dict) else items


def _is_opaque(key: Any) -> bool:
    return isinstance(key, str) and key.startswith(_OPAQUE)


def _texts(value: Any) -> Iterable[str]:
    """Every text inside a value, keys included."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Snapshot):
        yield from _texts([value.origin, value.calls, value.gaps, list(value.listings)])
        for listing in value.listings.values():
            yield from _texts(listing.raws)
    elif isinstance(value, RunResult | Scope) or (is_dataclass(value) and not isinstance(value, type)):
        for field in fields(value):
            yield from _texts(getattr(value, field.name))
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _texts(key)
            if not _is_opaque(key):
                yield from _texts(item)
    elif isinstance(value, list | tuple | set | frozenset):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, int) and not isinstance(value, bool) and len(str(value)) == 12:
        yield str(value)


def _dashed(account: str) -> str:
    return f"{account[:4]}-{account[4:8]}-{account[8:]}"
