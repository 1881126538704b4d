"""The NAT gateway runbook run whole, in real kernels: verdicts, causes, denied logs, and a bundle that tells them."""

from collections.abc import Callable
from functools import cache, partial
from pathlib import Path

import pytest

from runbook_lib.cli import run_command
from runbook_lib.collect.files import load
from runbook_lib.model.observations import EVENTS_KEY
from runbook_lib.parameters import parameters_of
from runbook_lib.sandbox.faults import Fault, FaultKind
from runbook_lib.sandbox.scenarios import SCENARIOS, find
from runbook_lib.sandbox.server import start
from tests import runs
from tests.embedded import shared
from tests.runs import EXITS, Ran, outputs, text

pytestmark = pytest.mark.notebook

USUAL = {"incident", "fixed", "one-bad-subnet", "access-denied", "late-logs", "regional-nat", "throttled-429"}
FIGURES = {"path", "ports", "traffic", "timeline", "function", "rank"}

run = partial(runs.run, "nat_gateway")


@pytest.fixture(scope="module", name="ran")
def _ran(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Ran]:
    """The run of a scenario by its name, made once."""

    @cache
    def of(name: str) -> Ran:
        with shared(name):
            return run(tmp_path_factory.mktemp(name), "--source", f"sandbox:{name}")

    return of


def words(folder: Path, cell_id: str) -> list[str]:
    """The sentences that go with a figure."""
    figure = outputs(folder)[cell_id][0]["data"]["application/vnd.plotly.v1+json"]
    found: list[str] = figure["layout"]["meta"]["words"]
    return found


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[] if name in USUAL else [pytest.mark.stress]) for name in SCENARIOS]
)
def test_a_scenario_comes_out_as_it_declares(ran: Callable[[str], Ran], name: str) -> None:
    code, result, folder = ran(name)
    scenario = find(name)
    assert result["verdict"] == scenario.verdicts["nat_gateway"]
    assert code == EXITS[result["verdict"]]
    assert set(result["parameters"]) == {parameter.name for parameter in parameters_of("nat_gateway")}
    if scenario.true_cause and not scenario.ambiguous:
        assert result["hypotheses"][0]["cause"] == scenario.true_cause
    if not scenario.true_cause:
        assert "likely" not in {item["verdict"] for item in result["hypotheses"]}
    shown = outputs(folder)
    assert {id_: len(found) for id_, found in shown.items()} == dict.fromkeys(shown, 1)
    assert "SIMULATED" in (folder / "report.html").read_text()


def test_the_incident_is_proven_by_the_metric_and_drawn(ran: Callable[[str], Ran]) -> None:
    _, result, folder = ran("incident")
    assert {item["check_id"] for item in result["findings"]} >= {"NAT007", "NAT013", "LOG001", "LOG002"}
    (likely,) = [item for item in result["hypotheses"] if item["verdict"] == "likely"]
    assert any("ErrorPortAllocation" in line for line in likely["for"])
    assert text(folder, "verdict").endswith("Invocations: The likely cause is NAT gateway port exhaustion.")
    kinds = {id_: found[0]["output_type"] for id_, found in outputs(folder).items()}
    assert {id_ for id_, kind in kinds.items() if kind == "display_data"} == FIGURES
    assert words(folder, "ports")[0] == "Connections refused for want of a port (ErrorPortAllocation): 90 in all"
    assert [line.split()[2].rstrip(",") for line in words(folder, "timeline")] == ["success"] * 5 + ["failure"] * 5
    assert words(folder, "rank")[0].endswith(" ".join("✓" * 5 + "✕" * 5))
    report = (folder / "report.html").read_text()
    assert "Likely: NAT gateway port exhaustion." in report
    assert report.index('id="causes"') < report.index('id="read"')


