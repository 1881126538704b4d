"""The page that lists many evidence bundles, for the demo and for whoever collects runs in one folder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from runbook_lib.model.result import utc_text
from runbook_lib.model.status import Verdict
from runbook_lib.render.html import environment
from runbook_lib.render.marks import mark_of
from runbook_lib.render.report import content_policy, page_style
from runbook_lib.render.text import seconds

__all__ = ["IndexRow", "index_html"]


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexRow:
    """One bundle of the list.

    `source` is the source string or the scenario; `expected` the verdict its scenario declares, None where nothing is
    declared; `verdict` is None for a run that ended without one, whose `headline` then says why; `href` leads from the
    index page to the report, None when there is none; `simulated` marks facts from the embedded AWS.
    """

    runbook: str
    source: str
    verdict: Verdict | None
    headline: str
    duration_s: float
    href: str | None
    expected: Verdict | None = None
    simulated: bool = False

    @property
    def is_as_expected(self) -> bool | None:
        """Whether the declared verdict came out; None when none is declared."""
        return None if self.expected is None else self.verdict is self.expected


def index_html(rows: Sequence[IndexRow], *, title: str = "Runbook reports", made_at: datetime | None = None) -> str:
    """The page as HTML text, one row per bundle in the order given."""
    return (
        environment()
        .get_template("index.html.j2")
        .render(
            rows=rows,
            title=title,
            made_at=utc_text(made_at).replace("T", " ").replace("Z", " UTC") if made_at else "",
            summary=_summary(rows),
            good=bool(rows) and all(row.is_as_expected is not False and row.verdict is not None for row in rows),
            simulated=any(row.simulated for row in rows),
            declared=any(row.expected is not None for row in rows),
            mark_of=mark_of,
            seconds=seconds,
            style=page_style(),
            scripts=(),
            policy=content_policy(()),
        )
    )


def _summary(rows: Sequence[IndexRow]) -> str:
    """How many runs ended as declared, in one sentence."""
    declared = [row for row in rows if row.expected is not None]
    if not rows:
        return "No run is listed: nothing was checked."
    if not declared:
        counts = [f"{sum(row.verdict is verdict for row in rows)} {verdict.value}" for verdict in Verdict]
        return f"{_runs(len(rows))}: {', '.join(counts)}."
    good = sum(row.is_as_expected is True for row in declared)
    return f"{good} of {_runs(len(declared))} ended with the verdict its scenario declares."


def _runs(count: int) -> str:
    return f"{count} run" if count == 1 else f"{count} runs"
