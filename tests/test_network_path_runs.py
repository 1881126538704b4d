"""The network path runbook run whole, in real kernels: verdicts, parameters, and a bundle that tells the path."""

import json
from pathlib import Path
from typing import Any

import pytest

from runbook_lib.cli import run_command
from runbook_lib.render.bundle import verify_bundle
from runbook_lib.render.snapshot_files import save_snapshot
from tests.builders import world
from tests.network.paths import nat_world

pytestmark = pytest.mark.notebook


def run(out: Path, capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, dict[str, Any], Path]:
    """Exit code, result and folder of a run."""
    capsys.readouterr()
    code = run_command(["run", "network_path", "--out", str(out), *arguments])
    folder = Path(capsys.readouterr().out.strip())
    assert verify_bundle(folder) == ()
    return code, json.loads((folder / "result.json").read_text()), folder


def figure(folder: Path) -> dict[str, Any]:
    """The path figure of an executed notebook."""
    cells = json.loads((folder / "runbook.ipynb").read_text())["cells"]
    output = next(cell for cell in cells if cell["id"] == "path")["outputs"][0]
    found: dict[str, Any] = output["data"]["application/vnd.plotly.v1+json"]
    return found


def shown(folder: Path, cell_id: str) -> str:
    """The text of what a cell shows."""
    cells = json.loads((folder / "runbook.ipynb").read_text())["cells"]
    output = next(cell for cell in cells if cell["id"] == cell_id)["outputs"][0]
    return "".join(output["data"]["text/plain"])


def test_an_open_way_passes_and_says_what_that_does_not_prove(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, result, folder = run(tmp_path, capsys)
    assert (code, result["verdict"], result["source"]["scenario"]) == (0, "PASS", "incident")
    assert {finding["check_id"][:3] for finding in result["findings"]} == {"PTH"}
    assert (result["parameters"]["protocol"], result["parameters"]["port"]) == ("tcp", 443)
    assert "services" not in result["parameters"]
    assert len(figure(folder)["layout"]["meta"]["words"]) == 2
    assert "says nothing about free ports" in shown(folder, "directions")
    assert "SIMULATED" in (folder / "report.html").read_text()


def test_a_stop_fails_with_rule_and_proven_fix(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, result, folder = run(tmp_path, capsys, "--source", "sandbox:sftp-nacl", "--mask-accounts")
    assert (code, result["verdict"]) == (1, "FAIL")
    assert (result["parameters"]["destination"], result["parameters"]["port"]) == ("198.51.100.20", 22)
    assert any(fix["proven"] for finding in result["findings"] for fix in finding["fixes"])
    assert "says nothing about free ports" not in shown(folder, "directions")
    texts = " ".join(item["text"] for item in figure(folder)["layout"]["annotations"])
    assert "✕ request stopped" in texts
    assert "denies tcp 22 to 198.51.100.20" in texts
    assert [path for path in folder.rglob("*") if path.is_file() and b"123456789012" in path.read_bytes()] == []


def test_what_may_not_be_read_is_unknown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, result, folder = run(tmp_path, capsys, "--source", "sandbox:access-denied")
    assert (code, result["verdict"]) == (3, "UNKNOWN")
    assert "ec2:DescribeVpcEndpoints" in shown(folder, "directions")
    assert "✓" not in shown(folder, "directions")


def test_a_function_outside_any_vpc_is_unknown_and_every_step_still_shows(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    save_snapshot(world().vpc().subnet(az="a").function("plain", in_vpc=False).snapshot(), tmp_path / "facts")
    code, result, folder = run(tmp_path / "out", capsys, "--source", f"snapshot:{tmp_path / 'facts'}")
    assert (code, result["verdict"]) == (3, "UNKNOWN")
    assert result["headline"] == "plain is not in a VPC: no VPC rule applies to it."
    assert "No path was traced" in shown(folder, "directions")


def test_code_that_is_not_there_yet(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save_snapshot(nat_world().snapshot(), tmp_path / "facts")
    placed = ["-p", "subnets", "subnet-a", "-p", "security_groups", "sg-fn"]
    goal = ["-p", "destination", "198.51.100.20", "-p", "port", "22"]
    code, result, _ = run(tmp_path / "out", capsys, "--source", f"snapshot:{tmp_path / 'facts'}", *placed, *goal)
    assert (code, result["verdict"], result["target"]["kind"]) == (0, "PASS", "placement")
    assert (result["parameters"]["subnets"], result["parameters"]["security_groups"]) == ("subnet-a", "sg-fn")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["port", "70000"], "port must be a number from 0 to 65535; found 70000"),
        (["port", "ssh"], "parameter 'port' must be a whole number"),
        (["protocol", "tpc"], "unknown protocol 'tpc'; nearest: tcp"),
        (["destinations", "s3"], "unknown parameter 'destinations'; nearest: destination"),
        (["destination", "s33"], "unknown destination 's33'; nearest: s3"),
        (["subnets", "subnet-nope"], "unknown subnet 'subnet-nope'"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_wrong_question_is_one_line_without_bundle(
    tmp_path: Path, given: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(["run", "network_path", "--out", str(tmp_path / "out"), "-p", *given]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("error: ")
    assert said in err
    assert not (tmp_path / "out").exists()
