"""An operation that moto lacks is answered, not crashed on: the front turns the mark into an AWS error."""

from __future__ import annotations

from typing import Any

from moto.core.responses import BaseResponse

from runbook_lib.sandbox.extension.patching import wrap

__all__ = ["apply"]


def apply() -> None:
    """Patch the dispatcher of all services."""
    wrap(BaseResponse, "call_action", _call_action)


def _call_action(original: Any, response: Any) -> Any:
    try:
        return original(response)
    except NotImplementedError:
        return 501, {"Content-Type": "text/html"}, ""
