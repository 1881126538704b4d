"""A world with one function whose code a test chooses, and short ways to invoke it."""

import base64
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from runbook_lib.sandbox.deployment import archive
from runbook_lib.sandbox.embedded import EmbeddedAws
from runbook_lib.sandbox.extension import invocations
from runbook_lib.sandbox.world import World

NAME = "f"


@dataclass(frozen=True)
class Answer:
    """What an invocation answered."""

    status: int
    error: str | None
    version: str | None
    payload: Any
    log: str
    request_id: str


@pytest.fixture(autouse=True)
def ended() -> Iterator[None]:
    """No environment outlives its test."""
    yield
    invocations.reset()


@pytest.fixture
def invoke(functions: Any) -> Callable[..., Answer]:
    """Invoke a function, by default `f` with an empty event."""

    def run(event: Any = None, name: str = NAME, **more: Any) -> Answer:
        more.setdefault("LogType", "Tail")
        answer = functions.invoke(FunctionName=name, Payload=json.dumps(event or {}).encode(), **more)
        body = answer["Payload"].read()
        return Answer(
            status=answer["StatusCode"],
            error=answer.get("FunctionError"),
            version=answer.get("ExecutedVersion"),
            payload=json.loads(body) if body else None,
            log=base64.b64decode(answer.get("LogResult", "")).decode(),
            request_id=answer["ResponseMetadata"]["RequestId"],
        )

    return run


@pytest.fixture
def deploy(functions: Any, world: World) -> Callable[..., None]:
    """Give the function `f` this code; it is made when it is not there."""

    def put(code: str, name: str = NAME, **more: Any) -> None:
        if name in world.functions:
            functions.update_function_code(FunctionName=name, ZipFile=archive(code))
        else:
            world.function(name, code=code, **more)

    return put


@pytest.fixture
def events(aws: EmbeddedAws) -> Callable[..., list[str]]:
    """The messages in the log group of a function that can be seen by now."""

    def read(name: str = NAME) -> list[str]:
        found = aws.client("logs").filter_log_events(logGroupName=f"/aws/lambda/{name}")
        return [event["message"] for event in found["events"]]

    return read
