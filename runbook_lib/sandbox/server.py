"""Starts and stops the embedded AWS as one child process that cannot outlive this one."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable, Mapping
from types import TracebackType
from typing import IO, Any, Self
from urllib.parse import urlsplit

from runbook_lib.errors import SandboxError
from runbook_lib.sandbox import environment
from runbook_lib.sandbox.faults import Fault
from runbook_lib.sandbox.scenarios import find

__all__ = ["RunningSandbox", "running", "serve_forever", "start"]

_RUNNING_VARIABLE = "RUNBOOK_SANDBOX"

_START_TIMEOUT_S = 60.0
_STOP_TIMEOUT_S = 5.0
_LOOK_AGAIN_S = 0.5


class RunningSandbox:
    """A running embedded AWS; a context manager that stops it.

    `endpoint_url`, `region`, `account` and `scenario` say where and what it is.
    """

    def __init__(self, process: subprocess.Popen[str], errors: IO[bytes], endpoint_url: str, scenario: str) -> None:
        self._process = process
        self._errors = errors
        self.endpoint_url = endpoint_url
        self.scenario = scenario
        self.region = find(scenario).region
        self.account = environment.ACCOUNT

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def credentials(self) -> tuple[str, str, str]:
        """Access key id, secret access key and session token that the embedded AWS is used with."""
        return environment.ACCESS_KEY_ID, environment.SECRET_ACCESS_KEY, environment.SESSION_TOKEN

    def environment(self) -> dict[str, str]:
        """The variables that bind an SDK, the AWS CLI or a kernel to this AWS, and to nothing else.

        Variables named in `sandbox.environment.UNSET` must not be set beside them; `isolated` takes care of both.
        """
        return environment.variables(self.endpoint_url, self.region)

    def shared(self, environ: Mapping[str, str]) -> dict[str, str]:
        """A copy of `environ` in which `running` finds this AWS, so that several runs work on the same world."""
        return {**environ, _RUNNING_VARIABLE: f"{self.scenario} {self.endpoint_url}"}

    def isolated(self, environ: Mapping[str, str]) -> dict[str, str]:
        """A copy of `environ` bound to this AWS, without anything that could lead to another."""
        return environment.isolated(environ, self.endpoint_url, self.region)

    def alive(self) -> bool:
        """Whether the process still runs."""
        return self._process.poll() is None

    def check(self) -> None:
        """Raise SandboxError with the end of its standard error when the process has died."""
        if not self.alive():
            raise SandboxError(_death(self.scenario, self._process.returncode, self._errors))

    def set_faults(self, faults: Iterable[Fault]) -> None:
        """Replace the faults in force, those of the scenario included."""
        rules = [
            {"action": fault.action, "kind": fault.kind, "times": fault.times, "delay_s": fault.delay_s}
            for fault in faults
        ]
        self._control("PUT", "faults", rules)

    def stage(self, resource_id: str, fields: Mapping[str, Any]) -> None:
        """Set response fields that no API can set, for example `{"State": "pending"}` on an endpoint."""
        self._control("PUT", "state", {"id": resource_id, "fields": dict(fields)})

    def requests(self) -> list[dict[str, Any]]:
        """The AWS requests answered so far: action, operation, region, status, fault."""
        answer = self._control("GET", "requests")
        return list(answer)

    def terraform_state(self) -> dict[str, Any] | None:
        """The content of the state file that Terraform left for this world; None when there is none."""
        answer = self._control("GET", "terraform-state")
        return None if answer is None else dict(answer)

    def limit_pages(self, size: int) -> None:
        """Answer listings in pages of at most `size` items, so that every reader has to turn pages."""
        self._control("PUT", "largest-page", size)

    def forget_requests(self) -> None:
        """Empty the record of requests."""
        self._control("DELETE", "requests")

    def stop(self) -> None:
        """End the process; a second call does nothing."""
        if self._process.stdin is not None and not self._process.stdin.closed:
            self._process.stdin.close()
        try:
            self._process.wait(_STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()
        self._errors.close()

    def _control(self, method: str, name: str, body: Any = None) -> Any:
        request = urllib.request.Request(
            f"{self.endpoint_url}/_sandbox/{name}", method=method, data=json.dumps(body).encode()
        )
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with direct.open(request, timeout=_STOP_TIMEOUT_S) as answer:
                return json.loads(answer.read())
        except urllib.error.HTTPError as error:
            with error:
                raise SandboxError(json.loads(error.read())["error"]) from None
        except OSError as error:
            self.check()
            raise SandboxError(f"the embedded AWS does not answer: {error}") from None


def running(scenario: str) -> str | None:
    """The endpoint of an embedded AWS with this scenario that somebody shares with this process, None without one.

    Raises SandboxError when it is not on the loopback.
    """
    name, _, endpoint_url = os.environ.get(_RUNNING_VARIABLE, "").partition(" ")
    if not endpoint_url or find(scenario).name != name:
        return None
    if urlsplit(endpoint_url).hostname != "127.0.0.1":
        raise SandboxError(f"{_RUNNING_VARIABLE} names {endpoint_url}; an embedded AWS is on the loopback only")
    return endpoint_url


def start(scenario: str, port: int = 0) -> RunningSandbox:
    """Start the embedded AWS with a scenario; returns when every call can be answered.

    UsageError for an unknown scenario, SandboxError when the process dies or does not get ready in time.
    """
    name = find(scenario).name
    errors = tempfile.TemporaryFile()  # noqa: SIM115 - read when the process dies
    process = subprocess.Popen(
        [sys.executable, "-m", "runbook_lib.sandbox.serve", name, "--port", str(port)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=errors,
        text=True,
        env=environment.isolated(os.environ, "http://127.0.0.1:9", find(name).region),
    )
    try:
        line = _first_line(process, _START_TIMEOUT_S)
        if not line:
            process.kill()
            raise SandboxError(_death(name, process.wait(), errors))
        return RunningSandbox(process, errors, json.loads(line)["endpoint_url"], name)
    except BaseException:
        _abandon(process, errors)
        raise


def _first_line(process: subprocess.Popen[str], timeout_s: float) -> str:
    answer: queue.Queue[str] = queue.Queue()
    assert process.stdout is not None
    threading.Thread(target=lambda out: answer.put(out.readline()), args=(process.stdout,), daemon=True).start()
    try:
        return answer.get(timeout=timeout_s)
    except queue.Empty:
        raise SandboxError(f"the embedded AWS was not ready within {timeout_s:.0f} s") from None


def _abandon(process: subprocess.Popen[str], errors: IO[bytes]) -> None:
    process.kill()
    process.wait()
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            stream.close()
    errors.close()


def _death(scenario: str, code: int, errors: IO[bytes]) -> str:
    errors.seek(0)
    lines = [line.strip() for line in errors.read().decode(errors="replace").splitlines() if line.strip()]
    reason = lines[-1] if lines else "it said nothing"
    return f"the embedded AWS with scenario {scenario} ended (exit code {code}): {reason}"


def serve_forever(scenario: str, port: int = 0, write: Callable[[str], object] = sys.stdout.write) -> int:
    """Serve a scenario until Ctrl-C; writes shell lines that bind a terminal to it. Returns 0."""
    try:
        with start(scenario, port) as sandbox:
            write(f"unset {' '.join(environment.UNSET)}\n")
            for name, value in sandbox.environment().items():
                write(f"export {name}={value}\n")
            sys.stdout.flush()
            while sandbox.alive():
                time.sleep(_LOOK_AGAIN_S)
            sandbox.check()
    except KeyboardInterrupt:
        return 0
    return 0
