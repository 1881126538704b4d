"""A result for people in a terminal, on standard error; machine output never goes through here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.text import Text

from runbook_lib.model.finding import Finding, Fix, told_again
from runbook_lib.model.result import RunResult
from runbook_lib.model.status import Status, Verdict
from runbook_lib.render.invocation_tables import cause_lead
from runbook_lib.render.marks import MARKS, mark_of
from runbook_lib.render.tables import told_once, worst_first
from runbook_lib.render.text import visible

__all__ = ["result_view", "show_result"]

_STYLES = {Status.FAIL: "bold red", Status.UNKNOWN: "bold yellow", Status.PASS: "green", Status.NOT_APPLICABLE: "dim"}
_BORDERS = {Verdict.FAIL: "red", Verdict.UNKNOWN: "yellow", Verdict.PASS: "green"}


def show_result(result: RunResult, *, titles: Mapping[str, str] | None = None, console: Console | None = None) -> None:
    """Print the result to standard error, or to the console given."""
    (console or Console(stderr=True, highlight=False)).print(result_view(result, titles))


def result_view(result: RunResult, titles: Mapping[str, str] | None = None) -> RenderableType:
    """Verdict and headline, gaps, failed and unknown findings with fixes, and one line per finding that passed."""
    return Group(*_parts(result, titles or {}))


def _parts(result: RunResult, titles: Mapping[str, str]) -> Iterator[RenderableType]:
    yield _banner(result)
    if result.hypotheses:
        yield from _cause(result)
    if result.gaps:
        yield Text(f"\nNot read or not understood ({len(result.gaps)})", "bold yellow")
        for gap in result.gaps:
            need = f" (needs {gap.action})" if gap.action else ""
            yield _line("?", Text(visible(gap.text + need)), "yellow")
    for status in MARKS:
        found = [finding for finding in worst_first(result.findings) if finding.status is status]
        if found:
            yield Text(f"\n{MARKS[status].word} ({len(found)})", _STYLES[status])
        again = _told_again(found) if status is Status.FAIL else []
        kept, alike = told_once(found) if status in (Status.FAIL, Status.UNKNOWN) else (found, {})
        for finding in kept:
            if finding not in again:
                yield from _finding(finding, titles)
                if same := [item for item in alike.get(finding.key, ()) if item not in again]:
                    listed = ", ".join(f"{item.check_id} {item.resource.id}" for item in same)
                    yield _line("", Text(f"The same for {visible(listed)}.", "dim"), "dim")
        if again:
            listed = ", ".join(f"{finding.check_id} {finding.resource.id}" for finding in again)
            yield _line(MARKS[status].symbol, Text(f"The first cause once more: {visible(listed)}.", "dim"), "dim")
    if result.not_run:
        yield Text(f"\nNot run: {visible(', '.join(sorted(result.not_run)))}", "dim")


def _told_again(failed: Sequence[Finding]) -> list[Finding]:
    """The findings that need no words of their own: the first one names their cause and weighs more."""
    keys = told_again(failed)
    return [item for item in failed if item.key in keys and item.severity.rank < failed[0].severity.rank]


def _banner(result: RunResult) -> Panel:
    mark = mark_of(result.verdict)
    style = _STYLES[Status(result.verdict.value)]
    counts = ", ".join(f"{number} {status}" for status, number in result.counts.items() if number)
    where = " ".join(part for part in (result.origin.account, result.origin.region) if part)
    body = Text(visible(result.headline) + "\n")
    body.append(" · ".join(part for part in (counts or "no finding", visible(where)) if part), "dim")
    title = Text(f" {mark.symbol} {result.verdict.value} ", style)
    if result.origin.is_simulated:
        title.append("SIMULATED ", "bold")
    return Panel(body, title=title, title_align="left", border_style=_BORDERS[result.verdict])


def _cause(result: RunResult) -> Iterator[RenderableType]:
    """The best supported cause in one line, with the first thing that speaks for it."""
    first = result.hypotheses[0]
    yield Text(f"\nCause · {visible(cause_lead(result.hypotheses))}", "bold")
    yield from (_line("+", Text(visible(text)), "dim") for text in first["for"][:1])


def _finding(finding: Finding, titles: Mapping[str, str]) -> Iterator[RenderableType]:
    mark, style = MARKS[finding.status], _STYLES[finding.status]
    said = Text(visible(finding.message))
    said.append(f"  {finding.check_id} {finding.severity.value}", "dim")
    yield _line(mark.symbol, said, style)
    if finding.status in (Status.FAIL, Status.UNKNOWN) and finding.check_id in titles:
        yield Padding(Text(f"Wanted: {visible(titles[finding.check_id])}.", "dim"), (0, 0, 0, 4))
    for fix in finding.fixes:
        yield from _fix(fix)


def _fix(fix: Fix) -> Iterator[RenderableType]:
    head = Text("Fix: ", "bold")
    head.append(visible(fix.title))
    proof = Text()
    proof.append("✓ proven " if fix.proven else "! not proven ", "green" if fix.proven else "yellow")
    proof.append(visible(fix.reason), "dim")
    lines: list[RenderableType] = [head, proof]
    lines += [Text(f"▲ {visible(warning)}", "yellow") for warning in fix.warnings]
    if fix.cli:
        lines.append(Text(visible(fix.cli), "cyan"))
    yield Padding(Group(*lines), (0, 0, 0, 4))


def _line(symbol: str, text: Text, style: str) -> RenderableType:
    """A symbol and a text whose further lines are indented under the first."""
    from rich.table import Table

    grid = Table.grid(padding=(0, 1))
    grid.add_column(width=3, justify="right")
    grid.add_column()
    grid.add_row(Text(symbol, style), text)
    return grid
