"""A Lambda in memory that answers invocations as told, and one behind a real socket that holds them."""

import base64
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Barrier, BrokenBarrierError, Lock, Thread
from typing import Any
from urllib.parse import unquote

from botocore.awsrequest import AWSResponse

from runbook_lib.act.consent import invocation_consent
from runbook_lib.act.permits import digest
from runbook_lib.model.consent import Consent
from tests.collect.fake_aws import ACCOUNT, REGION, FakeAws, _xml, response

ARN = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:upload"
LOG = "START RequestId: req-1 Version: 7\npassword=canary-log\nEND RequestId: req-1\n"
READS = ("sts:GetCallerIdentity", "lambda:ListTags", "lambda:GetFunctionConfiguration")
HEADROOM = ("lambda:GetFunctionConcurrency", "lambda:GetAccountSettings", "cloudwatch:GetMetricData")


class FakeLambda(FakeAws):
    """Answers every invocation with `body`, or as `faults["lambda:Invoke"]` says; `asked` holds what was sent."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[tuple[str, dict[str, str], bytes]] = []
        self.body = '{"statusCode": 200, "state": "done", "token": "canary-response"}'
        self.function_error: str | None = None
        self.configurations = [configuration()]
        self.answers["lambda:ListTags"] = {"Tags": {"team": "files"}}
        self.answers["lambda:GetFunctionConcurrency"] = {}
        self.passes_on = False
        self._noting = Lock()

    @property
    def invocations(self) -> int:
        return self.sent["lambda:Invoke"]

    def _answer(self, request: Any, event_name: str, **more: Any) -> AWSResponse | None:
        if event_name == "before-send.lambda.GetFunctionConfiguration" and len(self.configurations) > 1:
            self.answers["lambda:GetFunctionConfiguration"] = self.configurations.pop(0)
        elif event_name == "before-send.lambda.GetFunctionConfiguration":
            self.answers["lambda:GetFunctionConfiguration"] = self.configurations[0]
        if event_name != "before-send.lambda.Invoke":
            return super()._answer(request, event_name, **more)
        with self._noting:
            self.sent["lambda:Invoke"] += 1
            number = self.sent["lambda:Invoke"]
            self.asked.append((unquote(request.url), dict(request.headers), bytes(request.body)))
        fault = self.faults.get("lambda:Invoke")
        found = fault(request, number) if fault else None
        return found or (None if self.passes_on else self.result(number))

    def _body(self, service: str, name: str, request: Any) -> str:
        if service == "iam":
            shape = self.session._session.get_service_model(service).operation_model(name).output_shape
            inside = _xml(shape, self.answers.get(f"iam:{name}", {})) if shape else ""
            return f"<R><{name}Result>{inside}</{name}Result></R>"
        if f"{service}:{name}" not in self.answers and service in ("lambda", "logs"):
            return "{}"
        return super()._body(service, name, request)

    def result(self, number: int) -> AWSResponse:
        said = {"x-amz-executed-version": "7", "x-amz-log-result": base64.b64encode(LOG.encode()).decode()}
        if self.function_error:
            said["x-amz-function-error"] = self.function_error
        return response(200, self.body, number, **said)


def configuration(state: str = "Active", **more: Any) -> dict[str, Any]:
    return {"FunctionName": "upload", "FunctionArn": ARN, "State": state, "Timeout": 5, "MemorySize": 128, **more}


def consent(times: int = 1, payload: str = "{}", **more: Any) -> Consent:
    given = {"timeout_s": 5, "memory_mb": 128, "payload_sha256": digest(payload)} | more
    return invocation_consent(ARN, times=times, **given)


@contextmanager
def held(at_once: int) -> Iterator[str]:
    """The URL of a server on loopback that answers an invocation when so many are under way, or after 20 s."""
    gate = Barrier(at_once, timeout=20)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            try:
                gate.wait()
            except BrokenBarrierError:
                self.send_error(503)
                return
            body = json.dumps({"statusCode": 200}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("x-amzn-RequestId", f"port-{self.client_address[1]}")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    with _serving(Handler) as url:
        yield url


@contextmanager
def _serving(handler: Callable[..., BaseHTTPRequestHandler]) -> Iterator[str]:
    class Server(ThreadingHTTPServer):
        request_queue_size = 512
        daemon_threads = True

    server = Server(("127.0.0.1", 0), handler)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
