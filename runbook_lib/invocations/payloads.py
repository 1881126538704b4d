"""Payloads that are too large: the words in which Lambda and other services refuse one, and how large answers were.

Sources (read 2026-11-21)
    6 MB for a request and for an answer that is waited for, 200 MB for an answer that is streamed, 1 MB for an event:
    https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
    An event was limited to 256 KB until October 2025 (from SQS and EventBridge until January 2026):
    https://aws.amazon.com/blogs/compute/more-room-to-build-serverless-services-now-support-payloads-up-to-1-mb
    RequestTooLargeException: https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
    `producedBytes`: https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

__all__ = ["ANSWER_BYTES", "STREAM_BYTES", "Payload", "TooLarge", "largest_answer", "too_large"]

ANSWER_BYTES = 6_291_556
"""What an answer may have that is not streamed: 6 MB and a hundred bytes around them, in Lambda's own words."""

STREAM_BYTES = 200 * 2**20
"""What an answer may have that is streamed."""


class Payload(StrEnum):
    """What was too large, for a sentence."""

    ANSWER = "its answer (6 MB at most, 200 MB when streamed)"
    EVENT = "an event for an asynchronous invocation that it made (1 MB at most)"
    REQUEST = "the request of an invocation that it made (6 MB at most)"
    OTHER = "what it sent to a service"


@dataclass(frozen=True, slots=True, kw_only=True)
class TooLarge:
    """A payload that was refused; sizes in bytes, None where the message names none."""

    payload: Payload
    size: int | None = None
    limit: int | None = None


_INVOKED = re.compile(r"(\d+) byte payload is too large for the (Event|RequestResponse) invocation type \(limit (\d+) ")
_ANSWER = re.compile(
    r"maximum allowed payload size(?: \((\d+) bytes\))?|Function\.ResponseSizeTooLarge"
    r"|Failed to post handler success response\. Http response code: 413",
    re.IGNORECASE,
)
_REQUEST = re.compile(r"request must be smaller than (\d+) bytes for the Invoke", re.IGNORECASE)
_OTHER = re.compile(
    r"RequestEntityTooLarge|RequestTooLarge|EntityTooLarge|payload size exceeded|body size is too long"
    r"|Message must be shorter than \d+ bytes|BatchRequestTooLong"
    r"|Item size (?:to update )?has exceeded the maximum allowed size"
    r"|Total size of the entries in the request is over the limit"
    r"|(?:status(?: ?code)?|HTTP(?:/[\d.]+)?)\W{0,3}413\b|\b413 (?:Request|Payload|Content)\b",
    re.IGNORECASE,
)
_PRODUCED = re.compile(r'"producedBytes":\s*(\d+)')


def too_large(text: str) -> TooLarge | None:
    """The payload that a message says was too large, None when it speaks of none."""
    if invoked := _INVOKED.search(text):
        payload = Payload.EVENT if invoked[2] == "Event" else Payload.REQUEST
        return TooLarge(payload=payload, size=int(invoked[1]), limit=int(invoked[3]))
    if answer := _ANSWER.search(text):
        return TooLarge(payload=Payload.ANSWER, limit=int(answer[1]) if answer[1] else None)
    if request := _REQUEST.search(text):
        return TooLarge(payload=Payload.REQUEST, limit=int(request[1]))
    return TooLarge(payload=Payload.OTHER) if _OTHER.search(text) else None


def largest_answer(events: Iterable[Mapping[str, Any]]) -> int | None:
    """The largest answer in bytes that log events tell of, None when they tell of none.

    Only platform.runtimeDone tells it, which a function logs in JSON with the system log level DEBUG.
    """
    said = (str(raw.get("message")) for raw in events)
    found = (_PRODUCED.search(text) for text in said if text.startswith("{") and "platform.runtimeDone" in text)
    return max((int(match[1]) for match in found if match), default=None)
