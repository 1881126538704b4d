"""The result of one run, as result.json holds it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from runbook_lib.model.finding import Finding
from runbook_lib.model.snapshot import CallRecord, Gap, Origin
from runbook_lib.model.status import Severity, Status, Verdict
from runbook_lib.model.target import Target

__all__ = ["SCHEMA", "RunResult", "utc_text"]

SCHEMA = "runbook-result/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunResult:
    """Everything a run found out.

    `not_run` maps the id of a check that was not selected to the reason. `hypotheses` are JSON objects of the
    contract; `artifacts` maps a bundle file name to what it is.
    """

    runbook: str
    run_id: str
    started_at: datetime
    finished_at: datetime
    tool: Mapping[str, str]
    origin: Origin
    parameters: Mapping[str, Any]
    target: Target
    verdict: Verdict
    headline: str
    fail_on: Severity
    findings: tuple[Finding, ...]
    calls: tuple[CallRecord, ...] = ()
    gaps: tuple[Gap, ...] = ()
    not_run: Mapping[str, str] = field(default_factory=dict)
    hypotheses: tuple[Mapping[str, Any], ...] = ()
    artifacts: Mapping[str, str] = field(default_factory=dict)

    @property
    def counts(self) -> dict[str, int]:
        """Number of findings per status; every status is present."""
        seen = Counter(finding.status for finding in self.findings)
        return {status.value: seen[status] for status in Status}

    def to_json(self, *, with_artifacts: bool = True) -> dict[str, Any]:
        """The object written to result.json; `check --json` prints it without artifacts."""
        denied = sorted({call.action for call in self.calls if call.error and call.error.is_denied})
        said: dict[str, Any] = {
            "schema": SCHEMA,
            "runbook": self.runbook,
            "run_id": self.run_id,
            "started_at": utc_text(self.started_at),
            "finished_at": utc_text(self.finished_at),
            "tool": dict(self.tool),
            "source": self.origin.to_json(),
            "parameters": dict(self.parameters),
            "target": self.target.to_json(),
            "verdict": self.verdict.value,
            "headline": self.headline,
            "counts": self.counts,
            "findings": [finding.to_json() for finding in self.findings],
            "hypotheses": [dict(item) for item in self.hypotheses],
            "calls": {
                "count": len(self.calls),
                "errors": [
                    {"operation": call.operation, "code": call.error.code, "message": call.error.message}
                    for call in self.calls
                    if call.error
                ],
                "denied": denied,
            },
            "not_run": dict(self.not_run),
            "gaps": [gap.text for gap in self.gaps],
            "fail_on": self.fail_on.value,
        }
        if with_artifacts:
            said["artifacts"] = dict(self.artifacts)
        return said


def utc_text(moment: datetime) -> str:
    """ISO 8601 in UTC with a trailing Z, to the second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
