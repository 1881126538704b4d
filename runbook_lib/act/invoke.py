"""Invokes a function that somebody agreed to have invoked: once, or many times at the same moment."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from threading import Event
from typing import Any

from runbook_lib.act.asked import Burst, Invoke, Mode, Prepared, check_bounds, check_covers, prepared
from runbook_lib.act.burst import Plan, Salvo
from runbook_lib.act.consent import INVOKE, FunctionName, require
from runbook_lib.act.headroom import headroom_of
from runbook_lib.act.journal import Journal
from runbook_lib.act.outcome import Clock, Outcome
from runbook_lib.act.overlap import intervals_of, overlap
from runbook_lib.act.ready import Readiness, State, opened, production_refusal
from runbook_lib.act.sending import Flight, Sender, invoke_config
from runbook_lib.collect.connection import Connection
from runbook_lib.model.actions import InvokeResult
from runbook_lib.model.consent import Consent
from runbook_lib.model.fact import Raw
from runbook_lib.model.progress import Progress, Step, silent

__all__ = ["run_burst", "run_smoke"]


def run_smoke(
    connection: Connection,
    consent: Consent,
    word: str,
    request: Invoke,
    progress: Progress = silent,
    *,
    journal: Journal | None = None,
    stop: Event | None = None,
    pause: Callable[[float], Any] = time.sleep,
) -> Outcome:
    """One invocation, `smoke-001`, once the function is ready; before it `wake-001` when the function is Inactive.

    The first invocation of an Inactive function fails and wakes it; that one too must be in the consent's maximum. The
    journal is told of each request before it leaves.
    Raises ConsentError without a word of consent and UsageError for a wrong one or a request that cannot be sent, both
    before anything is called; UsageError for a function, version or alias that does not exist.
    """
    action = _Action(connection, consent, word, request, progress, pause, journal, most_usd=math.inf, count=1)
    plan = Plan(count=1, concurrency=1, seconds=math.inf, purpose="smoke")
    return action.run(plan, stop or Event(), wanted=0)


def run_burst(
    connection: Connection,
    consent: Consent,
    word: str,
    request: Burst,
    progress: Progress = silent,
    *,
    journal: Journal | None = None,
    stop: Event | None = None,
    pause: Callable[[float], Any] = time.sleep,
) -> Outcome:
    """Many invocations, `burst-001` and on, released together; with Mode.EVENT they are queued and called `event-001`.

    It is refused when Lambda has no room for it, ends at the first storm of throttles, and when `stop` is set or the
    program interrupted; what left until then is returned. Raises as `run_smoke` does.
    """
    check_bounds(request)
    is_event = request.invoke.mode is Mode.EVENT
    action = _Action(
        connection,
        consent,
        word,
        request.invoke,
        progress,
        pause,
        journal,
        most_usd=request.max_cost_usd,
        count=request.count,
    )
    plan = Plan(
        count=request.count,
        concurrency=min(request.concurrency, request.count),
        seconds=request.seconds,
        purpose="event" if is_event else "burst",
    )
    # Lambda may run all queued events at the same time.
    return action.run(plan, stop or Event(), wanted=plan.count if is_event else plan.concurrency)


class _Action:
    """One run, from consent to outcome; nothing is called before all that was asked is known to be in order."""

    def __init__(
        self,
        connection: Connection,
        consent: Consent,
        word: str,
        request: Invoke,
        progress: Progress,
        pause: Callable[[float], Any],
        journal: Journal | None,
        *,
        most_usd: float,
        count: int,
    ) -> None:
        self._function: FunctionName = require(consent, word, INVOKE)
        self._prepared: Prepared = prepared(request)
        check_covers(consent, self._prepared, count, most_usd)
        self._request = request
        self._consent = consent
        self._progress = progress
        self._pause = pause
        self._journal = journal
        # The session of a host may answer requests itself: then there is nothing to connect to.
        self._connects = connection.session is None
        self._clock = Clock()
        self._clients, self._ledger = opened(connection, self._function)
        self._ready = Readiness(self._clients, self._ledger, self._function, request.qualifier, pause=pause)
        self._flights: list[Flight] = []
        self._sender: Sender | None = None

    def run(self, plan: Plan, stop: Event, *, wanted: int) -> Outcome:
        """What became of the plan; `wanted` is the concurrency that Lambda must have free, 0 to leave that unasked."""
        try:
            sender = self._prepare(plan, wanted)
        except KeyboardInterrupt:
            sender = "interrupted before the first of them was sent"
        if isinstance(sender, str):
            return self._outcome(plan, refused=sender)
        salvo = Salvo(sender, plan, self._progress, stop)
        self._flights += salvo.fire()
        return self._outcome(plan, stopped=salvo.why)

    def _prepare(self, plan: Plan, wanted: int) -> Sender | str:
        """What sends the requests once the function can run them, or why they may not or cannot be sent."""
        refusal = production_refusal(self._clients, self._ledger, self._function, self._request)
        if refusal:
            return refusal
        state = self._ready.look()
        if isinstance(state, str):
            return state
        if wanted:
            room = headroom_of(self._clients, self._ledger, self._function.arn, self._clock())
            refusal = room if isinstance(room, str) else room.refusal(wanted)
            if refusal:
                return refusal
        config = invoke_config(state.timeout_s, plan.concurrency)
        if self._journal:
            self._journal.begin(self._consent, plan.purpose, plan.count)
        self._sender = Sender(
            self._clients,
            self._consent,
            self._prepared,
            config,
            self._clock,
            connects=self._connects,
            noting=self._journal.sent if self._journal else None,
        )
        if state.is_inactive:
            if self._consent.maximum <= plan.count:
                return f"{self._function.name} is Inactive: its next invocation fails and wakes it; consent to one more"
            self._wake(self._sender, state)
            if self._sender.trouble:
                return self._sender.trouble
        found = self._ready.wait(state, self._request.wait_s, self._progress)
        return found if isinstance(found, str) else self._sender

    def _wake(self, sender: Sender, state: State) -> None:
        self._progress(Step(f"waking {self._function.name}: {state.text}", 0, 1))
        flight = Flight(number="wake-001", purpose="wake")
        self._flights.append(flight)
        sender.send(flight)

    def _outcome(self, plan: Plan, *, refused: str | None = None, stopped: str | None = None) -> Outcome:
        items: list[Raw] = []
        for flight in self._flights:
            if self._sender and flight.sent:
                items.append(self._sender.item(flight))
                self._ledger.add(self._sender.record(flight, self._ledger.scope))
        asked_for = [item for item in items if item["Purpose"] == plan.purpose]
        return Outcome(
            key=InvokeResult.KEY,
            items=tuple(items),
            calls=self._ledger.calls,
            asked=plan.count,
            overlap=overlap(intervals_of(asked_for, self._clock())),
            refused=refused,
            stopped=stopped,
            states=self._ready.items,
        )
