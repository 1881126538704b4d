"""Secrets in free text: what programs log, what errors quote, what commands were called with.

Forms of well-known tokens: https://docs.github.com/en/code-security/secret-scanning/introduction/supported-secret-scanning-patterns
and, for AWS, https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable

from runbook_lib.collect.secret_names import SECRET_WORDS, counts_something, is_secret_label

__all__ = ["REDACTED", "redact_text"]

REDACTED = "REDACTED"

# Without one of these a text holds nothing that the patterns below look for. Each is part of every spelling of what it
# stands for: `key` of all kinds of keys, `pass` of passwords and passphrases, `cred` of credentials.
_STEMS = tuple(
    sorted(
        {word for word in SECRET_WORDS if "key" not in word and "pass" not in word and not word.startswith("auth")}
        | {"pass", "key", "auth", "secret", "token", "cred", "connectionstring"}
        | {"customergatewayconfiguration", "customerrouterconfig"}
        | {"kennwort", "contrase", "basic", "curl", "mysql", "mariadb", "hooksslack", "telegram"}
    )
)
# What may stand inside a name; in quotes a name may also hold other things.
_INSIDE_NAMES = str.maketrans("", "", "0123456789_-.")
_LETTERS_ONLY = str.maketrans("", "", "".join(map(chr, range(97))) + "{|}~")

# Emulators run with keys such as "test": masking those would garble every message.
_SHORTEST_KNOWN = 12

_ACCESS_KEYS = ("AKIA", "ASIA", "ABIA", "ACCA")
_MARKS = (
    *_ACCESS_KEYS,
    *("IQoJ", "FwoG", "FQoG", "eyJ"),
    *("ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-", "npm_", "pypi-", "dop_v1_", "hf_", "hvs."),
    *("_live_", "_test_", "whsec_", "sk-", "xox", "AIza", "ya29.", "GOCSPX-", "SG.", "shpat_", "environ({"),
)
_FOLDED_MARKS = tuple(mark.lower() for mark in _MARKS)
_KNOWN_FORMS = (
    r"(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{12,}\b",
    r"(?:IQoJ|FwoG|FQoG)[A-Za-z0-9+/=_-]{40,}",
    r"eyJ[\w-]{8,}\.[\w-]{4,}(?:\.[\w-]*)*",
    r"gh[pousr]_\w{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}|npm_\w{30,}|pypi-[\w-]{30,}",
    r"dop_v1_\w{30,}|hf_\w{30,}|hvs\.[\w-]{20,}|shpat_\w{20,}|whsec_[\w+/=]{16,}",
    r"[srp]k_(?:live|test)_\w{10,}|sk-(?=[\w-]*\d)[\w-]{20,}|xox[a-z]-[\w-]{10,}",
    r"AIza[\w-]{30,}|ya29\.[\w-]{20,}|GOCSPX-[\w-]{16,}|SG\.[\w-]{16,}\.[\w-]{16,}",
)
_SECRET_END = (
    r"(?:passw(?:or)?[dt]|passphrase|pass|pwd|secret|token|credentials?|api[-_]?key|(?:access|private)[-_]?key)"
)
_PASSWORD = r"(?:pass(?:w(?:or)?[dt]|phrase|code)|kennwort|(?:api|access|secret)[ _-]key)"
_SPOKEN = ("pass", "kennwort", "key")
# Each with the words, in lower case, of which its matches hold one: most lines hold none.
_REPLACED = (
    # A private key up to its end, or as many of its lines as are there.
    (
        ("private",),
        re.compile(
            r"(-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----)(?s:"
            r".*?(-----END [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----)"
            r"|(?:(?:\s|\\+[nr])+[A-Za-z0-9+/=]+(?=\s*(?:[\n\\\"']|\Z)))+)"
        ),
        lambda hit: f"{hit[1]}{REDACTED}{hit[2] or ''}",
    ),
    (_FOLDED_MARKS, re.compile(rf"(?<![A-Za-z0-9])(?:{'|'.join(_KNOWN_FORMS)})"), REDACTED),
    (
        ("signature", "x-amz-", "awsaccesskeyid"),
        re.compile(r"(?i)\b((?:X-Amz-(?:Signature|Credential|Security-Token)|Signature|AWSAccessKeyId)=)[^&\s\"'<>]+"),
        rf"\1{REDACTED}",
    ),
    (
        ("://",),
        re.compile(r"(?i)(\b[a-z][a-z0-9+.-]*://)(?:[^/\s:@\"'<>]*:[^/\s\"'<>]+|[\w-]{20,})@"),
        rf"\1{REDACTED}@",
    ),
    (
        ("hooks.slack", "webhooks/"),
        re.compile(r"(?i)\b(hooks\.slack\.com/[a-z]+/|discord(?:app)?\.com/api/webhooks/)[^\s\"'<>]+"),
        rf"\1{REDACTED}",
    ),
    (
        ("webhook.office",),
        re.compile(r"(?i)(?<![\w-])([\w-]+\.webhook\.office\.com/webhookb2/)[^\s\"'<>]+"),
        rf"\1{REDACTED}",
    ),
    (("telegram",), re.compile(r"(?i)\b(api\.telegram\.org/bot)[^\s/\"'<>]+"), rf"\1{REDACTED}"),
    (
        ("bearer",),
        re.compile(r"\b((?:[Bb]earer|BEARER)\s+)(?![A-Za-z][a-z]*(?:[\s,:;]|\.?$))[A-Za-z0-9._~+/=-]{6,}"),
        rf"\1{REDACTED}",
    ),
    (
        ("authorization",),
        re.compile(
            r"(?i)\b((?:proxy-)?authorization(?:\\*[\"'])?\s*[:=]\s*(?:\\*[\"'])?)"
            r"(?:basic|bearer|digest|token|apikey)\s+[^\s\"'\\,;]+"
        ),
        rf"\1{REDACTED}",
    ),
    (("cookie",), re.compile(r"(?i)\b((?:set-)?cookie\s*:\s*)(?=[^\n\"'=]*=)[^\n\"']+"), rf"\1{REDACTED}"),
    (("--",), re.compile(rf"(?i)(?<!\S)(--[\w-]*{_SECRET_END}\s+)(?!-)[\"']?[^\s\"']+[\"']?"), rf"\1{REDACTED}"),
    (
        ("mysql", "mariadb", "sshpass"),
        re.compile(r"(?i)\b((?:mysql|mariadb|sshpass)\w*\b[^\n|;]{0,200}?\s-p\s?)(?!\s)[^\s\"']+"),
        rf"\1{REDACTED}",
    ),
    (
        ("curl",),
        re.compile(r"(?i)\b(curl\b[^\n|;]{0,200}?\s(?:-u|--(?:proxy-)?user)[\s=]*[\"']?[^\s:\"']*:)[^\s\"']+"),
        rf"\1{REDACTED}",
    ),
    # Said in a sentence: in quotes, or with letters and digits; "password is required" says nothing.
    (_SPOKEN, re.compile(rf"(?i)\b({_PASSWORD}\s+(?:is|was|ist|lautet)\s+)([\"'])[^\"'\n]+\2"), rf"\1\2{REDACTED}\2"),
    (
        _SPOKEN,
        re.compile(
            rf"(?i)\b({_PASSWORD}\s+(?:(?:is|was|ist|lautet)\s+)?)(?!\d{{4}}-\d\d-\d\d)"
            r"(?=[^\s\"',;)]*\d)(?=[^\s\"',;)]*[a-z])[^\s\"',;=:)]{6,}(?![=:])"
        ),
        rf"\1{REDACTED}",
    ),
)
_BASIC = re.compile(r"\b((?:[Bb]asic|BASIC)\s+)([A-Za-z0-9+/]{6,}={0,2})(?![\w+/=])")
# A secret access key has no form of its own; beside its access key id it is known by its length.
_SECRET_ACCESS_KEY = re.compile(
    r"(?<![A-Za-z0-9+/])(?=[a-z0-9+/]*[A-Z])(?=[A-Z0-9+/]*[a-z])[A-Za-z0-9+/]{40}(?![\w+/=])"
)
# A line of a private key that was logged line by line; a digest in hexadecimal has letters of one case.
_KEY_LINE = re.compile(r"(?m)^(?=[a-z0-9+/]*[A-Z])(?=[A-Z0-9+/]*[a-z])(?=[A-Za-z+/]*\d)[A-Za-z0-9+/]{64}\s*?$")

_LABEL = re.compile(
    r"(?<![\w.:/-])(\w[\w.-]*)(\s*=\s*|:\s+)|(?<![\w.:/$-])((?i:[\w.-]*" + _SECRET_END + r"))(:)(?![:/])"
)
_VALUE = re.compile(
    r"""(\\+["'])(?!\s*[,:}\]])(?s:.*?)\1|'[^'\n]*'|"(?!\s*[,:}\]])[^"\n]*"|["']?(?![}\]:])(?:[^\s,;&"'<>)\\]|\\(?!\\*["']))+"""
)
_MEMBER = re.compile(r"""(?<!\\)(?:(\\*")([^"\\]{1,200})\1|(\\*')([^'\\]{1,200})\3)\s*(?::|=>)\s*""")
_MEMBER_VALUE = re.compile(
    r"""b?(?:"(?:[^"\\]|\\.)*(?:"|\Z)|'(?:[^'\\]|\\.)*(?:'|\Z)|(\\+["'])(?s:.*?)(?:(?<!\\)\1|\Z))|\[[^\[\]{}]*\]"""
    r"""|(?!(?:null|true|false|None|True|False|undefined|nil)\b)[^\s,;&"'<>(){}\[\]\\]+""",
    re.DOTALL,
)
# Environment variables such as STRIPE_KEY; the key of an object, an item or a message is no secret.
_NAMES_A_KEY = re.compile(
    r"(?!(?:\w*_)?(?:S3|OBJECT|FILE|PARTITION|SORT|PRIMARY|PUBLIC|CACHE|ROUTING|HASH|RANGE)_KEY)[A-Z0-9_]+_KEY$"
)
_ENVIRON = re.compile(r"\benviron\(\{.*?(?:\}\)|\Z)", re.DOTALL)
_ENVIRON_VALUE = re.compile(r"""(?<=': )(?:'(?:[^'\\]|\\.)*(?:'|\Z)|"(?:[^"\\]|\\.)*(?:"|\Z))""")
_NAMES_A_FAULT = re.compile(
    r"(?:Error|Exception|Failure|Fault|Expired|NotMatch|Mismatch)$|(?:^|\.)(?:Invalid|Expired|Missing|Unrecognized)[A-Z]"
)


