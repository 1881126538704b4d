"""Secrets leave a response before anything keeps it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from sys import intern
from typing import Any

from runbook_lib.collect.environment import with_findings
from runbook_lib.collect.secret_names import is_secret, is_secret_label
from runbook_lib.collect.secret_text import REDACTED, redact_text

__all__ = ["LOG_EVENTS", "REDACTED", "redact", "redact_text"]

LOG_EVENTS = "logs:FilterLogEvents"
_CONFIGURATION = "lambda:GetFunctionConfiguration"
# Fields of a log event that AWS makes up.
_NO_SECRETS = frozenset({"eventId", "timestamp", "ingestionTime"})


def redact(operation: str, raw: Any) -> Any:
    """A copy of an AWS answer in which secrets are replaced by `REDACTED` and times are ISO 8601 text.

    Names stay, values go: Lambda environment variables, tags and fields whose name looks secret, VPN and BGP keys,
    access keys, session tokens and presigned query strings. Redacting twice changes nothing.
    `operation` is `service:Operation`, or empty for data from files; Lambda's get an extra rule, and log events, which
    come by the hundred thousand, a short way. A function gets beside its environment what the values of its variables
    looked like.
    """
    if operation == LOG_EVENTS and isinstance(raw, Mapping):
        return {name: _clean_event(name, value) for name, value in raw.items()}
    if operation == _CONFIGURATION and isinstance(raw, Mapping):
        raw = with_findings(raw)
    return _clean(raw, is_lambda=not operation or operation.startswith("lambda:"), secret=False)


def _clean_event(name: str, value: Any) -> Any:
    if name in _NO_SECRETS and isinstance(value, int | str):
        return value
    if isinstance(value, str) and not is_secret(name):
        # A stream's name comes with each of its events.
        return intern(value) if name == "logStreamName" else redact_text(value)
    return _clean(value, is_lambda=False, secret=is_secret(name))


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
            hidden = secret or is_secret_label(raw[key])
            return {
                name: _clean(value, is_lambda=is_lambda, secret=hidden if name == value_field else secret)
                for name, value in raw.items()
            }
    # Lambda quotes the variables it could not decrypt in the message of the environment's error.
    lambdas_own = {"Variables", "Message"} if "ErrorCode" in raw else {"Variables"}
    return {
        name: _clean_tags(value, is_lambda=is_lambda, secret=secret)
        if name in ("Tags", "tags") and isinstance(value, Mapping)
        else _clean(value, is_lambda=is_lambda, secret=secret or is_secret(name) or (is_lambda and name in lambdas_own))
        for name, value in raw.items()
    }


def _clean_tags(tags: Mapping[str, Any], *, is_lambda: bool, secret: bool) -> dict[str, Any]:
    return {
        name: _clean(value, is_lambda=is_lambda, secret=secret or is_secret_label(name)) for name, value in tags.items()
    }
