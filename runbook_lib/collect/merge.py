"""Several views of one resource become one fact, or an honest conflict."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from runbook_lib.model.fact import Raw
from runbook_lib.model.kinds import KINDS

__all__ = ["Conflict", "id_of", "merge"]

# Kinds that AWS tells in parts: one attribute per call, or two operations about one list.
_TOLD_IN_PARTS = frozenset({"PrefixLists", "VpcAttributes"})


@dataclass(frozen=True, slots=True)
class Conflict:
    """One id that was described differently; `places` name where, in order."""

    id: str
    places: tuple[str, ...]


def id_of(key: str, raw: Raw) -> str | None:
    """The id of an item of a snapshot key, or None when it has none."""
    field = KINDS[key].id_field
    said = raw.get(field, raw.get(field[:1].lower() + field[1:]))
    return None if said is None else str(said)


def merge(key: str, items: Iterable[tuple[str, Raw]]) -> tuple[list[Raw], tuple[Conflict, ...]]:
    """The items of (place, item) pairs without repetitions, and the ids that places contradict each other about.

    Identical items become one. A contradicted id is left out: no fact is better than a doubtful one.
    """
    kept: dict[str, Raw] = {}
    first: dict[str, str] = {}
    places: dict[str, list[str]] = {}
    contradicted: set[str] = set()
    nameless: list[Raw] = []
    for place, raw in items:
        id_ = id_of(key, raw)
        if id_ is None:
            nameless.append(raw)
            continue
        if id_ not in kept:
            kept[id_], first[id_] = raw, place
            continue
        places.setdefault(id_, [first[id_]]).append(place)
        if kept[id_] != raw:
            joined = _joined(kept[id_], raw) if key in _TOLD_IN_PARTS else None
            if joined is None:
                contradicted.add(id_)
            else:
                kept[id_] = joined
    conflicts = tuple(Conflict(id_, tuple(dict.fromkeys(places[id_]))) for id_ in sorted(contradicted))
    return [raw for id_, raw in kept.items() if id_ not in contradicted] + nameless, conflicts


def _joined(one: Raw, other: Raw) -> Mapping[str, Any] | None:
    if any(one[name] != other[name] for name in one.keys() & other.keys()):
        return None
    return {**one, **other}