def redact_text(text: str, known: Iterable[str | None] = ()) -> str:
    """The text without secrets; `known` are exact secrets of this session that must not appear either."""
    for secret in known:
        if secret and len(secret) >= _SHORTEST_KNOWN:
            text = text.replace(secret, REDACTED)
    if not _may_hold_secrets(text):
        return text
    if any(mark in text for mark in _ACCESS_KEYS):
        text = _SECRET_ACCESS_KEY.sub(REDACTED, text)
    text = _ENVIRON.sub(lambda hit: _ENVIRON_VALUE.sub(f"'{REDACTED}'", hit[0]), text)
    text = _KEY_LINE.sub(REDACTED, text)
    folded = text.lower() if text.isascii() else None
    for words, pattern, replacement in _REPLACED:
        if folded is None or any(word in folded for word in words):
            text = pattern.sub(replacement, text)
    return _without_assigned(_without_members(_BASIC.sub(_basic, text)))


def _may_hold_secrets(text: str) -> bool:
    """False only for a text that no pattern can change: most log lines, which are then done ten times sooner.

    Other alphabets are not looked into: some of their letters match ours where case is ignored.
    """
    if not text.isascii() or ("://" in text and "@" in text):
        return True
    folded = text.lower().translate(_LETTERS_ONLY if '"' in text or "'" in text else _INSIDE_NAMES)
    if any(stem in folded for stem in _STEMS) or any(mark in text for mark in _MARKS):
        return True
    return len(text) >= 64 and _KEY_LINE.search(text) is not None


