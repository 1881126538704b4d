"""The steps of asking AWS: on a running sandbox with consent typed or not, within a spend cap, and on saved facts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from runbook_lib.act import read_journal
from runbook_lib.collect.files import load
from runbook_lib.errors import UsageError
from runbook_lib.execute import STAGING_VARIABLE, VERDICT_MIME
from runbook_lib.facade.analyzing import Spending
from runbook_lib.model.gateways import InternetGateway, VpcEndpoint
from runbook_lib.model.insights import NetworkInsightsAnalysis
from runbook_lib.model.status import Status
from runbook_lib.parameters import parameters_of
from runbook_lib.render.snapshot_files import save_snapshot
from runbook_lib.runbook import open_run
from runbook_lib.sandbox.faults import Fault, FaultKind
from runbook_lib.sandbox.scenarios import SCENARIOS
from runbook_lib.sandbox.server import RunningSandbox, start
from tests.checks.analyzer.cases import closed, sftp
from tests.network.insights.worlds import OUTSIDE

ARN = "arn:aws:lambda:ap-southeast-1:123456789012:function:statement-sftp-upload"
NAME = "statement-sftp-upload"
HOW = f"set the parameter consent to {ARN}, or type {NAME} in the notebook"
STARTED = "ec2:StartNetworkInsightsAnalysis"


@pytest.fixture(scope="module", name="sandbox")
def _sandbox() -> Iterator[RunningSandbox]:
    with start("sftp-nacl") as sandbox:
        yield sandbox


@pytest.fixture(name="own")
def _own() -> Iterator[RunningSandbox]:
    """A sandbox of one test alone, in which something may stay."""
    with start("sftp-nacl") as sandbox:
        yield sandbox


@pytest.fixture(name="run")
def _run(sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """A run on the shared sandbox, collected and planned."""
    return opened(sandbox, monkeypatch, tmp_path)


def opened(sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    monkeypatch.delenv(STAGING_VARIABLE, raising=False)
    monkeypatch.setenv("RUNBOOK_REPORTS", str(tmp_path / "reports"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setattr("runbook_lib.act.analyzer._POLL_S", 0.05)
    for name, value in sandbox.shared({}).items():
        monkeypatch.setenv(name, value)
    sandbox.forget_requests()
    run: Any = open_run("reachability_analyzer", source="sandbox:sftp-nacl")
    run.pick()
    run.collect()
    run.plan()
    return run


def asked(sandbox: RunningSandbox) -> int:
    return sum(request["action"] == STARTED for request in sandbox.requests())


def statuses(run: Any) -> tuple[str, list[str], list[str]]:
    said = run.verdict().data[VERDICT_MIME]
    return said["verdict"], said["fail"], said["unknown"]


def test_without_consent_nothing_is_asked_and_every_step_says_how_to_agree(run: Any, sandbox: RunningSandbox) -> None:
    assert f"Not agreed: the cells below ask AWS nothing. To agree, {HOW}." in repr(run.consent())
    assert run.analyse().text == f"AWS was asked nothing. To agree, {HOW}."
    assert [row[2].plain for row in run.answers().rows] == ["? not asked"] * 2
    assert HOW in run.answers().rows[0][3].plain
    assert [row[4].plain.split(" (")[0] for row in run.side_by_side().rows] == ["? not compared"] * 2
    assert asked(sandbox) == 0
    writing = {request["operation"] for request in sandbox.requests() if "Network" in request["operation"]}
    assert [name for name in writing if not name.startswith("Describe")] == []
    assert statuses(run) == ("FAIL", ["PTH010"], ["ANA001", "ANA002"])


def test_the_plan_says_from_where_and_what_it_costs(run: Any) -> None:
    shown = run.plan(price=(0.25, 0.5))
    assert [len(row) for row in shown.rows] == [5, 5]
    assert shown.rows[0][3].plain == "tcp 22"
    assert len(shown.rows[0][4].lines) == 2
    assert shown.note.startswith("2 analyses at $0.25 to begin with, so $0.50; 2 analyses and $0.50 at most")


@pytest.mark.parametrize("word", ["nat-1", "rtb-1", "not-a-host", "statement-sftp-upload"])
def test_what_cannot_be_a_destination_is_refused_before_anybody_pays(
    run: Any, sandbox: RunningSandbox, word: str
) -> None:
    run.pick(destination=word)
    with pytest.raises(UsageError) as error:
        run.plan()
    assert str(error.value).startswith(f"{word} cannot be a destination of Reachability Analyzer; an IPv4 address, ")
    assert asked(sandbox) == 0


@pytest.mark.parametrize("word", ["igw-", "vpce-"])
def test_a_gateway_is_asked_about_and_its_run_ends_without_a_comparison(
    run: Any, sandbox: RunningSandbox, word: str
) -> None:
    known = {item.id for kind in (InternetGateway, VpcEndpoint) for item in run._view.snapshot.all(kind)}
    run.pick(destination=next(id_ for id_ in sorted(known) if id_.startswith(word)))
    run.plan()
    run.consent(ARN)
    assert run.analyse().text == "2 analyses were made for $0.20, 0 taken over from before."
    assert {row[4].word for row in run.side_by_side().rows if row[1].text == "verdict"} == {"cannot be compared"}
    assert statuses(run) == ("UNKNOWN", [], ["ANA002", "PTH010"])
    assert run.path_map() is not None


def test_the_typed_name_lets_aws_be_asked_once(run: Any, sandbox: RunningSandbox, tmp_path: Path) -> None:
    form = run.consent()
    form.box.children[1].value = NAME
    assert run.analyse().text == "5 analyses were made for $0.50, 0 taken over from before."
    assert run.analyse().text == "AWS was asked already; agree anew to ask again."
    assert asked(sandbox) == 5
    assert [(row[1].text, row[2].word) for row in run.answers().rows] == [
        ("whole path", "no path"),
        ("to the NAT gateway", "path found"),
        ("from the NAT gateway", "no path"),
    ] * 2
    rows = run.side_by_side().rows
    assert [(row[1].text, row[4].word) for row in rows[:5]] == [
        ("verdict", "agree"),
        ("stopped by", "same"),
        ("1", "same"),
        ("2", "same"),
        ("3", "behind what AWS lists"),
    ]
    assert statuses(run) == ("FAIL", ["ANA001", "PTH010"], [])
    assert "✓ proven." in run.fixes().text
    (journal,) = (tmp_path / "state" / "runbook-kit").iterdir()
    assert [doing.sent for doing in read_journal(journal)[1]] == [5]
    run.report()
    assert not journal.exists()
    (bundle,) = (tmp_path / "reports").iterdir()
    assert len(load(bundle / "snapshot").all(NetworkInsightsAnalysis)) == 5
    names = {parameter.name for parameter in parameters_of("reachability_analyzer")}
    assert set(run._result.parameters) | {"out", "mask_accounts"} == {*names, "agreed_to"}


def test_a_kept_answer_is_taken_over_and_is_shown_without_consent_as_well(
    own: RunningSandbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    run = opened(own, monkeypatch, tmp_path)
    run.plan(keep=True)
    run.consent(ARN)
    assert run.analyse().text == "5 analyses were made for $0.50, 0 taken over from before."
    own.forget_requests()
    again = opened(own, monkeypatch, tmp_path)
    assert statuses(again) == ("FAIL", ["ANA001", "PTH010"], [])
    again.consent(ARN)
    assert again.analyse().text == "0 analyses were made for $0.00, 5 taken over from before."
    assert asked(own) == 0
    assert statuses(again) == ("FAIL", ["ANA001", "PTH010"], [])


def test_the_spend_cap_ends_it_and_what_was_not_asked_is_unknown(run: Any, sandbox: RunningSandbox) -> None:
    run.plan(price=(0.1, 0.1), reuse_hours=0)
    run.consent(ARN)
    assert run.analyse().text == "1 analysis was made for $0.10, 0 taken over from before."
    assert asked(sandbox) == 1
    gaps = [gap.reason for gap in run._view.snapshot.gaps]
    assert "not analysed: the spend cap of $0.10 pays for 1 analysis" in gaps


def test_what_is_denied_is_unknown_and_names_the_action(run: Any, sandbox: RunningSandbox) -> None:
    sandbox.set_faults([Fault(action="ec2:CreateNetworkInsightsPath", kind=FaultKind.DENIED)])
    run.consent(ARN)
    try:
        assert run.analyse().text == (
            "0 analyses were made for $0.00, 0 taken over from before. It ended early: ec2:CreateNetworkInsightsPath "
            "was denied (UnauthorizedOperation)."
        )
    finally:
        sandbox.set_faults([])
    assert statuses(run) == ("FAIL", ["PTH010"], ["ANA001", "ANA002", "COL001"])
    said = [row[3].plain for row in run.answers().rows]
    assert all("allow ec2:CreateNetworkInsightsPath and run again" in text for text in said[:1])


def consented(scenario: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """A run on a scenario of its own, in which AWS was asked everything."""
    monkeypatch.delenv(STAGING_VARIABLE, raising=False)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setattr("runbook_lib.act.analyzer._POLL_S", 0.05)
    run: Any = open_run("reachability_analyzer", source=f"sandbox:{scenario}")
    run.pick()
    run.collect()
    run.plan(price=(0.1, 10.0))
    run.consent(run._function.arn)
    try:
        run.analyse()
    finally:
        run._source.close()
    return run


@pytest.mark.parametrize(
    ("scenario", "fail", "unknown"),
    [
        ("analyzer-disagrees", ["ANA001", "ANA002"], []),
        ("analyzer-fails", [], ["ANA001", "ANA002"]),
    ],
)
def test_a_disagreement_is_a_finding_and_a_failed_analysis_no_verdict(
    scenario: str, fail: list[str], unknown: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    run = consented(scenario, monkeypatch, tmp_path)
    assert statuses(run) == (SCENARIOS[scenario].verdicts["reachability_analyzer"].value, fail, unknown)
    assert {row[4].word for row in run.side_by_side().rows if row[1].text == "verdict"} == {
        "disagree" if fail else "cannot be compared"
    }


NO_ANSWER = {
    "access-denied",  # the facts do not tell where to aim
    "analyzer-disagrees",
    "analyzer-fails",
    "ipv6-egress-only",  # Reachability Analyzer analyses IPv4 only
}


@pytest.mark.stress
@pytest.mark.parametrize("scenario", sorted(SCENARIOS.keys() - NO_ANSWER))
def test_the_independent_model_and_the_trace_agree(
    scenario: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    run = consented(scenario, monkeypatch, tmp_path)
    found = [finding for finding in run._result.findings if finding.check_id == "ANA002"]
    assert [finding.message for finding in found if finding.status is not Status.PASS] == []
    assert found


def test_consent_for_something_else_stops_before_anything(run: Any, sandbox: RunningSandbox) -> None:
    with pytest.raises(UsageError, match=r"consent is for .*:nobody, but this would be done: ec2:StartNetworkInsights"):
        run.consent(ARN.replace(NAME, "nobody"))
    run.analyse()
    assert asked(sandbox) == 0


def test_another_pick_takes_consent_back(run: Any, sandbox: RunningSandbox) -> None:
    run.consent(ARN)
    run.pick(destination="198.51.100.21", traffic=("tcp", 22))
    assert run.analyse().text.startswith("AWS was asked nothing.")
    assert asked(sandbox) == 0


@pytest.mark.parametrize(
    ("destination", "said"),
    [
        ("198.51.100.0/24", "Reachability Analyzer analyses one address at a time"),
        ("2001:db8::1", "Reachability Analyzer analyses IPv4 only"),
    ],
)
def test_what_cannot_be_asked_about_stops_at_the_plan(run: Any, destination: str, said: str) -> None:
    run.pick(destination=destination)
    with pytest.raises(UsageError, match=said):
        run.plan()


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"max_cost_usd": 0.09}, r"the spend cap of \$0.09 is below the price of one analysis, \$0.10"),
        ({"price_usd": -1.0}, "the price of an analysis is -1"),
        ({"wait_s": 0}, "analysis_wait_s is 0; 1 to 3,600 are possible"),
        ({"wait_s": 3601}, "analysis_wait_s is 3,601"),
        ({"reuse_hours": -1.0}, "reuse_hours is -1"),
    ],
)
def test_bounds_that_make_no_sense_stop(told: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        Spending(**told)


def test_the_least_cap_pays_for_one() -> None:
    assert Spending(max_cost_usd=0.1).to_json()["max_cost_usd"] == 0.1


def test_saved_facts_are_shown_as_they_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(STAGING_VARIABLE, raising=False)
    save_snapshot(sftp(closed).snapshot(), tmp_path / "facts")
    run: Any = open_run("reachability_analyzer", source=f"snapshot:{tmp_path / 'facts'}")
    run.pick(function_name="worker", destination=OUTSIDE, traffic=("tcp", 22))
    run.collect()
    run.plan()
    assert run.consent().text == "Saved facts are shown as they are; AWS is asked nothing."
    assert run.analyse().text == "AWS was asked nothing."
    assert [row[2].word for row in run.answers().rows] == ["no path", "path found", "no path"]
    assert statuses(run) == ("FAIL", ["ANA001", "PTH010"], [])
