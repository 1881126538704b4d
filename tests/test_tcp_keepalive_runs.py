"""The keepalive runbook run whole, in real kernels: verdicts, bundles of hosts, the lab, and a bundle that replays."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import Any

import pytest

from runbook_lib.cli import run_command
from runbook_lib.collect.files import load
from runbook_lib.model.callers import CallerRequest
from runbook_lib.model.keepalive import KeepaliveSubject
from runbook_lib.parameters import parameters_of
from runbook_lib.sandbox.scenarios import find
from tests import runs
from tests.runs import EXITS, Ran, outputs, text

pytestmark = pytest.mark.notebook

FIGURES = {"path", "timelines", "panels"}
HOST = "net.ipv4.tcp_keepalive_time = {time}\nnet.ipv4.tcp_keepalive_intvl = 30\nnet.ipv4.tcp_keepalive_probes = 9\n"

run = partial(runs.run, "tcp_keepalive")


@pytest.fixture(scope="module", name="ran")
def _ran(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Ran]:
    """The run of a scenario by its name, made once."""

    @cache
    def of(name: str) -> Ran:
        return run(tmp_path_factory.mktemp(name), "--source", f"sandbox:{name}")

    return of


def answers(result: dict[str, Any]) -> dict[str, str]:
    return {finding["check_id"]: finding["status"] for finding in result["findings"]}


@pytest.mark.parametrize("name", ["long-invoke", "long-invoke-fixed"])
def test_the_verdict_is_that_of_the_scenario_and_every_cell_shows_one_thing(
    name: str, ran: Callable[[str], Ran]
) -> None:
    code, result, folder = ran(name)
    assert result["verdict"] == find(name).verdicts["tcp_keepalive"]
    assert code == EXITS[result["verdict"]]
    assert {parameter.name for parameter in parameters_of("tcp_keepalive")} == set(result["parameters"])
    shown = outputs(folder)
    assert {id_: len(found) for id_, found in shown.items()} == dict.fromkeys(shown, 1)
    assert {id_ for id_, found in shown.items() if found[0]["output_type"] == "display_data"} == FIGURES
    assert "SIMULATED" in (folder / "report.html").read_text()


def test_workers_lose_answers_and_the_fix_is_proven(ran: Callable[[str], Ran]) -> None:
    _, result, folder = ran("long-invoke")
    assert answers(result) == {"KAL001": "FAIL", "KAL002": "PASS", "KAL003": "FAIL"}
    (lost,) = [finding for finding in result["findings"] if finding["check_id"] == "KAL003"]
    assert "the caller lost 8 of the answers of 8 invocations" in lost["message"]
    (late,) = [finding for finding in result["findings"] if finding["check_id"] == "KAL001"]
    assert late["fixes"][0]["proven"]
    assert "tcp_keepalive_time" in late["fixes"][0]["cli"]
    assert len(load(folder / "snapshot").all(CallerRequest)) == 8
    assert "AWS CLI" not in text(folder, "fixes")
    assert text(folder, "lab").startswith("The lab was not run.")


def test_with_keepalive_every_answer_arrives(ran: Callable[[str], Ran]) -> None:
    assert answers(ran("long-invoke-fixed")[1]) == {"KAL001": "PASS", "KAL002": "PASS", "KAL003": "PASS"}


def test_a_saved_bundle_gives_the_same_answer(ran: Callable[[str], Ran], tmp_path: Path) -> None:
    _, first, folder = ran("long-invoke")
    given = ("-p", "function_name", "scan-archive", "-p", "destination", first["parameters"]["destination"])
    code, second, _ = run(tmp_path, "--source", f"snapshot:{folder / 'snapshot'}", *given)
    assert code == 1
    told = [[(f["key"], f["status"], f["message"], f["fixes"]) for f in one["findings"]] for one in (first, second)]
    assert told[0] == told[1]


def test_a_folder_of_bundles_is_a_fleet_and_the_lab_is_shown(tmp_path: Path) -> None:
    fleet = tmp_path / "a fleet"
    fleet.mkdir()
    for number, time in enumerate((60, 120, 7200), start=1):
        (fleet / f"web-{number}").write_text(HOST.format(time=time))
    given = ("-p", "clients", str(fleet), "-p", "so_keepalive", "on", "-p", "lab", "true")
    code, _, folder = run(tmp_path / "out", "--source", "sandbox:long-invoke", *given)
    assert code == 1
    subjects = load(folder / "snapshot").all(KeepaliveSubject)
    assert [(one.id, one.time_s) for one in subjects] == [
        ("a fleet/web-1", 60),
        ("a fleet/web-2", 120),
        ("a fleet/web-3", 7200),
    ]
    assert [word for word in text(folder, "clients").split() if word in ("safe", "unsafe")] == [
        "unsafe",
        "safe",
        "safe",
    ]
    assert "outcomes as predicted, behind a gateway that forgets after 3 s" in text(folder, "lab")
    assert "differs" not in text(folder, "lab")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("clients", "nowhere.yaml"), "cannot read nowhere.yaml"),
        (("clients", "pid:4194304"), "4194304"),
        (("clients", "pods:a"), "unknown kind of client 'pods'"),
        (("so_keepalive", "perhaps"), "so_keepalive must be on, off or empty"),
        (("idle_limit_s", "-1"), "the idle limit must be more than 0 seconds"),
        (("caller_log", "nowhere.log"), "nowhere.log cannot be read"),
        (("lab", "true", "lab_limit_s", "0"), "the idle limit of the lab must be"),
    ],
    ids=lambda value: " ".join(value[::2]) if isinstance(value, tuple) else "",
)
def test_a_wrong_question_is_one_line_without_bundle(
    tmp_path: Path, given: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    pairs = [word for pair in zip(given[::2], given[1::2], strict=True) for word in ("-p", *pair)]
    assert run_command(["run", "tcp_keepalive", "--out", str(tmp_path / "out"), *pairs]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert said in err
    assert not (tmp_path / "out").exists()
