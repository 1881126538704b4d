"""The client-side guard: nothing but the operations of the table leaves the machine."""

from __future__ import annotations

from typing import Any

from runbook_lib.collect.operations import OPERATIONS
from runbook_lib.errors import ForbiddenOperation

__all__ = ["ALLOWED", "guard"]

ALLOWED: frozenset[str] = frozenset(operation.id for operation in OPERATIONS) | {
    "sts:AssumeRole",
    "sts:GetCallerIdentity",
}


def guard(client: Any) -> Any:
    """The same boto3 client, refusing every operation that is not in `ALLOWED` with ForbiddenOperation.

    The hook runs before parameters are built, for calls and for presigned URLs alike, so nothing is signed or sent.
    """
    client.meta.events.register_first("provide-client-params", _refuse_unlisted, unique_id="runbook-guard")
    return client


def _refuse_unlisted(model: Any, **_: Any) -> None:
    operation = f"{model.service_model.service_name}:{model.name}"
    if operation not in ALLOWED:
        raise ForbiddenOperation(f"{operation} is not in the kit's table of read-only operations; nothing was sent")
