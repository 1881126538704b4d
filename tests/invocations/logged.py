"""One invocation that ends normally, with lines of its application in between."""

from __future__ import annotations

from runbook_lib.invocations.assemble import Assembled, invocations_of
from runbook_lib.invocations.base import ErrorClass, Invocation, LogEvent, Outcome
from tests.invocations.rows import at

ID = "00000001-1111-4222-8333-444444444444"
TIME = "2026-01-01T00:00:00.010Z"
STREAM = "2026/01/01/[$LATEST]0123456789abcdef0123456789abcdef"
FIGURES = "Duration: 1000.00 ms\tBilled Duration: 1000 ms\tMemory Size: 512 MB\tMax Memory Used: 90 MB\t"
HANDLED = "1 of 1 invocations ended normally but logged an error that may or may not have been handled"


def log(*lines: str, status: str = "") -> list[LogEvent]:
    """Its events; `{R}` and `{T}` stand for the request id and the time of a line."""
    said = [line.replace("{R}", ID).replace("{T}", TIME) for line in lines]
    first_ms = int(at(0).timestamp() * 1000)
    return [
        LogEvent(f"START RequestId: {ID} Version: $LATEST\n", first_ms, STREAM),
        *(LogEvent(line, first_ms + 10 + place, STREAM) for place, line in enumerate(said)),
        LogEvent(f"END RequestId: {ID}\n", first_ms + 1000, STREAM),
        LogEvent(f"REPORT RequestId: {ID}\t{FIGURES}{status}\n", first_ms + 1000, STREAM),
    ]


def row(
    outcome: Outcome, error_class: ErrorClass | None = None, destination: str | None = None, detail: str | None = None
) -> Invocation:
    """What it must become."""
    return Invocation(
        request_id=ID,
        start=at(0),
        end=at(1),
        duration_ms=1000.0,
        billed_ms=1000.0,
        memory_used_mb=90,
        memory_size_mb=512,
        outcome=outcome,
        error_class=error_class,
        destination=destination,
        log_stream=STREAM,
        detail=detail,
    )


def read(*lines: str, status: str = "") -> Assembled:
    """The invocation put together."""
    return invocations_of(log(*lines, status=status))


def succeeded() -> Assembled:
    """Nothing tells of an error."""
    return Assembled((row(Outcome.SUCCESS),), ())


def doubted(detail: str) -> Assembled:
    """An error was logged that may have been handled."""
    return Assembled((row(Outcome.UNKNOWN, detail=detail),), (HANDLED,))


def failed(error_class: ErrorClass, detail: str, destination: str | None = None) -> Assembled:
    """It failed."""
    return Assembled((row(Outcome.FAILURE, error_class, destination, detail),), ())
