"""Lines of JSON for streams of flows: to read and to write them is otherwise half of the work."""

from __future__ import annotations

import json
from typing import Any

import msgspec

__all__ = ["read_line", "written_line"]

_READER, _WRITER = msgspec.json.Decoder(), msgspec.json.Encoder()


def read_line(line: str) -> Any:
    """What a line of JSON says: always what `json.loads` makes of it.

    The standard library has the last word on what the fast reader refuses, such as NaN and lone surrogates. Raises its
    ValueError or RecursionError.
    """
    try:
        return _READER.decode(line)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        return json.loads(line)


def written_line(answer: dict[str, Any]) -> str:
    """The answer as one line, with its end; a lone surrogate, which UTF-8 cannot hold, stays escaped."""
    try:
        return _WRITER.encode(answer).decode() + "\n"
    except UnicodeEncodeError:
        return json.dumps(answer, separators=(",", ":")) + "\n"
