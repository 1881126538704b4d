"""What works here: Python and packages, credentials and Region, and the permission behind every call."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from importlib import metadata

from runbook_lib import __version__
from runbook_lib.collect.aws import collect
from runbook_lib.collect.connection import Connection
from runbook_lib.collect.details import DETAIL_KEYS
from runbook_lib.collect.limits import Limits, Observed, Wanted
from runbook_lib.collect.observe import observe
from runbook_lib.collect.operation import Operation, Per
from runbook_lib.collect.operations import OPERATIONS
from runbook_lib.collect.simulating import simulate
from runbook_lib.errors import UsageError
from runbook_lib.model.functions import FunctionConfiguration
from runbook_lib.model.interfaces import Function
from runbook_lib.model.progress import Progress, silent
from runbook_lib.model.snapshot import CallRecord, Snapshot
from runbook_lib.model.window import Window

__all__ = ["Condition", "Row", "environment", "examine"]

_DISTRIBUTION = "runbook-kit"
_OLDEST_PYTHON = (3, 11)
# Of logs and metrics a minute is enough to see whether they may be read.
_GLIMPSE = timedelta(minutes=1)


class Condition(StrEnum):
    """State of one row; what could not be looked at is NOT_TRIED or FAILED, never OK."""

    OK = "ok"
    DENIED = "denied"
    FAILED = "failed"
    NOT_TRIED = "not tried"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One thing that was examined; `action` is the IAM action to grant when it was denied."""

    area: str
    name: str
    condition: Condition
    detail: str
    action: str | None = None


def environment() -> tuple[Row, ...]:
    """Rows for Python, the kit and the packages it depends on; nothing is sent anywhere."""
    version = ".".join(str(part) for part in sys.version_info[:3])
    fits = sys.version_info[:2] >= _OLDEST_PYTHON
    rows = [
        _row("environment", "python", fits, version if fits else f"{version}; 3.11 or newer is needed"),
        _row("environment", _DISTRIBUTION, True, __version__),
    ]
    for name in _packages():
        found = _version(name)
        rows.append(_row("environment", name, found is not None, found or "not installed; run make install"))
    return tuple(rows)


def examine(connection: Connection, limits: Limits | None = None, progress: Progress = silent) -> tuple[Row, ...]:
    """Rows for the environment, the credentials, the Region and every operation of the table, in its order.

    Each operation is really called, one page of it; only Logs Insights is not, because that costs money. Problems
    become rows; nothing is raised for them.
    """
    try:
        snapshot = _try(connection, limits or Limits(), progress)
    except UsageError as error:
        lost = Row(area="credentials", name="caller", condition=Condition.FAILED, detail=str(error))
        return (*environment(), lost, *(_not_tried(operation, "no connection") for operation in OPERATIONS))
    calls: dict[str, list[CallRecord]] = {}
    for call in snapshot.calls:
        calls.setdefault(call.operation, []).append(call)
    by_id = {operation.id: operation for operation in reversed(OPERATIONS)}
    permissions = (_permission(operation, calls.get(operation.id, [])) for operation in reversed(by_id.values()))
    return (*environment(), *_whereabouts(snapshot), *permissions)


def _try(connection: Connection, limits: Limits, progress: Progress) -> Snapshot:
    short = replace(limits, page_cap=1)
    snapshot = collect(connection, Wanted(), short, progress)
    functions = snapshot.all(Function)
    if not functions:
        return snapshot
    one = Wanted(functions=(functions[0].id,), keys=(FunctionConfiguration.KEY, *sorted(DETAIL_KEYS)))
    calls = collect(connection, one, short, progress).calls
    now = datetime.now(UTC)
    glimpse = Observed(function=functions[0].id, window=Window(start=now - _GLIMPSE, end=now))
    seen = observe(connection, replace(snapshot, calls=snapshot.calls + calls), glimpse, short, progress)
    role_arn = functions[0].raw.get("Role")
    return simulate(connection, seen, role_arn, {"*": ("logs:PutLogEvents",)}, short, progress) if role_arn else seen


def _whereabouts(snapshot: Snapshot) -> tuple[Row, Row]:
    caller = snapshot.origin.caller_arn
    return (
        _row("credentials", "caller", caller is not None, caller or "AWS did not say who asks"),
        _row("credentials", "region", True, str(snapshot.origin.region)),
    )


def _permission(operation: Operation, calls: list[CallRecord]) -> Row:
    if not calls:
        return _not_tried(operation, _why_not(operation))
    failed = next((call for call in calls if call.error), None)
    if failed is None or failed.error is None:
        return _row("permission", operation.id, True, f"{sum(call.items for call in calls)} read", operation.iam_action)
    return Row(
        area="permission",
        name=operation.id,
        condition=Condition.DENIED if failed.error.is_denied else Condition.FAILED,
        detail=f"{failed.error.code}: {failed.error.message}",
        action=operation.iam_action,
    )


def _not_tried(operation: Operation, why: str) -> Row:
    return Row(
        area="permission",
        name=operation.id,
        condition=Condition.NOT_TRIED,
        detail=why,
        action=operation.iam_action,
    )


def _why_not(operation: Operation) -> str:
    if operation.per in (Per.BUCKET, Per.PICKED_BUCKET):
        return "no bucket was named"
    if operation.per is Per.QUERY:
        return "a query costs money; none is made unless Logs Insights is allowed"
    return f"nothing here to ask about (it is called {operation.per.value})"


def _row(area: str, name: str, fine: bool, detail: str, action: str | None = None) -> Row:
    condition = Condition.OK if fine else Condition.FAILED
    return Row(area=area, name=name, condition=condition, detail=detail, action=action)


def _packages() -> list[str]:
    try:
        required = metadata.requires(_DISTRIBUTION) or []
    except metadata.PackageNotFoundError:
        required = ["boto3"]
    names = (re.match(r"[A-Za-z0-9._-]+", line) for line in required if "extra ==" not in line)
    return sorted({match[0].lower() for match in names if match} | {"botocore"})


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None
