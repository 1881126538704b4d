"""Secrets leave a response before anything keeps it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from functools import lru_cache
from itertools import pairwise
from sys import intern
from typing import Any

__all__ = ["LOG_EVENTS", "REDACTED", "redact", "redact_text"]

REDACTED = "REDACTED"
LOG_EVENTS = "logs:FilterLogEvents"
# Fields of a log event that AWS makes up.
_NO_SECRETS = frozenset({"eventId", "timestamp", "ingestionTime"})

_SECRET_NAME = re.compile(
    r"passw(or)?d|passphrase|pwd$|secret|token|api[-_. ]?key|credential|private[-_. ]?key|access[-_. ]?key"
    r"|pre[-_. ]?shared[-_. ]?key|auth[-_. ]?key|connection[-_. ]?string",
    re.IGNORECASE,
)
# What people call a secret in tags and free text: one word of the name, or two neighbours written together.
_SECRET_WORDS = frozenset(
    {
        "pass",
        "pgpass",
        "passcode",
        "passkey",
        "pwd",
        "pw",
        "psk",
        "pin",
        "auth",
        "authorization",
        "bearer",
        "jwt",
        "session",
        "cookie",
        "pat",
        "otp",
        "totp",
        "dsn",
        "connstr",
        "webhook",
        "sig",
        "signature",
        "salt",
        "sas",
        "cred",
        "sshkey",
        "rsakey",
        "pemkey",
        "encryptionkey",
        "clientkey",
        "licensekey",
        "licencekey",
        "signingkey",
        "masterkey",
        "sharedkey",
        "deploykey",
        "servicekey",
        "accountkey",
        "storagekey",
    }
)
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
# Without one of these a text holds nothing that the patterns below look for. Each is part of every spelling of what it
# stands for: `key` of all kinds of keys, `pass` of passwords and passphrases, `cred` of credentials.
_STEMS = tuple(
    sorted(
        {word for word in _SECRET_WORDS if "key" not in word and "pass" not in word and not word.startswith("auth")}
        | {"pass", "key", "auth", "secret", "token", "cred", "connectionstring"}
        | {"customergatewayconfiguration", "customerrouterconfig"}
    )
)
_KEY_MARKS = ("AKIA", "ASIA", "ABIA", "ACCA", "IQoJ", "FwoG", "FQoG")
# What may stand inside a name; in quotes a name may also hold other things.
_INSIDE_NAMES = str.maketrans("", "", "0123456789_-.")
_LETTERS_ONLY = str.maketrans("", "", "".join(map(chr, range(97))) + "{|}~")
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
    (re.compile(r"(?i)\b(bearer\s+)[A-Za-z0-9._~+/=-]{6,}"), rf"\1{REDACTED}"),
)
_ASSIGNED = re.compile(
    r"""(?<![\w.-])([A-Za-z][\w.-]*)(\s*=\s*|:\s+)('[^'"]*'|"[^",:{}]*"|[^\s,;&"'<>)]+)""",
)
_IN_JSON = re.compile(r'(?s)(\\*")([^"\\]{1,200})(\1\s*:\s*)(?:\1.*?(?<!\\)\1|\[[^\[\]{}]*\])')


def redact(operation: str, raw: Any) -> Any:
    """A copy of an AWS answer in which secrets are replaced by `REDACTED` and times are ISO 8601 text.

    Names stay, values go: Lambda environment variables, tags and fields whose name looks secret, VPN and BGP keys,
    access keys, session tokens and presigned query strings. Redacting twice changes nothing.
    `operation` is `service:Operation`, or empty for data from files; Lambda's get an extra rule, and log events, which
    come by the hundred thousand, a short way.
    """
    if operation == LOG_EVENTS and isinstance(raw, Mapping):
        return {name: _clean_event(name, value) for name, value in raw.items()}
    return _clean(raw, is_lambda=not operation or operation.startswith("lambda:"), secret=False)


def redact_text(text: str, known: Iterable[str | None] = ()) -> str:
    """The text without secrets; `known` are exact secrets of this session that must not appear either."""
    for secret in known:
        if secret and len(secret) >= _SHORTEST_KNOWN:
            text = text.replace(secret, REDACTED)
    if not _may_hold_secrets(text):
        return text
    for pattern, replacement in _IN_TEXT:
        text = pattern.sub(replacement, text)
    text = _ASSIGNED.sub(lambda hit: f"{hit[1]}{hit[2]}{REDACTED}" if _is_secret_label(hit[1]) else hit[0], text)
    return _IN_JSON.sub(_json_member, text)


def _may_hold_secrets(text: str) -> bool:
    """False only for a text that no pattern can change: most log lines, which are then done ten times sooner.

    Other alphabets are not looked into: some of their letters match ours where case is ignored.
    """
    if not text.isascii() or ("://" in text and "@" in text):
        return True
    folded = text.lower().translate(_LETTERS_ONLY if '"' in text else _INSIDE_NAMES)
    return any(stem in folded for stem in _STEMS) or any(mark in text for mark in _KEY_MARKS)


def _json_member(hit: re.Match[str]) -> str:
    """One member of a JSON text; of the keys with a prefix only tags hold values that people chose."""
    quote, name, between = hit[1], hit[2], hit[3]
    label = name.partition("Tag/")[2] if ":" in name else name
    return f"{quote}{name}{between}{quote}{REDACTED}{quote}" if _is_secret_label(label) else hit[0]


def _clean_event(name: str, value: Any) -> Any:
    if name in _NO_SECRETS and isinstance(value, int | str):
        return value
    if isinstance(value, str) and not _is_secret(name):
        # A stream's name comes with each of its events.
        return intern(value) if name == "logStreamName" else redact_text(value)
    return _clean(value, is_lambda=False, secret=_is_secret(name))


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
            hidden = secret or _is_secret_label(raw[key])
            return {
                name: _clean(value, is_lambda=is_lambda, secret=hidden if name == value_field else secret)
                for name, value in raw.items()
            }
    # Lambda quotes the variables it could not decrypt in the message of the environment's error.
    lambdas_own = {"Variables", "Message"} if "ErrorCode" in raw else {"Variables"}
    return {
        name: _clean_tags(value, is_lambda=is_lambda, secret=secret)
        if name in ("Tags", "tags") and isinstance(value, Mapping)
        else _clean(
            value, is_lambda=is_lambda, secret=secret or _is_secret(name) or (is_lambda and name in lambdas_own)
        )
        for name, value in raw.items()
    }


def _clean_tags(tags: Mapping[str, Any], *, is_lambda: bool, secret: bool) -> dict[str, Any]:
    return {
        name: _clean(value, is_lambda=is_lambda, secret=secret or _is_secret_label(name))
        for name, value in tags.items()
    }


@lru_cache(maxsize=4096)
def _is_secret(name: str) -> bool:
    """Whether a field of an AWS answer is secret: AWS has many harmless fields such as `AuthType`."""
    if "Tag/" in str(name):
        return _is_secret_label(str(name).partition("Tag/")[2])
    return name in _ALWAYS or (name not in _HARMLESS and _SECRET_NAME.search(str(name)) is not None)


@lru_cache(maxsize=4096)
def _is_secret_label(name: str) -> bool:
    """Whether a name that people chose, such as a tag's, announces a secret."""
    if _is_secret(name):
        return True
    words = [word.lower() for word in _WORD.findall(name)]
    joined = [first + second for first, second in pairwise(words)]
    return any(word in _SECRET_WORDS or word.removesuffix("s") in _SECRET_WORDS for word in words + joined)
