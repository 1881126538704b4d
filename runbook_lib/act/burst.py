"""Invocations that really run at the same time, and the moment at which to stop."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from queue import Empty, SimpleQueue
from threading import Barrier, Event, Lock, Thread

from runbook_lib.act.sending import Flight, Sender
from runbook_lib.collect.failures import EXPIRED, REFUSED
from runbook_lib.model.progress import Progress, Step

__all__ = ["Plan", "Salvo", "is_storm"]

_POLL_S = 0.1
# https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#API_Invoke_Errors
_THROTTLES = frozenset({"TooManyRequestsException", "EC2ThrottledException", "ThrottlingException", "Throttling"})
_NO_USE = EXPIRED | REFUSED | {"AccessDeniedException", "AccessDenied", "ForbiddenOperation"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to send: how many, how many at once, for how long, and how the requests are called."""

    count: int
    concurrency: int
    seconds: float
    purpose: str


def is_storm(throttles: int, count: int) -> bool:
    """Whether so many throttled requests of a burst of `count` are reason to stop: three, or one in five."""
    return throttles >= min(3, math.ceil(count / 5))


class Salvo:
    """Sends a plan from as many threads as are to run at once; `why` says what ended it early, None when nothing did.

    The first request of each thread waits until all of these are signed. The threads are daemons: an answer that
    never comes does not hold up the end of the program.
    """

    def __init__(self, sender: Sender, plan: Plan, progress: Progress, stop: Event) -> None:
        self._sender = sender
        self._plan = plan
        self._progress = progress
        self._stop = stop
        self._lock = Lock()
        self._taken: list[Flight] = []
        self._landed: SimpleQueue[Flight | None] = SimpleQueue()
        self._gate = Barrier(min(plan.concurrency, plan.count))
        self._no_more = Event()
        self._throttles = 0
        self._useless: str | None = None
        self.why: str | None = None

    def fire(self, clock: Callable[[], float] = time.monotonic) -> list[Flight]:
        """Every request that left, in the order of their numbers; an interrupt ends it as `stop` does."""
        self._sender.start_afresh()
        try:
            for _ in range(self._gate.parties):
                Thread(target=self._work, name="burst", daemon=True).start()
            self._watch(clock() + self._plan.seconds, clock)
        except KeyboardInterrupt:
            self.why = "interrupted"
        self._no_more.set()
        self._sender.close()
        self._gate.abort()
        with self._lock:
            self.why = self.why or self._useless or self._sender.trouble
            # Copies: a thread whose answer is no longer awaited may still be writing into its own.
            return [replace(flight) for flight in self._taken if flight.sent]

    def _watch(self, end: float, clock: Callable[[], float]) -> None:
        """Until all threads have ended; an external stop and the end of the time do not wait for answers."""
        running, landed = self._gate.parties, 0
        while running:
            if self._stop.is_set():
                self.why = "stopped"
                return
            if clock() >= end:
                self.why = f"the {self._plan.seconds:g} s set for it were over"
                return
            try:
                flight = self._landed.get(timeout=_POLL_S)
            except Empty:
                continue
            if flight is None:
                running -= 1
                continue
            landed += 1
            self._progress(Step(f"{flight.number} {_word(flight)}", landed, self._plan.count))

    def _consider(self, flight: Flight) -> None:
        """Send no more once it is of no use or hurts others; answers under way are waited for."""
        if flight.error is None:
            return
        code = flight.error.code
        with self._lock:
            self._throttles += code in _THROTTLES
            if code in _NO_USE:
                self._useless = self._useless or f"{code}: {flight.error.message}"
            elif code in _THROTTLES and is_storm(self._throttles, self._plan.count):
                self._useless = self._useless or "throttled: Lambda refuses more of them at the same time"

    def _work(self) -> None:
        gate: Barrier | None = self._gate
        try:
            while flight := self._next():
                self._sender.send(flight, gate)
                gate = None
                if flight.sent:
                    self._consider(flight)
                    self._landed.put(flight)
        finally:
            self._landed.put(None)

    def _next(self) -> Flight | None:
        with self._lock:
            number = len(self._taken) + 1
            if self._useless or self._no_more.is_set() or number > self._plan.count:
                return None
            digits = max(3, len(str(self._plan.count)))
            flight = Flight(number=f"{self._plan.purpose}-{number:0{digits}}", purpose=self._plan.purpose)
            self._taken.append(flight)
            return flight


def _word(flight: Flight) -> str:
    if flight.error:
        return flight.error.code
    return "FunctionError" if (flight.answer or {}).get("FunctionError") else "answered"
