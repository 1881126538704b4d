"""An error that was logged: when it is a failure, when it may have been handled, and when it says nothing."""

from __future__ import annotations

import json

import pytest

from runbook_lib.invocations.base import ErrorClass
from runbook_lib.invocations.wording import brief, json_level, level_of, speaks_of_another_attempt, tells_an_exception
from tests.invocations.logged import ID, TIME, doubted, failed, read, succeeded

S3 = "https://b.s3.eu-west-1.amazonaws.com/k"
TIMED_OUT = f'Connect timeout on endpoint URL: "{S3}"'
HOST = "b.s3.eu-west-1.amazonaws.com"
ERROR = "[ERROR]\t{T}\t{R}\t"
INFO = "[INFO]\t{T}\t{R}\t"
WARNING = "[WARNING]\t{T}\t{R}\t"
INTERNAL = "An error occurred (InternalError) when calling the PutObject operation: We encountered an internal error."
FRAMES = 'Traceback (most recent call last):\n  File "/var/task/a.py", line 3, in h\n    put()\n'

# lines that end in nobody knows what: the last one, or what is named, is told
IN_DOUBT: dict[str, tuple[tuple[str, ...], str]] = {
    "an unknown error": ((f"{ERROR}Upload failed: {INTERNAL}",), f"Upload failed: {INTERNAL}"),
    "an unknown status": (
        (ERROR + "Upload failed: An error occurred (503) when calling the PutObject operation: Service Unavailable",),
        "Upload failed: An error occurred (503) when calling the PutObject operation: Service Unavailable",
    ),
    "an unknown exception": (
        (f"{ERROR}Upload failed\n{FRAMES}boto3.exceptions.S3UploadFailedError: no",),
        'Upload failed Traceback (most recent call last): File "/var/task/a.py", line 3, in h put() '
        "boto3.exceptions.S3UploadFailedError: no",
    ),
    "critical": (
        ("[CRITICAL]\t{T}\t{R}\tgiving up on document 7: KeyError 'x'",),
        "giving up on document 7: KeyError 'x'",
    ),
    "critical without another word": (("[CRITICAL]\t{T}\t{R}\tdocument 7",), "document 7"),
    "a level of .NET": (("{T}\t{R}\tfail\tdocument 7 was left",), "document 7 was left"),
    "another language": (
        (ERROR + "アップロードに失敗しました: タイムアウト",),
        "アップロードに失敗しました: タイムアウト",
    ),
    "slog": (("time={T} level=ERROR msg=left",), f"time={TIME} level=ERROR msg=left"),
    "a level in brackets": (("[Error] - document 7",), "[Error] - document 7"),
    "a print at ERROR": (("ERROR: upload failed", "done"), "ERROR: upload failed"),
    "a print that begins with its level": (("Error: upload failed", "done"), "Error: upload failed"),
    "a print of a stack": (
        ("Fatal: no\n    at store (/var/task/i.js:3:9)",),
        "Fatal: no at store (/var/task/i.js:3:9)",
    ),
    "a share of errors": (("ERROR rate 0.5 %",), "ERROR rate 0.5 %"),
    "JSON without a level": ((json.dumps({"message": "ERROR: upload failed"}),), "ERROR: upload failed"),
    "a mention": (
        ("cache miss (connection refused), falling back to S3", "done"),
        "cache miss (connection refused), falling back to S3",
    ),
    "a mention in JSON": (
        (json.dumps({"event": "order", "comment": "connection timed out yesterday"}),),
        "order connection timed out yesterday",
    ),
    "a mention by a customer": (("comment: 'access denied at the door'",), "comment: 'access denied at the door'"),
    "a probe": (("HEAD /k -> 403 Forbidden, creating",), "HEAD /k -> 403 Forbidden, creating"),
    "a try": (
        ("upload failed with ConnectTimeoutError, try 1", "upload ok on second try"),
        "upload failed with ConnectTimeoutError, try 1",
    ),
    "an attempt at ERROR": (
        (ERROR + "attempt 1 failed: connection timed out", INFO + "attempt 2 succeeded"),
        "attempt 1 failed: connection timed out",
    ),
    "an attempt to be followed": (
        (f"{ERROR}Upload failed: {TIMED_OUT}; will try once more", f"{INFO}Upload succeeded"),
        f"Upload failed: {TIMED_OUT}; will try once more",
    ),
    "a record with a word about another attempt": (
        (f"ConnectTimeoutError: {TIMED_OUT}, retrying",),
        f"ConnectTimeoutError: {TIMED_OUT}, retrying",
    ),
    "a printed stack trace": (
        ("java.lang.IllegalStateException: no\n\tat com.x.H.handle(H.java:3)",),
        "java.lang.IllegalStateException: no at com.x.H.handle(H.java:3)",
    ),
    "a printed traceback": ((f"{FRAMES}KeyError: 'x'",), f"{' '.join(FRAMES.split())} KeyError: 'x'"),
    "a number for a level": ((json.dumps({"level": 50, "msg": "document 7"}, separators=(",", ":")),), "document 7"),
    ".NET in JSON": (
        (json.dumps({"timestamp": TIME, "level": "Critical", "requestId": ID, "message": "document 7"}),),
        "document 7",
    ),
    "Powertools": (
        (
            json.dumps(
                {
                    "level": "ERROR",
                    "message": "Received an exception",
                    "function_request_id": ID,
                    "exception": "requests.exceptions.HTTPError: 500 Server Error",
                }
            ),
        ),
        f"Received an exception {ID} requests.exceptions.HTTPError: 500 Server Error",
    ),
}
FAILURES: dict[str, tuple[tuple[str, ...], ErrorClass, str, str | None]] = {
    "a known error at ERROR": (
        (f"{ERROR}Upload failed: {TIMED_OUT}",),
        ErrorClass.CONNECT_TIMEOUT,
        f"Upload failed: {TIMED_OUT}",
        HOST,
    ),
    "the last of its attempts": (
        (ERROR + "attempt 3 of 3 failed: connection timed out",),
        ErrorClass.CONNECT_TIMEOUT,
        "attempt 3 of 3 failed: connection timed out",
        None,
    ),
    "after all attempts": (
        (ERROR + "attempt 1 failed: connection timed out", ERROR + "giving up: connection refused"),
        ErrorClass.CONNECTION_REFUSED,
        "giving up: connection refused",
        None,
    ),
    "a record without a level": (
        (f"ConnectTimeoutError: {TIMED_OUT}",),
        ErrorClass.CONNECT_TIMEOUT,
        f"ConnectTimeoutError: {TIMED_OUT}",
        HOST,
    ),
    "a service asks to try again": (
        (ERROR + "ThrottlingException: Rate exceeded, please try again later",),
        ErrorClass.THROTTLED,
        "ThrottlingException: Rate exceeded, please try again later",
        None,
    ),
    "a record in JSON without a level": (
        (json.dumps({"msg": "left", "exception": "java.net.UnknownHostException: db.internal"}),),
        ErrorClass.DNS,
        "left java.net.UnknownHostException: db.internal",
        "db.internal",
    ),
    "what was in doubt names the root of an exception": (
        (f"upload: {TIMED_OUT}", f"[ERROR] RuntimeError: no\n{FRAMES}"),
        ErrorClass.CONNECT_TIMEOUT,
        f"upload: {TIMED_OUT}",
        HOST,
    ),
    "an exception after a warning has no other root": (
        (f"{WARNING}upload: {TIMED_OUT}", f"[ERROR] RuntimeError: no\n{FRAMES}"),
        ErrorClass.APPLICATION_ERROR,
        f"[ERROR] RuntimeError: no {' '.join(FRAMES.split())}",
        None,
    ),
}
INNOCENT: dict[str, tuple[str, ...]] = {
    "information": (f"{INFO}comment: ERROR {TIMED_OUT}",),
    "a warning": (f"{WARNING}Retrying (Retry(total=4)) after connection broken by 'ConnectTimeoutError(x)': /k",),
    "debug in JSON": (json.dumps({"level": "debug", "message": "ConnectionRefusedError: connection refused"}),),
    "a number for a level": (json.dumps({"level": 40, "msg": "connection refused"}, separators=(",", ":")),),
    "a warning in brackets": ("[Warning] - connection refused",),
    "a missing file": ("FileNotFoundError for cache, rebuilding", "done"),
    "a pipeline": ("starting image pipeline for storePipeline",),
    "a rate": ("exchange rate exceeded plausible range",),
    "the name of an exception": ("java.lang.IllegalStateException: no", "done"),
    "no level and no known error": ("upload of document 7 FAILED",),
    "a count of no errors": ("error count: 0", "ERROR COUNT: 0", "Error: 0", "errors=0"),
    "a rate of no errors": ("Error rate 0 %", "ERROR RATE 0.0 %, WARN RATE 3 %"),
    "no errors counted in JSON": (json.dumps({"message": "ERROR count: 0"}),),
    "errors that are handled": ("Error handling is on", "Critical section left"),
    "ERROR in a line at INFO": (f"{INFO}ERROR: upload failed", json.dumps({"level": "INFO", "msg": "ERROR: no"})),
    "a traceback at INFO": (f"{INFO}handled\n{FRAMES}KeyError: 'x'",),
}


