"""Which runbook comes next: for a text, a saved log, or a function with its log and configuration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import IO

from runbook_lib.collect.redact import redact_text
from runbook_lib.facade.logs import Load, looked_at
from runbook_lib.facade.sources import Source
from runbook_lib.facade.watching import Ask, Watch
from runbook_lib.invocations.reading import read_events
from runbook_lib.model.functions import FunctionConfiguration
from runbook_lib.model.interfaces import Function
from runbook_lib.model.progress import Progress, silent
from runbook_lib.network.view import View
from runbook_lib.parameters import runbooks
from runbook_lib.triage.answer import Given, Triage, triage
from runbook_lib.triage.reading import Seen, seen_in_analysis, seen_in_log, seen_in_text
from runbook_lib.triage.symptoms import BY_STATE, Signal, Symptom

__all__ = ["triage_file", "triage_function", "triage_text"]


def triage_text(text: str) -> Triage:
    """What comes next for an error message, a traceback, lines of a log, or a description in a few words."""
    return _answered(seen_in_text(text), Given())


def triage_file(log: Path | IO[bytes]) -> Triage:
    """What comes next for a saved log. UsageError for a file that cannot be read or is no log."""
    return _answered(seen_in_log(read_events(log)), Given())


def triage_function(
    source: Source, name: str, wanted: Watch, options: Mapping[str, str], *, ask: Ask, progress: Progress = silent
) -> tuple[Triage, bool]:
    """What comes next for a function, by its log, state and configuration, and whether all of it is simulated.

    `options` are those of the source, for the command lines. UsageError when there is no such function.
    """
    keys = frozenset({FunctionConfiguration.KEY})
    view, function, analysis = looked_at(source, name, wanted, Load(), keys=keys, ask=ask, progress=progress)
    seen = seen_in_analysis(analysis)
    signals = (*_configured(view, function), *seen.signals) or (Signal(symptom=Symptom.NOT_SEEN),)
    given = Given(function=function.id, source=source.words, options=options)
    return _answered(Seen(signals, seen.gaps), given), view.snapshot.origin.is_simulated


def _configured(view: View, function: Function) -> list[Signal]:
    """What the state and the place of a function tell by themselves."""
    found = []
    described = view.find(FunctionConfiguration, function.id)
    if described is not None and described.state not in (None, "Active"):
        words = described.state_reason or f"State is {described.state}"
        symptom = BY_STATE.get(described.state_reason_code or "", Symptom.NOT_ACTIVE)
        found.append(Signal(symptom=symptom, words=words))
    if not function.vpc_id:
        found.append(Signal(symptom=Symptom.OUTSIDE_VPC, words="no VpcConfig"))
    return found


def _answered(seen: Seen, given: Given) -> Triage:
    """The answer with the runbooks that are there, and without secrets that a text may hold."""
    clean = tuple(replace(signal, words=redact_text(signal.words)) for signal in seen.signals)
    books = {book.name: {parameter.name for parameter in book.parameters} for book in runbooks()}
    return triage(Seen(clean, seen.gaps), given, books)
