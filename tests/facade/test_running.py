"""What becomes of a run that ended early: never better than UNKNOWN, a FAIL stays, and the bundle is whole."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from runbook_lib import execute
from runbook_lib.act import JOURNAL, Doing, Journal
from runbook_lib.collect.files import load
from runbook_lib.errors import UsageError
from runbook_lib.execute import ExecutedNotebook
from runbook_lib.facade import handover
from runbook_lib.facade.checking import Question, settings_for
from runbook_lib.facade.choosing import Choice, words_of
from runbook_lib.facade.files import folder_of, save_facts, write_text
from runbook_lib.facade.judging import Judgement
from runbook_lib.facade.running import Job, _without_secrets, prepare, run_job
from runbook_lib.facade.sources import open_source
from runbook_lib.kernels import Kernels
from runbook_lib.model.actions import InvokeResult
from runbook_lib.model.status import Verdict
from runbook_lib.render.bundle import verify_bundle
from tests.act.fake_lambda import ARN, consent
from tests.builders import world

NOTEBOOK = {"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
ENDED = ExecutedNotebook(notebook=NOTEBOOK, verdict=None)
EARLY = replace(ENDED, problem="The notebook stopped after 3 of 9 code cells: its kernel died.")


def run(monkeypatch: pytest.MonkeyPatch, out: Path, ran: ExecutedNotebook, left: Verdict | None) -> dict[str, Any]:
    """result.json of a run whose notebook ended like this and left a result with this verdict, or none."""

    def pretend(name: str, parameters: object, staging: Path, *_: object, **__: object) -> ExecutedNotebook:
        if left is not None:
            built = world().vpc().subnet(az="a").group().function().gateway_endpoint("s3", tables=["main"])
            snapshot = built.snapshot()
            settings = settings_for(snapshot, Choice(function="worker"), Question(services=("s3",)))
            now = datetime.now(UTC)
            judged = Judgement(runbook=name, started_at=now, parameters={}, select=("endpoints",))
            handover.leave(staging, replace(judged.of(snapshot, settings), verdict=left), snapshot)
        return ran

    monkeypatch.setattr(execute, "execute", pretend)
    done = run_job(prepare("vpc_endpoints", (), [("out", str(out))]))
    assert verify_bundle(done.bundle) == ()
    assert [path.name for path in out.iterdir()] == [done.bundle.name]
    said: dict[str, Any] = json.loads((done.bundle / "result.json").read_text())
    assert said["verdict"] == done.result.verdict
    return said


@pytest.mark.parametrize(
    ("ran", "left", "verdict"),
    [
        (replace(ENDED, verdict=Verdict.PASS), Verdict.PASS, "PASS"),
        (replace(ENDED, verdict=Verdict.FAIL), Verdict.FAIL, "FAIL"),
        (replace(EARLY, verdict=Verdict.PASS), Verdict.PASS, "UNKNOWN"),
        (replace(EARLY, verdict=Verdict.PASS), None, "UNKNOWN"),
        (replace(EARLY, verdict=Verdict.FAIL), None, "FAIL"),
        (EARLY, Verdict.FAIL, "FAIL"),
        (EARLY, None, "UNKNOWN"),
        (replace(ENDED, verdict=Verdict.PASS), Verdict.FAIL, "FAIL"),
        (replace(ENDED, verdict=Verdict.FAIL), Verdict.PASS, "FAIL"),
        (replace(ENDED, verdict=Verdict.PASS), None, "UNKNOWN"),
        (replace(ENDED, problem="no verdict"), Verdict.PASS, "UNKNOWN"),
    ],
)
def test_the_verdict_is_never_better_than_how_the_run_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ran: ExecutedNotebook, left: Verdict | None, verdict: str
) -> None:
    said = run(monkeypatch, tmp_path / "out", ran, left)
    assert said["verdict"] == verdict
    assert said["headline"]


def test_a_run_without_result_says_where_it_stopped_and_what_it_was_about(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = run(monkeypatch, tmp_path / "out", EARLY, None)
    assert said["headline"] == EARLY.problem
    assert said["target"]["name"] == "render-invoice-pdf"
    assert said["source"]["scenario"] == "incident"


def test_a_usage_error_of_a_cell_is_raised_and_leaves_no_bundle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran = replace(EARLY, error="UsageError", said="unknown function 'x'")
    with pytest.raises(UsageError, match="unknown function 'x'"):
        run(monkeypatch, tmp_path / "out", ran, None)
    assert not (tmp_path / "out").exists()


def test_a_run_stopped_from_outside_leaves_no_bundle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(execute, "execute", lambda *_, **__: EARLY)
    kernels = Kernels()
    kernels.stop()
    job = Job(runbook="vpc_endpoints", parameters={"source": "sandbox:incident"}, out=tmp_path / "out")
    with pytest.raises(KeyboardInterrupt):
        run_job(job, kernels=kernels)
    assert not (tmp_path / "out").exists()


def noting(monkeypatch: pytest.MonkeyPatch, ran: ExecutedNotebook, kernels: Kernels | None = None) -> None:
    """Have notebooks end like this after they noted a request of a burst and left no result."""

    def pretend(name: str, parameters: object, staging: Path, *_: object, **__: object) -> ExecutedNotebook:
        journal = Journal(staging / JOURNAL)
        journal.begin(consent(10), "burst", 10)
        journal.sent("burst-001")
        if kernels:
            kernels.stop()
        return ran

    monkeypatch.setattr(execute, "execute", pretend)


@pytest.mark.parametrize(
    "ran",
    [EARLY, replace(EARLY, error="UsageError", said="unknown function 'x'"), replace(EARLY, verdict=Verdict.FAIL)],
    ids=["killed", "usage", "failed"],
)
def test_what_was_invoked_before_a_run_ended_stands_in_its_bundle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ran: ExecutedNotebook
) -> None:
    noting(monkeypatch, ran)
    done = run_job(prepare("vpc_endpoints", (), [("out", str(tmp_path / "out")), ("mask_accounts", "true")]))
    said = json.loads((done.bundle / "result.json").read_text())
    assert said["verdict"] == (ran.verdict or "UNKNOWN")
    masked = ARN.replace("111122223333", "000000000001")
    assert said["headline"].endswith(
        f"Before that it invoked {masked}: up to 1 of 10 requests (burst); their answers are lost."
    )
    assert [entry["sent_at_most"] for entry in said["parameters"]["journal"]] == [1]
    assert said["gaps"][0].startswith("InvokeResults: up to 1 of 10 requests (burst) were sent from 20")
    assert "111122223333" not in (done.bundle / "report.html").read_text()


@pytest.mark.parametrize("verdict", [Verdict.FAIL, Verdict.UNKNOWN, Verdict.PASS])
def test_what_a_kernel_had_kept_before_it_died_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, verdict: Verdict
) -> None:
    def pretend(name: str, parameters: object, staging: Path, *_: object, **__: object) -> ExecutedNotebook:
        snapshot = world().vpc().subnet(az="a").group().function().sent("smoke", "error").snapshot()
        settings = settings_for(snapshot, Choice(function="worker"), Question(services=("s3",)))
        judged = Judgement(runbook=name, started_at=datetime.now(UTC), parameters={}, select=("DEP006",))
        journal = Journal(staging / JOURNAL)
        journal.begin(consent(1), "smoke", 1)
        journal.sent("smoke-001")
        handover.keep(staging, replace(judged.of(snapshot, settings), verdict=verdict, headline="Seen."), snapshot)
        journal.kept()
        journal.begin(consent(10), "burst", 10)
        journal.sent("burst-001")
        return EARLY

    monkeypatch.setattr(execute, "execute", pretend)
    done = run_job(prepare("vpc_endpoints", (), [("out", str(tmp_path / "out"))]))
    said = json.loads((done.bundle / "result.json").read_text())
    assert verify_bundle(done.bundle) == ()
    assert said["verdict"] == ("FAIL" if verdict is Verdict.FAIL else "UNKNOWN")
    assert [(item["check_id"], item["status"]) for item in said["findings"]] == [("DEP006", "FAIL")]
    lost = f"Before that it invoked {ARN}: up to 1 of 10 requests (burst); their answers are lost."
    seen = "Seen. " if verdict is Verdict.FAIL else ""
    assert said["headline"] == f"{seen}{EARLY.problem} {lost}"
    assert [entry["answers"] for entry in said["parameters"]["journal"]] == ["kept", "lost"]
    assert [gap for gap in said["gaps"] if "(smoke)" in gap] == []
    assert len(load(done.bundle / "snapshot").all(InvokeResult)) == 1


def test_a_kernel_stopped_from_outside_after_it_invoked_leaves_its_evidence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kernels = Kernels()
    noting(monkeypatch, EARLY, kernels)
    job = Job(runbook="vpc_endpoints", parameters={"source": "sandbox:incident"}, out=tmp_path / "out")
    done = run_job(job, kernels=kernels)
    assert (done.result.verdict, verify_bundle(done.bundle)) == (Verdict.UNKNOWN, ())
    assert done.bundle.name == done.result.run_id


def test_files_appear_whole_or_not_at_all(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="cannot write"):
        write_text(tmp_path / "file" / "junit.xml", "x")
    with pytest.raises(UsageError, match="is not empty"):
        save_facts(world().snapshot(), tmp_path)
    save_facts(world().snapshot(), tmp_path / "facts")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["facts", "file"]
    with pytest.raises(UsageError, match="only folders are supported yet"):
        folder_of("s3://bucket/reports")


@pytest.mark.parametrize(
    "text", ["s3:GetObject;s3:PutObject", "s3:Get Object", "GetObject", "s3:", "s3.GetObject", ","]
)
def test_what_is_no_action_is_refused_before_the_notebook_starts(text: str) -> None:
    with pytest.raises(UsageError, match=r"not an action|names nothing") as error:
        prepare("vpc_endpoints", (), [("actions", text)])
    assert "\n" not in str(error.value)


def test_an_action_must_be_of_a_service_that_is_judged() -> None:
    built = world().vpc().subnet(az="a").group().function().gateway_endpoint("dynamodb", tables=["main"])

    def settle(actions: str, *services: str) -> None:
        asked = Question(services=services or ("s3",), actions=words_of(actions))
        settings_for(built.snapshot(), Choice(function="worker"), asked)

    settle("s3:GetObject,S3:put*,dynamodb:GetItem")
    settle("kinesis:PutRecord,ecr:*", "kinesis-streams", "ecr.api")
    with pytest.raises(UsageError, match=r"'sqs:SendMessage' is of none of the services judged \(dynamodb, s3\)"):
        settle("s3:GetObject,sqs:SendMessage")


@pytest.mark.parametrize(
    ("word", "near"), [("s33", "s3"), ("ecr", "ecr.api"), ("5", ""), ("nonsense", ""), ("com.amazonaws.s3", "")]
)
def test_a_service_that_does_not_exist_names_the_nearest(word: str, near: str) -> None:
    built = world().vpc().subnet(az="a").group().function()
    with pytest.raises(UsageError, match=rf"unknown service '{word}'; nearest: .*{near}"):
        settings_for(built.snapshot(), Choice(function="worker"), Question(services=(word,)))


def test_full_names_and_services_with_an_endpoint_are_accepted() -> None:
    source = open_source("sandbox:healthy-complex")
    names = ("com.amazonaws.eu-west-1.s3", "COM.amazonaws.eu-west-1.ecr.api", "cn.com.amazonaws.cn-north-1.ec2", "SQS")
    asked = Question(services=names).of(source)
    assert asked.services == ("s3", "ecr.api", "ec2", "sqs")
    built = world().vpc().subnet(az="a").group().function().interface_endpoint("brand-new")
    settings = settings_for(built.snapshot(), Choice(function="worker"), replace(asked, services=("brand-new",)))
    assert settings.services == ("brand-new",)


def test_what_looks_secret_in_a_payload_leaves_the_executed_notebook() -> None:
    payload = '{"m": "ä", "password": "hunter2sup3r"}'
    notebook = {
        "metadata": {"papermill": {"parameters": {"payload": payload}}},
        "cells": [
            {"source": 'payload = "' + payload.replace("ä", "\\xe4").replace('"', '\\"') + '"'},
            {"n": [1, payload]},
        ],
    }
    clean = '{"m": "ä", "password": "REDACTED"}'
    assert _without_secrets(notebook, payload) == {
        "metadata": {"papermill": {"parameters": {"payload": clean}}},
        "cells": [{"source": 'payload = "' + clean.replace("ä", "\\xe4").replace('"', '\\"') + '"'}, {"n": [1, clean]}],
    }
    assert _without_secrets(notebook, "{}") == notebook


@pytest.mark.parametrize(
    ("action", "did", "key"),
    [
        ("lambda:InvokeFunction", "invoked", "InvokeResults"),
        ("ec2:StartNetworkInsightsAnalysis", "had AWS analyse paths of", "NetworkInsightsAnalyses"),
    ],
)
def test_what_is_lost_is_called_what_it_was(action: str, did: str, key: str) -> None:
    told = {**consent(3).to_json(), "action": action}
    lost = Doing(purpose="something", asked=3, consent=told, sent=2, first="12:00", last="12:01")
    made = world().vpc().subnet(az="a").group().function()
    settings = settings_for(made.snapshot(), Choice(function="worker"), Question(services=("s3",)))
    judged = Judgement(runbook="x", started_at=datetime.now(UTC), parameters={}, select=("endpoints",))
    said = handover.with_doings(judged.of(made.snapshot(), settings), [lost])
    assert said.headline.endswith(
        f"Before that it {did} {ARN}: up to 2 of 3 requests (something); their answers are lost."
    )
    assert [gap.what for gap in said.gaps][-1] == key
    assert said.verdict is not Verdict.PASS
