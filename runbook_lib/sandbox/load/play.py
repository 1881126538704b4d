"""Runs invocations against the ways of their subnets, in the order of time, so that they compete for ports."""

from __future__ import annotations

import hashlib
import heapq
import itertools
import math
import uuid
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from runbook_lib.sandbox.load.jobs import Answer, Done, Failure, FailureKind, Job
from runbook_lib.sandbox.load.ways import Way

__all__ = ["Function", "Wish", "play"]

Process = Generator[float, None, None]

# Linux repeats an unanswered SYN after 1, 2, 4, 8, … seconds.
_SYN_S = (0.0, 1.0, 3.0, 7.0, 15.0, 31.0, 63.0, 127.0)
_ROUND_TRIP_S = 0.004
_BACKOFF_S = 20.0
_EPHEMERAL = (1024, 65_535)
_INIT_MS = (401.27, 388.64, 412.93, 395.08, 407.51, 391.72)
_TRIFLE_S = (0.0, 0.083, 0.041, 0.127, 0.019, 0.064, 0.102)
# After how long without an invocation an environment is gone; AWS names no time.
_KEPT_S = 3600.0
_LAST_WORDS = (FailureKind.FUNCTION_TIMEOUT, FailureKind.OUT_OF_MEMORY, FailureKind.RUNTIME_EXIT)
_FINAL = (FailureKind.ACCESS_DENIED, FailureKind.RESET, FailureKind.PAYLOAD_TOO_LARGE, *_LAST_WORDS)
_MEMORY_MB = (118, 121, 117, 124, 119)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """One invocation to come: when, and in which subnet its environment lives (None: the next one in turn)."""

    at_s: float
    subnet_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """What a load needs to know of a function."""

    name: str
    subnets: tuple[str, ...]
    timeout_s: float
    memory_mb: int
    runtime: str = "python3.13"


@dataclass(slots=True)
class _Environment:
    stream: str
    subnet_id: str
    free_at_s: float = 0.0
    kept_since_s: float | None = None


