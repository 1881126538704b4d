"""The invocations of one log stream, put together record by record."""

from __future__ import annotations

from collections import Counter

from runbook_lib.invocations.applications import Sign, Strength
from runbook_lib.invocations.base import ErrorClass
from runbook_lib.invocations.digest import Entry
from runbook_lib.invocations.platform import Kind, Report
from runbook_lib.invocations.verdict import Verdict, has_run_out_of_memory, verdict_of

__all__ = ["Attempt", "Timeline"]

_NO_REPORT = Report()


class Attempt:
    """One invocation while its records come in; every record may come twice.

    The fields are those of the class until a record sets them: most never are.
    """

    start_ms: int | None = None
    end_ms: int | None = None
    first_ms: int | None = None
    has_start = False
    has_end = False
    is_cold = False
    is_cut = False
    is_doubtful = False
    has_failed_init = False
    was_killed = False
    report = _NO_REPORT
    init: Report | None = None
    seconds: float | None = None
    signs: tuple[Sign, ...] = ()

    def __init__(self, request_id: str, stream: str | None) -> None:
        self.request_id = request_id
        self.stream = stream

    def note(self, entry: Entry) -> None:
        """A sign of failure, a line that breaks off, or Lambda's word on how it ended."""
        time_ms = entry.time_ms
        if time_ms is not None and (self.first_ms is None or time_ms < self.first_ms):
            self.first_ms = time_ms
        if entry.sign is not None and entry.sign not in self.signs[-3:]:
            self.signs += (entry.sign,)
        if entry.kind is Kind.CUT:
            self.is_cut = True
        if entry.was_killed:
            self.was_killed = True
        if entry.seconds is not None:
            self.seconds = entry.seconds
            self.end_ms = self.end_ms or time_ms

    def finish(self, entry: Entry) -> None:
        """An END, a REPORT, or their JSON forms."""
        if entry.sign is not None or self.start_ms is None:
            self.note(entry)
        if self.end_ms is None:
            self.end_ms = entry.time_ms
        report = entry.report
        if report is None:
            return
        if entry.kind is Kind.REPORT and report.is_whole:
            self.has_end = True
            self.report = report
        elif self.report is _NO_REPORT:
            self.report = report
            self.is_cut |= not report.is_whole

    @property
    def duration_ms(self) -> float | None:
        """The reported duration, or the time a timed-out task was given."""
        if self.report.duration_ms is not None or self.seconds is None:
            return self.report.duration_ms
        return self.seconds * 1000

    @property
    def init_ms(self) -> float | None:
        """How long the initialisation or the restore took, when it was done for this invocation."""
        if self.report.init_ms is not None or not self.is_cold or self.init is None:
            return self.report.init_ms
        return self.init.init_ms

    @property
    def is_skewed(self) -> bool:
        """Whether it seems to end before it starts."""
        return self.start_ms is not None and self.end_ms is not None and self.end_ms < self.start_ms

    def times(self) -> tuple[float | None, float | None]:
        """Start and end in milliseconds. What was not seen follows from the duration; failing that, the first line."""
        start, end = self.start_ms, self.end_ms
        if start is not None and end is not None and end >= start:
            return start, end
        duration = self.duration_ms
        if self.is_skewed and start is not None and end is not None:
            return (start, start + duration) if duration is not None else (end, start)
        if start is None and end is not None and duration is not None:
            return end - duration, end
        if start is None:
            return self.first_ms if self.first_ms is not None else end, end
        if end is None and self.has_end and duration is not None:
            return start, start + duration
        return start, end

    def verdict(self, is_complete: bool) -> Verdict:
        """How it ended."""
        signs = [self._in_view_of_the_rest(sign) for sign in self.signs]
        is_certain = is_complete and not self.is_cut and not self.is_doubtful
        return verdict_of(signs, is_ended=self.has_end, is_certain=is_certain)

    def _in_view_of_the_rest(self, sign: Sign) -> Sign:
        if sign.error_class is ErrorClass.INIT_FAILURE and not self._is_of_init(sign):
            return sign._replace(error_class=ErrorClass.APPLICATION_ERROR)
        is_exit = sign.strength is Strength.LAMBDA and sign.error_class is ErrorClass.RUNTIME_EXIT
        if is_exit and has_run_out_of_memory(self.report, self.was_killed):
            return sign._replace(error_class=ErrorClass.OUT_OF_MEMORY)
        return sign

    def _is_of_init(self, sign: Sign) -> bool:
        """Whether code failed to load while the environment was initialised, and not when it was to be called."""
        is_lambdas = sign.strength is Strength.LAMBDA or any(
            other.strength is Strength.LAMBDA and other.error_class is ErrorClass.INIT_FAILURE for other in self.signs
        )
        return is_lambdas or self.has_failed_init or (self.init is not None and self.init.has_failed)


