"""The log without a notebook: what `runbook logs` answers."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

from runbook_lib.checks.path.common import TRACED
from runbook_lib.errors import UsageError, unknown_name
from runbook_lib.facade.checking import Question, settings_for
from runbook_lib.facade.choosing import Choice, pick_default, wanted_for, words_of
from runbook_lib.facade.sources import Source
from runbook_lib.facade.watching import Ask, Watch, watch
from runbook_lib.facade.weighing import analysis_of_file, analysis_of_function
from runbook_lib.invocations.analysis import Analysis
from runbook_lib.model.interfaces import Function
from runbook_lib.model.progress import Progress, silent
from runbook_lib.model.sdk import PRESETS, Sdk
from runbook_lib.network.view import View

__all__ = ["Load", "load_of", "log_of_file", "log_of_function"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What an invocation opens, and how its client waits and retries."""

    connections: int = 1
    sdk: Sdk = field(default_factory=Sdk)


def load_of(connections: int, sdk: str, addresses: int = 1) -> Load:
    """The load in words of people. UsageError for a negative number of connections and an SDK nobody knows."""
    if connections < 0:
        raise UsageError(f"connections per invocation cannot be negative, found {connections}")
    if sdk not in PRESETS:
        raise unknown_name("SDK", sdk, PRESETS)
    return Load(connections=connections, sdk=replace(PRESETS[sdk], addresses=addresses))


def log_of_file(path: Path, load: Load) -> Analysis:
    """What a saved log says by itself; `-` is standard input. UsageError for a file that is no log."""
    return analysis_of_file(path, load.sdk, load.connections)


def log_of_function(
    source: Source,
    name: str,
    wanted: Watch,
    load: Load,
    destination: str = "",
    *,
    ask: Ask,
    progress: Progress = silent,
) -> tuple[Analysis, bool]:
    """What the log of a function says with the facts beside it, and whether all of it is simulated.

    UsageError when there is no such function.
    """
    choice = Choice(function=name or source.default_function)
    if choice.is_open:
        choice = pick_default(source.names(progress), "")
    asked = Question(destinations=words_of(destination), select=("path",)).of(source)
    snapshot = source.collect(wanted_for(choice, frozenset(TRACED), ()), progress)
    settings = replace(settings_for(snapshot, choice, asked), connections_per_invocation=load.connections, sdk=load.sdk)
    view = View(watch(source, snapshot, settings, wanted, ask=ask, progress=progress))
    function = view.find(Function, settings.target.name)
    if function is None:
        raise UsageError(f"the log is read function by function, and {settings.target.name} is none")
    return analysis_of_function(view, settings, function), view.snapshot.origin.is_simulated
