"""The steps of a deployment: on a running sandbox with consent typed or not, and on saved facts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from runbook_lib.act import JOURNAL, read_journal
from runbook_lib.collect.files import load
from runbook_lib.errors import UsageError
from runbook_lib.execute import STAGING_VARIABLE, VERDICT_MIME
from runbook_lib.facade import handover
from runbook_lib.facade.acting_run import how_to_consent
from runbook_lib.facade.views import Shown
from runbook_lib.model.actions import InvocationsAsked, InvokeResult
from runbook_lib.model.snapshot import listing_of
from runbook_lib.model.status import Status, Verdict
from runbook_lib.parameters import parameters_of
from runbook_lib.render.snapshot_files import save_snapshot
from runbook_lib.render.tables import Table
from runbook_lib.runbook import open_run
from runbook_lib.sandbox.faults import Fault, FaultKind
from runbook_lib.sandbox.server import RunningSandbox, start
from tests.builders import World, world
from tests.checks.deploy.cases import deployed

ARN = "arn:aws:lambda:ap-southeast-1:123456789012:function:render-invoice-pdf"
ACTING = ("smoke", "burst", "events", "probe")


@pytest.fixture(scope="module", name="sandbox")
def _sandbox() -> Iterator[RunningSandbox]:
    with start("fixed") as sandbox:
        yield sandbox


@pytest.fixture(name="run")
def _run(sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """A run on the running sandbox, collected."""
    monkeypatch.delenv(STAGING_VARIABLE, raising=False)
    monkeypatch.setenv("RUNBOOK_REPORTS", str(tmp_path / "reports"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    for name, value in sandbox.shared({}).items():
        monkeypatch.setenv(name, value)
    sandbox.forget_requests()
    opened: Any = open_run("post_deploy", source="sandbox:fixed")
    opened.pick()
    opened.collect()
    return opened


def invoked(sandbox: RunningSandbox) -> int:
    return sum(request["action"] == "lambda:InvokeFunction" for request in sandbox.requests())


def statuses(run: Any) -> dict[str, str]:
    said = run.verdict().data[VERDICT_MIME]
    return {id_: name for name in ("fail", "unknown") for id_ in said[name]}


def agree(form: Any, name: str) -> None:
    _, field, _ = form.box.children
    field.value = name


def test_without_consent_nothing_is_invoked_and_every_step_says_how_to_agree(run: Any, sandbox: RunningSandbox) -> None:
    run.consent(amount=(10, 0, 2))
    agree(run.agree_to_probe(destinations="s3.amazonaws.com"), "render-invoice")
    how = f"set the parameter consent to {ARN}, or type render-invoice-pdf in the notebook"
    said = [getattr(run, step)().text for step in (*ACTING, "timeline", "requests", "histogram", "confidence")]
    assert [text for text in said if how not in text] == []
    assert run.wait_for_log().text == run.wait_for_metrics().text == f"Nothing was invoked. To agree, {how}."
    assert invoked(sandbox) == 0
    assert {request["operation"] for request in sandbox.requests()} & {
        "Invoke",
        "CreateFunction",
        "CreateRole",
    } == set()
    unknown = {"DEP006", "DEP007", "DEP008", "DEP009", "DEP010", "DEP012", "DEP013", "DEP014"}
    assert statuses(run) == dict.fromkeys(unknown, "unknown")


def test_consent_for_another_function_stops_before_anything(run: Any, sandbox: RunningSandbox) -> None:
    with pytest.raises(UsageError, match=r"consent is for .*:nobody, but this would be done: lambda:InvokeFunction on"):
        run.consent(ARN.replace("render-invoice-pdf", "nobody"))
    with pytest.raises(UsageError, match="probe_consent is for"):
        run.agree_to_probe(f"{ARN}s", destinations="s3.amazonaws.com")
    for step in ACTING:
        getattr(run, step)()
    assert invoked(sandbox) == 0


def test_an_alias_that_does_not_exist_stops_before_anything_is_invoked(run: Any, sandbox: RunningSandbox) -> None:
    run.consent(ARN, request=("{}", "", "nowhere"))
    with pytest.raises(UsageError, match="there is no version or alias 'nowhere'"):
        run.smoke()
    assert invoked(sandbox) == 0


def test_the_typed_name_lets_each_step_run_once(run: Any, sandbox: RunningSandbox, tmp_path: Path) -> None:
    form = run.consent(amount=(3, 0, 0), wanted=(0, 60_000, 0.3))
    assert run.smoke().text.startswith("Nothing was invoked. To agree")
    agree(form, "render-invoice-pdf")
    assert [len(run.smoke().rows), len(run.smoke().rows), invoked(sandbox)] == [1, 1, 1]
    assert [len(run.burst().rows), len(run.burst().rows), invoked(sandbox)] == [3, 3, 4]
    assert run.wait_for_log(60).text == "The log holds the end of 4 of 4 requests."
    assert run.wait_for_metrics(0).text.startswith("CloudWatch has counted ")
    assert run.requests().caption == "4 requests by number: 4 succeeded"
    assert len(run.timeline().to_plotly_json()["layout"]["meta"]["words"]) == 4
    assert run.confidence().layout.title.text == "3 of 3 runs succeeded, which shows at least 36%"
    assert run.histogram().layout.title.text == "How long 4 requests took"
    assert run.causes().text == "No request failed."
    assert set(statuses(run)) <= {"DEP012"}
    (journal,) = (tmp_path / "state" / "runbook-kit").iterdir()
    assert [doing.short for doing in read_journal(journal)[1]] == [
        "up to 1 of 1 request (smoke)",
        "up to 3 of 3 requests (burst)",
    ]
    run.report()
    assert not journal.exists()
    (folder,) = (tmp_path / "reports").iterdir()
    told = json.loads((folder / "result.json").read_text())["parameters"]
    assert set(told) == {*(parameter.name for parameter in parameters_of("post_deploy")), "agreed_to"}
    assert (told["consent"], told["agreed_to"]["maximum"], told["assertion"]) == (ARN, 5, "ok")
    assert len(load(folder / "snapshot").all(InvokeResult)) == 4


def test_what_is_picked_read_or_asked_anew_is_agreed_to_anew(run: Any, sandbox: RunningSandbox) -> None:
    for again in (lambda: run.pick(), lambda: run.collect(), lambda: run.consent()):
        run.consent(ARN, amount=(0, 0, 0))
        again()
        assert run.smoke().text.startswith("Nothing was invoked.")
    assert invoked(sandbox) == 0


def test_where_the_first_request_failed_no_more_are_sent(run: Any, sandbox: RunningSandbox) -> None:
    run.consent(ARN, request=("{}", "ok == `false`", ""), amount=(3, 0, 2))
    assert [len(run.smoke().rows), invoked(sandbox)] == [1, 1]
    why = "the first request, smoke-001, failed, so no more were sent"
    assert [run.burst().text, run.events().text, run.burst().text] == [f"Nothing more was invoked: {why}."] * 3
    assert invoked(sandbox) == 1
    told = {item.check_id: (item.status, item.message) for item in run._result.findings if item.check_id != "DEP012"}
    assert told["DEP006"][0] is Status.FAIL
    for id_, noun in (("DEP008", "burst"), ("DEP009", "burst"), ("DEP014", "event")):
        assert told[id_] == (Status.UNKNOWN, f"render-invoice-pdf: no {noun} was sent ({why}).")
    assert [gap.reason for gap in run._result.gaps].count(why) == 1
    run.consent(ARN, amount=(3, 0, 0))
    run.smoke()
    assert [len(run.burst().rows), invoked(sandbox)] == [3, 5]


@pytest.mark.parametrize(("end", "sends"), [("ok", True), ("silent", True), ("error", False), ("throttled", False)])
def test_only_a_first_request_that_failed_keeps_the_others_back(
    run: Any, sandbox: RunningSandbox, end: str, sends: bool
) -> None:
    name = "render-invoice-pdf"
    run.consent(ARN, amount=(2, 0, 0))
    run._sent.add("smoke")
    scope = run._scope
    raws = [item.raw for item in world().sent("smoke", end, name=name).snapshot().all(InvokeResult)]
    listing, _ = listing_of(InvokeResult.KEY, scope, raws)
    run._hold(replace(run._view.snapshot, listings={**run._view.snapshot.listings, (scope, InvokeResult.KEY): listing}))
    run.burst()
    assert invoked(sandbox) == (2 if sends else 0)


# what a kernel that dies leaves


def test_what_came_of_requests_is_kept_before_the_next_are_sent(
    run: Any, sandbox: RunningSandbox, tmp_path: Path
) -> None:
    run._staging = str(tmp_path)
    run.consent(ARN, request=("{}", "ok == `false`", ""), amount=(0, 0, 1))
    assert handover.kept(tmp_path) is None
    run.smoke()
    found = handover.kept(tmp_path)
    assert found is not None
    told = {item.check_id: item.status for item in found[0].findings}
    assert (found[0].verdict, told["DEP006"], len(found[1].all(InvokeResult))) == (Verdict.FAIL, Status.FAIL, 1)
    assert [(doing.purpose, doing.is_kept) for doing in read_journal(tmp_path / JOURNAL)[1]] == [("smoke", True)]
    assert handover.take(tmp_path) is None


# saved facts


def saved(made: World, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.delenv(STAGING_VARIABLE, raising=False)
    save_snapshot(made.snapshot(), folder)
    opened: Any = open_run("post_deploy", source=f"snapshot:{folder}")
    opened.pick(function_name="worker")
    opened.collect()
    return opened


def test_a_saved_run_is_shown_and_judged_again_without_invoking(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = deployed().configured().sent("smoke", "ok").sent("burst", "ok", "error", "lost")
    run = saved(made, tmp_path / "facts", monkeypatch)
    assert run.consent().text == "Saved facts are shown as they are; nothing is invoked."
    assert [len(run.smoke().rows), len(run.burst().rows)] == [1, 3]
    assert run.wait_for_log().text == "The log holds the end of 3 of 4 requests."
    assert statuses(run)["DEP008"] == "fail"
    assert run.confidence().layout.title.text == "1 of 3 runs succeeded, which shows at least 1%"
    assert isinstance(run.causes(), Shown)


def test_saved_facts_know_which_function_was_invoked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(STAGING_VARIABLE, raising=False)

    def picked(*invoked: str) -> str:
        made = deployed().function("other")
        for number, name in enumerate(invoked):
            made.item("InvocationsAsked", Purpose=f"smoke-{number}", FunctionName=name, Asked=1)
        folder = tmp_path / "-".join(("facts", *invoked))
        save_snapshot(made.snapshot(), folder)
        opened: Any = open_run("post_deploy", source=f"snapshot:{folder}")
        opened.pick()
        return str(opened._choice.function)

    assert [picked("worker"), picked("other"), picked("worker", "gone")] == ["worker", "other", "worker"]
    for names in ((), ("gone",), ("worker", "other")):
        with pytest.raises(UsageError, match=r"which function\? .*there are other, worker"):
            picked(*names)


def test_a_snapshot_in_which_nothing_was_sent_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = saved(deployed().configured(), tmp_path / "facts", monkeypatch)
    run.consent()
    assert run.smoke().text == "Nothing was invoked when these facts were saved."
    assert run.outputs().text == "No Terraform folder or file is looked at."


def test_terraform_is_held_against_what_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = saved(deployed().configured(), tmp_path / "facts", monkeypatch)
    outputs = {name: {"value": value, "type": "string"} for name, value in (("name", "worker"), ("arn", "x"))}
    (tmp_path / "outputs.json").write_text(json.dumps(outputs))
    run.collect(terraform=str(tmp_path / "outputs.json"), outputs="function_name=name,function_arn=arn")
    told = run.outputs()
    assert isinstance(told, Table)
    assert [[cell.text for cell in row][:3] for row in told.rows] == [
        ["function name", "name", "worker"],
        ["function arn", "arn", "x"],
    ]
    assert statuses(run)["DEP004"] == "fail"
    assert run._view.snapshot.all(InvokeResult) == ()


def test_without_a_function_the_parameter_is_named() -> None:
    assert how_to_consent(None) == "set the parameter consent to the ARN of the function"


def test_what_breaks_after_something_was_invoked_leaves_the_evidence(
    run: Any, sandbox: RunningSandbox, tmp_path: Path
) -> None:
    run.consent(ARN, amount=(3, 0, 0))
    run.smoke()
    sandbox.set_faults([Fault(action="lambda:*", kind=FaultKind.EXPIRED)])
    try:
        run.burst()
        run.wait_for_log(0)
    finally:
        sandbox.set_faults([])
    found = statuses(run)
    assert found["DEP008"] == "unknown"
    run.report()
    (folder,) = (tmp_path / "reports").iterdir()
    said = json.loads((folder / "result.json").read_text())
    assert said["verdict"] == "UNKNOWN"
    assert any("have expired" in gap for gap in said["gaps"])
    assert len(load(folder / "snapshot").all(InvokeResult)) == 1
    again: Any = open_run("post_deploy", source=f"snapshot:{folder / 'snapshot'}")
    again.pick(function_name="render-invoice-pdf")
    again.collect()
    again.consent(amount=(0, 0, 0))
    assert statuses(again)["DEP008"] == "unknown"
    agreed = {item.purpose: (item.count, item.at_once) for item in again._view.snapshot.all(InvocationsAsked)}
    assert agreed == {"smoke": (1, 1), "burst": (3, 3)}
