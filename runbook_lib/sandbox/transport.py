"""Lets boto3 clients talk to a WSGI application in the same process, without a socket."""

from __future__ import annotations

import functools
import io
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

__all__ = ["session_through"]


class _Raw:
    """What botocore expects of an urllib3 response."""

    def __init__(self, body: bytes) -> None:
        self._body = io.BytesIO(body)

    def stream(self, amount: int = 1024, decode_content: bool = False) -> Iterator[bytes]:
        while chunk := self._body.read(amount):
            yield chunk

    def read(self, *args: Any, **kwargs: Any) -> bytes:
        return self._body.read()


def session_through(application: Callable[..., Any], variables: dict[str, str]) -> Any:
    """A boto3 session whose every request ends in `application`; `variables` hold its credentials and Region."""
    import boto3
    from botocore.session import Session

    core = Session()
    core.register_component("data_loader", _loader())
    core.get_component("event_emitter").register("before-send", lambda request, **_: _answer(application, request))
    return boto3.Session(
        botocore_session=core,
        aws_access_key_id=variables["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=variables["AWS_SECRET_ACCESS_KEY"],
        aws_session_token=variables["AWS_SESSION_TOKEN"],
        region_name=variables["AWS_REGION"],
    )


@functools.cache
def _loader() -> Any:
    """One loader for all sessions: it remembers the service models, which take long to read."""
    from botocore.loaders import create_loader

    return create_loader()


def _answer(application: Callable[..., Any], request: Any) -> Any:
    from botocore.awsrequest import AWSResponse
    from botocore.exceptions import ConnectionClosedError

    answer: dict[str, Any] = {}

    def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> None:
        answer.update(status=int(status.split(" ", 1)[0]), headers=dict(headers))

    try:
        body = b"".join(application(_environ(request), start))
    except ConnectionAbortedError:
        raise ConnectionClosedError(endpoint_url=request.url) from None
    return AWSResponse(request.url, answer["status"], answer["headers"], _Raw(body))


def _environ(request: Any) -> dict[str, Any]:
    from werkzeug.test import EnvironBuilder

    url = urlsplit(request.url)
    body = request.body.read() if hasattr(request.body, "read") else request.body
    headers = {key: _text(value) for key, value in request.headers.items()}
    builder = EnvironBuilder(
        method=request.method,
        path=url.path or "/",
        base_url=f"{url.scheme}://{url.netloc}",
        query_string=url.query,
        headers=[(key, value) for key, value in headers.items() if key.lower() != "content-length"],
        data=body.encode() if isinstance(body, str) else body or b"",
    )
    return builder.get_environ()


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)
