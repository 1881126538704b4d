"""From a text, whatever it is, to signals: an error message, a traceback, lines of a log, or words of a person."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from runbook_lib.errors import UsageError
from runbook_lib.invocations.analysis import Analysis, analyse
from runbook_lib.invocations.applications import application_line
from runbook_lib.invocations.assemble import invocations_of
from runbook_lib.invocations.base import ErrorClass, Outcome, Plausibility, is_whole
from runbook_lib.invocations.glance import has_hint
from runbook_lib.invocations.known import Known
from runbook_lib.invocations.platform import text_record
from runbook_lib.invocations.reading import SavedLog
from runbook_lib.invocations.taxonomy import destination_of, named_in
from runbook_lib.invocations.textlines import text_events
from runbook_lib.triage.spoken import said_by_lambda, said_by_people
from runbook_lib.triage.symptoms import BY_CAUSE, BY_ERROR, BY_PATTERN, Signal, Symptom

__all__ = ["Seen", "seen_in_analysis", "seen_in_log", "seen_in_text"]

_SHOWN = 160
_TRACEBACK = "Traceback (most recent call last)"
_CHAINED = ("During handling of the above exception", "The above exception was the direct cause")
_OF_A_TRACEBACK = ("Caused by: ", "goroutine ", "{", "[")
_VAGUE = frozenset({Symptom.APPLICATION_ERROR, Symptom.RETRIES_EXHAUSTED})


@dataclass(frozen=True, slots=True)
class Seen:
    """What was seen: signals, most frequent first within what they are, and what could not be read."""

    signals: tuple[Signal, ...]
    gaps: tuple[str, ...] = ()


def seen_in_text(text: str) -> Seen:
    """What a text tells: as a log where it is one, else message by message, and as words of a person if it is short."""
    try:
        seen = seen_in_log(SavedLog(io.BytesIO(text.encode("utf-8", "replace"))))
    except UsageError:
        seen = Seen(tuple(_told(_messages(text))))
    known = {signal.symptom for signal in seen.signals}
    is_named = bool(known - _VAGUE)
    # what an error names outright is not weighed against a word that its text may hold by chance
    spoken = (one for one in said_by_people(text) if one.symptom in BY_PATTERN.values() or not is_named)
    return Seen((*seen.signals, *(one for one in spoken if one.symptom not in known)), seen.gaps)


def seen_in_log(log: SavedLog) -> Seen:
    """What the events of a saved log tell. UsageError when it is none."""
    events = list(log)
    assembled = invocations_of(events, complete=log.is_complete)
    if not assembled.invocations:
        return Seen(tuple(_told(event.message for event in events)))
    gaps = (*log.gaps, *assembled.gaps)
    known = Known(
        log_is_whole=is_whole(gaps),
        log_hides_successes=assembled.hides_successes,
        unplaced_failures=len(assembled.unplaced),
    )
    found = seen_in_analysis(analyse(assembled.invocations, gaps, known))
    return found if found.signals else Seen(tuple(_told(event.message for event in events)), found.gaps)


def seen_in_analysis(analysis: Analysis) -> Seen:
    """What the invocations of a log tell: their likely cause, how failures are arranged, and what they name."""
    if analysis.exit_code == 0:
        return Seen((Signal(symptom=Symptom.HEALTHY, count=len(analysis.invocations)),), analysis.gaps)
    failed = [item for item in analysis.invocations if item.outcome is Outcome.FAILURE]
    causes = [
        Signal(symptom=BY_CAUSE[item.cause], count=len(failed) or 1, words=_brief(" ".join(item.supporting)))
        for item in analysis.leading
        if item.verdict is Plausibility.LIKELY
    ]
    pattern = BY_PATTERN.get(analysis.pattern)
    arranged = [Signal(symptom=pattern, count=len(failed), words=_brief(analysis.explanation))] if pattern else []
    tally = _Tally()
    for item in failed:
        tally.add(BY_ERROR[item.error_class or ErrorClass.APPLICATION_ERROR], item.detail or "", item.destination)
    errors = [*tally.signals()]
    told = {signal.symptom for signal in errors}
    return Seen((*(one for one in causes if one.symptom not in told), *arranged, *errors), analysis.gaps)


def _messages(text: str) -> Iterable[str]:
    """The messages of a text that is no log: a traceback is one, and so is every line where nothing looks like one."""
    lines = text.splitlines()
    if any(line.startswith(_TRACEBACK) for line in lines):
        return _tracebacks(lines)
    if any(line[:1].isspace() or line.startswith(_OF_A_TRACEBACK) for line in lines):
        return (event.message for event in text_events(lines))
    return lines


def _tracebacks(lines: Iterable[str]) -> Iterator[str]:
    """Tracebacks of Python, each with those that it says it comes from; what stands before the first belongs to it."""
    block: list[str] = []
    is_begun, before = False, ""
    for line in lines:
        if line.startswith(_TRACEBACK):
            if is_begun and not before.startswith(_CHAINED):
                yield "\n".join(block)
                block = []
            is_begun = True
        block.append(line)
        before = line if line.strip() else before
    yield "\n".join(block)


def _told(messages: Iterable[str]) -> Iterator[Signal]:
    """What single messages name, whoever wrote them."""
    tally = _Tally()
    for message in messages:
        symptom = said_by_lambda(message.lower())
        if symptom is not None and symptom is not Symptom.FUNCTION_TIMEOUT:
            tally.add(symptom, message, None)
            continue
        error_class, destination = _named(message)
        named = None if error_class is None else BY_ERROR[error_class]
        if named is None or (symptom is not None and named in _VAGUE):
            named = symptom
        if named is not None:
            tally.add(named, message, destination)
    return tally.signals()


def _named(message: str) -> tuple[ErrorClass | None, str | None]:
    """The class of error and the destination that a message names."""
    record = text_record(message)
    if record is not None and record.error_class is not None:
        return record.error_class, None
    if not has_hint(message):
        return None, None
    line = application_line(message)
    if line.sign is not None and line.sign.error_class is not ErrorClass.APPLICATION_ERROR:
        return line.sign.error_class, line.sign.destination
    found = named_in(message)
    if found is not None:
        return found[0], destination_of(message)
    return (line.sign.error_class if line.sign else None), None


class _Tally:
    """Symptoms with their number, the first words of each and the destination that is named most."""

    def __init__(self) -> None:
        self._counts: Counter[Symptom] = Counter()
        self._words: dict[Symptom, str] = {}
        self._destinations: dict[Symptom, Counter[str]] = {}

    def add(self, symptom: Symptom, message: str, destination: str | None) -> None:
        self._counts[symptom] += 1
        self._words.setdefault(symptom, _brief(message))
        if destination:
            self._destinations.setdefault(symptom, Counter())[destination] += 1

    def signals(self) -> Iterator[Signal]:
        """What names a root first, then the most frequent."""
        ordered = sorted(self._counts.items(), key=lambda item: (item[0] in _VAGUE, -item[1]))
        for symptom, count in ordered:
            named = self._destinations.get(symptom)
            destination = named.most_common(1)[0][0] if named else None
            yield Signal(symptom=symptom, count=count, words=self._words[symptom], destination=destination)


def _brief(text: str) -> str:
    line = next((line.strip() for line in text.splitlines() if line.strip()), "")
    return line if len(line) <= _SHOWN else f"{line[:_SHOWN]}…"
