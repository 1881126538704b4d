"""Changes that suit many clients of a fleet, told once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from runbook_lib.model.finding import Finding, Fix

__all__ = ["once"]

_NAMED = 3

Change = tuple[str, str, str, bool]


def once(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings, each change only at the first that it settles, with the names of the others in its reason."""
    listed = tuple(findings)
    settled: dict[Change, list[str]] = {}
    for finding in listed:
        for fix in finding.fixes:
            settled.setdefault(_change(fix), []).append(finding.resource.name or finding.resource.id)
    return tuple(replace(finding, fixes=tuple(_first(finding, settled))) for finding in listed)


def _first(finding: Finding, settled: dict[Change, list[str]]) -> Iterator[Fix]:
    """The changes of a finding that were not told before."""
    for fix in finding.fixes:
        names = settled.pop(_change(fix), [])
        if len(names) == 1:
            yield fix
        elif names:
            others = names[1:]
            rest = len(others) - _NAMED
            more = f" and {rest} more" if rest > 0 else ""
            word = "client" if len(others) == 1 else "clients"
            also = f"The same for {len(others)} other {word}: {', '.join(others[:_NAMED])}{more}."
            yield replace(fix, reason=f"{fix.reason} {also}")


def _change(fix: Fix) -> Change:
    return fix.title, fix.cli, fix.terraform, fix.proven
