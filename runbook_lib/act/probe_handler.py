"""What runs inside the probe function: DNS, TCP, TLS and HTTP to each address of each destination, one after another.

It is deployed as it stands, so it uses nothing but the standard library, and it touches nothing but the network.
"""

from __future__ import annotations

import socket
import ssl
import time
from typing import Any

__all__ = ["NOT_TRIED", "handler"]

NOT_TRIED = "not_tried"
_MARGIN_MS = 5000


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """One row per destination and address, as far as the time of the invocation goes.

    The event holds `destinations` (name, host, port, tls, http), `timeout_s` for each step and `addresses`, the most
    addresses of one name that are tried.
    """
    rows: list[dict[str, Any]] = []
    for destination in event["destinations"]:
        rows += _rows(destination, event, context)
    return {"rows": rows}


def _rows(destination: dict[str, Any], event: dict[str, Any], context: Any) -> list[dict[str, Any]]:
    if not _is_time_left(event, context):
        return [_row(destination, None, {}, f"{NOT_TRIED}: no time was left")]
    began = time.monotonic()
    try:
        found = socket.getaddrinfo(destination["host"], destination["port"], type=socket.SOCK_STREAM)
    except OSError as error:
        return [_row(destination, None, {}, f"dns: {error}")]
    took = _ms(began)
    ends = list(dict.fromkeys((family, str(end[0])) for family, _, _, _, end in found))[: event["addresses"]]
    rows = []
    for family, address in ends:
        if _is_time_left(event, context):
            rows.append(_look(destination, family, address, {"dns": took}, event["timeout_s"]))
        else:
            rows.append(_row(destination, address, {"dns": took}, f"{NOT_TRIED}: no time was left"))
    return rows


def _look(
    destination: dict[str, Any], family: int, address: str, stages: dict[str, float], timeout_s: float
) -> dict[str, Any]:
    status = None
    stage = "tcp"
    began = time.monotonic()
    try:
        with socket.socket(family, socket.SOCK_STREAM) as plain:
            plain.settimeout(timeout_s)
            plain.connect((address, destination["port"]))
            stages[stage], began = _ms(began), time.monotonic()
            spoken: Any = plain
            if destination["tls"]:
                stage = "tls"
                # The context of a check that reads nothing: an untrusted certificate is an error of this stage.
                spoken = ssl.create_default_context().wrap_socket(plain, server_hostname=destination["host"])
                stages[stage], began = _ms(began), time.monotonic()
            with spoken:
                if destination["http"]:
                    stage = "http"
                    status = _status(spoken, destination["host"])
                    stages[stage] = _ms(began)
    except OSError as error:
        return _row(destination, address, stages, f"{_class(error, stage)}: {error} after {_ms(began):.0f} ms")
    except ValueError as error:
        return _row(destination, address, stages, f"http: {error}")
    return _row(destination, address, stages, None, status)


def _status(spoken: Any, host: str) -> int:
    """The HTTP status, whatever it is: any answer proves the way there and back."""
    name = f"[{host}]" if ":" in host else host
    spoken.sendall(
        f"HEAD / HTTP/1.1\r\nHost: {name}\r\nConnection: close\r\nUser-Agent: runbook-probe\r\n\r\n".encode()
    )
    said = b""
    while b"\r\n" not in said and len(said) < 4096:
        more = spoken.recv(4096)
        if not more:
            break
        said += more
    words = said.split(None, 2)
    if len(words) < 2 or not words[0].startswith(b"HTTP/") or not words[1].isdigit():
        raise ValueError("no HTTP status in the answer" if said else "closed without an answer")
    return int(words[1])


def _class(error: OSError, stage: str) -> str:
    if isinstance(error, TimeoutError):
        return "connect_timeout" if stage == "tcp" else "read_timeout"
    if isinstance(error, ConnectionRefusedError):
        return "connection_refused"
    if isinstance(error, ConnectionResetError | BrokenPipeError):
        return "connection_reset"
    if isinstance(error, ssl.SSLError) or stage == "tls":
        return "tls"
    return "endpoint_unreachable"


def _row(
    destination: dict[str, Any], address: str | None, stages: dict[str, float], error: str | None, status: Any = None
) -> dict[str, Any]:
    return {
        "destination": destination["name"],
        "address": address,
        "stages": stages,
        "status": status,
        "error": error,
    }


def _is_time_left(event: dict[str, Any], context: Any) -> bool:
    # One address takes three steps at most.
    return bool(context.get_remaining_time_in_millis() > event["timeout_s"] * 3000 + _MARGIN_MS)


def _ms(began: float) -> float:
    return round((time.monotonic() - began) * 1000, 3)
