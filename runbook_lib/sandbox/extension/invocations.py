"""Invoke runs the deployed handler for real; moto alone would only echo the payload or look for Docker."""

from __future__ import annotations

import atexit
from typing import Any
from urllib.parse import unquote
from uuid import uuid4

from moto.awslambda.responses import LambdaResponse
from moto.core import responses

from runbook_lib.sandbox.extension.patching import replace, wrap
from runbook_lib.sandbox.running.service import Service, Wanted

__all__ = ["apply", "reset"]

_service: list[Service] = []


def apply() -> None:
    """Patch Invoke and its predecessor InvokeAsync."""
    replace(LambdaResponse, "invoke", _invoke)
    replace(LambdaResponse, "invoke_async", _invoke_async)
    wrap(responses, "gen_amzn_requestid_long", _request_id)
    atexit.register(reset)


def reset() -> None:
    """End whatever runs, and forget it."""
    while _service:
        _service.pop().close()


def _request_id(original: Any, headers: dict[str, str] | None = None) -> str:
    """The request id of an invocation is the one in its log."""
    return (headers or {}).get("x-amzn-requestid") or str(original(headers))


def _invoke(response: Any) -> tuple[int, dict[str, str], str]:
    name = unquote(response.path.rsplit("/", 2)[-2])
    kind = response.headers.get("X-Amz-Invocation-Type") or "RequestResponse"
    return _answer(response, name, kind)


def _invoke_async(response: Any) -> tuple[int, dict[str, str], str]:
    return _answer(response, unquote(response.path.rstrip("/").rsplit("/", 2)[-2]), "Event")


def _answer(response: Any, name: str, kind: str) -> tuple[int, dict[str, str], str]:
    if not _service:
        _service.append(Service())
    payload = response.body or b""
    wanted = Wanted(
        name=name,
        qualifier=next(iter(response.querystring.get("Qualifier", ())), None),
        payload=payload.encode() if isinstance(payload, str) else bytes(payload),
        kind=kind,
        tail=response.headers.get("X-Amz-Log-Type") == "Tail",
        request_id=str(uuid4()),
    )
    answer = _service[0].invoke(response.backend, wanted)
    return answer.status, {**answer.headers, "status": str(answer.status)}, answer.body
