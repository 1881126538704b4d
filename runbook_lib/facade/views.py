"""What the steps of a notebook show: HTML for people, with a text twin for terminals, diffs and screen readers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from runbook_lib import __version__
from runbook_lib.execute import VERDICT_MIME
from runbook_lib.model.finding import Finding, Fix
from runbook_lib.model.result import RunResult, utc_text
from runbook_lib.model.snapshot import Snapshot
from runbook_lib.model.status import Status, Verdict
from runbook_lib.render.html import escape
from runbook_lib.render.marks import MARKS, mark_of
from runbook_lib.render.tables import Cell, Table, findings_table, table
from runbook_lib.render.text import seconds

__all__ = ["Shown", "answer", "collected", "fixes", "header", "note", "verdict", "with_commands"]


@dataclass(frozen=True, slots=True, repr=False)
class Shown:
    """One displayed object: `text` always, `html` where there is more to see, `data` for other MIME types."""

    text: str
    html: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        return {"text/plain": self.text, **({"text/html": self.html} if self.html else {}), **self.data}

    def __repr__(self) -> str:
        """The text twin."""
        return self.text


def header(runbook: str, source: str, snapshot: Snapshot) -> Shown:
    """Which kit, which source, which account, Region and caller, and how old the facts are."""
    origin = snapshot.origin
    age_s = max(0.0, (datetime.now(UTC) - snapshot.collected_at).total_seconds())
    simulated = "SIMULATED: the embedded AWS, no real account" if origin.is_simulated else ""
    listed = [
        ("Runbook", f"{runbook} (kit {__version__})"),
        ("Source", source),
        ("Nature", simulated),
        ("Account", origin.account or "not known"),
        ("Region", origin.region or "not known"),
        ("Caller", origin.caller_arn or "nobody was asked"),
        ("Facts from", f"{utc_text(snapshot.collected_at)}, {seconds(age_s)} ago"),
    ]
    rows = [(Cell(label), Cell(value)) for label, value in listed if value]
    return _shown(table("This run", ("What", "Value"), rows))


def collected(snapshot: Snapshot) -> Shown:
    """How much was read, in one line; gaps are named before any result."""
    failed = sum(call.error is not None for call in snapshot.calls)
    kinds = len({key for _, key in snapshot.listings})
    read = f"{len(snapshot.calls)} calls, {failed} failed" if snapshot.calls else "no call: the facts come from files"
    gaps = f"{len(snapshot.gaps)} gaps, listed below" if snapshot.gaps else "no gap"
    return Shown(f"Read {kinds} kinds of resources ({read}); {gaps}.")


def answer(findings: Sequence[Finding], titles: Mapping[str, str], commands: Iterable[str]) -> Shown:
    """The findings of a step, what is wanted, and the commands that show the same by hand."""
    ids = [check_id for check_id in sorted({f.check_id for f in findings}) if check_id in titles]
    shown = findings_table(findings)
    if len(ids) == 1:
        shown = replace(shown, caption=f"Wanted: {titles[ids[0]]}.")
    elif ids:
        shown = replace(shown, note=" ".join(["Wanted:", *(f"{check_id} {titles[check_id]}." for check_id in ids)]))
    return with_commands(shown, commands)


def with_commands(shown: Table, commands: Iterable[str]) -> Shown:
    """A table, and the commands that show the same by hand."""
    lines = "\n".join(commands)
    by_hand = f"\n\nThe same by hand:\n{lines}" if lines else ""
    block = f'<div class="rb"><p>The same by hand:</p><pre><code>{escape(lines)}</code></pre></div>' if lines else ""
    return Shown(f"{shown!r}{by_hand}", f"{shown._repr_html_()}{block}")


def fixes(findings: Iterable[Finding]) -> Shown:
    """Every proposed change with its proof, warnings, Terraform and command; of each finding the proven ones first."""
    proposed = [(found, fix) for found in findings for fix in sorted(found.fixes, key=lambda fix: not fix.proven)]
    if not proposed:
        open_ = sum(finding.status in (Status.FAIL, Status.UNKNOWN) for finding in findings)
        return Shown(
            "No change is proposed: nothing failed."
            if not open_
            else "No change is proposed for what is open; the findings say what is missing."
        )
    return Shown(
        "\n\n".join(_fix_text(finding, fix) for finding, fix in proposed),
        '<div class="rb">' + "".join(_fix_html(finding, fix) for finding, fix in proposed) + "</div>",
    )


def _fix_text(finding: Finding, fix: Fix) -> str:
    lines = [f"{fix.title} (for {finding.check_id})", f"{_proof(fix)} {fix.reason}"]
    lines += [f"Warning: {warning}" for warning in fix.warnings]
    return "\n".join([*lines, "", fix.cli, "", fix.terraform])


def _fix_html(finding: Finding, fix: Fix) -> str:
    warnings = "".join(f"<li>{escape(warning)}</li>" for warning in fix.warnings)
    texts = "".join(
        f"<p>{label}</p><pre><code>{escape(text)}</code></pre>"
        for label, text in ((fix.cli_label, fix.cli), ("Terraform", fix.terraform))
        if text
    )
    listed = f"<ul>{warnings}</ul>" if warnings else ""
    return (
        f"<p><strong>{escape(fix.title)}</strong></p><p><strong>{escape(_proof(fix))}</strong> {escape(fix.reason)} "
        f"<code>{escape(finding.check_id)}</code></p>{listed}{texts}"
    )


def _proof(fix: Fix) -> str:
    return "✓ proven." if fix.proven else "! not proven."


def verdict(result: RunResult, titles: Mapping[str, str]) -> Shown:
    """The verdict and the counts, without any id or time, so that two runs can be compared."""
    counts = " · ".join(f"{MARKS[status].text} {result.counts[status.value]}" for status in MARKS)
    simulated = " (SIMULATED)" if result.origin.is_simulated else ""
    lines = [f"Verdict: {mark_of(result.verdict).symbol} {result.verdict.value}{simulated}", counts]
    said: dict[str, Any] = {"runbook": result.runbook, "verdict": result.verdict.value, "counts": result.counts}
    for status in (Status.FAIL, Status.UNKNOWN):
        ids = sorted({finding.check_id for finding in result.findings if finding.status is status})
        said[status.value.lower()] = ids
        lines += [f"{MARKS[status].text}: {check_id} {titles.get(check_id, '')}".rstrip() for check_id in ids]
    said["simulated"] = result.origin.is_simulated
    return Shown("\n".join(lines), data={VERDICT_MIME: said})


def note(verdict_: Verdict, headline: str, also: str = "") -> str:
    """A verdict with its headline as one line of HTML."""
    more = f" {escape(also)}" if also else ""
    return f'<div class="rb">{mark_of(verdict_).html(verdict_.value)} {escape(headline)}{more}</div>'


def _shown(made: Table) -> Shown:
    return Shown(repr(made), made._repr_html_())
