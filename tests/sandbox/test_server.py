"""The child process: starts, answers, cannot be escaped from, and ends with its parent."""

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator

import pytest

from runbook_lib.errors import SandboxError, UsageError
from runbook_lib.sandbox import environment
from runbook_lib.sandbox.faults import Fault, FaultKind
from runbook_lib.sandbox.server import RunningSandbox, start

PROBE = """
import boto3, sys
from botocore.exceptions import ProxyConnectionError
from botocore.config import Config
print(len(boto3.client("lambda").list_functions()["Functions"]))
try:
    boto3.client("ec2", endpoint_url="https://ec2.ap-southeast-1.amazonaws.com",
                 config=Config(retries={"total_max_attempts": 1})).describe_vpcs()
except ProxyConnectionError:
    print("nothing escapes")
"""


@pytest.fixture(scope="module")
def sandbox() -> Iterator[RunningSandbox]:
    with start("incident") as running:
        yield running


def _gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def _within(seconds: float, done: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if done():
            return True
        time.sleep(0.05)
    return False


def test_it_says_where_and_what_it_is(sandbox: RunningSandbox) -> None:
    assert sandbox.endpoint_url.startswith("http://127.0.0.1:")
    assert (sandbox.scenario, sandbox.region, sandbox.account) == ("incident", "ap-southeast-1", "123456789012")
    assert sandbox.alive()
    sandbox.check()


def test_isolated_environment_reaches_it_and_nothing_else(sandbox: RunningSandbox) -> None:
    hostile = {
        **os.environ,
        "AWS_PROFILE": "missing",
        "AWS_ENDPOINT_URL_LAMBDA": "http://127.0.0.1:1",
        "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true",
        "AWS_USE_DUALSTACK_ENDPOINT": "true",
        "https_proxy": "http://proxy.example:3128",
    }
    done = subprocess.run(
        [sys.executable, "-c", PROBE], env=sandbox.isolated(hostile), capture_output=True, text=True, check=True
    )
    assert done.stdout.split("\n")[:2] == ["6", "nothing escapes"]


def test_isolated_environment_keeps_the_rest() -> None:
    kept = environment.isolated({"PATH": "/bin", "AWS_PROFILE": "p"}, "http://127.0.0.1:1", "eu-west-1")
    assert kept["PATH"] == "/bin"
    assert "AWS_PROFILE" not in kept
    assert (kept["AWS_ENDPOINT_URL"], kept["AWS_REGION"]) == ("http://127.0.0.1:1", "eu-west-1")


def test_faults_states_and_requests_are_steered_from_outside(sandbox: RunningSandbox) -> None:
    def status_of_a_call() -> int:
        credential = "AWS4-HMAC-SHA256 Credential=A/20261121/ap-southeast-1/lambda/aws4_request, SignedHeaders=h"
        url = f"{sandbox.endpoint_url}/2015-03-31/functions/"
        try:
            with urllib.request.urlopen(urllib.request.Request(url, headers={"Authorization": credential})) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            with error:
                return error.code

    sandbox.forget_requests()
    sandbox.set_faults([Fault(action="lambda:ListFunctions", kind=FaultKind.THROTTLED, times=1)])
    assert [status_of_a_call(), status_of_a_call()] == [429, 200]
    assert [(r["action"], r["status"], r["fault"]) for r in sandbox.requests()] == [
        ("lambda:ListFunctions", 429, "throttled"),
        ("lambda:ListFunctions", 200, None),
    ]
    sandbox.stage("render-invoice-pdf", {"State": "Inactive"})
    sandbox.limit_pages(50)
    with pytest.raises(SandboxError, match="no resource 'unknown' to set State on"):
        sandbox.stage("unknown", {"State": "Inactive"})


def test_unknown_scenario_starts_nothing() -> None:
    with pytest.raises(UsageError, match="unknown scenario 'fixd'; nearest: fixed"):
        start("fixd")


def test_stop_ends_the_process_and_may_be_repeated() -> None:
    sandbox = start("fixed")
    sandbox.stop()
    sandbox.stop()
    assert not sandbox.alive()


def test_taken_port_is_told(sandbox: RunningSandbox) -> None:
    port = int(sandbox.endpoint_url.rsplit(":", 1)[1])
    with pytest.raises(SandboxError, match=rf"scenario fixed ended \(exit code 1\): Port {port} is in use"):
        start("fixed", port)


def test_death_is_told() -> None:
    with start("fixed") as sandbox:
        sandbox._process.kill()
        sandbox._process.wait()
        with pytest.raises(SandboxError, match=r"scenario fixed ended \(exit code -9\): it said nothing"):
            sandbox.check()
        with pytest.raises(SandboxError, match="ended"):
            sandbox.requests()


def test_killed_parent_takes_the_child_along() -> None:
    code = (
        "from runbook_lib.sandbox.server import start\n"
        "import time\n"
        "s = start('fixed'); print(s._process.pid, flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        assert not _gone(child)
        parent.kill()
    assert _within(10, lambda: _gone(child))


def test_serve_forever_prints_the_environment_and_ends_on_ctrl_c() -> None:
    code = "import sys\nfrom runbook_lib.sandbox.server import serve_forever\nsys.exit(serve_forever('fixed'))"
    with subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        lines = [process.stdout.readline() for _ in range(len(environment.variables("", "")) + 1)]
        assert lines[0].startswith("unset AWS_")
        assert any(line.startswith("export AWS_ENDPOINT_URL=http://127.0.0.1:") for line in lines)
        os.killpg(process.pid, signal.SIGINT)
        assert process.wait(10) == 0
        assert process.stderr.read() == ""