@pytest.mark.parametrize("name", IN_DOUBT)
def test_what_may_have_been_handled_is_unknown(name: str) -> None:
    lines, detail = IN_DOUBT[name]
    assert read(*(line + "\n" for line in lines)) == doubted(detail)


@pytest.mark.parametrize("name", FAILURES)
def test_what_was_given_up_is_a_failure(name: str) -> None:
    lines, error_class, detail, destination = FAILURES[name]
    assert read(*(line + "\n" for line in lines)) == failed(error_class, detail, destination)


@pytest.mark.parametrize("name", INNOCENT)
def test_what_lies_below_error_or_names_none_is_no_sign(name: str) -> None:
    assert read(*(line + "\n" for line in INNOCENT[name])) == succeeded()


@pytest.mark.parametrize(
    ("head", "level"),
    [
        ("ERROR:root:no", "ERROR"),
        ("2026-01-01 00:00:00,123 - app - WARNING - no", "WARNING"),
        ("[2026-01-01] app.CRITICAL: no", "CRITICAL"),
        ("E, [2026-01-01T00:00:00#8] ERROR -- : no", "ERROR"),
        ("2026-01-01T00:00:00+0000 error Lambda : no", "ERROR"),
        ("error: no", "ERROR"),
        ("[warn] no", "WARN"),
        ("Error: no", "ERROR"),
        ("[Critical] no", "CRITICAL"),
        ("(fatal) no", "FATAL"),
        ("Error while storing", "ERROR"),
        ("Error rates", None),
        ("ERROR count: 0", None),
        ("ERROR count: 0, WARN count: 3", "WARN"),
        ("ERROR count: 05", "ERROR"),
        ("ERROR: 0 of 3 stored", "ERROR"),
        ("an error: no", None),
        ("no errors", None),
        ("[errors] 3", None),
    ],
)
def test_levels(head: str, level: str | None) -> None:
    assert level_of(head) == level


