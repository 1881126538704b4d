"""The log without a notebook: what `runbook logs` answers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from runbook_lib.checks.path.common import TRACED
from runbook_lib.errors import UsageError, unknown_name
from runbook_lib.facade.checking import Question, settings_for
from runbook_lib.facade.choosing import Choice, pick_default, wanted_for, words_of
from runbook_lib.facade.pathing import traced
from runbook_lib.facade.sources import Source
from runbook_lib.facade.watching import Ask, Watch, watch
from runbook_lib.facade.weighing import analysis_of_file, analysis_of_function
from runbook_lib.invocations.analysis import Analysis
from runbook_lib.model.interfaces import Function
from runbook_lib.model.progress import Progress, silent
from runbook_lib.model.sdk import PRESETS, Sdk
from runbook_lib.network.view import View

__all__ = ["Load", "log_of_file", "log_of_function", "looked_at"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What an invocation opens, and how its client waits and retries.

    `sdk_name` is one of `model.sdk.PRESETS`, `addresses` how many addresses its destination resolves to; empty and 0
    mean that nobody told. Raises UsageError for negative numbers and for an SDK that does not exist.
    """

    connections: int = 1
    sdk_name: str = ""
    addresses: int = 0

    def __post_init__(self) -> None:
        for name, number in (("connections per invocation", self.connections), ("resolved addresses", self.addresses)):
            if number < 0:
                raise UsageError(f"{name} cannot be negative, found {number}")
        if self.connections == 0:
            raise UsageError("connections per invocation must be at least 1, found 0")
        if self.sdk_name and self.sdk_name not in PRESETS:
            raise unknown_name("SDK", self.sdk_name, PRESETS)

    def of(self, source: Source) -> Load:
        """The load with what a scenario sets filled in where nothing was said."""
        told = source.defaults
        return replace(
            self,
            sdk_name=self.sdk_name or told.get("sdk", ""),
            addresses=self.addresses or int(told.get("resolved_addresses", "0")),
        )

    @property
    def sdk(self) -> Sdk | None:
        """How the client waits and retries; None when nobody told."""
        if not (self.sdk_name or self.addresses):
            return None
        return replace(PRESETS[self.sdk_name or "boto3"], addresses=self.addresses or 1)


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
    view, _, analysis = looked_at(source, name, wanted, load, destination, ask=ask, progress=progress)
    return analysis, view.snapshot.origin.is_simulated


def looked_at(
    source: Source,
    name: str,
    wanted: Watch,
    load: Load,
    destination: str = "",
    *,
    keys: frozenset[str] = frozenset(),
    ask: Ask,
    progress: Progress = silent,
) -> tuple[View, Function, Analysis]:
    """The facts with what was observed, the function, and what its log says; `keys` are read besides.

    UsageError when there is no such function.
    """
    choice = Choice(function=name or source.default_function)
    if choice.is_open:
        choice = pick_default(source.names(progress), "")
    load = load.of(source)
    asked = Question(destinations=words_of(destination), select=("path",)).of(source)
    snapshot = source.collect(wanted_for(choice, keys | frozenset(TRACED), ()), progress)
    settings = replace(settings_for(snapshot, choice, asked), connections_per_invocation=load.connections, sdk=load.sdk)
    view = View(watch(source, snapshot, settings, wanted, ask=ask, progress=progress))
    function = view.find(Function, settings.target.name)
    if function is None:
        raise UsageError(f"the log is read function by function, and {settings.target.name} is none")
    if destination and function.vpc_id:
        # Refuses a destination that nobody knows; one that only the log names may stay unknown.
        traced(view, settings)
    return view, function, analysis_of_function(view, settings, function, wanted.log_group)
