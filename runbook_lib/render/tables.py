"""Tables for notebooks and reports: HTML with a text twin, and the same rows as a data frame."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from runbook_lib.model.fact import Scope
from runbook_lib.model.finding import Finding
from runbook_lib.model.result import RunResult
from runbook_lib.model.snapshot import Listing, Snapshot
from runbook_lib.model.status import Status
from runbook_lib.render.console import Link
from runbook_lib.render.html import Markup, environment
from runbook_lib.render.marks import MARKS, Mark
from runbook_lib.render.text import compact_json, visible

if TYPE_CHECKING:
    import pandas

__all__ = ["Cell", "Table", "coverage_table", "findings_table", "subnet_matrix", "table", "told_once", "worst_first"]

_STATUS_ORDER = (Status.FAIL, Status.UNKNOWN, Status.PASS, Status.NOT_APPLICABLE)
_ELSEWHERE = "not tied to a subnet"
_MANY_SUBNETS = 6
_NONE = "Read: there is none"
_MOST_EMPTY = 3


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: text, a status mark in front of it, a second line in small letters, a list of lines.

    `word` replaces the status word of the mark; `code` is for ids and commands; `mark` is another mark than that of a
    status; a line may be a link.
    """

    text: str = ""
    status: Status | None = None
    small: str = ""
    word: str = ""
    code: bool = False
    mark: Mark | None = None
    lines: tuple[str | Link, ...] = ()

    @property
    def label(self) -> Mark | None:
        """The mark in front of it, if there is one."""
        return self.mark or (MARKS[self.status] if self.status else None)

    @property
    def plain(self) -> str:
        """The cell in one line of text."""
        mark = self.label
        marked = f"{mark.symbol} {self.word or mark.word}" if mark else ""
        parts = (marked, self.text, *map(str, self.lines), f"({self.small})" if self.small else "")
        return visible(" ".join(part for part in parts if part)).replace("\n", " ")


@dataclass(frozen=True, slots=True, repr=False)
class Table:
    """A captioned table; the first column names the row.

    `note` is a sentence below it, `column_notes` are second lines of the column heads, in their order.
    """

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""
    column_notes: tuple[str, ...] = ()

    def html(self) -> Markup:
        """The table as HTML without styles, for a page that brings them."""
        return Markup(environment().get_template("table.html.j2").render(table=self))

    def frame(self) -> pandas.DataFrame:
        """The rows as text in a data frame."""
        import pandas

        return pandas.DataFrame([[cell.plain for cell in row] for row in self.rows], columns=list(self.columns))

    def _repr_html_(self) -> str:
        return f'<div class="rb"><style>{_styles()}</style>{self.html()}</div>'

    def __repr__(self) -> str:
        """The table as aligned text."""
        lines = [self.columns, *(tuple(cell.plain for cell in row) for row in self.rows)]
        widths = [max(len(line[column]) for line in lines) for column in range(len(self.columns))]
        drawn = [
            "  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip() for line in lines
        ]
        drawn.insert(1, "  ".join("-" * width for width in widths))
        return "\n".join(part for part in (self.caption, *drawn, self.note) if part)


def table(caption: str, columns: Sequence[str], rows: Iterable[Sequence[Any]], note: str = "") -> Table:
    """A table of any values; cells may be given as Cell, Status, text or other JSON values."""
    return Table(caption, tuple(columns), tuple(tuple(_cell(value) for value in row) for row in rows), note)


def coverage_table(snapshot: Snapshot) -> Table:
    """What was read: one row per gap, then per account, Region and kind of resource; what is not whole first."""
    rows = [
        (
            Cell(gap.what),
            Cell(status=Status.UNKNOWN, word="Not read"),
            Cell(gap.reason),
            Cell(gap.action or "", code=True),
        )
        for gap in snapshot.gaps
    ]
    several = len(snapshot.scopes) > 1
    listed = sorted(snapshot.listings.items(), key=_coverage_order)
    empty = [item for item in listed if not item[1].raws and not item[1].incomplete]
    folded = empty if len(empty) > _MOST_EMPTY else []
    for (scope, key), listing in (item for item in listed if item not in folded):
        if listing.incomplete:
            state = Cell(status=Status.UNKNOWN, word="Not whole")
        else:
            state = Cell(status=Status.PASS, word=f"{len(listing.raws)} read" if listing.raws else _NONE)
        rows.append((Cell(key, small=_place(scope) if several else ""), state, Cell(listing.incomplete or ""), Cell()))
    if folded:
        kinds = ", ".join(dict.fromkeys(key for (_, key), _ in folded))
        rows.append((Cell(f"{len(folded)} more", small=kinds), Cell(status=Status.PASS, word=_NONE), Cell(), Cell()))
    caption = "What was read" + (f" in {_place(snapshot.scopes[0])}" if len(snapshot.scopes) == 1 else "")
    width = 4 if any(row[2].text or row[3].text for row in rows) else 2
    columns = ("Kind", "State", "Why", "IAM action that reads it")[:width]
    unknown = ", ".join(snapshot.unknown_keys)
    note = f"Keys this kit does not know, left alone: {unknown}." if unknown else ""
    return Table(caption, columns, tuple(row[:width] for row in rows), note)


