"""The handler really runs: its event, context and environment, its log, its errors, its limits."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from runbook_lib.sandbox.environment import ACCOUNT
from runbook_lib.sandbox.world import World

Deploy = Callable[..., None]
Invoke = Callable[..., Any]

_ARN = f"arn:aws:lambda:ap-southeast-1:{ACCOUNT}:function:f"
_LIVES = "count = 0\ndef handler(event, context):\n    global count\n    count += 1\n    return count\n"


def test_handler_gets_its_event_context_and_environment(deploy: Deploy, invoke: Invoke) -> None:
    deploy(
        "import os\n"
        "def handler(event, context):\n"
        "    names = ('AWS_LAMBDA_FUNCTION_NAME', 'AWS_REGION', '_HANDLER', 'TABLE', 'AWS_LAMBDA_LOG_GROUP_NAME')\n"
        "    return {'event': event, 'environment': [os.environ[name] for name in names],\n"
        "            'context': [context.aws_request_id, context.invoked_function_arn, context.memory_limit_in_mb,\n"
        "                        context.function_version, 0 < context.get_remaining_time_in_millis() <= 60_000],\n"
        "            'stream': os.environ['AWS_LAMBDA_LOG_STREAM_NAME'] == context.log_stream_name}\n",
        variables={"TABLE": "orders"},
    )
    answer = invoke({"a": [1, None]})
    assert answer.payload == {
        "event": {"a": [1, None]},
        "environment": ["f", "ap-southeast-1", "app.handler", "orders", "/aws/lambda/f"],
        "context": [answer.request_id, _ARN, "512", "$LATEST", True],
        "stream": True,
    }
    assert (answer.status, answer.error, answer.version) == (200, None, "$LATEST")


def test_nothing_of_the_machine_is_in_its_environment(
    deploy: Deploy, invoke: Invoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CANARY_OF_THE_MACHINE", "1")
    deploy("import os\ndef handler(event, context):\n    return sorted(os.environ)\n")
    assert "CANARY_OF_THE_MACHINE" not in invoke().payload
    assert "LOG_LEVEL" in invoke().payload


def test_log_goes_from_start_to_report(deploy: Deploy, invoke: Invoke) -> None:
    deploy(
        "import logging, sys\n"
        "def handler(event, context):\n"
        "    print('one\\ntwo')\n"
        "    print('three', end='', file=sys.stderr)\n"
        "    logging.getLogger('shop').warning('four %s', 4)\n"
        "    logging.getLogger('shop').info('not shown')\n"
    )
    answer = invoke()
    started, one, two, four, three, ended, report = answer.log.splitlines()
    assert started == f"START RequestId: {answer.request_id} Version: $LATEST"
    assert (one, two, three) == ("one", "two", "three")
    assert re.fullmatch(rf"\[WARNING\]\t[-0-9]{{10}}T[:0-9]{{8}}\.\d{{3}}Z\t{answer.request_id}\tfour 4", four)
    assert ended == f"END RequestId: {answer.request_id}"
    assert re.fullmatch(
        rf"REPORT RequestId: {answer.request_id}\tDuration: [.0-9]+ ms\tBilled Duration: \d+ ms\t"
        r"Memory Size: 512 MB\tMax Memory Used: \d+ MB\tInit Duration: [.0-9]+ ms\t",
        report,
    )


def test_tail_is_what_was_asked_for_and_the_last_four_kilobytes(deploy: Deploy, invoke: Invoke) -> None:
    deploy("def handler(event, context):\n    print('x' * 5000)\n")
    assert invoke(LogType="None").log == ""
    tail = invoke().log
    assert len(tail) == 4096
    assert tail.startswith("xxx")


def test_warm_environment_is_used_again_until_the_code_changes(deploy: Deploy, invoke: Invoke) -> None:
    deploy(_LIVES)
    first, second = invoke(), invoke()
    assert (first.payload, second.payload) == (1, 2)
    assert "Init Duration" in first.log
    assert "Init Duration" not in second.log
    deploy(_LIVES + "# changed\n")
    assert invoke().payload == 1


def test_what_the_handler_raises_is_told_and_logged(deploy: Deploy, invoke: Invoke) -> None:
    deploy("def handler(event, context):\n    raise KeyError('order')\n")
    answer = invoke()
    frame = "  File \"/var/task/app.py\", line 2, in handler\n    raise KeyError('order')\n"
    assert answer.error == "Unhandled"
    assert answer.payload == {
        "errorMessage": "'order'",
        "errorType": "KeyError",
        "requestId": answer.request_id,
        "stackTrace": [frame],
    }
    assert "[ERROR] KeyError: 'order'\nTraceback (most recent call last):\n" in answer.log
    assert answer.log.splitlines()[-1].startswith("REPORT")


@pytest.mark.parametrize(
    ("code", "kind", "words"),
    [
        ("import absent", "Runtime.ImportModuleError", "Unable to import module 'app': No module named 'absent'"),
        (
            "def handler(:",
            "Runtime.UserCodeSyntaxError",
            "Syntax error in module 'app': invalid syntax (app.py, line 1)",
        ),
        ("other = 1", "Runtime.HandlerNotFound", "Handler 'handler' missing on module 'app'"),
        (
            "def handler(event, context): return b''",
            "Runtime.MarshalError",
            "Unable to marshal response: Object of type bytes is not JSON serializable",
        ),
        (
            "def handler(event, context): return 'x' * 6_291_555",
            "Function.ResponseSizeTooLarge",
            "Response payload size exceeded maximum allowed payload size (6291556 bytes).",
        ),
    ],
)
def test_faults_of_the_package_are_the_runtimes(
    deploy: Deploy, invoke: Invoke, code: str, kind: str, words: str
) -> None:
    deploy(code)
    answer = invoke()
    assert (answer.error, answer.payload["errorType"], answer.payload["errorMessage"]) == ("Unhandled", kind, words)


def test_largest_answer_passes(deploy: Deploy, invoke: Invoke) -> None:
    deploy("def handler(event, context): return 'x' * 6_291_554")
    assert invoke().error is None


@pytest.mark.parametrize(
    ("body", "kind", "reason", "reported"),
    [
        ("import os; os._exit(3)", "Runtime.ExitError", "exit status 3", "Runtime.ExitError"),
        ("raise SystemExit(2)", "Runtime.ExitError", "exit status 2", "Runtime.ExitError"),
        ("bytearray(3_000_000_000)", "Runtime.OutOfMemory", "signal: killed", "Runtime.OutOfMemory"),
    ],
)
def test_process_that_ends_takes_its_environment_along(
    deploy: Deploy, invoke: Invoke, body: str, kind: str, reason: str, reported: str
) -> None:
    deploy(f"def handler(event, context):\n    if event:\n        {body}\n    return 'alive'\n")
    assert invoke().payload == "alive"
    answer = invoke({"now": True})
    words = f"RequestId: {answer.request_id} Error: Runtime exited with error: {reason}"
    assert (answer.error, answer.payload) == ("Unhandled", {"errorType": kind, "errorMessage": words})
    assert f"{words}\nRuntime.ExitError\n" in answer.log
    assert f"Status: error\tError Type: {reported}" in answer.log
    again = invoke()
    assert (again.payload, "Init Duration" in again.log) == ("alive", True)


def test_handler_that_takes_too_long_is_ended(deploy: Deploy, invoke: Invoke) -> None:
    deploy("def handler(event, context):\n    while True: pass\n", timeout_s=1)
    answer = invoke()
    words = f"RequestId: {answer.request_id} Error: Task timed out after 1.00 seconds"
    assert (answer.error, answer.payload) == ("Unhandled", {"errorType": "Sandbox.Timedout", "errorMessage": words})
    assert f"{answer.request_id} Task timed out after 1.00 seconds\n" in answer.log
    assert "Duration: 1000.00 ms" in answer.log
    assert "Status: timeout" in answer.log


def test_sleep_counts_in_full_and_says_that_it_was_shortened(deploy: Deploy, invoke: Invoke) -> None:
    deploy(
        "import time\n"
        "def handler(event, context):\n"
        "    begun = time.monotonic()\n"
        "    time.sleep(30)\n"
        "    return [time.monotonic() - begun >= 30, context.get_remaining_time_in_millis() <= 30_000]\n"
    )
    answer = invoke()
    assert answer.payload == [True, True]
    assert re.search(r"\nSIMULATED: 3\d\.\d s of simulated time passed in \d\.\d s\n", answer.log)
    assert re.search(r"\tDuration: 3\d{4}\.\d\d ms", answer.log)


def test_short_run_says_nothing_of_simulated_time(deploy: Deploy, invoke: Invoke) -> None:
    deploy("import time\ndef handler(event, context): time.sleep(0.01)\n")
    assert "SIMULATED" not in invoke().log


def test_sleep_beyond_the_timeout_is_a_timeout(deploy: Deploy, invoke: Invoke) -> None:
    deploy("import time\ndef handler(event, context): time.sleep(100)\n", timeout_s=50)
    answer = invoke()
    assert answer.payload["errorType"] == "Sandbox.Timedout"
    assert "Duration: 50000.00 ms" in answer.log


def test_json_format_has_platform_events(deploy: Deploy, invoke: Invoke, world: World) -> None:
    deploy("import logging\ndef handler(event, context):\n    logging.warning('low')\n    raise ValueError('no')\n")
    logging = {
        "LogFormat": "JSON",
        "LogGroup": "/aws/lambda/f",
        "ApplicationLogLevel": "INFO",
        "SystemLogLevel": "INFO",
    }
    world.stage("f", {"LoggingConfig": logging})
    answer = invoke()
    lines = [json.loads(line) for line in answer.log.splitlines()]
    assert [line.get("type") for line in lines] == [
        "platform.initStart",
        "platform.start",
        None,
        None,
        "platform.runtimeDone",
        "platform.report",
    ]
    assert (lines[2]["message"], lines[2]["level"], lines[2]["requestId"]) == ("low", "WARNING", answer.request_id)
    assert (lines[3]["errorType"], lines[3]["errorMessage"]) == ("ValueError", "no")
    assert [line["record"]["status"] for line in lines[4:]] == ["error", "error"]


@pytest.mark.parametrize(
    "attempt",
    [
        "import _socket; _socket.socket().connect(('127.0.0.1', 9))",
        "import _socket; _socket.getaddrinfo('localhost', 80)",
        "import os; os.system('true')",
        "import subprocess; subprocess.run(['true'])",
        "import os; os.fork()",
        "import ctypes; ctypes.CDLL(None)",
    ],
)
def test_nothing_leads_out_of_the_process(deploy: Deploy, invoke: Invoke, attempt: str) -> None:
    deploy(f"def handler(event, context):\n    {attempt}\n")
    answer = invoke()
    assert answer.payload["errorType"] == "PermissionError"
    assert "is not available in the embedded AWS" in answer.payload["errorMessage"]
