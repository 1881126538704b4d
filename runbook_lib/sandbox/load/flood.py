"""A million log events that nobody keeps: each is written when it is asked for, from its position alone."""

from __future__ import annotations

import functools
import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import overload

from runbook_lib.sandbox.load.jobs import Done, Failure, FailureKind, Job
from runbook_lib.sandbox.load.records import MINUTE_S, LogRecord, Numbers
from runbook_lib.sandbox.load.runtime_logs import Writer

__all__ = ["Flood"]

_LANES = 10
_EVENTS_EACH = 4
_ROUND_EVENTS = _LANES * _EVENTS_EACH
_ROUND_S = 0.144
_BLOCK = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Flood(Sequence[LogRecord]):
    """Events `first` up to, not including, `last`, in order of time; the whole hour of them ends at `end_s`.

    Ten environments work in rounds of ten invocations at once. In each block of fifty invocations one, anywhere in the
    block, is told to slow down.
    """

    writer: Writer
    job: Job
    end_s: float
    events: int = 1_000_000
    first: int = 0
    last: int = 1_000_000

    @property
    def start_s(self) -> float:
        """When the first invocation starts."""
        return self.end_s - self.events / _ROUND_EVENTS * _ROUND_S

    def __len__(self) -> int:
        return self.last - self.first

    @overload
    def __getitem__(self, index: int) -> LogRecord: ...

    @overload
    def __getitem__(self, index: slice) -> Flood: ...

    def __getitem__(self, index: int | slice) -> LogRecord | Flood:
        if isinstance(index, slice):
            start, stop, _ = index.indices(len(self))
            return replace(self, first=self.first + start, last=self.first + max(start, stop))
        if not 0 <= index < len(self):
            raise IndexError(index)
        position = self.first + index
        return _round(self.writer, self.job, self.start_s, position // _ROUND_EVENTS)[position % _ROUND_EVENTS]

    def series(self) -> dict[str, dict[int, Numbers]]:
        """Mapping metric → minute → numbers of the function, counted as they are logged."""
        found: dict[str, dict[int, Numbers]] = {"Invocations": {}, "Errors": {}, "Throttles": {}}
        invocations = self.events // _EVENTS_EACH
        ended = [0.0] * (int(self.end_s - self.start_s) // MINUTE_S + 3)
        failed = list(ended)
        origin = int(self.start_s) // MINUTE_S
        for block in range(0, invocations, _BLOCK):
            for rounds in range(block // _LANES, (block + _BLOCK) // _LANES):
                ended[int(self._middle_s(rounds)) // MINUTE_S - origin] += _LANES
            failed[int(self._middle_s(_fails_in(block) // _LANES)) // MINUTE_S - origin] += 1
        for index, count in enumerate(ended):
            if count:
                minute = (origin + index) * MINUTE_S
                found["Invocations"][minute] = Numbers(count, count, 1.0, 1.0)
                found["Errors"][minute] = Numbers(count, failed[index], 0.0, 1.0)
                found["Throttles"][minute] = Numbers(count, 0.0, 0.0, 0.0)
        return found | {"ConcurrentExecutions": dict.fromkeys(found["Invocations"], Numbers.one(float(_LANES)))}

    def _middle_s(self, number: int) -> float:
        return self.start_s + (number + 0.8) * _ROUND_S


@functools.lru_cache(maxsize=256)
def _round(writer: Writer, job: Job, start_s: float, number: int) -> list[LogRecord]:
    begun_s = start_s + number * _ROUND_S
    return writer.write([_done(job, begun_s, number * _LANES + lane, lane) for lane in range(_LANES)])


def _done(job: Job, begun_s: float, number: int, lane: int) -> Done:
    failure = Failure(kind=FailureKind.THROTTLED, job=job, attempts=3, code="SlowDown")
    day = datetime.fromtimestamp(begun_s, UTC).strftime("%Y/%m/%d")
    return Done(
        request_id=str(uuid.UUID(int=(number * 0x9E3779B97F4A7C15F39CC0605CEDC835) % 2**128, version=4)),
        number=number,
        stream=f"{day}/[$LATEST]{lane:032x}",
        subnet_id="",
        start_s=begun_s + lane * 0.002,
        duration_ms=96.0 + lane * 2.5,
        init_ms=None,
        memory_used_mb=119,
        job=job,
        failure=failure if number == _fails_in(number // _BLOCK * _BLOCK) else None,
    )


def _fails_in(block: int) -> int:
    """Which invocation of the block that begins here fails."""
    return block + hashlib.blake2b(str(block).encode(), digest_size=2).digest()[0] % _BLOCK
