"""The runbook about Reachability Analyzer run whole, in real kernels: dry run, consent, verdicts, and what stays."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import redirect_stderr
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from runbook_lib.cli import run_command
from runbook_lib.collect.files import load
from runbook_lib.sandbox.scenarios import find
from runbook_lib.sandbox.server import RunningSandbox, start
from tests import runs
from tests.runs import outputs

pytestmark = pytest.mark.notebook

run = partial(runs.run, "reachability_analyzer")

ARN = "arn:aws:lambda:ap-southeast-1:123456789012:function:"
SFTP = ("-p", "consent", f"{ARN}statement-sftp-upload")
INCIDENT = ("--source", "sandbox:incident")


@pytest.fixture(name="shared")
def _shared(monkeypatch: pytest.MonkeyPatch) -> Iterator[RunningSandbox]:
    """The scenario of the source document, that every kernel of the test works on."""
    with start("sftp-nacl") as sandbox:
        for name, value in sandbox.shared({}).items():
            monkeypatch.setenv(name, value)
        yield sandbox


def refused(*arguments: str) -> tuple[int, str]:
    """Exit code and what is said when nothing is run."""
    said = io.StringIO()
    with redirect_stderr(said):
        return run_command(["run", "reachability_analyzer", *arguments]), said.getvalue()


def answers(result: dict[str, Any]) -> set[tuple[str, str]]:
    return {(finding["check_id"], finding["status"]) for finding in result["findings"]}


def shown(folder: Path, cell_id: str) -> str:
    """What a cell shows, as text."""
    return "".join("".join(item["data"]["text/plain"]) for item in outputs(folder)[cell_id])


def test_the_source_document_replayed(tmp_path: Path, shared: RunningSandbox) -> None:
    """HTTPS works and SFTP does not: the way to the NAT gateway is open, the network ACL behind it lets no SFTP out."""
    code, result, folder = run(tmp_path, *SFTP)
    assert (code, result["verdict"]) == (1, find("sftp-nacl").verdicts["reachability_analyzer"].value)
    assert answers(result) == {("ANA001", "FAIL"), ("ANA002", "PASS"), ("ANA003", "PASS"), ("PTH010", "FAIL")}
    assert "to the NAT gateway it is open, from the NAT gateway it is closed: network ACL acl-" in result["headline"]
    assert shown(folder, "analyse") == "5 analyses were made for $0.50, 0 taken over from before."
    assert result["parameters"]["agreed_to"]["cost_usd"] == 0.5
    operations = [request["operation"].rpartition(":")[2] for request in shared.requests()]
    for kind, count in (("Path", 5), ("Analysis", 5)):
        assert operations.count(f"DeleteNetworkInsights{kind}") == count
    again, after, _ = run(tmp_path, *SFTP, "-p", "port", "443", "-p", "destination", "198.51.100.20")
    assert (again, after["verdict"]) == (0, "PASS")


def test_without_consent_it_is_a_dry_run_and_never_a_pass(tmp_path: Path) -> None:
    code, result, folder = run(tmp_path, *INCIDENT)
    assert (code, result["verdict"]) == (3, "UNKNOWN")
    assert answers(result) == {("ANA001", "UNKNOWN"), ("ANA002", "UNKNOWN"), ("ANA003", "PASS"), ("PTH010", "PASS")}
    assert "2 analyses at $0.10 to begin with" in shown(folder, "plan")
    assert shown(folder, "analyse").startswith("AWS was asked nothing. To agree, set the parameter consent to arn:aws")
    calls = [call.operation for call in load(folder / "snapshot").calls]
    assert calls
    assert not [name for name in calls if "Create" in name or "Start" in name or "Delete" in name]


def test_with_consent_a_path_that_both_find_passes(tmp_path: Path) -> None:
    code, result, _ = run(tmp_path, *INCIDENT, "-p", "consent", f"{ARN}render-invoice-pdf")
    assert (code, result["verdict"]) == (0, "PASS")
    assert answers(result) == {(id_, "PASS") for id_ in ("ANA001", "ANA002", "ANA003", "PTH010")}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("-p", "max_cost_usd", "0.05"), "error: the spend cap of $0.05 is below the price of one analysis, $0.10\n"),
        (("-p", "analysis_wait_s", "0"), "error: analysis_wait_s is 0; 1 to 3,600 are possible\n"),
        (
            ("-p", "consent", f"{ARN}nobody"),
            "error: consent is for function nobody, but statement-sftp-upload is looked at\n",
        ),
    ],
)
def test_what_makes_no_sense_stops_before_any_kernel(arguments: tuple[str, ...], said: str) -> None:
    assert refused(*arguments) == (2, said)


def test_a_destination_that_cannot_be_analysed_stops_in_one_line(tmp_path: Path) -> None:
    code, said = refused("--out", str(tmp_path), "-p", "destination", "198.51.100.0/24")
    assert (code, said.strip().splitlines()[-1]) == (
        2,
        "error: Reachability Analyzer analyses one address at a time, not 198.51.100.0/24",
    )
    assert list(tmp_path.iterdir()) == []
