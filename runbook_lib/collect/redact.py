"""Secrets leave a response before anything keeps it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

__all__ = ["REDACTED", "redact", "redact_text"]

REDACTED = "REDACTED"

_SECRET_NAME = re.compile(
    r"passw(or)?d|passphrase|pwd$|secret|token|api[-_. ]?key|credential|private[-_. ]?key|access[-_. ]?key"
    r"|pre[-_. ]?shared[-_. ]?key|auth[-_. ]?key|connection[-_. ]?string",
    re.IGNORECASE,
)
# Names that only look secret: instance metadata options, page tokens, and ids of what is secret elsewhere.
_HARMLESS = frozenset({"HttpTokens", "NextToken", "nextToken"})
# The router configurations that VPN and Direct Connect describe hold the tunnels' pre-shared and BGP keys.
_ALWAYS = frozenset({"CustomerGatewayConfiguration", "customerRouterConfig", "CustomerRouterConfig"})

# Emulators run with keys such as "test": masking those would garble every message.
_SHORTEST_KNOWN = 12

_IN_TEXT = (
    (re.compile(r"\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{12,}\b"), REDACTED),
    (re.compile(r"\b(?:IQoJ|FwoG|FQoG)[A-Za-z0-9+/=_-]{40,}"), REDACTED),
    (
        re.compile(r"(?i)\b((?:X-Amz-(?:Signature|Credential|Security-Token)|Signature|AWSAccessKeyId)=)[^&\s\"'<>]+"),
        rf"\1{REDACTED}",
    ),
    (re.compile(r"(?i)(\b[a-z][a-z0-9+.-]*://)[^/\s:@]+:[^/\s@]+@"), rf"\1{REDACTED}@"),
    (
        re.compile(
            r"(?i)((?:passw(?:or)?d|passphrase|secret|token|api[-_]?key|access[-_]?key)[\w-]*(?:\s*=\s*|:\s+))"
            r"[^\s,;&\"'<>)]+"
        ),
        rf"\1{REDACTED}",
    ),
)


def redact(operation: str, raw: Any) -> Any:
    """A copy of an AWS answer in which secrets are replaced by `REDACTED` and times are ISO 8601 text.

    Names stay, values go: Lambda environment variables, tags and fields whose name looks secret, VPN and BGP keys,
    access keys, session tokens and presigned query strings. Redacting twice changes nothing.
    `operation` is `service:Operation`, or empty for data from files; Lambda's get an extra rule.
    """
    return _clean(raw, is_lambda=not operation or operation.startswith("lambda:"), secret=False)


def redact_text(text: str, known: Iterable[str | None] = ()) -> str:
    """The text without secrets; `known` are exact secrets of this session that must not appear either."""
    for secret in known:
        if secret and len(secret) >= _SHORTEST_KNOWN:
            text = text.replace(secret, REDACTED)
    for pattern, replacement in _IN_TEXT:
        text = pattern.sub(replacement, text)
    return text


def _clean(value: Any, *, is_lambda: bool, secret: bool) -> Any:
    if isinstance(value, Mapping):
        return _clean_mapping(value, is_lambda=is_lambda, secret=secret)
    if isinstance(value, list | tuple):
        return [_clean(item, is_lambda=is_lambda, secret=secret) for item in value]
    if value is None or isinstance(value, bool) or value == "":
        return value
    if secret or isinstance(value, bytes):
        return REDACTED
    if isinstance(value, str):
        return redact_text(value)
    return value.isoformat() if isinstance(value, date) else value


def _clean_mapping(raw: Mapping[str, Any], *, is_lambda: bool, secret: bool) -> dict[str, Any]:
    for key, value_field in (("Key", "Value"), ("key", "value")):
        if isinstance(raw.get(key), str) and value_field in raw:
            hidden = secret or _is_secret(raw[key])
            return {
                name: _clean(value, is_lambda=is_lambda, secret=hidden if name == value_field else secret)
                for name, value in raw.items()
            }
    return {
        name: _clean(
            value,
            is_lambda=is_lambda,
            secret=secret or _is_secret(name) or (is_lambda and name == "Variables"),
        )
        for name, value in raw.items()
    }


def _is_secret(name: str) -> bool:
    return name in _ALWAYS or (name not in _HARMLESS and _SECRET_NAME.search(str(name)) is not None)
