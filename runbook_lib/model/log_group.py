"""Where a function writes its log."""

from __future__ import annotations

from runbook_lib.model.functions import FunctionConfiguration
from runbook_lib.model.interfaces import Function
from runbook_lib.model.snapshot import Snapshot

__all__ = ["log_group_of"]


def log_group_of(snapshot: Snapshot, function: str) -> str:
    """The log group that a function, given by its name, writes to: the one of its LoggingConfig, else its default.

    https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-loggroups.html
    """
    for kind in (FunctionConfiguration, Function):
        for fact in snapshot.all(kind):
            if fact.id == function and (group := (fact.raw.get("LoggingConfig") or {}).get("LogGroup")):
                return str(group)
    return f"/aws/lambda/{function}"