class Timeline:
    """Follows one log stream in the order of time; `known` are the request ids of the whole log."""

    def __init__(self, stream: str | None, known: frozenset[str], *, is_ordered: bool) -> None:
        self.stream = stream
        self.known = known
        self.is_ordered = is_ordered
        self.attempts: list[Attempt] = []
        self.latest: dict[str, Attempt] = {}
        self.open: dict[str, Attempt] = {}
        self.left: list[tuple[int | None, str]] = []
        self.closed: Attempt | None = None
        self.pending: list[Entry] = []
        self.unsettled: list[tuple[Entry, list[Attempt]]] = []
        self.unplaced: list[tuple[Entry, list[Attempt]]] = []
        self.counts: Counter[str] = Counter()
        self.is_cold = self.loose = False
        self.init: Report | None = None

    def take(self, entry: Entry) -> None:
        """The next record."""
        kind = entry.kind
        is_end = kind is Kind.REPORT or kind is Kind.END
        if self.left:
            self._leave(entry.time_ms)
        if self.unsettled:
            self._settle(entry if is_end else None)
        if kind is Kind.START:
            self._start(entry)
        elif is_end:
            attempt = self._attempt(entry)
            if attempt is not None:
                attempt.finish(entry)
                self.open.pop(attempt.request_id, None)
                self.closed = attempt
        elif kind is Kind.INIT_START or kind is Kind.INIT_REPORT:
            self._init(entry)
        else:
            self._note(entry)

    def finish(self, counts: Counter[str]) -> list[Attempt]:
        """The invocations, after the last record; `counts` is told of errors nobody owns."""
        self._settle(None)
        self._give_back()
        counts.update(self.counts)
        return self.attempts

    def _start(self, entry: Entry) -> None:
        request_id = entry.request_id or ""
        attempt = self.latest.get(request_id)
        if attempt is None or (attempt.has_start and not self._is_again(attempt, entry)):
            attempt = self._new(request_id)
        elif attempt.has_start:
            return
        attempt.has_start = True
        attempt.start_ms = attempt.first_ms = entry.time_ms
        if self.is_cold or self.init is not None:
            attempt.is_cold = self.is_cold
            attempt.init = self.init
            for pending in self.pending:
                attempt.note(pending._replace(time_ms=None))
                attempt.has_failed_init |= _is_failing(pending)
            self.pending, self.is_cold, self.init = [], False, None
        elif self.pending:
            self._give_back()
        self.loose = False
        if self.open and self.stream is not None:
            self.left = [(entry.time_ms, name) for name in self.open if name != request_id]
            if self.is_ordered:
                self._leave(None)
        if not attempt.has_end:
            self.open[request_id] = attempt

    def _is_again(self, attempt: Attempt, entry: Entry) -> bool:
        """Whether a START is the one that was seen already."""
        if entry.time_ms is None:
            return attempt.request_id in self.open
        return attempt.start_ms == entry.time_ms

    def _leave(self, time_ms: int | None) -> None:
        """An environment runs one invocation at a time: those before the last START are no longer open."""
        if self.left and (time_ms is None or time_ms > (self.left[0][0] or 0)):
            for _, name in self.left:
                self.open.pop(name, None)
            self.left = []

    def _init(self, entry: Entry) -> None:
        if entry.kind is Kind.INIT_START:
            if self.closed is not None:
                self._give_back()
            self.is_cold |= entry.is_cold
            self.closed = None
            return
        report = entry.report or _NO_REPORT
        self.init = report
        # A container image writes no INIT_START, and a REPORT names no initialisation that was broken off
        self.is_cold |= report.has_failed and report.phase == "init" and entry.is_cold
        if report.phase == "invoke" and report.has_failed and entry.sign is not None:
            self._note(entry._replace(kind=Kind.NOTE))
        elif report.has_failed:
            # Lambda initialises again when the invocation comes, and what went wrong may go well then
            self.pending = [_quiet(pending) for pending in self.pending]

    def _note(self, entry: Entry) -> None:
        attempt = self._attempt(entry)
        if attempt is not None:
            attempt.note(entry)
        elif len(self.open) > 1:
            if _is_failing(entry):
                self.unsettled.append((entry, list(self.open.values())))
        elif self.open:
            next(iter(self.open.values())).note(entry)
            self.loose |= _is_failing(entry)
        else:
            self.pending.append(entry)

    def _give_back(self) -> None:
        """Lines after an end and before the next START belong to the invocation that ended, if one did."""
        for entry in self.pending:
            if self.closed is not None:
                self.closed.note(entry)
            else:
                self.counts["orphans"] += _is_failing(entry)
        self.pending = []

    def _settle(self, ending: Entry | None) -> None:
        """Errors of one of several: they belong to the one that ends with the next line, or put all in doubt."""
        for entry, candidates in self.unsettled:
            own = [
                attempt
                for attempt in candidates
                if ending is not None
                and self.is_ordered
                and attempt.request_id == ending.request_id
                and ending.order <= entry.order + len(self.unsettled)
            ]
            if own:
                own[0].note(entry)
                continue
            self.counts["ambiguous"] += 1
            if entry.sign is not None and entry.sign.strength >= Strength.LOGGED:
                self.unplaced.append((entry, candidates))
            for attempt in candidates:
                attempt.is_doubtful = True
        self.unsettled = []

    def _attempt(self, entry: Entry) -> Attempt | None:
        """The invocation a record names; None when it names none, or only some id that is no request."""
        request_id = entry.request_id
        if not request_id or (entry.is_guess and request_id not in self.known):
            return None
        attempt = self.latest.get(request_id)
        if attempt is None:
            attempt = self._new(request_id)
            attempt.first_ms = entry.time_ms
            if entry.kind in {Kind.END, Kind.REPORT}:
                self._started_unseen(attempt)
        return attempt

    def _started_unseen(self, attempt: Attempt) -> None:
        """Of the errors since the last START some, or all, may be those of an invocation whose START was not seen."""
        attempt.is_doubtful = self.loose
        if self.pending and self.closed is not None:
            self.closed.is_doubtful = True
        for pending in self.pending:
            attempt.note(pending)
        attempt.is_cold, attempt.init = self.is_cold, self.init
        self.pending, self.is_cold, self.init = [], False, None

    def _new(self, request_id: str) -> Attempt:
        attempt = Attempt(request_id, self.stream)
        self.attempts.append(attempt)
        self.latest[request_id] = attempt
        return attempt


def _is_failing(entry: Entry) -> bool:
    return entry.kind is Kind.CUT or (entry.sign is not None and entry.sign.strength > Strength.QUIET)


def _quiet(entry: Entry) -> Entry:
    return entry._replace(sign=entry.sign._replace(strength=Strength.QUIET)) if entry.sign else entry
