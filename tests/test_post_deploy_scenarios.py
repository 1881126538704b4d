"""What each scenario of a deployment comes to when its function is really invoked: the declared findings, no others."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from runbook_lib.execute import STAGING_VARIABLE
from runbook_lib.runbook import open_run

pytestmark = [pytest.mark.notebook, pytest.mark.stress]

ARN = "arn:aws:lambda:ap-southeast-1:123456789012:function:render-invoice-pdf"
TEN = (10, 0, 0)
METRICS = ("DEP012", "METRICS_LACK")
"""Nobody waits for metrics here, and until they are there nothing passes."""


def outcome(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, **asked: Any) -> dict[str, set[str]]:
    """Mapping FAIL and UNKNOWN → check id and code of the findings, after everything that is asked was invoked."""
    monkeypatch.setenv(STAGING_VARIABLE, str(tmp_path))
    run: Any = open_run("post_deploy", source=f"sandbox:{name}")
    log_s = asked.pop("log_s", 60)
    told = {"request": ("{}", "", ""), "amount": TEN, "bounds": (300, 9.0, False), **asked}
    try:
        run.pick()
        run.collect()
        run.consent(ARN, **told)
        for step in (run.smoke, run.burst, run.events):
            step()
            run.wait_for_log(log_s)
        run.wait_for_metrics(0)
        findings = run._result.findings
    finally:
        run._source.close()
    return {
        status: {f"{item.check_id} {item.code}" for item in findings if item.status == status}
        for status in ("FAIL", "UNKNOWN")
    }


@pytest.mark.parametrize(
    ("name", "asked", "fails"),
    [
        ("one-in-ten-fails", {}, {"DEP007 LOG_SHOWS_ERRORS", "DEP008 REQUESTS_FAILED"}),
        ("wrong-answer-200", {}, {"DEP006 SMOKE_FAILED", "DEP008 REQUESTS_FAILED"}),
        ("slow-but-correct", {"wanted": (0, 2000, 0.0)}, {"DEP010 DURATION_OUTSIDE"}),
        (
            "retry-masks-failure",
            {"amount": (0, 0, 3)},
            {"DEP006 SMOKE_FAILED", "DEP007 LOG_SHOWS_ERRORS", "DEP014 REQUESTS_FAILED"},
        ),
        ("inactive-function", {}, {"DEP005 FUNCTION_INACTIVE", "DEP006 SMOKE_FAILED"}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_failed_request_is_a_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, asked: dict[str, Any], fails: set[str]
) -> None:
    assert outcome(tmp_path, monkeypatch, name, **asked)["FAIL"] == fails


@pytest.mark.parametrize(
    ("name", "asked", "unknown"),
    [
        ("throttled", {}, {"DEP008 NOTHING_SENT", "DEP009 NOTHING_SENT"}),
        (
            "logs-denied",
            {},
            {"DEP006 SMOKE_UNKNOWN", "DEP007 LOG_NOT_WHOLE", "DEP008 REQUESTS_UNKNOWN", "COL001 NOT_READ"},
        ),
        ("logs-30s-late", {"log_s": 0}, {"DEP006 SMOKE_UNKNOWN", "DEP007 LOG_NOT_WHOLE", "DEP008 REQUESTS_UNKNOWN"}),
        ("logs-30s-late", {"log_s": 60}, set()),
        (
            "interrupted-burst",
            {"bounds": (3, 9.0, False)},
            {"DEP008 REQUESTS_UNKNOWN", "DEP009 BURST_INTERRUPTED"},
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_was_not_seen_is_unknown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, asked: dict[str, Any], unknown: set[str]
) -> None:
    found = outcome(tmp_path, monkeypatch, name, **asked)
    assert found["FAIL"] == set()
    assert found["UNKNOWN"] - {" ".join(METRICS)} == unknown
