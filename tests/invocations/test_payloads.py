"""The words in which payloads are refused, and those that only read like them."""

from __future__ import annotations

import pytest

from runbook_lib.invocations.base import Outcome
from runbook_lib.invocations.payloads import Payload, TooLarge, largest_answer, too_large
from tests.invocations.logged import read

OTHER = TooLarge(payload=Payload.OTHER)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (
            "1153434 byte payload is too large for the Event invocation type (limit 1048576 bytes)",
            TooLarge(payload=Payload.EVENT, size=1_153_434, limit=1_048_576),
        ),
        (
            "RequestEntityTooLargeException: 7340032 byte payload is too large for the RequestResponse invocation type "
            "(limit 6291456 bytes)",
            TooLarge(payload=Payload.REQUEST, size=7_340_032, limit=6_291_456),
        ),
        (
            "Request must be smaller than 6291456 bytes for the InvokeFunction operation",
            TooLarge(payload=Payload.REQUEST, limit=6_291_456),
        ),
        (
            "Response payload size exceeded maximum allowed payload size (6291556 bytes).",
            TooLarge(payload=Payload.ANSWER, limit=6_291_556),
        ),
        ("Status: error\tError Type: Function.ResponseSizeTooLarge", TooLarge(payload=Payload.ANSWER)),
        (
            "LAMBDA_RUNTIME Failed to post handler success response. Http response code: 413.",
            TooLarge(payload=Payload.ANSWER),
        ),
        ("RequestTooLargeException: Request Entity Too Large", TooLarge(payload=Payload.OTHER)),
        ("HTTP/1.1 413 Payload Too Large", TooLarge(payload=Payload.OTHER)),
        ("One or more parameters are invalid. Reason: Message must be shorter than 1048576 bytes.", OTHER),
        ("BatchRequestTooLongException: The length of all the messages put together is more than the limit.", OTHER),
        ("ValidationException: Item size has exceeded the maximum allowed size", OTHER),
        ("ValidationException: Item size to update has exceeded the maximum allowed size", OTHER),
        ("ValidationException: Total size of the entries in the request is over the limit.", OTHER),
        ("ValidationException: The number of items is over the limit.", None),
        ("LAMBDA_RUNTIME Failed to post handler success response. Http response code: 403.", None),
        ("uploaded 413 objects", None),
        ("Status: error\tError Type: Runtime.ExitError", None),
    ],
)
def test_what_a_message_says_was_too_large(said: str, expected: TooLarge | None) -> None:
    assert too_large(said) == expected


def test_an_answer_that_could_not_be_handed_over_is_a_failure_and_its_mention_none() -> None:
    words = "LAMBDA_RUNTIME Failed to post handler success response. Http response code: 413. "
    (failed,) = read(f"[ERROR] [1767225600010] {words}\n").invocations
    assert (failed.outcome, failed.detail) == (Outcome.FAILURE, f"[ERROR] [1767225600010] {words.strip()}")
    (mentioned,) = read(f"[INFO] somebody saw {words}\n").invocations
    assert mentioned.outcome is Outcome.SUCCESS


def test_the_largest_answer_is_that_of_the_platform() -> None:
    done = '{"time":"2026-11-21T11:00:00Z","type":"platform.runtimeDone","record":{"metrics":{"producedBytes":%d}}}'
    assert largest_answer([{"message": done % 17}, {"message": done % 42}, {"message": "x"}, {}]) == 42
    assert largest_answer([{"message": '{"level":"INFO","message":"producedBytes", "producedBytes": 99}'}]) is None
    assert largest_answer([]) is None
