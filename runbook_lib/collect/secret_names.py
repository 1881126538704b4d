"""Which names announce a secret: fields of AWS answers, tags, and what people write before `=` or `:`."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import pairwise

__all__ = ["SECRET_WORDS", "counts_something", "is_secret", "is_secret_label"]

_SECRET_NAME = re.compile(
    r"passw(or)?d|passphrase|pwd$|secret|token|api[-_. ]?key|credential|private[-_. ]?key|access[-_. ]?key"
    r"|passwort|kennwort|mot[-_. ]?de[-_. ]?passe|contrase(ñ|n)a"
    r"|pre[-_. ]?shared[-_. ]?key|auth[-_. ]?key|connection[-_. ]?string",
    re.IGNORECASE,
)
# What people call a secret in tags and free text: one word of the name, or two neighbours written together.
SECRET_WORDS = frozenset(
    {
        "pass",
        "pgpass",
        "passcode",
        "passkey",
        "pwd",
        "pw",
        "mdp",
        "senha",
        "wachtwoord",
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
        # What identifies a payment or a person, as payloads name it.
        "card",
        "cardnumber",
        "cvc",
        "cvv",
        "iban",
        "ssn",
    }
)
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
# Names that only look secret: instance metadata options, page tokens, and ids of what is secret elsewhere.
_HARMLESS = frozenset({"HttpTokens", "NextToken", "nextToken"})
# The router configurations that VPN and Direct Connect describe hold the tunnels' pre-shared and BGP keys.
_ALWAYS = frozenset({"CustomerGatewayConfiguration", "customerRouterConfig", "CustomerRouterConfig"})
# Last words of names whose number is no secret: `max_tokens`, `session_duration`, `tokenExpiresIn`.
_MEASURES = frozenset(
    {
        "tokens",
        "count",
        "size",
        "length",
        "len",
        "duration",
        "ttl",
        "in",
        "at",
        "age",
        "time",
        "timeout",
        "ms",
        "seconds",
    }
)


@lru_cache(maxsize=4096)
def is_secret(name: str) -> bool:
    """Whether a field of an AWS answer is secret: AWS has many harmless fields such as `AuthType`."""
    if "Tag/" in str(name):
        return is_secret_label(str(name).partition("Tag/")[2])
    return name in _ALWAYS or (name not in _HARMLESS and _SECRET_NAME.search(str(name)) is not None)


@lru_cache(maxsize=4096)
def is_secret_label(name: str) -> bool:
    """Whether a name that people chose, such as a tag's, announces a secret."""
    if is_secret(name):
        return True
    words = [word.lower() for word in _WORD.findall(name)]
    joined = [first + second for first, second in pairwise(words)]
    return any(word in SECRET_WORDS or word.removesuffix("s") in SECRET_WORDS for word in words + joined)


def counts_something(name: str) -> bool:
    """Whether a name with a number says how many or how long, whatever else it speaks of."""
    words = _WORD.findall(name)
    return bool(words) and words[-1].lower() in _MEASURES
