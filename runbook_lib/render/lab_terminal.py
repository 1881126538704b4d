"""What the lab showed beside what the model said, for people in a terminal, on standard error."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from runbook_lib.model.status import Status
from runbook_lib.render.marks import MARKS
from runbook_lib.render.text import visible

__all__ = ["lab_view", "show_lab"]

_STATUS = {True: Status.PASS, False: Status.FAIL, None: Status.UNKNOWN}
_STYLES = {Status.PASS: "green", Status.FAIL: "bold red", Status.UNKNOWN: "bold yellow"}
_VERDICTS = {True: "AGREES", False: "DIFFERS", None: "NOT ALL SHOWN"}
_LABS = {
    "namespaces": "a real NAT gateway in Linux network namespaces",
    "relay": "a relay on the loopback in place of the NAT gateway",
}


def show_lab(answer: Mapping[str, Any], console: Console | None = None) -> None:
    """Print what a run of the lab came to, given as its JSON object, to standard error or to the console given."""
    (console or Console(stderr=True, highlight=False)).print(lab_view(answer))


def lab_view(answer: Mapping[str, Any]) -> RenderableType:
    """The headline, a table of predictions and outcomes, and what could not be shown."""
    return Group(*_parts(answer))


def _parts(answer: Mapping[str, Any]) -> Iterator[RenderableType]:
    yield _banner(answer)
    yield _idle(answer["rows"]) if "situation" in answer["rows"][0] else _crowd(answer["rows"])
    for name in answer["uncounted"]:
        counted = visible(name.replace("_", " "))
        yield Text(f"\n✕ the gateway counted no {counted}, although clients met some", "bold red")
    if answer["not_shown"]:
        yield Text(f"\nNot shown ({len(answer['not_shown'])}): {visible(answer['reason'])}", "bold yellow")
        yield from (Padding(Text(visible(f"? {line}"), "yellow"), (0, 0, 0, 2)) for line in answer["not_shown"])


def _banner(answer: Mapping[str, Any]) -> Panel:
    status = _STATUS[answer["agrees"]]
    rows = answer["rows"]
    agreed = sum(row["agrees"] is True for row in rows)
    body = Text(f"{agreed} of {len(rows)} rows came out as the model says")
    if answer["not_shown"]:
        body.append(f"; {len(answer['not_shown'])} could not be shown")
    body.append(f"\n{_LABS[answer['lab']]} that forgets after {answer['limit_s']} s without traffic", "dim")
    title = Text(f" {MARKS[status].symbol} {_VERDICTS[answer['agrees']]} ", _STYLES[status])
    return Panel(body, title=title, title_align="left", border_style=_STYLES[status])


def _idle(rows: list[Mapping[str, Any]]) -> Table:
    table = _table("", "situation", "client", "probes (s)", "model", "seen", "the client got")
    for row in rows:
        rhythm = f"{row['time_s']}, {row['interval_s']}" if row["so_keepalive"] else "–"
        seen = row["seen"] or "cannot tell"
        cells = (row["situation"], row["client"], rhythm, row["predicted"], seen, row["said"].partition(": ")[0])
        table.add_row(_mark(row["agrees"]), *(Text(visible(str(cell))) for cell in cells))
    return table


def _crowd(rows: list[Mapping[str, Any]]) -> Table:
    table = _table("", "step", "clients", "model", "seen", "S3 saw")
    for row in rows:
        seen = ", ".join(f"{count} × {word}" for word, count in row["seen"])
        clients = "{} to {}".format(*row["clients"])
        cells = (row["step"], clients, row["predicted"], seen, ", ".join(row["sources"]))
        table.add_row(_mark(row["agrees"]), *(Text(visible(str(cell))) for cell in cells))
    return table


def _table(*heads: str) -> Table:
    table = Table(box=None, padding=(0, 1, 0, 0), header_style="dim")
    for head in heads:
        table.add_column(head, overflow="fold")
    return table


def _mark(agrees: bool | None) -> Text:
    status = _STATUS[agrees]
    return Text(MARKS[status].symbol, _STYLES[status])
