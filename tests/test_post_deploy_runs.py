"""The post-deploy runbook run whole, in real kernels: consent, verdicts, interrupts, and what is never invoked."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from runbook_lib.cli import run_command
from runbook_lib.collect.files import load
from runbook_lib.model.actions import InvokeResult
from runbook_lib.parameters import parameters_of, runbook_files
from runbook_lib.render.bundle import verify_bundle
from runbook_lib.sandbox.faults import Fault, FaultKind
from runbook_lib.sandbox.server import RunningSandbox, start
from tests import runs
from tests.runs import outputs

pytestmark = pytest.mark.notebook

run = partial(runs.run, "post_deploy")

ARN = "arn:aws:lambda:ap-southeast-1:123456789012:function:render-invoice-pdf"
CONSENT = ("-p", "consent", ARN)
READS = ("Describe", "Get", "List", "Filter")
READING = ("GetCallerIdentity", "SimulatePrincipalPolicy")

Shared = Callable[[str], RunningSandbox]


@pytest.fixture(name="shared")
def _shared(monkeypatch: pytest.MonkeyPatch) -> Iterator[Shared]:
    """Start a scenario that every kernel and every verb of the test works on."""
    started: list[RunningSandbox] = []

    def of(scenario: str) -> RunningSandbox:
        started.append(start(scenario))
        for name, value in started[-1].shared({}).items():
            monkeypatch.setenv(name, value)
        return started[-1]

    yield of
    for sandbox in started:
        sandbox.stop()


@pytest.fixture(scope="module", name="untouched")
def _untouched() -> Iterator[RunningSandbox]:
    with start("incident") as sandbox:
        yield sandbox


@pytest.fixture(name="quiet")
def _quiet(untouched: RunningSandbox, monkeypatch: pytest.MonkeyPatch) -> RunningSandbox:
    """The incident, shared by all tests in which nothing may be invoked."""
    untouched.forget_requests()
    for name, value in untouched.shared({}).items():
        monkeypatch.setenv(name, value)
    return untouched


@pytest.fixture(name="temporary")
def _temporary() -> Iterator[Path]:
    """A temporary folder of this test alone, with a name short enough for sockets in it."""
    folder = Path(tempfile.mkdtemp(prefix="t-"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def sent(sandbox: RunningSandbox) -> list[str]:
    """Every operation that is no reading."""
    operations = (request["operation"].rpartition(":")[2] for request in sandbox.requests())
    return [operation for operation in operations if not operation.startswith(READS) and operation not in READING]


def answers(result: dict[str, Any]) -> dict[str, str]:
    return {finding["check_id"]: finding["status"] for finding in result["findings"]}


def test_ten_of_ten_pass_where_the_endpoint_is(tmp_path: Path, shared: Shared) -> None:
    sandbox = shared("fixed")
    junit = tmp_path / "junit.xml"
    code, result, folder = run(tmp_path, "--source", "sandbox:fixed", *CONSENT, "--junit", str(junit))
    assert (code, result["verdict"]) == (0, "PASS")
    assert sent(sandbox) == ["Invoke"] * 11
    passed = {"DEP005", "DEP006", "DEP007", "DEP008", "DEP009", "DEP010", "DEP012"}
    assert answers(result) == {
        f"DEP{number:03}": "PASS" if f"DEP{number:03}" in passed else "NOT_APPLICABLE" for number in range(1, 15)
    }
    names = {parameter.name for parameter in parameters_of("post_deploy")}
    assert set(result["parameters"]) == {*names, "agreed_to"}
    assert result["parameters"]["agreed_to"]["maximum"] == 12
    assert len(load(folder / "snapshot").all(InvokeResult)) == 11
    assert {id_: len(found) for id_, found in outputs(folder).items()} == dict.fromkeys(outputs(folder), 1)
    assert "SIMULATED" in (folder / "report.html").read_text()
    assert 'failures="0"' in junit.read_text()


def test_five_of_ten_fail_in_the_incident_and_the_cause_is_ranked(tmp_path: Path, shared: Shared) -> None:
    sandbox = shared("incident")
    code, result, folder = run(tmp_path, *CONSENT)
    assert (code, result["verdict"]) == (1, "FAIL")
    assert result["headline"].startswith("render-invoice-pdf: 5 of 10 requests of the burst failed")
    assert {id_ for id_, status in answers(result).items() if status == "FAIL"} == {"DEP007", "DEP008", "DEP012"}
    assert (result["hypotheses"][0]["cause"], result["hypotheses"][0]["verdict"]) == ("nat_port_exhaustion", "likely")
    assert sent(sandbox) == ["Invoke"] * 11
    figure = outputs(folder)["timeline"][0]["data"]["application/vnd.plotly.v1+json"]
    words = [line.split()[2].rstrip(",") for line in figure["layout"]["meta"]["words"]]
    assert sorted(words) == ["failure"] * 5 + ["success"] * 6


def test_without_consent_everything_is_read_and_nothing_invoked(tmp_path: Path, quiet: RunningSandbox) -> None:
    code, result, folder = run(tmp_path)
    assert (code, result["verdict"]) == (3, "UNKNOWN")
    assert sent(quiet) == []
    unknown = {finding["message"] for finding in result["findings"] if finding["status"] == "UNKNOWN"}
    assert len(unknown) == 1
    assert f"set the parameter consent to {ARN}" in unknown.pop()
    assert answers(result)["DEP005"] == "PASS"
    assert result["headline"].endswith("4 more answers are missing for the same reason.")
    assert load(folder / "snapshot").all(InvokeResult) == ()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("consent", f"{ARN}s"), "consent is for function render-invoice-pdfs"),
        (("payload", "{"), "payload is not JSON"),
        (("assertion", "foo("), "is not a JMESPath expression"),
        (("burst", "1001"), "at most 1,000 are possible"),
        (("consent", ARN, "qualifier", "nowhere"), "there is no version or alias 'nowhere'"),
        (("consent", ARN, "max_cost_usd", "0.001"), "more than max_cost_usd 0.001"),
    ],
    ids=lambda value: " ".join(value[::2]) if isinstance(value, tuple) else "",
)
def test_a_wrong_question_is_one_line_and_nothing_is_invoked(
    tmp_path: Path, quiet: RunningSandbox, given: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    pairs = [word for pair in zip(given[::2], given[1::2], strict=True) for word in ("-p", *pair)]
    assert run_command(["run", "post_deploy", "--out", str(tmp_path / "out"), *pairs]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert said in err
    assert not (tmp_path / "out").exists()
    assert sent(quiet) == []


@pytest.mark.stress
def test_a_log_that_is_denied_keeps_a_clean_burst_from_passing(tmp_path: Path, shared: Shared) -> None:
    shared("fixed").set_faults([Fault(action="logs:FilterLogEvents", kind=FaultKind.DENIED)])
    code, result, _ = run(tmp_path, "--source", "sandbox:fixed", *CONSENT, "-p", "metric_wait_s", "0")
    assert (code, result["verdict"]) == (3, "UNKNOWN")
    assert answers(result)["DEP008"] == "UNKNOWN"
    assert any("logs:FilterLogEvents" in finding["message"] for finding in result["findings"])


@pytest.mark.parametrize("name", [name for name in runbook_files() if name != "post_deploy"])
def test_no_other_runbook_invokes_or_changes_anything(
    tmp_path: Path, quiet: RunningSandbox, shared: Shared, name: str
) -> None:
    (source,) = [item.default for item in parameters_of(name) if item.name == "source"]
    scenario = str(source).removeprefix("sandbox:")
    asked = quiet if scenario == quiet.scenario else shared(scenario)
    runs.run(name, tmp_path)
    assert asked.requests() != []
    assert sent(asked) == []


def test_no_verb_invokes_or_changes_anything(tmp_path: Path, quiet: RunningSandbox) -> None:
    (tmp_path / "flows.jsonl").write_text('{"id": "1", "from": "render-invoice-pdf", "to": "s3"}\n')
    for verb in (
        ["check", "--all"],
        ["check", "--select", "deploy"],
        ["trace", "--from", "render-invoice-pdf", "--to", "s3"],
        ["trace", "--batch", str(tmp_path / "flows.jsonl")],
        ["logs", "--function", "render-invoice-pdf"],
        ["collect", "--out", str(tmp_path / "facts")],
        ["doctor"],
        ["doctor", "--leftovers"],
    ):
        before = len(quiet.requests())
        assert run_command([*verb, "--source", "sandbox:incident"]) in (0, 1, 3)
        assert len(quiet.requests()) > before, verb
        assert sent(quiet) == [], verb


def burst_under_way(out: Path, sandbox: RunningSandbox, temporary: Path) -> subprocess.Popen[str]:
    """A run from outside that has sent the first requests of a long burst."""
    long = (
        "--source",
        f"sandbox:{sandbox.scenario}",
        "-p",
        "burst",
        "300",
        "-p",
        "concurrency",
        "2",
        "-p",
        "max_cost_usd",
        "100",
    )
    command = [sys.executable, "-m", "runbook_lib", "run", "post_deploy", "--out", str(out), *CONSENT, *long]
    told = {**sandbox.shared(os.environ), "TMPDIR": str(temporary), "XDG_STATE_HOME": str(temporary / "state")}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=told)
    deadline = time.monotonic() + 120
    while sent(sandbox).count("Invoke") < 4 and time.monotonic() < deadline:
        time.sleep(0.1)
    assert process.poll() is None
    assert sent(sandbox).count("Invoke") >= 4
    return process


@pytest.mark.stress
def test_control_c_ends_a_burst_and_the_bundle_tells_what_was_sent(
    tmp_path: Path, temporary: Path, shared: Shared
) -> None:
    sandbox = shared("fixed")
    process = burst_under_way(tmp_path / "out", sandbox, temporary)
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=120)
    folder = Path(out.strip())
    assert verify_bundle(folder) == ()
    result = json.loads((folder / "result.json").read_text())
    assert (process.returncode, result["verdict"]) == (3, "UNKNOWN")
    told = next(finding["message"] for finding in result["findings"] if finding["check_id"] == "DEP008")
    assert "never sent (interrupted)" in told
    assert 0 < len(load(folder / "snapshot").all(InvokeResult)) < 300


@pytest.mark.stress
def test_a_kernel_that_is_killed_in_a_burst_does_not_hide_what_was_sent(
    tmp_path: Path, temporary: Path, shared: Shared
) -> None:
    sandbox = shared("fixed")
    process = burst_under_way(tmp_path / "out", sandbox, temporary)
    for pid in kernels_below(temporary):
        os.kill(pid, signal.SIGKILL)
    out, _ = process.communicate(timeout=120)
    count = sent(sandbox).count("Invoke")
    folder = Path(out.strip())
    assert verify_bundle(folder) == ()
    result = json.loads((folder / "result.json").read_text())
    assert (process.returncode, result["verdict"]) == (3, "UNKNOWN")
    assert len([item for item in load(folder / "snapshot").all(InvokeResult) if item.purpose == "smoke"]) == 1
    smoke, burst = result["parameters"]["journal"]
    assert (smoke["answers"], burst["answers"]) == ("kept", "lost")
    assert (smoke["sent_at_most"], burst["asked"], burst["consent"]["function_arn"]) == (1, 300, ARN)
    assert count <= 1 + burst["sent_at_most"] <= count + 2
    assert f"up to {burst['sent_at_most']} of 300 requests (burst)" in result["headline"]
    assert any(f"agreed to was lambda:InvokeFunction on {ARN}, at most 300 times" in gap for gap in result["gaps"])
    assert list(temporary.iterdir()) == []


@pytest.mark.stress
def test_a_kernel_that_is_killed_in_a_probe_does_not_hide_what_it_made(
    tmp_path: Path, temporary: Path, shared: Shared, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    sandbox = shared("fixed")
    asked = ("--source", "sandbox:fixed", "-p", "probe", "s3.amazonaws.com", "-p", "probe_consent", ARN)
    command = [sys.executable, "-m", "runbook_lib", "run", "post_deploy", "--out", str(tmp_path / "out"), *asked]
    told = {**sandbox.shared(os.environ), "TMPDIR": str(temporary)}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=told)
    deadline = time.monotonic() + 120
    while "CreateFunction" not in sent(sandbox) and time.monotonic() < deadline:
        time.sleep(0.05)
    for pid in kernels_below(temporary):
        os.kill(pid, signal.SIGKILL)
    out, _ = process.communicate(timeout=120)
    assert [operation for operation in sent(sandbox) if operation.startswith("Delete")] == []
    result = json.loads((Path(out.strip()) / "result.json").read_text())
    assert (process.returncode, result["verdict"]) == (3, "UNKNOWN")
    (probe,) = result["parameters"]["journal"]
    assert (probe["purpose"], probe["asked"], probe["consent"]["action"]) == ("probe", 2, "lambda:CreateFunction")
    names = {name.rpartition(" ")[2] for name in probe["made_at_most"]}
    assert [name.rpartition(" ")[0] for name in probe["made_at_most"]] == ["role", "log group", "function"]
    assert any("may have been made: runbook doctor --leftovers looks" in gap for gap in result["gaps"])
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    assert run_command(["doctor", "--leftovers", "--source", "sandbox:fixed"]) == 3
    assert f"{names.pop()}: " in capsys.readouterr().err


@pytest.mark.stress
def test_who_interrupts_twice_still_gets_the_evidence_of_what_was_sent(
    tmp_path: Path, temporary: Path, shared: Shared
) -> None:
    process = burst_under_way(tmp_path / "out", shared("fixed"), temporary)
    process.send_signal(signal.SIGINT)
    time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=120)
    result = json.loads((Path(out.strip()) / "result.json").read_text())
    assert (process.returncode, result["verdict"]) == (3, "UNKNOWN")
    assert any("InvokeResults" in gap for gap in result["gaps"])


@pytest.mark.stress
def test_killed_in_the_middle_of_a_burst_it_leaves_no_bundle_and_the_doctor_tells(
    tmp_path: Path, temporary: Path, shared: Shared, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    sandbox = shared("fixed")
    process = burst_under_way(tmp_path / "out", sandbox, temporary)
    process.kill()
    process.communicate(timeout=60)
    deadline = time.monotonic() + 60
    while kernels_below(temporary) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert kernels_below(temporary) == []
    count = sent(sandbox).count("Invoke")
    assert count < 300
    assert not (tmp_path / "out").exists() or list((tmp_path / "out").iterdir()) == []
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    for verb in (["doctor"], ["doctor", "--leftovers"]):
        assert run_command([*verb, "--source", "sandbox:fixed"]) == 3
        said = capsys.readouterr().err
        noted = re.search(r"it had invoked: up to (\d+) of 300 requests \(burst\) were sent from 20", said)
        assert noted, said
        assert count <= 1 + int(noted[1]) <= count + 2
        assert f"on {ARN}, at most 300 times" in said
    for line in re.findall(r"to remove it: (.*)", said):
        subprocess.run(shlex.split(line), check=True)
    assert run_command(["doctor", "--leftovers", "--source", "sandbox:fixed"]) == 0
    assert list(temporary.iterdir()) == []


def kernels_below(folder: Path) -> list[int]:
    """Process ids of kernels whose connection file lies below a folder."""
    listed = subprocess.run(["ps", "-eo", "pid=,args="], capture_output=True, text=True, check=True).stdout
    found = (line.split(maxsplit=1) for line in listed.splitlines())
    return [int(pid) for pid, args in found if "ipykernel_launcher" in args and str(folder) in args]
