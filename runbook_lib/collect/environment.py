"""What the values of environment variables look like, told before the values are gone: kinds of secrets, no values.

Prefixes of AWS keys: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
Forms of other tokens: https://docs.github.com/en/code-security/secret-scanning/introduction/supported-secret-scanning-patterns
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from runbook_lib.collect.secret_names import counts_something, is_secret_label
from runbook_lib.collect.secret_text import REDACTED
from runbook_lib.model.functions import FINDINGS_FIELD

__all__ = ["secret_pattern", "with_findings"]

SECRET_NAME = "a name that announces a secret"
"""The pattern of a value that looks like nothing in particular under a name such as `DB_PASSWORD`."""

_FORMS = (
    ("PEM private key", r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY"),
    ("AWS access key id", r"(?<![A-Za-z0-9])(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}(?![A-Za-z0-9])"),
    ("AWS session token", r"(?:IQoJ|FwoG|FQoG)[A-Za-z0-9+/=_-]{40,}"),
    ("GitHub token", r"gh[pousr]_\w{20,}|github_pat_\w{20,}"),
    ("GitLab token", r"glpat-[\w-]{16,}"),
    ("Slack token", r"xox[a-z]-[\w-]{10,}|hooks\.slack\.com/services/\w+"),
    ("Stripe key", r"[srp]k_(?:live|test)_\w{10,}|whsec_[\w+/=]{16,}"),
    ("Google API key", r"AIza[\w-]{30,}|GOCSPX-[\w-]{16,}"),
    ("SendGrid key", r"SG\.[\w-]{16,}\.[\w-]{16,}"),
    ("package registry token", r"npm_\w{30,}|pypi-[\w-]{30,}"),
    ("API key with the prefix sk-", r"(?<![A-Za-z0-9])sk-(?=[\w-]*\d)[\w-]{20,}"),
    ("JSON Web Token", r"eyJ[\w-]{8,}\.eyJ[\w-]{4,}\.[\w-]*"),
    ("URL with a password", r"(?i)\b[a-z][a-z0-9+.-]*://[^/\s:@\"'<>]*:[^/\s\"'<>@]+@"),
    ("connection string with a password", r"(?i)(?:^|[;\s])(?:password|pwd|AccountKey|SharedAccessKey)\s*=\s*[^;\s]+"),
)
_COMPILED = tuple((name, re.compile(pattern)) for name, pattern in _FORMS)
# AWS gives secret access keys no form of their own but their length and alphabet.
_SECRET_ACCESS_KEY = re.compile(r"(?=[a-z0-9+/]*[A-Z])(?=[A-Z0-9+/]*[a-z])(?=[A-Za-z+/]*\d)[A-Za-z0-9+/]{40}")
# A value that says where a secret is kept, or is no secret whatever its name says.
_REFERENCE = re.compile(
    r"arn:|/|\{\{resolve:|https?://|s3://|\$\{|(?i:true|false|yes|no|on|off|none|null|enabled|disabled)$"
)
_NAMES_A_PLACE = re.compile(
    r"(?i)_(?:arn|arns|name|id|ids|path|prefix|file|url|uri|endpoint|host|table|bucket|parameter|ttl)$"
)


def with_findings(raw: Mapping[str, Any]) -> Mapping[str, Any]:
    """A function's configuration with what its variables look like beside them.

    It stays as it is when that was told before, when there is nothing to look at, and when values are already gone.
    """
    environment = raw.get("Environment")
    variables = environment.get("Variables") if isinstance(environment, Mapping) else None
    if FINDINGS_FIELD in raw or not isinstance(variables, Mapping) or REDACTED in variables.values():
        return raw
    found = [{"Name": name, "Pattern": pattern} for name, pattern in sorted(_findings(variables))]
    return {**raw, FINDINGS_FIELD: found}


def _findings(variables: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in variables.items():
        pattern = secret_pattern(str(name), value) if isinstance(value, str) else None
        if pattern:
            yield str(name), pattern


def secret_pattern(name: str, value: str) -> str | None:
    """What a value under a name looks like, never the value itself; None when it looks harmless."""
    for kind, form in _COMPILED:
        if form.search(value):
            return kind
    if _SECRET_ACCESS_KEY.fullmatch(value.strip()):
        return "AWS secret access key"
    is_place = _REFERENCE.match(value) or _NAMES_A_PLACE.search(name)
    is_amount = value.isdecimal() and counts_something(name)
    if value and is_secret_label(name) and not is_place and not is_amount:
        return SECRET_NAME
    return None
