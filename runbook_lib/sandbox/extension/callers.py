"""The credentials of the embedded AWS belong to an on-call engineer with a read-only role."""

from __future__ import annotations

from typing import Any

from moto.sts.models import STSBackend

from runbook_lib.sandbox.environment import ACCESS_KEY_ID, CALLER_ARN
from runbook_lib.sandbox.extension.patching import wrap

__all__ = ["apply"]


def apply() -> None:
    """Patch GetCallerIdentity."""
    wrap(STSBackend, "get_caller_identity", _caller)


def _caller(original: Any, backend: Any, access_key_id: str, region: str) -> tuple[str, str, str]:
    user_id, arn, account = original(backend, access_key_id, region)
    if access_key_id == ACCESS_KEY_ID:
        return f"AROAEXAMPLEONCALL:{CALLER_ARN.rsplit('/', 1)[1]}", CALLER_ARN, account
    return user_id, arn, account
