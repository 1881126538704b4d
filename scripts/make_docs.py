"""Write docs/checks.md and docs/claims.md from the code. A test fails when a page is stale."""

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
from runbook_lib.triage.claims import CLAIMS, READ, Claim, Topic

DOCS = Path(__file__).resolve().parent.parent / "docs"
PAGE, CLAIMS_PAGE = DOCS / "checks.md", DOCS / "claims.md"
HEADINGS = ("What is verified", "Why it matters", "How it is decided", "Unknown when", "Sources")


def page() -> str:
    """The whole page."""
    parts = [INTRODUCTION, "| id | passes when | severity | fix |", "|---|---|---|---|"]
    parts += [_row(check) for check in CHECKS]
    for check in CHECKS:
        parts += ["", *_section(check)]
    return "\n".join(parts) + "\n"


def claims_page() -> str:
    """The whole page of claims, by topic."""
    parts = [CLAIMS_INTRODUCTION.format(read=READ)]
    for topic in Topic:
        parts += [f"## {topic.capitalize()}\n", *(_claim(claim) for claim in CLAIMS if claim.topic is topic)]
    return "\n".join(parts)


CLAIMS_INTRODUCTION = """\
# What you may have read elsewhere

Made by `scripts/make_docs.py` from `runbook_lib/triage/claims.py`: change that, not this page.

Advice about functions that time out is copied for years, also after AWS changed what it was about. These claims are
wrong, outdated, or not the whole of it. The runbook `function_configuration` shows the same. Sources were read on
{read}.
"""


def _claim(claim: Claim) -> str:
    sources = "".join(f"\n- {source}" for source in claim.sources)
    return f"**{claim.heard}** · {claim.standing}\n\n{claim.holds}\n{sources}\n"


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
    CLAIMS_PAGE.write_text(claims_page(), encoding="utf-8")
    print(f"{PAGE}: {len(CHECKS)} checks; {CLAIMS_PAGE}: {len(CLAIMS)} claims")
