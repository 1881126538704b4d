"""The network path runbook run whole, in real kernels: verdicts, parameters, and a bundle that tells the path."""

from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import Any

import pytest

from runbook_lib.cli import run_command
from runbook_lib.collect.files import load
from runbook_lib.model.vpc import Subnet
from runbook_lib.parameters import parameters_of
from runbook_lib.render.snapshot_files import save_snapshot
from runbook_lib.sandbox.scenarios import SCENARIOS, find
from tests import runs
from tests.builders import world
from tests.embedded import shared
from tests.network.paths import nat_world
from tests.runs import EXITS, Ran, outputs, text

pytestmark = pytest.mark.notebook

USUAL = {
    # the seed, two ways to lose answers or facts, and the largest world
    "incident",
    "nacl-ephemeral-hole",
    "access-denied",
    "healthy-complex",
    # all that are about paths
    "sftp-nacl",
    "peering-no-return-route",
    "tgw-central-egress",
    "tgw-az-missing",
    "nat-in-wrong-subnet",
    "blackhole-nat",
    "regional-nat",
    "ipv6-egress-only",
    "bpa-on",
    "sg-reference-chain",
    "interface-endpoint-sg-refuses",
}
MASKED = "sftp-nacl"

run = partial(runs.run, "network_path")


@pytest.fixture(scope="module", name="ran")
def _ran(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Ran]:
    """The run of a scenario by its name, made once: it takes seconds of processor time."""

    @cache
    def of(name: str) -> Ran:
        masking = ["--mask-accounts"] if name == MASKED else []
        with shared(name):
            return run(tmp_path_factory.mktemp(name), "--source", f"sandbox:{name}", *masking)

    return of


def figure(folder: Path) -> dict[str, Any]:
    """The path figure of an executed notebook."""
    found: dict[str, Any] = outputs(folder)["path"][0]["data"]["application/vnd.plotly.v1+json"]
    return found


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[] if name in USUAL else [pytest.mark.stress]) for name in SCENARIOS]
)
def test_a_scenario_comes_out_as_it_declares(ran: Callable[[str], Ran], name: str) -> None:
    code, result, folder = ran(name)
    scenario = find(name)
    assert (code, result["verdict"]) == (EXITS[scenario.verdicts["network_path"]], scenario.verdicts["network_path"])
    assert (result["source"]["scenario"], result["parameters"]["function_name"]) == (name, scenario.function)
    names = {subnet.id: subnet.name for subnet in load(folder / "snapshot").all(Subnet)}
    wrong = sorted(
        (finding["check_id"], finding["status"], names.get(finding["resource"]["id"]) or finding["resource"]["id"])
        for finding in result["findings"]
        if finding["check_id"].startswith("PTH") and finding["status"] in ("FAIL", "UNKNOWN")
    )
    declared = [(e.check_id, e.status.value, e.resource) for e in scenario.expected if e.check_id.startswith("PTH")]
    assert wrong == sorted(declared)


@pytest.mark.parametrize("name", sorted(USUAL))
def test_every_step_of_a_scenario_shows_one_thing_and_the_parameters_are_whole(
    ran: Callable[[str], Ran], name: str
) -> None:
    _, result, folder = ran(name)
    told = find(name).parameters
    asked = told.get("destination", told.get("services", "s3"))
    assert (result["parameters"]["destination"], result["parameters"]["port"]) == (asked, int(told.get("port", 443)))
    assert set(result["parameters"]) == {parameter.name for parameter in parameters_of("network_path")}
    kinds = {id_: [item["output_type"] for item in found] for id_, found in outputs(folder).items()}
    assert kinds == {id_: ["display_data" if id_ == "path" else "execute_result"] for id_ in kinds}
    words = figure(folder)["layout"]["meta"]["words"]
    assert [goal for goal in asked.split(",") if not any(f"{goal} (tcp " in said for said in words)] == []


def test_an_open_way_passes_and_says_what_that_does_not_prove(
    ran: Callable[[str], Ran],
) -> None:
    code, result, folder = ran("incident")
    assert (code, result["verdict"], result["source"]["scenario"]) == (0, "PASS", "incident")
    assert {finding["check_id"][:3] for finding in result["findings"]} == {"PTH"}
    assert (result["parameters"]["protocol"], result["parameters"]["port"]) == ("tcp", 443)
    assert "services" not in result["parameters"]
    assert len(figure(folder)["layout"]["meta"]["words"]) == 2
    assert "says nothing about free ports" in text(folder, "directions")
    assert "SIMULATED" in (folder / "report.html").read_text()


def test_a_stop_fails_with_rule_and_proven_fix(ran: Callable[[str], Ran]) -> None:
    code, result, folder = ran(MASKED)
    assert (code, result["verdict"]) == (1, "FAIL")
    assert (result["parameters"]["destination"], result["parameters"]["port"]) == ("198.51.100.20", 22)
    assert any(fix["proven"] for finding in result["findings"] for fix in finding["fixes"])
    assert "says nothing about free ports" not in text(folder, "directions")
    texts = " ".join(item["text"] for item in figure(folder)["layout"]["annotations"])
    assert "✕ request stopped" in texts
    assert "denies tcp 22 to 198.51.100.20" in texts
    assert [path for path in folder.rglob("*") if path.is_file() and b"123456789012" in path.read_bytes()] == []


def test_what_may_not_be_read_is_unknown(ran: Callable[[str], Ran]) -> None:
    code, result, folder = ran("access-denied")
    assert (code, result["verdict"]) == (3, "UNKNOWN")
    assert "ec2:DescribeVpcEndpoints" in text(folder, "directions")
    assert "✓" not in text(folder, "directions")


def test_a_function_outside_any_vpc_is_unknown_and_every_step_still_shows(tmp_path: Path) -> None:
    save_snapshot(world().vpc().subnet(az="a").function("plain", in_vpc=False).snapshot(), tmp_path / "facts")
    code, result, folder = run(tmp_path / "out", "--source", f"snapshot:{tmp_path / 'facts'}")
    assert (code, result["verdict"]) == (3, "UNKNOWN")
    assert result["headline"] == "function plain is not in a VPC: no VPC rule applies to it."
    assert "No path was traced" in text(folder, "directions")


def test_code_that_is_not_there_yet(tmp_path: Path) -> None:
    save_snapshot(nat_world().snapshot(), tmp_path / "facts")
    placed = ["-p", "subnets", "subnet-a", "-p", "security_groups", "sg-fn"]
    goal = ["-p", "destination", "198.51.100.20", "-p", "port", "22"]
    code, result, _ = run(tmp_path / "out", "--source", f"snapshot:{tmp_path / 'facts'}", *placed, *goal)
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
    with shared("incident"):
        assert run_command(["run", "network_path", "--out", str(tmp_path / "out"), "-p", *given]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("error: ")
    assert said in err
    assert not (tmp_path / "out").exists()
