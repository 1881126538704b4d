"""Write docs/checks.md from the metadata and docstrings of the checks. A test fails when the page is stale."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from runbook_lib.checks import CHECKS
from runbook_lib.checks.base import Check
from runbook_lib.collect.operations import OPERATIONS
from runbook_lib.fixes import PROPOSERS
from runbook_lib.model.kinds import action_of

PAGE = Path(__file__).resolve().parent.parent / "docs" / "checks.md"
HEADINGS = ("What is verified", "Why it matters", "How it is decided", "Unknown when", "Sources")


def page() -> str:
    """The whole page."""
    parts = [INTRODUCTION, "| id | passes when | severity | fix |", "|---|---|---|---|"]
    parts += [_row(check) for check in CHECKS]
    for check in CHECKS:
        parts += ["", *_section(check)]
    return "\n".join(parts) + "\n"


INTRODUCTION = """\
# The checks

Made by `scripts/make_docs.py` from the checks themselves: change those, not this page.

Each check answers for every resource it applies to: PASS, FAIL, UNKNOWN (a fact it needs was not read; the message
names the IAM action) or NOT_APPLICABLE. Select checks by id or family: `runbook check --select END003,path`.
A fix is tried on a copy of the network before it is called proven.
"""


def _row(check: Check) -> str:
    meta = check.META
    fix = "yes" if meta.id in PROPOSERS else "–"
    return f"| [{meta.id}](#{meta.id.lower()}) | {meta.title} | {meta.severity} | {fix} |"


def _section(check: Check) -> Iterator[str]:
    meta = check.META
    actions = ", ".join(f"`{action}`" for action in sorted(_actions(meta.needs)))
    yield f"## {meta.id}"
    yield f"**{meta.title}** · severity {meta.severity} · family {meta.family} · about {meta.applies_to}"
    for heading, text in _described(inspect.getdoc(check) or ""):
        yield f"\n*{heading}.*" + (_bullets(text) if heading == "Sources" else f" {text}")
    yield f"\n*Reads.* {actions}"


def _actions(needs: Iterable[str]) -> set[str]:
    """The IAM actions behind snapshot keys; details of a function take several calls each."""
    keys = set(needs)
    details = {row.iam_action for row in OPERATIONS if row.is_detail and row.key in keys}
    return details | {action_of(key) for key in keys}


def _bullets(text: str) -> str:
    """One line per source; each ends with the date it was read."""
    sources = re.split(r"(?<=\(read \d{4}-\d\d-\d\d\)) (?=[A-Z])", text)
    return "".join(f"\n- {source}" for source in sources)


def _described(doc: str) -> Iterator[tuple[str, str]]:
    heading, lines = "", list[str]()
    for line in [*doc.split("\n"), HEADINGS[0]]:
        if line in HEADINGS:
            if heading:
                yield heading, " ".join(lines)
            heading, lines = line, []
        elif line.strip():
            lines.append(line.strip())


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    print(f"{PAGE}: {len(CHECKS)} checks")
