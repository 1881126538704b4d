"""Child processes: none before the first invocation, none after the server, however it ends; many at once."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config

from runbook_lib.sandbox.layout import FUNCTION
from runbook_lib.sandbox.server import RunningSandbox, start

_HANGS = "def handler(event, context):\n    while True: pass\n"
_SERVES = "import sys; from runbook_lib.sandbox.serve import main; sys.exit(main(['incident']))"


def _below(pid: int) -> list[int]:
    """The processes below a process, and those below them."""
    children = {int(word) for task in Path(f"/proc/{pid}/task").glob("*/children") for word in task.read_text().split()}
    return [one for child in sorted(children) for one in (child, *_below(child))]


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def _until(happened: Callable[[], bool]) -> None:
    for _ in range(400):
        if happened():
            return
        time.sleep(0.05)
    pytest.fail("it never happened")


def _client(sandbox_url: str, connections: int = 10) -> Any:
    config = Config(max_pool_connections=connections, retries={"total_max_attempts": 1}, read_timeout=300)
    keys = {"aws_access_key_id": "x", "aws_secret_access_key": "x", "region_name": "ap-southeast-1"}
    return boto3.client("lambda", endpoint_url=sandbox_url, config=config, **keys)


@pytest.fixture(name="server")
def _server() -> Any:
    with subprocess.Popen([sys.executable, "-c", _SERVES], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        yield process
        process.kill()


def _url(process: Any) -> str:
    import json

    return str(json.loads(process.stdout.readline())["endpoint_url"])


@pytest.mark.parametrize("end", [signal.SIGKILL, None])
def test_children_end_with_the_server(server: Any, end: int | None) -> None:
    from runbook_lib.sandbox.deployment import archive

    functions = _client(_url(server))
    assert _below(server.pid) == []
    functions.update_function_code(FunctionName="notify-customer", ZipFile=archive(_HANGS))
    functions.invoke(FunctionName="reconcile-payments")
    functions.invoke(FunctionName="notify-customer", InvocationType="Event")
    _until(lambda: len(_below(server.pid)) == 3)
    children = _below(server.pid)
    if end is None:
        server.stdin.close()
    else:
        os.kill(server.pid, end)
    server.wait()
    _until(lambda: not any(_alive(child) for child in children))


def test_two_hundred_invocations_run_at_once() -> None:
    with start("fixed") as sandbox:
        assert _overlap(sandbox, 200) >= 180


def _overlap(sandbox: RunningSandbox, count: int) -> int:
    """The most invocations that were under way at the same time, by the clock of who waits for them."""
    functions, barrier = _client(sandbox.endpoint_url, count), threading.Barrier(count)

    def one(_: int) -> tuple[float, float]:
        barrier.wait()
        begun = time.monotonic()
        assert functions.invoke(FunctionName=FUNCTION).get("FunctionError") is None
        return begun, time.monotonic()

    with ThreadPoolExecutor(count) as pool:
        spans = list(pool.map(one, range(count)))
    changes = sorted([(begun, 1) for begun, _ in spans] + [(ended, -1) for _, ended in spans])
    running = most = 0
    for _, change in changes:
        running += change
        most = max(most, running)
    return most
