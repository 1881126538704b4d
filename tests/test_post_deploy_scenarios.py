"""What each scenario of a deployment comes to when its function is really invoked: what it declares, and no more."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from runbook_lib.cli import run_command
from runbook_lib.collect.log_events import MAY_LAG
from runbook_lib.facade.awaiting import rows_of
from runbook_lib.invocations.base import Outcome
from runbook_lib.model.actions import ProbeResult
from runbook_lib.model.status import Status, Verdict
from runbook_lib.network.view import View
from runbook_lib.render.bundle import verify_bundle
from runbook_lib.sandbox.scenarios import SCENARIOS, find
from tests.post_deploy import ARN, Cells, bad, declared

pytestmark = pytest.mark.notebook

QUICK = (
    *("fixed", "one-in-ten-fails", "wrong-answer-200", "inactive-function", "throttled", "terraform-drift"),
    *("retry-masks-failure", "interrupted-burst"),
)
SLOW = ("incident", "logs-30s-late", "logs-denied", "slow-but-correct")
"""The first runs whole, in a kernel, with the default parameters beside these; the second waits long for each log."""

PROBED = "s3.ap-southeast-1.amazonaws.com:443"

_RAISE = "or less, or raise the reserved concurrency of render-invoice-pdf"

HEADLINES = {
    "fixed": ("render-invoice-pdf: 10 of 10 requests succeeded: at least 74% with 95% confidence; ",),
    "throttled": (
        f" is 5, of which none was in use in the last 15 minutes; set concurrency to 5 {_RAISE}",
        f" is 5, of which up to 1 were in use in the last 15 minutes; set concurrency to 4 {_RAISE}",
    ),
}
"""Mapping scenario → the words of which its headline has one.

A metric is there when its minute is over: whether the smoke request counts depends on the minute in which it was sent.
"""


@pytest.fixture(scope="module", name="begun")
def _begun(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Cells]]:
    """Every scenario that is asked for, up to the wait for its metrics: they wait for the end of a minute together."""
    own = [item for item in request.session.items if getattr(item, "module", None) is request.module]
    asked = {item.callspec.params["name"] for item in own if hasattr(item, "callspec")}
    begun: dict[str, Cells] = {}
    try:
        for name in (name for name in (*SLOW, *QUICK) if name in asked):
            begun[name] = Cells(tmp_path_factory.mktemp(name), name)
            begun[name].advance(before="metrics")
        yield begun
    finally:
        for cells in begun.values():
            cells.close()


def test_every_scenario_of_a_deployment_is_run() -> None:
    assert {*QUICK, *SLOW} == {name for name, scenario in SCENARIOS.items() if "post_deploy" in scenario.verdicts}


@pytest.mark.parametrize("name", [*QUICK, *(pytest.param(name, marks=pytest.mark.stress) for name in SLOW)])
def test_what_is_declared_comes_out(begun: dict[str, Cells], name: str) -> None:
    result, snapshot = begun[name].finish()
    assert (bad(result.findings), result.verdict) == (declared(name), find(name).verdicts["post_deploy"])
    assert any(words in result.headline for words in HEADLINES.get(name, ("",)))
    assert name != "wrong-answer-200" or result.hypotheses == ()
    view = View(snapshot)
    rows = rows_of(view, view.function(find(name).function))
    assert len(rows) > 0
    is_clean = all(row.outcome is Outcome.SUCCESS for row in rows)
    assert is_clean or result.verdict is not Verdict.PASS
    assert [gap for gap in result.gaps if gap.reason == MAY_LAG] == []


@pytest.mark.parametrize("name", ["fixed"])
def test_with_everything_asked_for_every_check_passes(begun: dict[str, Cells], name: str) -> None:
    result, snapshot = begun[name].finish()
    answers = {(item.check_id, item.status) for item in result.findings}
    assert answers == {(f"DEP{number:03}", Status.PASS) for number in range(1, 15)}
    subnets = {item.subnet_id for item in snapshot.all(ProbeResult)}
    assert len(subnets) == 2
    assert result.parameters["probe_agreed_to"]["function_arn"] == ARN


@pytest.mark.stress
def test_a_probe_finds_the_subnet_without_a_way(tmp_path: Path) -> None:
    asked = {"consent": ARN, "burst": "0", "metric_wait_s": "0", "probe": PROBED, "probe_consent": ARN}
    words = [word for name, value in asked.items() for word in ("-p", name, value)]
    assert (
        run_command(["run", "post_deploy", "--source", "sandbox:one-bad-subnet", "--out", str(tmp_path), *words]) == 1
    )
    (folder,) = tmp_path.iterdir()
    assert verify_bundle(folder) == ()
    findings = json.loads((folder / "result.json").read_text())["findings"]
    told = [(item["status"], item["message"]) for item in findings if item["check_id"] == "DEP013"]
    assert [status for status, _ in told] == ["FAIL", "PASS"]
    assert re.search(rf"did not reach {re.escape(PROBED)} \(.*\): connect_timeout: timed out", told[0][1])


def test_a_log_that_is_not_awaited_shows_nothing(tmp_path: Path) -> None:
    cells = Cells(tmp_path, "logs-30s-late", log_wait_s="0", metric_wait_s="0", burst="2")
    try:
        result, _ = cells.finish()
    finally:
        cells.close()
    ids = ("DEP006", "DEP007", "DEP008", "DEP009")
    # Whether the minute of its metrics was over nobody knows.
    found = [item for item in bad(result.findings) if item[0] != "DEP012"]
    assert found == [(id_, Status.UNKNOWN, find("logs-30s-late").function) for id_ in ids]
    assert result.verdict is Verdict.UNKNOWN
    assert [gap.reason for gap in result.gaps if gap.reason == MAY_LAG] == [MAY_LAG]
