"""Calls to AWS: one call over all its pages, and many calls at once within one deadline."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from threading import Event, Thread
from typing import Any

from botocore import xform_name
from botocore.exceptions import BotoCoreError

from runbook_lib.collect.budget import Share
from runbook_lib.collect.connection import Clients
from runbook_lib.collect.failures import CALL_FAILURES, EXPIRED, REFUSED, call_error, metadata_of
from runbook_lib.collect.limits import Limits
from runbook_lib.collect.operation import Operation
from runbook_lib.collect.redact import redact
from runbook_lib.model.fact import Raw
from runbook_lib.model.progress import Progress, Step
from runbook_lib.model.snapshot import CallError

__all__ = ["Answer", "Call", "Caller"]

_POLL_S = 0.1
_GRACE_S = 1.0
_TOKENS = ("NextToken", "nextToken", "NextMarker", "Marker", "position")
_ENVELOPE = ("ResponseMetadata", "IsTruncated", *_TOKENS)
# What ends work that was started must get through when there is no time left.
_ALWAYS_IN_TIME = ".StopQuery"


class DeadlineExceeded(BotoCoreError):  # type: ignore[misc]
    """Raised inside the SDK, before a request is sent, once the collection has no time left."""

    fmt = "no answer within the {deadline_s:g} s set for the whole collection"


class MalformedAnswer(ValueError):
    """AWS answered without the part that the operation promises: not an empty list, but no list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call to make; `request` is complete, page size apart.

    `about` names what is asked about where the request has no single argument that does. `enough` tells an item after
    whose page no other is needed. A call with a `share` stops when its budget is spent, and keeps what it has read
    when a later page fails.
    """

    operation: Operation
    request: Mapping[str, Any]
    about: str = ""
    enough: Callable[[Raw], bool] | None = None
    share: Share | None = None


@dataclass(slots=True, kw_only=True)
class Answer:
    """What became of a call: `items` over all pages (redacted), or `error`; `truncated` says why pages are missing.

    Only a call with a share has items beside an error.
    """

    call: Call
    items: list[Raw] = field(default_factory=list)
    pages: int = 0
    request_ids: list[str] = field(default_factory=list)
    duration_ms: int = 0
    retries: int = 0
    truncated: str | None = None
    error: CallError | None = None

    @property
    def ok(self) -> bool:
        """True when the call worked, perhaps truncated."""
        return self.error is None


class Caller:
    """Makes calls in parallel until a deadline that starts with the object.

    `clock` gives seconds and never goes back. Bad credentials raise UsageError at once; an interrupt stops all.
    """

    def __init__(self, clients: Clients, limits: Limits, progress: Progress, clock: Callable[[], float]) -> None:
        self._clients = clients
        self._limits = limits
        self._progress = progress
        self._clock = clock
        self._end = clock() + limits.deadline_s
        self._stop = Event()
        self._done = 0
        self._hooked: set[str] = set()

    def make(self, calls: Sequence[Call]) -> list[Answer]:
        """The answers in the order of the calls; every call has one, a failed or unfinished one with its error."""
        for service in sorted({call.operation.service for call in calls}):
            self._hook(service)
        futures: list[Future[Answer]] = [Future() for _ in calls]
        todo: SimpleQueue[tuple[Future[Answer], Call]] = SimpleQueue()
        for work in zip(futures, calls, strict=True):
            todo.put(work)
        # Daemons: a thread that the SDK keeps waiting must not hold up the end of the program.
        for _ in range(min(self._limits.workers, len(calls))):
            Thread(target=self._work, args=(todo,), name="collect", daemon=True).start()
        try:
            self._watch(futures, calls, self._done + len(calls))
        except BaseException:
            self._stop.set()
            raise
        return [
            future.result() if future.done() else Answer(call=call, error=self._too_late())
            for call, future in zip(calls, futures, strict=True)
        ]

    def _hook(self, service: str) -> None:
        if service not in self._hooked:
            self._hooked.add(service)
            self._clients.get(service).meta.events.register_first("request-created", self._check_time)

    def _check_time(self, event_name: str = "", **_: Any) -> None:
        if self._is_late() and not event_name.endswith(_ALWAYS_IN_TIME):
            raise DeadlineExceeded(deadline_s=self._limits.deadline_s)

    def _is_late(self) -> bool:
        return self._stop.is_set() or self._clock() >= self._end

    def _too_late(self) -> CallError:
        return call_error(DeadlineExceeded(deadline_s=self._limits.deadline_s))

    def _watch(self, futures: Sequence[Future[Answer]], calls: Sequence[Call], total: int) -> None:
        pending = set(futures)
        budgets = {call.share.budget: call.operation.id for call in calls if call.share}
        give_up: float | None = None
        seen = 0
        while pending and (give_up is None or time.monotonic() < give_up):
            finished, pending = wait(pending, timeout=_POLL_S, return_when=FIRST_COMPLETED)
            for future in sorted(finished, key=futures.index):
                answer = future.result()
                if answer.error and answer.error.code in EXPIRED | REFUSED:
                    raise self._clients.problem(answer.error)
                self._done += 1
                self._progress(Step(answer.call.operation.id, self._done, total))
            for budget, name in budgets.items():
                if budget.spent > seen:
                    seen = budget.spent
                    self._progress(Step(f"{name}: {seen:,} read", self._done, total))
            if give_up is None and self._is_late():
                give_up = time.monotonic() + _GRACE_S

    def _work(self, todo: SimpleQueue[tuple[Future[Answer], Call]]) -> None:
        while True:
            try:
                future, call = todo.get_nowait()
            except Empty:
                return
            try:
                future.set_result(self._ask(call))
            finally:
                if not future.done():
                    future.set_exception(sys.exception())

    def _ask(self, call: Call) -> Answer:
        answer = Answer(call=call)
        began = self._clock()
        try:
            self._check_time()
            self._read_pages(call, answer)
        except CALL_FAILURES as error:
            if call.share is None:
                answer.items = []
            answer.error = call_error(error, self._clients.secrets)
            self._note(metadata_of(error), answer)
            if answer.error.code in call.operation.absent:
                answer.error, answer.pages, answer.items = None, 1, [_subject(call)]
        answer.duration_ms = round((self._clock() - began) * 1000)
        return answer

    def _read_pages(self, call: Call, answer: Answer) -> None:
        whole: dict[str, Any] = {}
        seen: set[str] = set()
        for page in self._pages(call):
            answer.pages += 1
            self._note(page.get("ResponseMetadata") or {}, answer)
            already = len(answer.items)
            _take(call.operation, page, answer, whole)
            new = answer.items[already:]
            if call.enough and any(map(call.enough, new)):
                break
            token = next((page[name] for name in _TOKENS if page.get(name)), None)
            spent = call.share is not None and not call.share.budget.take(call.share.place, len(new))
            answer.truncated = self._why_stop(token, seen, answer.pages)
            if call.share and spent:
                answer.truncated = f"more than {call.share.budget.limit:,} items"
            if answer.truncated:
                break
        if call.operation.is_one_object and not answer.truncated:
            answer.items = [redact(call.operation.id, {**_subject(call), **whole})]

    def _pages(self, call: Call) -> Any:
        client = self._clients.get(call.operation.service)
        method = xform_name(call.operation.name)
        if not client.can_paginate(method):
            return _by_token(getattr(client, method), call.request)
        config = {"PageSize": call.operation.page_size} if call.operation.page_size else {}
        return client.get_paginator(method).paginate(**call.request, PaginationConfig=config)

    def _why_stop(self, token: str | None, seen: set[str], pages: int) -> str | None:
        if not token:
            return None
        if token in seen:
            return f"AWS repeated a page token after {pages} pages"
        seen.add(token)
        if pages >= self._limits.page_cap:
            return f"more than {self._limits.page_cap} pages"
        if self._is_late():
            return f"the {self._limits.deadline_s:g} s set for the whole collection were over after {pages} pages"
        return None

    @staticmethod
    def _note(metadata: Mapping[str, Any], answer: Answer) -> None:
        if metadata.get("RequestId"):
            answer.request_ids.append(str(metadata["RequestId"]))
        answer.retries += int(metadata.get("RetryAttempts") or 0)


def _subject(call: Call) -> dict[str, Any]:
    """The one thing asked about, as the request names it."""
    argument = call.operation.argument
    return {argument: call.request[argument]} if argument else {}


def _by_token(method: Callable[..., Raw], request: Mapping[str, Any]) -> Iterator[Raw]:
    """The pages of a call that the SDK has no paginator for; most such calls have one page."""
    page = method(**request)
    yield page
    while name := next((name for name in _TOKENS if page.get(name)), None):
        page = method(**request, **{name: page[name]})
        yield page


def _take(operation: Operation, page: Mapping[str, Any], answer: Answer, whole: dict[str, Any]) -> None:
    found = _at(operation, page)
    if not operation.is_one_object:
        answer.items.extend(redact(operation.id, item) for item in found)
        return
    before = dict(whole)
    whole.update({key: value for key, value in page.items() if key not in _ENVELOPE})
    for name in operation.result[:1]:
        if isinstance(page[name], list):
            whole[name] = [*before.get(name, []), *page[name]]


def _at(operation: Operation, page: Mapping[str, Any]) -> list[Any]:
    """The items below the result path. Raises MalformedAnswer when a step of the path is absent or no object."""
    found: list[Any] = [page]
    for step in operation.result:
        below: list[Any] = []
        for item in found:
            if not isinstance(item, Mapping) or step not in item:
                raise MalformedAnswer(f"the answer to {operation.id} has no {step}")
            value = item[step]
            below.extend(value if isinstance(value, list) else [value])
        found = below
    if not operation.is_one_object and not all(isinstance(item, Mapping) for item in found):
        raise MalformedAnswer(f"the answer to {operation.id} holds {operation.result[-1]} that are no objects")
    return found
