"""The runbook about configuration run whole, in real kernels: verdicts, every cell, source code, misuse."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from contextlib import redirect_stdout
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from runbook_lib.cli import run_command
from runbook_lib.parameters import parameters_of
from runbook_lib.render.bundle import verify_bundle
from runbook_lib.sandbox.scenarios import find

pytestmark = pytest.mark.notebook

RUNBOOK = "function_configuration"
EXITS = {"PASS": 0, "FAIL": 1, "UNKNOWN": 3}
FIGURES = {"durations", "panels"}
SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYzzqT4Yx1Qa"
HANDLER = f'''import boto3
import requests

KEY = "{SECRET}"


def handler(event, context):
    client = boto3.client("s3", aws_secret_access_key=KEY)
    return requests.get("https://partner.example/rates").json(), client
'''

Ran = tuple[int, dict[str, Any], Path]


def run(out: Path, *arguments: str) -> Ran:
    """Exit code, result and folder of a run."""
    said = io.StringIO()
    with redirect_stdout(said):
        code = run_command(["run", RUNBOOK, "--out", str(out), *arguments])
    folder = Path(said.getvalue().strip())
    assert verify_bundle(folder) == ()
    return code, json.loads((folder / "result.json").read_text()), folder


@pytest.fixture(scope="module", name="ran")
def _ran(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Ran]:
    """The run of a scenario by its name, made once."""

    @cache
    def of(name: str) -> Ran:
        return run(tmp_path_factory.mktemp(name), "--source", f"sandbox:{name}")

    return of


def outputs(folder: Path) -> dict[str, list[dict[str, Any]]]:
    """What every cell shows, by cell id, those with parameters left out."""
    found = json.loads((folder / "runbook.ipynb").read_text())["cells"]
    given = {"parameters", "injected-parameters"}
    shown = [c for c in found if c["cell_type"] == "code" and not given & {*c["metadata"].get("tags", [])}]
    return {cell["id"]: cell["outputs"] for cell in shown}


def text(folder: Path, cell: str) -> str:
    return "".join(outputs(folder)[cell][0]["data"]["text/plain"])


def failed(result: dict[str, Any]) -> set[str]:
    return {finding["check_id"] for finding in result["findings"] if finding["status"] == "FAIL"}


def test_a_migration_that_outgrew_its_timeout_is_told_and_every_cell_shows_one_thing(ran: Callable[[str], Ran]) -> None:
    code, result, folder = ran("migration-15-minutes")
    assert result["verdict"] == find("migration-15-minutes").verdicts[RUNBOOK]
    assert (code, failed(result)) == (1, {"FUN002", "LOG001"})
    assert {parameter.name for parameter in parameters_of(RUNBOOK)} == set(result["parameters"])
    shown = outputs(folder)
    assert {id_: len(found) for id_, found in shown.items()} == dict.fromkeys(shown, 1)
    assert {id_ for id_, found in shown.items() if found[0]["output_type"] == "display_data"} == FIGURES
    assert "grows by" in json.dumps(shown["durations"][0])
    assert "✕ Reached" in text(folder, "limits")
    assert text(folder, "code").endswith("no folder with its source code was given.")
    assert "SIMULATED" in (folder / "report.html").read_text()


def test_source_code_is_judged_beside_the_rest_and_no_secret_of_it_is_kept(tmp_path: Path) -> None:
    source = tmp_path / "src"
    source.mkdir()
    (source / "app.py").write_text(HANDLER)
    given = ("-p", "source_dir", str(source), "-p", "caller_timeout_s", "600")
    code, result, folder = run(tmp_path / "out", "--source", "sandbox:fixed", *given)
    assert (code, result["verdict"]) == (1, "FAIL")
    assert failed(result) == {"FUN004", "SRC001", "SRC004", "SRC005", "SRC006"}
    assert "app.py, line 9" in text(folder, "code")
    assert [path.name for path in folder.rglob("*") if path.is_file() and SECRET.encode() in path.read_bytes()] == []


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("source_dir", "nowhere/at/all"), "source folder 'nowhere/at/all' does not exist"),
        (("caller_timeout_s", "-1"), "caller_timeout_s must be 0 (not told) or more seconds, found -1"),
        (("actions", "GetObject"), "GetObject"),
        (("sdk", "boto"), "unknown SDK 'boto'; nearest: boto3"),
        (("connections_per_invocation", "0"), "must be at least 1"),
        (("function_name", "migrate-order"), "nearest: migrate-orders"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_a_wrong_question_is_one_line_without_bundle(
    tmp_path: Path, given: tuple[str, str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(["run", RUNBOOK, "--out", str(tmp_path / "out"), "-p", *given]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert said in err
    assert not (tmp_path / "out").exists()
