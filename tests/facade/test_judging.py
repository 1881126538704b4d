"""Which checks a run holds back, and why."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from runbook_lib.facade.judging import Judgement
from runbook_lib.model.result import RunResult
from runbook_lib.model.snapshot import Snapshot
from runbook_lib.model.status import Status
from tests.builders import World
from tests.checks.worlds import gateway

MEASURED = {"NAT007", "NAT008", "NAT009", "NAT010", "NAT011", "NAT012", "NAT013"}
UNASKED = "no metrics were collected; select it to be told what it needs"


def judged(made: World, snapshot: Snapshot, *select: str, **parameters: str) -> RunResult:
    judgement = Judgement(runbook="check", started_at=datetime.now(UTC), parameters=parameters, select=select)
    return judgement.of(snapshot, made.settings())


def unmeasured(made: World) -> Snapshot:
    """Facts that were saved before anybody asked for metrics."""
    snapshot = made.snapshot()
    kept = {where: listing for where, listing in snapshot.listings.items() if where[1] != "MetricDataResults"}
    return replace(snapshot, listings=kept)


def test_checks_of_metrics_do_not_run_where_none_were_asked_for() -> None:
    made = gateway()
    found = judged(made, unmeasured(made))
    assert {id_: why for id_, why in found.not_run.items() if id_ in MEASURED} == dict.fromkeys(MEASURED, UNASKED)
    assert not {f.check_id for f in found.findings} & MEASURED
    assert "NAT001" in {f.check_id for f in found.findings}


@pytest.mark.parametrize("selected", ["nat", "NAT007"])
def test_who_selects_them_is_told_what_is_missing(selected: str) -> None:
    made = gateway()
    found = judged(made, unmeasured(made), selected)
    assert {f.status for f in found.findings if f.check_id == "NAT007"} == {Status.UNKNOWN}


def test_they_run_where_metrics_were_asked_for_even_in_vain() -> None:
    made = gateway()
    assert {f.status for f in judged(made, made.snapshot()).findings if f.check_id == "NAT007"} == {Status.PASS}
    refused = gateway().denied("MetricDataResults")
    found = judged(refused, refused.snapshot())
    assert {f.status for f in found.findings if f.check_id == "NAT007"} == {Status.UNKNOWN}


def test_a_plan_is_not_measured() -> None:
    made = gateway()
    found = judged(made, made.snapshot(), plan="plan.json")
    planned = {id_ for id_, why in found.not_run.items() if why == "what a plan makes was never measured"}
    assert planned - {"FUN006"} == MEASURED


def test_logs_are_read_only_when_selected() -> None:
    made = gateway()
    assert judged(made, made.snapshot()).not_run["LOG001"] == "not selected"
