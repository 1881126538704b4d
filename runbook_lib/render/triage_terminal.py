"""Which runbook comes next, for people in a terminal, on standard error."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from runbook_lib.render.text import visible

__all__ = ["show_triage", "triage_view"]

_STYLES = {"likely": "bold green", "possible": "yellow", "a place to begin": "dim"}


def show_triage(answer: Mapping[str, Any], *, simulated: bool = False, console: Console | None = None) -> None:
    """Print the answer of a triage, as its JSON has it, to standard error or to the console given."""
    (console or Console(stderr=True, highlight=False)).print(triage_view(answer, simulated=simulated), crop=False)


def triage_view(answer: Mapping[str, Any], *, simulated: bool = False) -> RenderableType:
    """The headline, what was seen, the runbooks with why and how to start them, and what to look at besides."""
    return Group(*_parts(answer, simulated))


def _parts(answer: Mapping[str, Any], simulated: bool) -> Iterator[RenderableType]:
    title = Text(f" {'TRIAGE' if answer['known'] else 'NOT KNOWN'} ", "bold" if answer["known"] else "bold yellow")
    if simulated:
        title.append("SIMULATED ", "bold")
    body = Text(visible(answer["headline"]))
    body.append(f"\npriority {answer['priority']}", "dim")
    yield Panel(body, title=title, title_align="left")
    if answer["symptoms"]:
        yield Text("\nSeen", "bold")
        yield from (_line(_seen(one)) for one in answer["symptoms"])
    if answer["next"]:
        yield Text("")
        yield _table(answer["next"])
        yield Text("\nTo start them", "bold")
        yield from (Text(f"  {visible(one['command'])}", no_wrap=True, overflow="ignore") for one in answer["next"])
        yield from _to_tell(answer["next"])
    yield from _list("Look at", answer["look_at"])
    yield from _list("Worth knowing", answer["notes"])
    yield from _list("Not seen or not understood", answer["gaps"])


def _seen(one: Mapping[str, Any]) -> str:
    often = f"{one['count']:,} × " if one["count"] > 1 else ""
    to = f" to {one['destination']}" if one["destination"] else ""
    words = f" ({one['words']})" if one["words"] else ""
    return f"{often}{one['symptom']}{to}: {one['means']}{words}"


def _table(proposals: Iterable[Mapping[str, Any]]) -> Table:
    table = Table("", "Runbook", "Confidence", "Why", box=None, pad_edge=False, header_style="bold")
    for one in proposals:
        confidence = Text(one["confidence"], _STYLES.get(one["confidence"], ""))
        table.add_row(str(one["rank"]), one["runbook"], confidence, Text(visible(one["why"])))
    return table


def _to_tell(proposals: Iterable[Mapping[str, Any]]) -> Iterator[RenderableType]:
    missing = {name for one in proposals for name in one["to_tell"]}
    if "function_name" in missing:
        yield _line("FUNCTION stands for the name of your function.")
    if "clients" in missing:
        yield _line("CLIENTS stands for host, pid:<number>, or files that describe or make the clients.")


def _list(title: str, items: Iterable[str]) -> Iterator[RenderableType]:
    listed = list(items)
    if listed:
        yield Text(f"\n{title}", "bold")
        yield from (_line(item) for item in listed)


def _line(text: str) -> RenderableType:
    return Padding(Text(visible(text), overflow="fold"), (0, 0, 0, 2))
