"""What the tests of these checks share: a log with durations and memory, and words for evidence."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from runbook_lib.model.finding import Evidence
from tests.builders import ACCOUNT, NOON, REGION, World
from tests.checks.path.flows import bare

__all__ = ["cited", "config", "events", "logged"]


def config(**fields: Any) -> World:
    """A function with a configuration."""
    return bare().configured(**{"Timeout": 60, "MemorySize": 512, **fields})


def logged(
    made: World,
    *took_s: float,
    apart_s: float = 60,
    used_mb: int = 64,
    size_mb: int = 128,
    line: str = "",
    stream: str = "[$LATEST]",
) -> World:
    """The log of the function: an invocation a minute that took so long; `line` stands in each.

    `stream` is the version in the names of the log streams.
    """
    for number, seconds in enumerate(took_s, len(made._items["Events"])):
        id_ = f"{number:08d}-0000-4000-8000-000000000000"
        start = NOON - timedelta(hours=1) + timedelta(seconds=number * apart_s)
        end = start + timedelta(seconds=seconds)
        report = (
            f"REPORT RequestId: {id_}\tDuration: {seconds * 1000:.2f} ms\tBilled Duration: {seconds * 1000:.0f} ms\t"
            f"Memory Size: {size_mb} MB\tMax Memory Used: {used_mb} MB"
        )
        lines = [(start, f"START RequestId: {id_} Version: $LATEST"), (end, f"END RequestId: {id_}"), (end, report)]
        if line:
            lines.insert(1, (end, line.format(id=id_)))
        for index, (moment, message) in enumerate(lines):
            made.item(
                "Events",
                eventId=f"{number:04d}-{index}",
                timestamp=int(moment.timestamp() * 1000) + index,
                logStreamName=f"2026/11/21/{stream}worker{number}",
                logGroupName="/aws/lambda/worker",
                message=f"{message}\n",
            )
    return made


def cited(key: str, operation: str, path: str, value: Any, index: int = 0) -> Evidence:
    """Evidence in the one account and Region of the tests."""
    return Evidence(operation=operation, pointer=f"/accounts/{ACCOUNT}/{REGION}/{key}/{index}{path}", value=value)


def events(**counts: int) -> Evidence:
    """The log events behind an answer."""
    value = {"logGroupName": "/aws/lambda/worker", **counts}
    return Evidence(operation="logs:FilterLogEvents", pointer=f"/accounts/{ACCOUNT}/{REGION}/Events", value=value)