class _Stage:
    """The environments of a function and what they did so far."""

    def __init__(self, function: Function, ways: Mapping[str, Way], job: Job) -> None:
        self.function, self.ways, self.job = function, ways, job
        self.environments: list[_Environment] = []
        self.created = 0
        self.done: list[Done] = []

    def environment(self, wish: Wish) -> tuple[_Environment, bool]:
        """A free environment, or a new one; and whether it is new."""
        self.environments = [item for item in self.environments if wish.at_s - item.free_at_s <= _KEPT_S]
        for environment in self.environments:
            fits = wish.subnet_id in (None, environment.subnet_id)
            if fits and environment.free_at_s <= wish.at_s:
                return environment, False
        subnets = self.function.subnets or ("",)
        subnet_id = wish.subnet_id or subnets[self.created % len(subnets)]
        day = datetime.fromtimestamp(wish.at_s, UTC).strftime("%Y/%m/%d")
        name = hashlib.md5(f"{self.function.name}/{self.created}".encode(), usedforsecurity=False).hexdigest()
        environment = _Environment(f"{day}/[$LATEST]{name}", subnet_id)
        self.environments.append(environment)
        self.created += 1
        return environment, True

    def run(self, number: int, wish: Wish) -> Process:
        """One invocation; yields the moments at which it wakes up."""
        environment, cold = self.environment(wish)
        environment.free_at_s = math.inf
        init_ms = (self.job.init_ms or _INIT_MS[number % len(_INIT_MS)]) if cold else None
        start_s = wish.at_s + (init_ms or 0.0) / 1000
        limit_s = start_s + self.function.timeout_s
        yield start_s
        attempts: list[float] = []
        now, failure = start_s, None
        work = self._work(number, start_s + self.job.before_s, environment, attempts)
        while True:
            try:
                then = next(work)
            except StopIteration as stop:
                now, failure = stop.value
                break
            if then >= limit_s:
                now, failure = limit_s, Failure(kind=FailureKind.FUNCTION_TIMEOUT, job=self.job)
                break
            now = then
            yield then
        environment.free_at_s = now
        if failure is not None and failure.kind in _LAST_WORDS:
            self.environments.remove(environment)
        self.done.append(
            Done(
                request_id=str(uuid.uuid5(uuid.NAMESPACE_URL, f"{self.function.name}/{number}")),
                number=number,
                stream=environment.stream,
                subnet_id=environment.subnet_id,
                start_s=start_s,
                duration_ms=round((now - start_s) * 1000 + 1.37, 2),
                init_ms=init_ms,
                memory_used_mb=_MEMORY_MB[number % len(_MEMORY_MB)],
                job=self.job,
                failure=failure,
                attempts=tuple(attempts),
            )
        )
        yield now

    def _work(
        self, number: int, now: float, environment: _Environment, attempts: list[float]
    ) -> Generator[float, None, tuple[float, Failure | None]]:
        yield now
        answer = self.job.answers[number % len(self.job.answers)]
        way = self.ways[environment.subnet_id]
        failure: Failure | None = None
        for attempt in range(self.job.sdk.attempts):
            if attempt:
                now += min(2.0 ** (attempt - 1) / 2, _BACKOFF_S)
                yield now
            now, kind = yield from self._attempt(number * 31 + attempt, now, way, environment, answer, attempts)
            if kind is None:
                return now, None
            failure = Failure(kind=kind, job=self.job, attempts=attempt + 1, code=answer.code)
            if kind in _FINAL:
                break
        return now, failure

    def _attempt(
        self, salt: int, now: float, way: Way, environment: _Environment, answer: Answer, attempts: list[float]
    ) -> Generator[float, None, tuple[float, FailureKind | None]]:
        sdk, limit_s = self.job.sdk, way.idle_limit_s()
        kept = environment.kept_since_s
        if kept is not None and limit_s is not None and now - kept > limit_s:
            environment.kept_since_s = None
            way.reset(kept + limit_s)
            return now + _ROUND_TRIP_S, FailureKind.RESET
        opened = 0 if kept is None else 1
        while opened < self.job.connections:
            attempts.append(now)
            now, is_open = yield from self._connect(salt + opened, now, way)
            if not is_open:
                for _ in range(opened):
                    way.closed(now)
                return now, FailureKind.CONNECT_TIMEOUT
            opened += 1
        now += min(answer.after_s + _TRIFLE_S[salt % len(_TRIFLE_S)], sdk.read_timeout_s)
        yield now
        kind = FailureKind.READ_TIMEOUT if answer.after_s >= sdk.read_timeout_s else answer.failure
        environment.kept_since_s = now if sdk.keeps_open and kind is None else None
        if environment.kept_since_s is None:
            for _ in range(opened):
                way.closed(now)
        return now, kind

    def _connect(self, salt: int, now: float, way: Way) -> Generator[float, None, tuple[float, bool]]:
        first, last = _EPHEMERAL
        for address in range(self.job.sdk.addresses):
            port = first + (salt * 7919 + address * 104_729) % (last - first + 1)
            for wait in _SYN_S:
                if wait >= self.job.sdk.connect_timeout_s:
                    break
                yield now + wait
                if way.opens(now + wait, port):
                    return now + wait + _ROUND_TRIP_S, True
            now += self.job.sdk.connect_timeout_s
            yield now
        return now, False


def play(function: Function, ways: Mapping[str, Way], job: Job, wishes: Sequence[Wish]) -> list[Done]:
    """Run the invocations; returns what became of them, in the order of their start."""
    stage = _Stage(function, ways, job)
    order = itertools.count()
    queue: list[tuple[float, int, Process]] = []
    for number, wish in enumerate(wishes):
        heapq.heappush(queue, (wish.at_s, next(order), stage.run(number, wish)))
    while queue:
        _, _, process = heapq.heappop(queue)
        then = next(process, None)
        if then is not None:
            heapq.heappush(queue, (then, next(order), process))
    return sorted(stage.done, key=lambda done: (done.start_s, done.number))
