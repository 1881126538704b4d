"""What is observed beside the network: the log of the function, metrics and quotas over a window of time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from runbook_lib.checks.base import Settings
from runbook_lib.collect.limits import Observed
from runbook_lib.errors import UsageError
from runbook_lib.facade.weighing import ways_of
from runbook_lib.facade.windows import window_of
from runbook_lib.model.gateways import NatGateway
from runbook_lib.model.interfaces import Function
from runbook_lib.model.log_group import log_group_of
from runbook_lib.model.progress import Progress, silent
from runbook_lib.model.snapshot import Snapshot
from runbook_lib.model.window import Window
from runbook_lib.network.view import View

if TYPE_CHECKING:
    from runbook_lib.facade.sources import Source

__all__ = ["Watch", "watch"]

Ask = Callable[[str], bool]


def _no(_: str) -> bool:
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """Which window is looked at, and how much of the log is read at most.

    `since` and `until` are words of `window_of`; `log_group` is read instead of the function's own.
    """

    since: str = ""
    until: str = ""
    log_group: str = ""
    max_events: int = 200_000
    allow_logs_insights: bool = False

    def __post_init__(self) -> None:
        if self.max_events < 1:
            raise UsageError(f"max_events must be at least 1, found {self.max_events}")
        self.window(datetime.now(UTC))

    def of(self, source: Source) -> Watch:
        """The watch with the window of a scenario where none was asked for."""
        told = source.defaults
        return self if self.since or self.until or "since" not in told else replace(self, since=told["since"])

    def window(self, now: datetime) -> Window:
        """The window as seen at a moment. UsageError for one that is reversed, empty or in the future."""
        return window_of(self.since, self.until, now)


def watch(
    source: Source,
    snapshot: Snapshot,
    settings: Settings,
    wanted: Watch,
    *,
    logs: bool = True,
    beside: str = "",
    ask: Ask = _no,
    progress: Progress = silent,
) -> Snapshot:
    """The snapshot with what was observed for the target: metrics of its NAT gateways and, with `logs`, of the one
    function it is, with its log and limits; `beside` names another function instead.

    `ask` is asked whether to read a log group that is not the function's own; without a yes that is a UsageError. A
    saved snapshot is given back as it is: it holds the window it was collected with.
    """
    if source.kind == "snapshot":
        _refuse_words(wanted)
        return snapshot
    wanted, view = wanted.of(source), View(snapshot)
    name = beside or (settings.target.name if settings.target.kind == "function" else "")
    function = view.find(Function, name) if logs and name else None
    if function is not None and wanted.log_group:
        _confirm(wanted.log_group, log_group_of(snapshot, function.id), function.id, ask)
    observed = Observed(
        window=wanted.window(datetime.now(UTC)),
        function=function.id if function else None,
        log_group=wanted.log_group or None,
        nat_gateway_ids=_nat_gateways(view, settings),
        max_events=wanted.max_events,
        allow_logs_insights=wanted.allow_logs_insights,
    )
    return source.observe(snapshot, observed, progress)


def _nat_gateways(view: View, settings: Settings) -> tuple[str, ...]:
    """Those in the VPCs of the target, and those elsewhere that its ways lead through; sorted."""
    own = {nat.id for nat in view.snapshot.all(NatGateway) if nat.vpc_id in settings.target.vpc_ids}
    passed = {nat_id for way in ways_of(view, settings) or () for nat_id in way.nat_ids}
    return tuple(sorted(own | passed))


def _refuse_words(wanted: Watch) -> None:
    if wanted.since or wanted.until or wanted.log_group:
        raise UsageError("a snapshot holds the window it was collected with; leave out since, until and the log group")


def _confirm(asked: str, own: str, function: str, ask: Ask) -> None:
    said = f"log group {asked} is not that of function {function}, which writes to {own}"
    if asked != own and not ask(f"{said[0].upper()}{said[1:]}. Read it all the same?"):
        raise UsageError(f"{said}; leave the log group out, or confirm it (--yes)")
