"""A snapshot as a folder of JSON files in the shape of AWS CLI output, readable again as `snapshot:<dir>`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from runbook_lib.model.fact import Scope
from runbook_lib.model.snapshot import CallRecord, Snapshot
from runbook_lib.render.text import plain

__all__ = ["CALLS_FILE", "META_FILE", "META_SCHEMA", "call_json", "save_snapshot", "snapshot_texts"]

META_SCHEMA = "runbook-snapshot/1"
META_FILE = "snapshot.json"
CALLS_FILE = "calls.jsonl"


def save_snapshot(snapshot: Snapshot, folder: Path) -> None:
    """Write `<scope>/<Key>.json` for every listing, the calls and the meta file; the folder is created."""
    for name, text in snapshot_texts(snapshot).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def snapshot_texts(snapshot: Snapshot) -> dict[str, str]:
    """Mapping relative file name → content, sorted by name.

    A listing becomes `{"<Key>": [...]}`; an empty listing is written too, because a key that is absent was not read.
    """
    texts = {
        _folder(scope) + f"{key}.json": _json({key: list(listing.raws)})
        for (scope, key), listing in snapshot.listings.items()
    }
    texts[CALLS_FILE] = "".join(_line(call_json(call)) for call in snapshot.calls)
    texts[META_FILE] = _json(_meta(snapshot))
    return dict(sorted(texts.items()))


def call_json(call: CallRecord) -> dict[str, Any]:
    """One call as a line of calls.jsonl holds it: the fields of CallRecord; scope and error are objects."""
    return {
        "operation": call.operation,
        "action": call.action,
        "key": call.key,
        "scope": _scope(call.scope),
        "request": dict(call.request),
        "pages": call.pages,
        "items": call.items,
        "request_ids": list(call.request_ids),
        "duration_ms": call.duration_ms,
        "retries": call.retries,
        "error": {"code": call.error.code, "message": call.error.message} if call.error else None,
        "truncated": call.truncated,
    }


def _meta(snapshot: Snapshot) -> dict[str, Any]:
    return {
        "schema": META_SCHEMA,
        "origin": snapshot.origin.to_json(),
        "collected_at": snapshot.collected_at.isoformat(),
        "gaps": [{"what": gap.what, "reason": gap.reason, "action": gap.action} for gap in snapshot.gaps],
        "incomplete": [
            {**_scope(scope), "key": key, "reason": listing.incomplete}
            for (scope, key), listing in sorted(snapshot.listings.items(), key=lambda item: _order(*item[0]))
            if listing.incomplete
        ],
        "unknown_keys": list(snapshot.unknown_keys),
    }


def _order(scope: Scope, key: str) -> tuple[str, str]:
    return scope.pointer, key


def _scope(scope: Scope) -> dict[str, str | None]:
    return {"account": scope.account, "region": scope.region}


def _folder(scope: Scope) -> str:
    return f"{scope.pointer[1:]}/" if scope.pointer else ""


def _json(value: Mapping[str, Any]) -> str:
    return json.dumps(value, indent=2, default=plain, ensure_ascii=False) + "\n"


def _line(value: Mapping[str, Any]) -> str:
    return json.dumps(value, default=plain, ensure_ascii=False) + "\n"
