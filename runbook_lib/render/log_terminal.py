"""What a log says, for people in a terminal, on standard error."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from runbook_lib.invocations.analysis import Analysis
from runbook_lib.invocations.base import Hypothesis, Invocation, Outcome, Plausibility
from runbook_lib.model.status import Status
from runbook_lib.render.marks import MARKS
from runbook_lib.render.text import visible

__all__ = ["log_view", "show_log"]

_STATUS = {0: Status.PASS, 1: Status.FAIL, 3: Status.UNKNOWN}
_STYLES = {Status.PASS: "green", Status.FAIL: "bold red", Status.UNKNOWN: "bold yellow"}
_OUTCOMES = {Outcome.SUCCESS: Status.PASS, Outcome.FAILURE: Status.FAIL, Outcome.UNKNOWN: Status.UNKNOWN}
_WORDS = {
    Plausibility.LIKELY: ("●", "bold red"),
    Plausibility.POSSIBLE: ("◐", "yellow"),
    Plausibility.CANNOT_TELL: ("?", "yellow"),
    Plausibility.RULED_OUT: ("○", "dim"),
}
_SHOWN = 20


def show_log(analysis: Analysis, *, simulated: bool = False, console: Console | None = None) -> None:
    """Print an analysis to standard error, or to the console given."""
    (console or Console(stderr=True, highlight=False)).print(log_view(analysis, simulated=simulated))


def log_view(analysis: Analysis, *, simulated: bool = False) -> RenderableType:
    """Counts and conclusion, what was not seen, the bursts and their invocations, the causes with their evidence."""
    return Group(*_parts(analysis, simulated))


def _parts(analysis: Analysis, simulated: bool) -> Iterator[RenderableType]:
    yield _banner(analysis, simulated)
    if analysis.gaps:
        yield Text(f"\nNot seen or not understood ({len(analysis.gaps)})", "bold yellow")
        yield from (Padding(Text(visible(f"? {gap}"), "yellow"), (0, 0, 0, 2)) for gap in analysis.gaps)
    if analysis.invocations:
        yield Text(f"\nPattern: {analysis.pattern.value}", "bold")
        yield Padding(Text(visible(analysis.explanation)), (0, 0, 0, 2))
        yield from (Padding(Text(visible(line)), (0, 0, 0, 2)) for line in _failures(analysis))
        yield Text("")
        yield _table(analysis)
    yield Text("\nCauses, best supported first", "bold")
    for hypothesis in analysis.hypotheses:
        yield from _hypothesis(hypothesis)


def _banner(analysis: Analysis, simulated: bool) -> Panel:
    status = _STATUS[analysis.exit_code]
    counts = Counter(item.outcome for item in analysis.invocations)
    said = ", ".join(f"{counts[outcome]} {outcome.value}" for outcome in Outcome if counts[outcome])
    title = Text(f" {MARKS[status].symbol} {status.value} ", _STYLES[status])
    if simulated:
        title.append("SIMULATED ", "bold")
    total = len(analysis.invocations)
    noun = "invocation" if total == 1 else "invocations"
    body = Text(visible(analysis.conclusion) + "\n")
    body.append(f"{total:,} {noun}" + (f": {said}" if said else ""), "dim")
    return Panel(body, title=title, title_align="left", border_style=_STYLES[status])


def _failures(analysis: Analysis) -> Iterator[str]:
    """The kinds of failures with where they happened and how often, most frequent first."""
    kinds = Counter(
        (str(item.error_class), item.destination) for item in analysis.invocations if item.outcome is Outcome.FAILURE
    )
    for (error, destination), count in kinds.most_common():
        yield f"{count:,} × {error}" + (f" to {destination}" if destination else "")


def _table(analysis: Analysis) -> Table:
    """The invocations, failures first when they do not all fit."""
    table = Table(box=None, padding=(0, 1, 0, 0), header_style="dim")
    table.add_column("")
    table.add_column("start (UTC)", no_wrap=True)
    table.add_column("seconds", justify="right")
    table.add_column("error", overflow="fold")
    table.add_column("request", overflow="fold")
    listed = analysis.invocations
    days = {item.start.date() for item in listed if item.start}
    if len(listed) > _SHOWN:
        worst = sorted(listed, key=lambda item: item.outcome is Outcome.SUCCESS)[:_SHOWN]
        table.title = f"{_SHOWN} of {len(listed):,}, failures first"
        table.title_justify, table.title_style = "left", "dim"
        listed = tuple(worst)
    for item in listed:
        table.add_row(*_row(item, "%H:%M:%S.%f" if len(days) == 1 else "%Y-%m-%d %H:%M:%S.%f"))
    return table


def _row(item: Invocation, form: str) -> tuple[RenderableType, ...]:
    status = _OUTCOMES[item.outcome]
    start = item.start.strftime(form)[:-3] if item.start else "–"
    seconds = "–" if item.duration_ms is None else f"{item.duration_ms / 1000:,.2f}"
    return (
        Text(MARKS[status].symbol, _STYLES[status]),
        Text(start),
        Text(seconds),
        Text(str(item.error_class or "")),
        Text(visible(item.request_id), "dim"),
    )


def _hypothesis(hypothesis: Hypothesis) -> Iterator[RenderableType]:
    symbol, style = _WORDS[hypothesis.verdict]
    head = Text(f"{hypothesis.rank:>2} {symbol} ", style)
    head.append(hypothesis.cause.replace("_", " "), style)
    head.append(f"  {hypothesis.verdict.value.replace('_', ' ')}", "dim")
    yield head
    lines = [Text(visible(f"+ {text}"), "green") for text in hypothesis.supporting]
    lines += [Text(visible(f"− {text}"), "dim") for text in hypothesis.opposing]
    yield Padding(Group(*lines), (0, 0, 0, 5))
