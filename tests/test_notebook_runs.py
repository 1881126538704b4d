"""Runbooks run whole, in real kernels: the verdict, the bundle, and what must never be in it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from runbook_lib.cli import run_command
from runbook_lib.facade.demo import SCENARIOS_SHOWN
from runbook_lib.render.bundle import verify_bundle
from runbook_lib.sandbox.faults import Fault, FaultKind
from runbook_lib.sandbox.server import start
from tests import runs
from tests.embedded import shared
from tests.runs import Ran

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOK = ROOT / "runbooks" / "01_vpc_endpoints.ipynb"
FILES = {"manifest.json", "report.html", "result.json", "runbook.ipynb", "snapshot"}
CANARIES = (b"canary-database-password", b"canary-tag-password", b"canary-session-token", b"wJalrXUtnFEMI")

pytestmark = pytest.mark.notebook


def run(out: Path, *arguments: str) -> Ran:
    """Exit code, result and folder of a run, which has every file of a bundle."""
    ran = runs.run("vpc_endpoints", out, *arguments)
    assert {path.name for path in ran[2].iterdir()} == FILES
    return ran


@pytest.mark.parametrize(
    ("scenario", "code", "verdict"), [("incident", 1, "FAIL"), ("fixed", 0, "PASS"), ("access-denied", 3, "UNKNOWN")]
)
def test_the_verdict_of_a_scenario(tmp_path: Path, scenario: str, code: int, verdict: str) -> None:
    with shared(scenario):
        got, result, folder = run(tmp_path / "a b", "--source", f"sandbox:{scenario}")
    assert (got, result["verdict"]) == (code, verdict)
    assert result["source"]["scenario"] == scenario
    assert result["parameters"]["services"] == "s3"
    assert "SIMULATED" in (folder / "report.html").read_text()
    secrets = [path.name for path in folder.rglob("*") if path.is_file() for c in CANARIES if c in path.read_bytes()]
    assert secrets == []


def test_parameters_of_a_scenario_apply_and_accounts_are_masked(tmp_path: Path) -> None:
    code, result, folder = run(tmp_path, "--source", "sandbox:dynamodb-and-s3", "--mask-accounts", "--fail-on", "high")
    assert (code, result["fail_on"], result["parameters"]["services"]) == (1, "high", "s3,dynamodb")
    assert [path for path in folder.rglob("*") if path.is_file() and b"123456789012" in path.read_bytes()] == []


@pytest.mark.parametrize("kind", [FaultKind.DENIED, FaultKind.THROTTLED, FaultKind.BROKEN, FaultKind.HANG])
def test_a_call_that_fails_keeps_a_healthy_world_from_passing(
    tmp_path: Path, kind: FaultKind, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RUNBOOK_DEADLINE_S", "6")
    with start("fixed") as sandbox:
        for name, value in sandbox.environment().items():
            monkeypatch.setenv(name, value)
        sandbox.set_faults([Fault(action="ec2:DescribeRouteTables", kind=kind)])
        code, result, _ = run(tmp_path, "--source", "aws", "-p", "function_name", "render-invoice-pdf")
    assert (code, result["verdict"]) == (3, "UNKNOWN")
    assert any("ec2:DescribeRouteTables" in finding["message"] for finding in result["findings"])


def test_a_function_that_does_not_exist_is_a_usage_error_without_bundle(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ["-p", "function_name", "render-invoice"]
    assert run_command(["run", "vpc_endpoints", "--out", str(tmp_path / "out"), *given]) == 2
    said = capsys.readouterr()
    assert said.err.startswith("error: unknown function 'render-invoice'; nearest: render-invoice-pdf")
    assert (said.out, (tmp_path / "out").exists()) == ("", False)


def test_papermill_alone_runs_the_defaults(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUNBOOK_REPORTS", str(tmp_path / "reports"))
    out = tmp_path / "out.ipynb"
    command = [sys.executable, "-m", "papermill", str(NOTEBOOK), str(out), "-k", "python3", "--no-progress-bar"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=180, cwd=tmp_path, check=False)
    assert done.returncode == 0, done.stderr
    shown = next(cell for cell in json.loads(out.read_text())["cells"] if cell["id"] == "verdict")
    stored = next(cell for cell in json.loads(NOTEBOOK.read_text())["cells"] if cell["id"] == "verdict")
    mime = "application/vnd.runbook.verdict+json"
    assert shown["outputs"][0]["data"][mime] == stored["outputs"][0]["data"][mime]
    (folder,) = (tmp_path / "reports").iterdir()
    assert verify_bundle(folder) == ()


def test_the_demo_ends_with_the_declared_verdicts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["demo", "--out", str(tmp_path)]) == 0
    out, err = capsys.readouterr()
    index = Path(out.strip())
    assert index.name == "index.html"
    again = 1  # the runbook that invokes, after the fix was applied
    runs = sum(map(len, SCENARIOS_SHOWN.values())) + again
    assert err.count("✓") == len(list(index.parent.glob("*/report.html"))) == runs
    assert "5 of 10 requests of the burst failed" in err
    assert "incident, fix applied post_deploy            declared PASS     got PASS" in err
