"""What runtimes write when an error goes uncaught or code cannot be loaded, and what only looks like it."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from runbook_lib.invocations.assemble import Assembled, invocations_of
from runbook_lib.invocations.base import ErrorClass, LogEvent, Outcome
from tests.invocations.logged import ID, STREAM, TIME, doubted, failed, log, read, row, succeeded

RUST = {
    "timestamp": TIME,
    "level": "ERROR",
    "fields": {"message": "error while calling handler: upload failed"},
    "target": "lambda_runtime",
    "spans": [{"requestId": ID, "name": "Lambda runtime invoke"}],
}
UNCAUGHT: dict[str, tuple[str, str]] = {
    "Java, default package": (
        "no: UploadFailed\nUploadFailed: no\n\tat H.handle(H.java:3)\n",
        "no: UploadFailed UploadFailed: no at H.handle(H.java:3)",
    ),
    "Java, default package, no message": (
        ": UploadFailed\nUploadFailed\n\tat H.handle(H.java:3)\n",
        ": UploadFailed UploadFailed at H.handle(H.java:3)",
    ),
    "Rust, JSON": (json.dumps(RUST), "error while calling handler: upload failed lambda_runtime Lambda runtime invoke"),
    "Rust, text": (
        '{T} ERROR Lambda runtime invoke{requestId="{R}" xrayTraceId="Root=1-x"}: lambda_runtime: '
        "error=upload failed\n",
        f'{TIME} ERROR Lambda runtime invoke{{requestId="{ID}" xrayTraceId="Root=1-x"}}: lambda_runtime: '
        "error=upload failed",
    ),
    "PHP": (
        "PHP Fatal error:  Uncaught Error: Call to undefined function x() in /var/task/index.php:3\n",
        "PHP Fatal error: Uncaught Error: Call to undefined function x() in /var/task/index.php:3",
    ),
    "PHP, displayed": (
        "\nFatal error: Uncaught Error: no in /var/task/index.php:3\n",
        "Fatal error: Uncaught Error: no in /var/task/index.php:3",
    ),
    "Swift": (
        "{T} error Lambda : [LambdaRuntime] lambda handler returned an error: uploadFailed\n",
        f"{TIME} error Lambda : [LambdaRuntime] lambda handler returned an error: uploadFailed",
    ),
    "Deno": (
        "error: Uncaught (in promise) Error: upload failed\n",
        "error: Uncaught (in promise) Error: upload failed",
    ),
}
DOUBTED: dict[str, tuple[str, str]] = {
    "Rust, its own code": (
        json.dumps({**RUST, "target": "upload"}),
        "error while calling handler: upload failed upload Lambda runtime invoke",
    ),
    "an error of Deno that was caught": ("error: no such document\n", "error: no such document"),
}
INNOCENT: dict[str, str] = {
    "a repeated word": "no: UploadFailed\nUploadFailed: no\n",
    "Rust below ERROR": json.dumps({**RUST, "level": "INFO"}),
    "Swift below ERROR": "{T} info Lambda : [LambdaRuntime] no lambda handler returned an error\n",
    "PHP is quoted": "the page says: Fatal error: Uncaught Error: no\n",
}


@pytest.mark.parametrize("name", UNCAUGHT)
def test_an_uncaught_error_is_a_failure(name: str) -> None:
    line, detail = UNCAUGHT[name]
    assert read(line) == failed(ErrorClass.APPLICATION_ERROR, detail)


@pytest.mark.parametrize("name", DOUBTED)
def test_an_error_of_the_application_may_have_been_handled(name: str) -> None:
    line, detail = DOUBTED[name]
    assert read(line) == doubted(detail)


@pytest.mark.parametrize("name", INNOCENT)
def test_what_only_looks_like_a_record_is_no_sign(name: str) -> None:
    assert read(INNOCENT[name]) == succeeded()


CODE = {
    "Runtime.ImportModuleError": "Unable to import module 'app': No module named 'x'",
    "Runtime.HandlerNotFound": "Handler 'h' missing on module 'app'",
    "Runtime.UserCodeSyntaxError": "Syntax error in module 'app': invalid syntax (app.py, line 3)",
}


@pytest.mark.parametrize("kind", CODE)
def test_code_that_cannot_be_loaded_when_it_is_called_is_no_failure_of_the_start(kind: str) -> None:
    said = f"[ERROR] {kind}: {CODE[kind]}\nTraceback (most recent call last):\n"
    assert read(said) == failed(ErrorClass.APPLICATION_ERROR, " ".join(said.split()))


@pytest.mark.parametrize("kind", CODE)
def test_code_that_cannot_be_loaded_in_init_is_one(kind: str) -> None:
    said = f"[ERROR] {kind}: {CODE[kind]}\nTraceback (most recent call last):\n"
    start, *rest = log()
    begun_ms = start.timestamp_ms or 0
    before = [
        LogEvent("INIT_START Runtime Version: python:3.13.v1\n", begun_ms - 200, STREAM),
        LogEvent(said, begun_ms - 100, STREAM),
    ]

    found = invocations_of([*before, start, *rest])

    expected = row(Outcome.FAILURE, ErrorClass.INIT_FAILURE, detail=" ".join(said.split()))
    assert found == Assembled((replace(expected, cold=True),), ())


@pytest.mark.parametrize("kind", CODE)
def test_lambdas_word_that_init_failed_keeps_its_type_although_the_line_is_long(kind: str) -> None:
    status = f"Init Duration: 1234.56 ms\tPhase: invoke\tStatus: error\tError Type: {kind}"
    said = f"[ERROR] {kind}: {CODE[kind]}\nTraceback (most recent call last):\n"

    (found,), gaps, *_ = read(said, status=status)

    assert (found.outcome, found.error_class, gaps) == (Outcome.FAILURE, ErrorClass.INIT_FAILURE, ())
    detail = found.detail or ""
    assert detail.startswith("REPORT RequestId: ")
    assert detail.endswith(f"Error Type: {kind}")
    assert len(detail) <= 200


BARE = {
    "socket": ("[ERROR] TimeoutError: timed out\nTraceback (most recent call last):\n  x\n", "TimeoutError: timed out"),
    "Go": (
        '{"errorMessage":"Get \\"https://a.example.com/\\": context deadline exceeded (Client.Timeout exceeded while '
        'awaiting headers)","errorType":"Error"}',
        "Client.Timeout exceeded while awaiting headers",
    ),
    ".NET": (
        "{T}\t{R}\tfail\tSystem.Threading.Tasks.TaskCanceledException: The request was canceled due to the configured "
        "HttpClient.Timeout of 3 seconds elapsing.\n   at X.F.H()\n",
        "HttpClient.Timeout of 3 seconds",
    ),
    "after many words": (
        "[ERROR]\t{T}\t{R}\tUpload of " + "a" * 700 + " failed\nTraceback (most recent call last):\n"
        '  File "/var/task/a.py", line 3, in h\nTimeoutError: timed out\n',
        "TimeoutError: timed out",
    ),
}


@pytest.mark.parametrize("name", BARE)
def test_a_bare_timeout_keeps_the_words_that_tell_it_from_a_read_timeout(name: str) -> None:
    line, words = BARE[name]
    (found,), gaps, *_ = read(line)
    assert (found.outcome, found.error_class, gaps) == (Outcome.FAILURE, ErrorClass.READ_TIMEOUT, ())
    assert words in (found.detail or "")
    assert len(found.detail or "") <= 200
