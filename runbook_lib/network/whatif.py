"""Change a copy of a snapshot: the edits behind every proposed fix and every "what if"."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from runbook_lib.errors import UsageError, unknown_name
from runbook_lib.model.fact import Raw, Scope
from runbook_lib.model.kinds import KINDS
from runbook_lib.model.snapshot import Snapshot, listing_of
from runbook_lib.network.aftermath import consequences

__all__ = ["Edit", "apply", "edits_of"]

# What a new object is taken to be unless the person says otherwise: ready
_WORKING: Mapping[str, Raw] = {
    "NatGateways": {"State": "available"},
    "VpcEndpoints": {"State": "available"},
    "VpcPeeringConnections": {"Status": {"Code": "active"}},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """Replace, add or (with `value` None) delete one AWS object under a snapshot key of one scope."""

    key: str
    scope: Scope
    id: str
    value: Raw | None


def apply(snapshot: Snapshot, edits: Iterable[Edit]) -> Snapshot:
    """A copy of the snapshot with the edits made in order; the original is untouched."""
    changed = snapshot
    for edit in edits:
        id_field = KINDS[edit.key].id_field
        listing = changed.listings.get((edit.scope, edit.key))
        kept = [raw for raw in (listing.raws if listing else ()) if raw.get(id_field) != edit.id]
        items = kept if edit.value is None else [*kept, edit.value]
        changed = changed.with_items(edit.key, edit.scope, items)
    return changed


def edits_of(snapshot: Snapshot, document: Any) -> tuple[Edit, ...]:
    """The edits a person wrote: AWS-shaped JSON, each object laid over the one with the same id.

    `{"RouteTables": [{"RouteTableId": "rtb-…", "Routes": […]}], "delete": {"NetworkAcls": ["acl-…"]}}`: fields given
    replace the fields of the object, a new id adds an object. What AWS changes by itself when something is deleted is
    changed too. Raises UsageError for anything else.
    """
    if not isinstance(document, Mapping):
        raise UsageError("a change is a JSON object whose keys are AWS listing keys such as RouteTables")
    edits = [
        _overlay(snapshot, key, item)
        for key, items in document.items()
        if key != "delete"
        for item in _objects(key, items)
    ]
    changed = apply(snapshot, edits)
    for gone in _deletions(snapshot, document.get("delete", {})):
        after = [
            Edit(key=key, scope=scope, id=id_, value=value)
            for key, scope, id_, value in consequences(changed, gone.key, gone.id)
        ]
        edits += [*after, gone]
        changed = apply(changed, [*after, gone])
    return tuple(edits)


def _deletions(snapshot: Snapshot, listed: Any) -> Iterator[Edit]:
    if not isinstance(listed, Mapping):
        raise UsageError('delete in the change must be an object such as {"NetworkAcls": ["acl-…"]}')
    for key, ids in listed.items():
        _known(key)
        if not isinstance(ids, list) or not all(isinstance(id_, str) for id_ in ids):
            raise UsageError(f"delete {key} in the change must be a list of ids")
        for id_ in ids:
            scope, old = _home(snapshot, key, id_)
            if old is None:
                id_field = KINDS[key].id_field
                raws = [
                    raw for (_, other), listing in snapshot.listings.items() if other == key for raw in listing.raws
                ]
                raise unknown_name(f"{id_field} to delete", id_, [str(raw.get(id_field)) for raw in raws])
            yield Edit(key=key, scope=scope, id=id_, value=None)


def _known(key: str) -> None:
    if key not in KINDS:
        raise unknown_name("key in the change", key, KINDS)


def _objects(key: str, items: Any) -> list[Raw]:
    _known(key)
    id_field = KINDS[key].id_field
    if not isinstance(items, list) or not all(isinstance(item, Mapping) and item.get(id_field) for item in items):
        raise UsageError(f"{key} in the change must be a list of objects that each have {id_field}")
    return items


def _overlay(snapshot: Snapshot, key: str, item: Raw) -> Edit:
    id_ = str(item[KINDS[key].id_field])
    scope, old = _home(snapshot, key, id_)
    value = {**(_WORKING.get(key, {}) if old is None else old), **item}
    _, problems = listing_of(key, scope, [value])
    if problems:
        raise UsageError(f"{key} {id_} in the change is {problems[0].reason}")
    return Edit(key=key, scope=scope, id=id_, value=value)


def _home(snapshot: Snapshot, key: str, id_: str) -> tuple[Scope, Raw | None]:
    id_field = KINDS[key].id_field
    for (scope, listed), listing in snapshot.listings.items():
        if listed == key:
            for raw in listing.raws:
                if raw.get(id_field) == id_:
                    return scope, raw
    if len(snapshot.scopes) != 1:
        raise UsageError(f"{key} {id_} is not in the snapshot, and it holds several accounts or Regions to add it to")
    return snapshot.scopes[0], None
