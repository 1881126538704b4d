"""One JSON document in the shape of AWS CLI output, taken apart by snapshot key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from runbook_lib.collect.redact import LOG_EVENTS, redact
from runbook_lib.model.fact import Raw
from runbook_lib.model.kinds import KINDS
from runbook_lib.model.observations import EVENTS_KEY, FLOW_LOG_RECORDS_KEY

__all__ = ["PAGE_MARKS", "Document", "take_apart"]

PAGE_MARKS = ("NextToken", "nextToken", "NextMarker", "Marker", "IsTruncated")
# Beside the page marks: lists that AWS sends along with log events and metrics, without facts of their own.
_ENVELOPE = frozenset({*PAGE_MARKS, "ResponseMetadata", "searchedLogStreams", "Messages"})
_DNS_ATTRIBUTES = frozenset({"EnableDnsSupport", "EnableDnsHostnames", "EnableNetworkAddressUsageMetrics"})
_SINGLE_OBJECT = frozenset({"VpcBlockPublicAccessOptions", "AccountLimit", "Quotas"})
_LOG_EVENTS = frozenset({EVENTS_KEY, FLOW_LOG_RECORDS_KEY})
_OTHER_NAMES = {"Quota": "Quotas"}


@dataclass(slots=True)
class Document:
    """What one file holds.

    `items` maps a snapshot key to its objects (an empty list was read and is empty); `odd` maps a key to why (part
    of) its value could not be taken; `truncated_by` names the page mark that says more existed, or is None.
    `functions` are configurations of single functions, which are no list of functions.
    """

    items: dict[str, list[Raw]] = field(default_factory=dict)
    functions: list[Raw] = field(default_factory=list)
    odd: dict[str, str] = field(default_factory=dict)
    unknown: list[str] = field(default_factory=list)
    truncated_by: str | None = None


def take_apart(document: Mapping[str, Any]) -> Document:
    """The known parts of a document, redacted. Never raises for an odd shape: it is reported in `odd`."""
    found = Document(truncated_by=next((mark for mark in PAGE_MARKS if document.get(mark)), None))
    if _take_single(document, found):
        return found
    for name, value in document.items():
        if name in _ENVELOPE:
            continue
        if name == "Reservations":
            _take_reservations(value, found)
            continue
        known = _OTHER_NAMES.get(name, name)
        key = known if known in KINDS else known[:1].upper() + known[1:]
        if key in KINDS:
            _take_list(key, value, found)
        else:
            found.unknown.append(name)
    return found


def _take_single(document: Mapping[str, Any], found: Document) -> bool:
    """Outputs that describe one thing without a list around it."""
    inner = document.get("Configuration")
    configuration = inner if isinstance(inner, Mapping) else document
    if "FunctionName" in configuration and "FunctionArn" in configuration:
        cleaned = redact("lambda:GetFunctionConfiguration", configuration)
        found.items["FunctionConfigurations"] = [cleaned]
        found.functions.append(cleaned)
        return True
    if "VpcId" in document and _DNS_ATTRIBUTES & document.keys():
        found.items["VpcAttributes"] = [{k: v for k, v in document.items() if k not in _ENVELOPE}]
        return True
    return False


def _take_list(key: str, value: Any, found: Document) -> None:
    if key in _SINGLE_OBJECT and isinstance(value, Mapping):
        value = [value]
    if not isinstance(value, list):
        found.odd[key] = f"{key}: expected a list, found {_noun(value)}"
        return
    whole = [item for item in value if isinstance(item, Mapping)]
    if len(whole) < len(value):
        other = next(item for item in value if not isinstance(item, Mapping))
        found.odd[key] = f"{key}: expected objects, found {_noun(other)} among them"
    if key in _LOG_EVENTS and (strange := [item for item in whole if not _is_event(item)]):
        found.odd[key] = f"{key}: {len(strange)} events whose message or logStreamName is no text were left out"
        whole = [item for item in whole if _is_event(item)]
    if whole or not value:
        found.items.setdefault(key, []).extend(redact(LOG_EVENTS if key in _LOG_EVENTS else "", item) for item in whole)


def _is_event(item: Mapping[str, Any]) -> bool:
    return isinstance(item.get("message", ""), str) and isinstance(item.get("logStreamName", ""), str | None)


def _take_reservations(value: Any, found: Document) -> None:
    if not isinstance(value, list):
        found.odd["Instances"] = f"Reservations: expected a list, found {_noun(value)}"
        return
    instances: list[Any] = []
    for reservation in value:
        inside = reservation.get("Instances") if isinstance(reservation, Mapping) else None
        if isinstance(inside, list):
            instances.extend(inside)
        else:
            found.odd["Instances"] = "Reservations: expected objects with a list of Instances"
    if instances or "Instances" not in found.odd:
        _take_list("Instances", instances, found)


def _noun(value: Any) -> str:
    names = {dict: "an object", list: "a list", str: "text", bool: "true or false", type(None): "null"}
    return names.get(type(value), "a number")