def _basic(hit: re.Match[str]) -> str:
    """User and password of the Basic scheme are base64 with a colon inside: `Basic settings` are not."""
    coded = hit[2]
    try:
        is_pair = b":" in base64.b64decode(coded + "=" * (-len(coded) % 4), validate=True)
    except (binascii.Error, ValueError):
        is_pair = False
    return f"{hit[1]}{REDACTED}" if is_pair else hit[0]


def _without_members(text: str) -> str:
    """The members of JSON and of what languages print for a mapping; a value is looked into unless it is hidden."""
    kept: list[str] = []
    done = 0
    for hit in _MEMBER.finditer(text):
        name, quote = hit[2] or hit[4], hit[1] or hit[3]
        # Of the keys with a prefix only tags hold values that people chose.
        label = name.partition("Tag/")[2] if ":" in name else name
        if hit.start() < done or not (is_secret_label(label) or _NAMES_A_KEY.match(label)):
            continue
        value = _MEMBER_VALUE.match(text, hit.end())
        if value is None or _is_number_of(label, value[0]) or value[0].strip("b\\\"'") in ("", REDACTED):
            continue
        around = _opening(value[0]) or quote
        kept += text[done : hit.end()], around, REDACTED, around.removeprefix("b")
        done = value.end()
    return "".join(kept) + text[done:] if kept else text


def _opening(value: str) -> str:
    found = re.match(r"b?\\*[\"']", value)
    return found[0] if found else ""


def _without_assigned(text: str) -> str:
    kept: list[str] = []
    done = 0
    for hit in _LABEL.finditer(text):
        label, between = hit[1] or hit[3], hit[2] or hit[4]
        if hit.start() < done or not (is_secret_label(label) or _NAMES_A_KEY.match(label)):
            continue
        if ":" in between and _NAMES_A_FAULT.search(label):
            continue
        value = _VALUE.match(text, hit.end())
        if value is None or _is_number_of(label, value[0]):
            continue
        kept += text[done : hit.end()], REDACTED
        done = value.end()
    return "".join(kept) + text[done:] if kept else text


def _is_number_of(label: str, value: str) -> bool:
    return value.isdecimal() and counts_something(label)