def _coverage_order(item: tuple[tuple[Scope, str], Listing]) -> tuple[bool, str, str]:
    (scope, key), listing = item
    return listing.incomplete is None, scope.pointer, key


def _place(scope: Scope) -> str:
    return ", ".join(part for part in (scope.account, scope.region) if part) or "one folder"


def findings_table(findings: Iterable[Finding]) -> Table:
    """The findings, worst first."""
    rows = tuple(
        (
            Cell(status=finding.status),
            Cell(finding.severity.value),
            Cell(finding.check_id, code=True),
            Cell(finding.resource.name or finding.resource.id, small=_id_beside_name(finding)),
            Cell(finding.message),
        )
        for finding in worst_first(findings)
    )
    return Table("Findings, worst first", ("Status", "Severity", "Check", "Resource", "What was found"), rows)


def worst_first(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """FAIL, UNKNOWN, PASS, NOT_APPLICABLE; within one status by falling severity, then by key."""
    return tuple(sorted(findings, key=lambda f: (_STATUS_ORDER.index(f.status), -f.severity.rank, f.key)))


def told_once(findings: Sequence[Finding]) -> tuple[list[Finding], dict[str, list[Finding]]]:
    """The findings without those that say the same sentence again, and these by the key of the one that says it."""
    first: dict[tuple[Status, str], Finding] = {}
    alike: dict[str, list[Finding]] = {}
    kept = []
    for finding in findings:
        said = (finding.status, finding.message)
        if finding.fixes or said not in first or first[said].fixes:
            kept.append(finding)
            first.setdefault(said, finding)
        else:
            alike.setdefault(first[said].key, []).append(finding)
    return kept, alike


def subnet_matrix(result: RunResult, titles: Mapping[str, str] | None = None) -> Table:
    """Every check against every subnet of the target; what is not about one subnet has its own column.

    Where no finding is about a subnet there is one column for all. A cell shows the worst status of its findings and
    says how many there are. Subnets are in the order of their names; with more than six they become the rows.
    """
    names = {f.resource.id: f.resource.name for f in result.findings if f.resource.name}
    places = [*sorted(result.target.subnet_ids, key=lambda id_: names.get(id_, id_)), _ELSEWHERE]
    cells: dict[tuple[str, str], list[Finding]] = {}
    for finding in result.findings:
        place = finding.resource.id if finding.resource.id in places else _ELSEWHERE
        cells.setdefault((finding.check_id, place), []).append(finding)
    checks = sorted({check for check, _ in cells})
    used = [place for place in places if place != _ELSEWHERE or any(p == place for _, p in cells)]
    if all(place == _ELSEWHERE for _, place in cells):
        told = tuple((_check_cell(check, titles), _matrix_cell(cells[check, _ELSEWHERE])) for check in checks)
        return Table("Every check", ("Check", "Answer"), told)
    caption = "Every check, subnet by subnet"
    note = "An empty cell: the check has no answer about that place."
    if len(used) <= _MANY_SUBNETS + 1:
        rows = tuple(
            (_check_cell(check, titles), *(_matrix_cell(cells.get((check, place), [])) for place in used))
            for check in checks
        )
        heads = tuple(names.get(place) or place for place in used)
        ids = tuple(place if place in names else "" for place in used)
        return Table(caption, ("Check", *heads), rows, note, ("", *ids))
    rows = tuple(
        (
            Cell(names.get(place) or place, small=place if place in names else ""),
            *(_matrix_cell(cells.get((check, place), [])) for check in checks),
        )
        for place in used
    )
    known = [f"{check}: {titles[check]}." for check in checks if titles and check in titles]
    return Table(caption, ("Subnet", *checks), rows, " ".join([note, *known]))


def _check_cell(check: str, titles: Mapping[str, str] | None) -> Cell:
    title = (titles or {}).get(check)
    return Cell(title, small=check) if title else Cell(check)


def _matrix_cell(findings: Sequence[Finding]) -> Cell:
    if not findings:
        return Cell("")
    worst = min((finding.status for finding in findings), key=_STATUS_ORDER.index)
    same = sum(finding.status is worst for finding in findings)
    return Cell(status=worst, small=f"{same} of {len(findings)}" if len(findings) > 1 else "")


def _id_beside_name(finding: Finding) -> str:
    return finding.resource.id if finding.resource.name not in (None, finding.resource.id) else ""


def _cell(value: Any) -> Cell:
    if isinstance(value, Cell):
        return value
    if isinstance(value, Status):
        return Cell(status=value)
    return Cell("–" if value is None else compact_json(value))


@lru_cache(maxsize=1)
def _styles() -> str:
    return files("runbook_lib.render").joinpath("templates/table.css").read_text(encoding="utf-8")
