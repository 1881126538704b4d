"""The two files that only the kit's own snapshots have: `snapshot.json` and `calls.jsonl`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from runbook_lib.errors import UsageError
from runbook_lib.model.fact import Scope
from runbook_lib.model.snapshot import CallError, CallRecord, Gap, Origin

__all__ = ["CALLS_FILE", "META_FILE", "Meta", "read_calls", "read_meta"]

META_FILE = "snapshot.json"
CALLS_FILE = "calls.jsonl"
_SCHEMA = "runbook-snapshot/1"


@dataclass(frozen=True, slots=True)
class Meta:
    """What the kit wrote about a snapshot beside its facts; `incomplete` maps (scope, key) to the reason."""

    origin: Origin
    collected_at: datetime
    gaps: tuple[Gap, ...] = ()
    incomplete: Mapping[tuple[Scope, str], str] = field(default_factory=dict)
    unknown_keys: tuple[str, ...] = ()


def read_meta(document: Mapping[str, Any], place: str) -> Meta | None:
    """The meta file, or None when the document is something else. Raises UsageError when it is malformed."""
    if document.get("schema") != _SCHEMA:
        return None
    try:
        said = document["origin"]
        moment = datetime.fromisoformat(document["collected_at"])
        return Meta(
            origin=Origin(
                kind="snapshot",
                account=said.get("account"),
                region=said.get("region"),
                caller_arn=said.get("caller_arn"),
                scenario=said.get("scenario"),
            ),
            collected_at=moment if moment.tzinfo else moment.replace(tzinfo=UTC),
            gaps=tuple(Gap(what=g["what"], reason=g["reason"], action=g.get("action")) for g in document["gaps"]),
            incomplete={(_scope(entry), entry["key"]): entry["reason"] for entry in document["incomplete"]},
            unknown_keys=tuple(document.get("unknown_keys") or ()),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise UsageError(f"{place}: not a snapshot description of this kit ({type(error).__name__}: {error})") from None


def read_calls(text: str, place: str) -> tuple[CallRecord, ...]:
    """The calls of a `calls.jsonl`, in order. Raises UsageError naming file and line."""
    calls = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            calls.append(_call(json.loads(line)))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise UsageError(f"{place}, line {number}: not a call record ({type(error).__name__}: {error})") from None
    return tuple(calls)


def _call(said: Mapping[str, Any]) -> CallRecord:
    error = said.get("error")
    return CallRecord(
        operation=said["operation"],
        action=said["action"],
        key=said["key"],
        scope=_scope(said.get("scope") or {}),
        request=said.get("request") or {},
        pages=int(said.get("pages", 0)),
        items=int(said.get("items", 0)),
        request_ids=tuple(said.get("request_ids") or ()),
        duration_ms=int(said.get("duration_ms", 0)),
        retries=int(said.get("retries", 0)),
        error=CallError(code=error["code"], message=error["message"]) if error else None,
        truncated=bool(said.get("truncated")),
    )


def _scope(said: Mapping[str, Any]) -> Scope:
    return Scope(account=said.get("account"), region=said.get("region"))
