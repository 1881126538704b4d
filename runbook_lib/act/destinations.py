"""What a probe is to reach: names as people write them, and what each stands for."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

from runbook_lib.errors import UsageError

__all__ = ["MOST_DESTINATIONS", "STEP_S", "payload_of"]

MOST_DESTINATIONS = 10
STEP_S = 5.0
_MOST_ADDRESSES = 8
# (TLS, HTTP) by scheme; without one the port decides.
_SPOKEN = {"https": (True, True), "http": (False, True), "tls": (True, False), "tcp": (False, False)}
_PORTS = {"https": 443, "http": 80, "tls": 443}


def payload_of(destinations: tuple[str, ...]) -> str:
    """The JSON that tells the probe what to reach.

    A destination is `host`, `host:port` or a URL of https, http, tls or tcp; port 443 means HTTPS and port 80 HTTP
    unless a scheme says otherwise. Raises UsageError for anything else, a path or a secret in a URL included.
    """
    if not 1 <= len(destinations) <= MOST_DESTINATIONS:
        raise UsageError(f"{len(destinations)} destinations to probe; 1 to {MOST_DESTINATIONS} are possible")
    read = [_read(text.strip()) for text in destinations]
    return json.dumps({"destinations": read, "timeout_s": STEP_S, "addresses": _MOST_ADDRESSES}, sort_keys=True)


def _read(text: str) -> dict[str, Any]:
    scheme, separator, _ = text.partition("://")
    try:
        parts = urlsplit(text if separator else f"//{text}")
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise UsageError(f"cannot probe {text!r}: {error}") from None
    if separator and scheme.lower() not in _SPOKEN:
        raise UsageError(f"cannot probe {text!r}: the scheme is one of {', '.join(sorted(_SPOKEN))}")
    if parts.username or parts.password or parts.query or parts.fragment or parts.path not in ("", "/"):
        raise UsageError("cannot probe a URL with a user, path or query; give scheme, host and port")
    if not host or any(letter.isspace() for letter in host):
        raise UsageError(f"cannot probe {text!r}: expected host, host:port or a URL")
    if not separator:
        port = 443 if port is None else port
        scheme = {443: "https", 80: "http"}.get(port, "tcp")
    port = port or _PORTS.get(scheme.lower())
    if not port:
        raise UsageError(f"cannot probe {text!r}: which port?")
    tls, http = _SPOKEN[scheme.lower()]
    return {
        "name": f"{host}:{port}" if ":" not in host else f"[{host}]:{port}",
        "host": host,
        "port": port,
        "tls": tls,
        "http": http,
    }