def test_one_bad_subnet_is_never_blamed_on_the_gateway(ran: Callable[[str], Ran]) -> None:
    _, result, folder = ran("one-bad-subnet")
    verdicts = {item["cause"]: item["verdict"] for item in result["hypotheses"]}
    assert (verdicts["subnet_or_zone"], verdicts["nat_port_exhaustion"]) == ("likely", "ruled_out")
    assert {item["check_id"] for item in result["findings"] if item["status"] == "FAIL"} >= {"NAT005", "LOG001"}
    assert words(folder, "ports")[0].endswith(": 0 in all")
    assert words(folder, "rank")[0].split(": ")[1] == words(ran("incident")[2], "rank")[0].split(": ")[1]


def test_nothing_failed_is_said_only_where_everything_was_read(ran: Callable[[str], Ran]) -> None:
    assert text(ran("fixed")[2], "verdict").endswith("Invocations: Nothing failed.")
    late = text(ran("late-logs")[2], "verdict")
    assert "UNKNOWN" in late
    assert "Nothing failed." not in late


def test_a_denied_log_is_no_log_without_errors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with start("incident") as sandbox:
        for name, value in sandbox.environment().items():
            monkeypatch.setenv(name, value)
        sandbox.set_faults(
            [
                Fault(action="logs:FilterLogEvents", kind=FaultKind.DENIED),
                Fault(action="cloudwatch:GetMetricData", kind=FaultKind.DENIED),
            ]
        )
        code, result, folder = run(tmp_path, "--source", "aws", "-p", "function_name", "render-invoice-pdf")
    assert (code, result["verdict"]) == (3, "UNKNOWN")
    told = {item["check_id"]: item["message"] for item in result["findings"] if item["status"] == "UNKNOWN"}
    assert "logs:FilterLogEvents" in told["LOG001"]
    assert "cloudwatch:GetMetricData" in told["NAT007"]
    assert text(folder, "timeline").startswith("No invocation was seen, which does not mean that there was none:")
    assert "could not be read" in words(folder, "ports")[0]
    assert {item["verdict"] for item in result["hypotheses"]} & {"likely", "possible"} == set()
    assert "Nothing failed" not in text(folder, "verdict")


def test_a_saved_bundle_gives_the_same_answer(ran: Callable[[str], Ran], tmp_path: Path) -> None:
    _, first, folder = ran("incident")
    saved = folder / "snapshot"
    assert next(key for _, key in load(saved).listings if key == EVENTS_KEY)
    given = ["-p", "function_name", "render-invoice-pdf"]
    code, second, _ = run(tmp_path, "--source", f"snapshot:{saved}", *given)
    assert code == 1
    assert second["hypotheses"] == first["hypotheses"]
    assert [(f["key"], f["status"]) for f in second["findings"]] == [(f["key"], f["status"]) for f in first["findings"]]


def test_a_vpc_shows_its_gateways_and_says_that_it_has_no_log(tmp_path: Path) -> None:
    with shared("incident") as aws:
        (vpc,) = aws.client("ec2").describe_vpcs()["Vpcs"]
        code, result, folder = run(tmp_path, "-p", "vpc_id", vpc["VpcId"])
    assert (code, result["verdict"]) == (1, "FAIL")
    assert result["hypotheses"] == []
    assert text(folder, "causes").startswith("A log belongs to one function.")
    assert "Causes, best supported first" not in (folder / "report.html").read_text()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["since", "1h", "-p", "until", "2h"], "the window is reversed or empty"),
        (["connections_per_invocation", "-1"], "connections per invocation cannot be negative"),
        (["sdk", "boto"], "unknown SDK 'boto'; nearest: boto3"),
        (["services", "s3"], "unknown parameter 'services'"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_wrong_question_is_one_line_without_bundle(
    tmp_path: Path, given: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(["run", "nat_gateway", "--out", str(tmp_path / "out"), "-p", *given]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert err.startswith("error: ")
    assert said in err
    assert not (tmp_path / "out").exists()