def test_levels_of_json() -> None:
    items = [{"level": 50}, {"level": 49}, {"level": True}, {"severity": "error"}, {"level": None, "lvl": "crit"}, {}]
    assert [json_level(item) for item in items] == ["ERROR", "INFO", None, "ERROR", "CRIT", None]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("attempt 1 of 3", True),
        ("attempt 3/3", False),
        ("retry #2", True),
        ("will try again in 2 s", True),
        ("please try again", False),
        ("failed after 3 retries, retrying", False),
        ("the country 3 of 4", False),
    ],
)
def test_words_about_another_attempt(text: str, expected: bool) -> None:
    assert speaks_of_another_attempt(text) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"ConnectTimeoutError: {TIMED_OUT}", True),
        (f"{FRAMES}botocore.exceptions.ReadTimeoutError: Read timeout on endpoint URL: x", True),
        ("java.lang.OutOfMemoryError: Java heap space", True),
        ("2026/01/01 00:00:00 dial tcp 10.0.0.1:443: i/o timeout", True),
        ("upload: dial tcp 10.0.0.1:443: i/o timeout", False),
        ("Error: connect ETIMEDOUT 10.0.0.1:443\n    at x", True),
        ("ConnectTimeoutError: for the cache a new one is made", False),
        ("ConnectTimeoutError again", False),
        ("KeyError: 'x'", False),
    ],
)
def test_the_record_of_an_exception(text: str, expected: bool) -> None:
    assert tells_an_exception(text) is expected


def test_the_words_that_decided_stay_in_a_shortened_line() -> None:
    text = "x" * 150 + " " + "y" * 5000 + " socket.timeout: timed out " + "z" * 300
    assert brief(text, "socket.timeout: timed out") == f"{'x' * 50}… {'y' * 49} socket.timeout: timed out {'z' * 71}"
    assert brief(text) == f"{'x' * 150} {'y' * 48}…"
    assert brief(f"get {S3}?X-Amz-Signature=abc: refused", "refused") == f"get {S3} refused"
