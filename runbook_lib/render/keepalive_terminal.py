"""Whether clients survive an idle period, for people in a terminal, on standard error."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from runbook_lib.keepalive.answer import Answer, Answered, ProvenFix
from runbook_lib.keepalive.verdict import Safety
from runbook_lib.model.status import Status
from runbook_lib.render.marks import MARKS
from runbook_lib.render.text import visible

__all__ = ["keepalive_view", "show_keepalive"]

_STATUS = {Safety.SAFE: Status.PASS, Safety.UNSAFE: Status.FAIL, Safety.CANNOT_TELL: Status.UNKNOWN}
_STYLES = {Safety.SAFE: "green", Safety.UNSAFE: "bold red", Safety.CANNOT_TELL: "bold yellow"}
_WORST_FIRST = (Safety.UNSAFE, Safety.CANNOT_TELL, Safety.SAFE)
_SHOWN = 20
_NARROWEST_TABLE = 100
_ON = {True: "on", False: "off", None: "not known"}


def show_keepalive(answer: Answer, *, console: Console | None = None) -> None:
    """Print an answer to standard error, or to the console given."""
    (console or Console(stderr=True, highlight=False)).print(keepalive_view(answer))


def keepalive_view(answer: Answer) -> RenderableType:
    """The verdict, the clients with their settings and reasons, worst first, what else is known, and each fix once."""
    return Group(*_parts(answer))


def _parts(answer: Answer) -> Iterator[RenderableType]:
    yield _banner(answer)
    if answer.subjects:
        yield _Clients(answer)
    listed = answer.subjects
    gaps = (gap for one in listed for gap in one.subject.gaps if gap not in one.judged.reason)
    yield from _lines("Not read or not understood", "?", "yellow", gaps)
    yield from _lines("Good to know", "·", "dim", (note for one in listed for note in one.subject.notes))
    fixes = dict.fromkeys(fix for one in listed for fix in one.fixes)
    for fix in sorted(fixes, key=lambda each: not each.proven):
        yield from _fix(fix)


def _banner(answer: Answer) -> Panel:
    safety = answer.safety
    counts = Counter(one.judged.safety for one in answer.subjects)
    said = ", ".join(f"{counts[each]:,} {_word(each)}" for each in _WORST_FIRST if counts[each])
    noun = "client" if len(answer.subjects) == 1 else "clients"
    body = Text(f"{len(answer.subjects):,} {noun} behind a path that drops idle connections at {answer.limit_s:g} s\n")
    body.append(said or "no client was found", "dim")
    title = Text(f" {MARKS[_STATUS[safety]].symbol} {_word(safety).upper()} ", _STYLES[safety])
    return Panel(body, title=title, title_align="left", border_style=_STYLES[safety])


def _word(safety: Safety) -> str:
    return safety.value.replace("_", " ").lower()


class _Clients:
    """The worst clients first: a table, or one below the other where a table would be too narrow."""

    def __init__(self, answer: Answer) -> None:
        self._listed = sorted(answer.subjects, key=lambda one: _WORST_FIRST.index(one.judged.safety))

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        shown = self._listed[:_SHOWN]
        if len(self._listed) > _SHOWN:
            yield Text(f"{_SHOWN} of {len(self._listed):,}, worst first", "dim")
        if options.max_width >= _NARROWEST_TABLE:
            yield _table(shown)
            return
        for one in shown:
            yield from _stacked(one)


def _table(shown: Iterable[Answered]) -> Table:
    table = Table(box=None, padding=(0, 1, 0, 0), header_style="dim")
    table.add_column("")
    table.add_column("client", overflow="fold", ratio=3)
    table.add_column("first probe", justify="right", no_wrap=True)
    table.add_column("then every", justify="right", no_wrap=True)
    table.add_column("SO_KEEPALIVE", no_wrap=True)
    table.add_column("why", overflow="fold", ratio=4)
    for one in shown:
        table.add_row(*_row(one))
    return table


def _stacked(one: Answered) -> Iterator[RenderableType]:
    """A client on lines of its own: its name, its settings, and why."""
    symbol, name, time, interval, on, why = _row(one)
    yield Text.assemble(symbol, " ", name, overflow="fold")
    yield Padding(Text.assemble("first probe ", time, ", then every ", interval, ", SO_KEEPALIVE ", on), (0, 0, 0, 2))
    yield Padding(why, (0, 0, 0, 2))


def _row(one: Answered) -> tuple[Text, ...]:
    told, safety = one.subject, one.judged.safety
    return (
        Text(MARKS[_STATUS[safety]].symbol, _STYLES[safety]),
        Text(visible(told.id)),
        Text(_seconds(told.time_s)),
        Text(_seconds(told.interval_s)),
        Text(_ON[told.so_keepalive]),
        Text(visible(one.judged.reason), "dim"),
    )


def _seconds(value: int | None) -> str:
    return "–" if value is None else f"{value:,} s"


def _lines(heading: str, symbol: str, style: str, texts: Iterable[str]) -> Iterator[RenderableType]:
    """Each text once with how often it was said, most frequent first; the rest is counted."""
    found = Counter(texts).most_common()
    if not found:
        return
    yield Text(f"\n{heading} ({len(found)})", style)
    for text, times in found[:_SHOWN]:
        again = f" ({times:,} times)" if times > 1 else ""
        yield Padding(Text(visible(f"{symbol} {text}{again}"), style), (0, 0, 0, 2))
    if len(found) > _SHOWN:
        yield Padding(Text(f"and {len(found) - _SHOWN:,} more", style), (0, 0, 0, 2))


def _fix(fix: ProvenFix) -> Iterator[RenderableType]:
    yield Text(f"\nFix: {visible(fix.title)}", "bold")
    proof = (
        Text("✓ proven", "green")
        if fix.proven
        else Text("! not proven: it does not make a client safe alone", "yellow")
    )
    yield Padding(Group(proof, Text(visible(fix.text), "cyan")), (0, 0, 0, 4))
