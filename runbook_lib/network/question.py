"""A flow question as JSON or command-line words, checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from runbook_lib.errors import UsageError, unknown_name
from runbook_lib.network.flow import EPHEMERAL, TCP, UDP, Traffic
from runbook_lib.network.intervals import Ports

__all__ = ["DEFAULT_PORT", "Question", "question_of"]

DEFAULT_PORT = 443
_PROTOCOLS = {"tcp": 6, "udp": 17, "icmp": 1, "all": -1}
_FIELDS = {"id", "from", "to", "protocol", "port", "source_port", "security_groups"}


@dataclass(frozen=True, slots=True)
class Question:
    """Can `source` reach `to`? `source_ports` is the range of the sender's own ports that must all work.

    `is_ipv4_only` is for a subnet with groups that stands for a function without dual stack.
    """

    source: str
    to: str
    traffic: Traffic
    source_ports: Ports = EPHEMERAL
    groups: tuple[str, ...] = ()
    id: str | None = None
    is_ipv4_only: bool = False


def question_of(raw: Any) -> Question:
    """The question in one JSON object of the contract. Raises UsageError saying what is wrong with it."""
    if not isinstance(raw, Mapping):
        raise UsageError("a flow is a JSON object with at least from and to")
    if not raw.keys() <= _FIELDS:
        raise unknown_name("field", str(next(name for name in raw if name not in _FIELDS)), _FIELDS)
    source_port = _port(raw, "source_port")
    return Question(
        source=_text(raw, "from"),
        to=_text(raw, "to"),
        traffic=_traffic(raw.get("protocol", "tcp"), _port(raw, "port")),
        source_ports=EPHEMERAL if source_port is None else (source_port, source_port),
        groups=_groups(raw["security_groups"]) if raw.get("security_groups") else (),
        id=None if raw.get("id") is None else str(raw["id"]),
    )


def _text(raw: Mapping[str, Any], name: str) -> str:
    value = raw.get(name)
    if not isinstance(value, str) or not value.strip():
        raise UsageError(f"{name} must be a text such as a function name, eni-…, an address or s3; found {value!r}")
    return value.strip()


def _groups(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or not all(isinstance(item, str) for item in value):
        raise UsageError(f"security_groups must be a list of ids; found {value!r}")
    return tuple(value)


def _traffic(protocol: Any, port: int | None) -> Traffic:
    word = str(protocol).lower()
    if isinstance(protocol, bool) or (word not in _PROTOCOLS and not word.isdigit()):
        raise unknown_name("protocol", str(protocol), [*_PROTOCOLS, "a number 0-255"])
    number = _PROTOCOLS[word] if word in _PROTOCOLS else int(word)
    if number > 255:
        raise UsageError(f"protocol must be 0 to 255; found {number}")
    return _kind_of(number, DEFAULT_PORT if port is None else port)


@lru_cache(maxsize=4096)
def _kind_of(number: int, port: int) -> Traffic:
    return Traffic(number, (port, port)) if number in (TCP, UDP) else Traffic(number)


def _port(raw: Mapping[str, Any], name: str) -> int | None:
    value = raw.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 65535:
        raise UsageError(f"{name} must be a number from 0 to 65535; found {value!r}")
    return value
