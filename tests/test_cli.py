"""The command line: exit codes, one-line errors, what goes to which stream, and what is loaded for what."""

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from runbook_lib.cli import run_command
from runbook_lib.collect.guard import ALLOWED
from runbook_lib.render.snapshot_files import save_snapshot
from runbook_lib.sandbox.embedded import in_process
from runbook_lib.sandbox.environment import isolated
from runbook_lib.sandbox.faults import Fault, FaultKind, denials
from tests.builders import World, world

ROOT = Path(__file__).resolve().parent.parent


def healthy() -> World:
    return world().vpc().subnet(az="a").group().function("worker").gateway_endpoint("s3", tables=["main"])


def broken() -> World:
    return world().vpc().subnet(az="a").group().function("worker").nat().route("main", "0.0.0.0/0", "nat-main")


def outside() -> World:
    return world().vpc().subnet(az="a").function("plain", in_vpc=False)


@pytest.fixture
def saved(tmp_path: Path) -> Any:
    """Saves a built world and returns it as a source."""

    def made(built: World) -> str:
        save_snapshot(built.snapshot(), tmp_path / "facts")
        return f"snapshot:{tmp_path / 'facts'}"

    return made


def complaint(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """The one line on standard error of a command that ends with exit code 2."""
    assert run_command(arguments) == 2, arguments
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("error: ")
    assert err.count("\n") == 1
    return err.strip()


# exit codes of check


@pytest.mark.parametrize(
    ("built", "code"),
    [
        (healthy(), 0),
        (broken(), 1),
        (healthy().denied("VpcEndpoints"), 3),
        (broken().denied("NetworkAcls"), 1),
        (healthy().denied("Functions"), 3),
    ],
    ids=["pass", "fail", "unknown", "fail beside unknown", "function unread"],
)
def test_check_exits_with_its_verdict(saved: Any, built: World, code: int, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["--function", "worker", "--select", "endpoints", "--json"]
    assert run_command(["check", "--source", saved(built), *asked]) == code
    said = json.loads(capsys.readouterr().out)
    assert {"PASS": 0, "FAIL": 1, "UNKNOWN": 3}[said["verdict"]] == code
    assert "artifacts" not in said


def test_a_function_outside_any_vpc_is_no_error(saved: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["check", "--source", saved(outside()), "--json", "--select", "endpoints"]) == 3
    said = json.loads(capsys.readouterr().out)
    assert {finding["status"] for finding in said["findings"]} == {"NOT_APPLICABLE"}
    assert said["headline"] == "function plain is not in a VPC: no VPC rule applies to it."


def test_fail_on_raises_the_bar(saved: Any) -> None:
    source = saved(broken())
    assert run_command(["check", "--source", source, "--select", "END001", "--fail-on", "critical"]) == 0
    assert run_command(["check", "--source", source, "--select", "END001", "--fail-on", "HIGH"]) == 1


def test_a_vpc_subnets_and_all_are_targets_too(saved: Any, capsys: pytest.CaptureFixture[str]) -> None:
    source = saved(healthy().subnet("b", az="b"))
    for target, kind in (
        (["--vpc", "vpc-main"], "vpc"),
        (["--subnets", "subnet-a", "subnet-b", "--security-groups", "sg-fn"], "placement"),
        (["--subnets", "subnet-a,subnet-b", "--security-groups=sg-fn"], "placement"),
        (["--subnets", "subnet-a", "--subnets", "subnet-b"], "placement"),
        (["--all"], "all"),
    ):
        run_command(["check", "--source", source, *target, "--select", "END001", "END003", "--json"])
        said = json.loads(capsys.readouterr().out)
        assert said["target"]["kind"] == kind
        if kind == "placement":
            assert said["target"]["subnet_ids"] == ["subnet-a", "subnet-b"]
        assert {finding["check_id"] for finding in said["findings"]} == {"END001", "END003"}


def test_without_a_target_the_only_function_is_taken(saved: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["check", "--source", saved(healthy()), "--select", "endpoints", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["target"]["name"] == "worker"


def test_people_read_standard_error(saved: Any, capsys: pytest.CaptureFixture[str]) -> None:
    run_command(["check", "--source", saved(broken()), "--select", "END001"])
    out, err = capsys.readouterr()
    assert out == ""
    assert "END001" in err


def test_junit_shows_the_failure(saved: Any, tmp_path: Path) -> None:
    path = tmp_path / "out" / "junit.xml"
    assert run_command(["check", "--source", saved(broken()), "--select", "END001", "--junit", str(path)]) == 1
    suites = ElementTree.parse(path).getroot()
    assert suites.get("failures") == "1"
    assert [item.name for item in path.parent.iterdir()] == ["junit.xml"]


# bad input


def test_junit_is_a_file(saved: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for place in ("/", str(tmp_path)):
        assert run_command(["check", "--source", saved(healthy()), "--select", "END001", "--junit", place]) == 2
        assert f"error: cannot write {place}: it is a folder; name a file" in capsys.readouterr().err


@pytest.mark.parametrize("field", ["FunctionName", "SubnetIds"])
def test_ids_that_are_no_texts_are_malformed(saved: Any, field: str, capsys: pytest.CaptureFixture[str]) -> None:
    def spoil(raw: Any) -> None:
        if field == "FunctionName":
            raw[field] = None
        else:
            raw["VpcConfig"][field] = ["subnet-a", 7]

    source = saved(healthy().function("spoilt").changed("Functions", "spoilt", spoil))
    assert run_command(["check", "--source", source, "--all"]) == 3
    assert "Traceback" not in capsys.readouterr().err


def test_paths_of_subnets_without_groups_are_unknown(saved: Any, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["check", "--source", saved(healthy()), "--subnets", "subnet-a", "--select", "PTH003"]
    assert run_command([*command, "--json"]) == 3
    assert "give --security-groups" in capsys.readouterr().out
    assert run_command([*command, "--security-groups", "sg-fn"]) == 0


def test_unknown_things_are_named_with_the_nearest(saved: Any, capsys: pytest.CaptureFixture[str]) -> None:
    source = saved(healthy().function("walker").function("baker"))
    assert "unknown scenario 'incidnt'; nearest: incident" in complaint(capsys, "check", "--source", "sandbox:incidnt")
    said = complaint(capsys, "check", "--source", source, "--function", "woker")
    assert said == "error: unknown function 'woker'; nearest: worker, walker, baker"
    assert "unknown VPC" in complaint(capsys, "check", "--source", source, "--vpc", "vpc-x")
    assert "unknown subnet" in complaint(capsys, "check", "--source", source, "--subnets", "subnet-x")
    assert "unknown check or family" in complaint(capsys, "check", "--source", source, "--select", "endpoint")
    assert "unknown runbook" in complaint(capsys, "run", "vpc_endpoint")
    assert "unknown source" in complaint(capsys, "check", "--source", "s3")
    assert "which function?" in complaint(capsys, "check", "--source", source)


@pytest.mark.parametrize(
    ("files", "said"),
    [
        (None, "does not exist"),
        ({}, "no"),
        ({"a.json": '{"Colours": []}'}, "Colours"),
        ({"a.json": '{"Vpcs": [\n{]}'}, "a.json, line 2: broken JSON"),
    ],
    ids=["missing", "empty", "no known key", "broken"],
)
def test_bad_folders(
    tmp_path: Path, files: dict[str, str] | None, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "facts"
    if files is not None:
        folder.mkdir()
        for name, text in files.items():
            (folder / name).write_text(text)
    assert said in complaint(capsys, "check", "--source", f"snapshot:{folder}")


def test_an_empty_account_has_nothing_to_check(saved: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert "nothing to check" in complaint(capsys, "check", "--source", saved(world()))
    assert "nothing to check" in complaint(capsys, "check", "--source", saved(world()), "--all")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["check", "--vpc", "v", "--all"], "not several"),
        (["check", "--security-groups", "sg-1"], "--subnets"),
        (["check", "--nope"], "--nope"),
        (["check", "--fail-on", "bad"], "--fail-on"),
        (["nope"], "nope"),
        (["run"], "NAME"),
        (["check", "--profile", "p"], "source aws only"),
        (["check", "--region", "eu-west-1"], "ap-southeast-1"),
        (["run", "vpc_endpoints", "-p", "functionname", "x"], "nearest: function_name"),
        (["run", "vpc_endpoints", "-p", "source", "aws", "--source", "aws"], "given twice"),
        (["run", "vpc_endpoints", "-f", "nowhere.yaml"], "nowhere.yaml"),
        (["run", "vpc_endpoints", "--out", "s3://bucket/reports"], "only folders are supported yet"),
        (["run", "vpc_endpoints", "-p", "fail_on", "bad"], "unknown severity"),
        (["run", "vpc_endpoints", "--source", "sandbox:nope"], "unknown scenario"),
        (["run", "vpc_endpoints", "--source", "snapshot:nowhere"], "does not exist"),
        (["collect", "--out", "gs://bucket"], "only folders are supported yet"),
        (["verify", "nowhere"], "nowhere"),
        (["sandbox", "serve", "--scenario", "nope"], "unknown scenario"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_wrong_usage_is_one_line(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    if arguments[:2] == ["sandbox", "serve"]:
        assert run_command(arguments) == 2
        assert said in capsys.readouterr().err
        return
    assert said in complaint(capsys, *arguments)


# a live account, played by the embedded AWS


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    with in_process("fixed") as (embedded, endpoint):
        for name in list(os.environ):
            if name.startswith("AWS_"):
                monkeypatch.delenv(name)
        for name, value in isolated({}, endpoint, "ap-southeast-1").items():
            monkeypatch.setenv(name, value)
        yield embedded


def test_the_environment_of_the_sdk_applies(aws: Any, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["check", "--source", "aws", "--function", "render-invoice-pdf", "--select", "endpoints", "--json"]
    assert run_command(arguments) == 0
    source = json.loads(capsys.readouterr().out)["source"]
    assert (source["kind"], source["region"], source["scenario"]) == ("aws", "ap-southeast-1", None)


def test_problems_of_the_connection_are_one_line(
    aws: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    live = ["check", "--source", "aws", "--function", "x"]
    assert "unknown Region 'eu-west-11'; nearest: eu-west-1" in complaint(capsys, *live, "--region", "eu-west-11")
    assert "unknown profile 'prod'" in complaint(capsys, *live, "--profile", "prod")
    assert "which function?" in complaint(capsys, "check", "--source", "aws")
    aws.front.faults.set([Fault(action=action, kind=FaultKind.EXPIRED) for action in ALLOWED])
    assert "credentials of the environment have expired" in complaint(capsys, *live)
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    assert "endpoint http://127.0.0.1:9 unreachable" in complaint(capsys, *live)


def test_collect_then_check_gives_the_same_answer(aws: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    facts = tmp_path / "facts"
    code = run_command(["collect", "--source", "aws", "--out", str(facts)])
    out, err = capsys.readouterr()
    assert out == f"{facts}\n"
    assert code == (3 if "not read:" in err else 0)
    question = ["--function", "render-invoice-pdf", "--select", "endpoints", "--json"]
    assert run_command(["check", "--source", f"snapshot:{facts}", *question]) == 0
    saved = json.loads(capsys.readouterr().out)
    assert run_command(["check", "--source", "aws", *question]) == 0
    live = json.loads(capsys.readouterr().out)
    assert [f["digest"] for f in saved["findings"]] == [f["digest"] for f in live["findings"]]
    assert "is not empty" in complaint(capsys, "collect", "--source", "aws", "--out", str(facts))


def test_doctor_tells_denied_from_granted(aws: Any, capsys: pytest.CaptureFixture[str]) -> None:
    aws.front.faults.set(denials(["ec2:DescribeVpcEndpoints"]))
    assert run_command(["doctor", "--source", "aws"]) == 3
    out, err = capsys.readouterr()
    assert out == ""
    assert "missing permissions: ec2:DescribeVpcEndpoints" in err


# the other verbs


def test_list_as_json_and_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["list", "--json"]) == 0
    books = {book["name"]: book for book in json.loads(capsys.readouterr().out)}
    assert books["vpc_endpoints"]["file"] == "01_vpc_endpoints.ipynb"
    assert books["vpc_endpoints"]["parameters"][0]["default"] == "sandbox:incident"
    assert run_command(["list"]) == 0
    assert "vpc_endpoints" in capsys.readouterr().out


def test_policy_and_scenarios_go_to_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["doctor", "--policy"]) == 0
    assert json.loads(capsys.readouterr().out)["Version"] == "2012-10-17"
    assert run_command(["sandbox", "list"]) == 0
    assert "incident" in capsys.readouterr().out.splitlines()


def test_verify_finds_a_change(saved: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "empty").mkdir()
    assert run_command(["verify", str(tmp_path / "empty")]) == 1
    assert "manifest.json is missing" in capsys.readouterr().err


@pytest.mark.parametrize(
    "verb", ["", "list", "run", "check", "collect", "verify", "sandbox list", "sandbox serve", "doctor", "demo"]
)
def test_help_has_examples(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command([*verb.split(), "--help"]) == 0
    said = capsys.readouterr().out
    assert "Usage: runbook" in said
    assert "Example" in said or not verb


def child(*arguments: str, code: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", code] if code else [sys.executable, "-m", "runbook_lib", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, cwd=ROOT, check=False)


@pytest.mark.parametrize(
    "arguments", [["list"], ["list", "--json"], ["--help"], ["run", "--help"], ["sandbox", "list"]]
)
def test_what_only_lists_loads_nothing_heavy(arguments: list[str]) -> None:
    code = (
        "import sys\nfrom runbook_lib.cli import run_command\n"
        f"assert run_command({arguments!r}) == 0\n"
        "heavy = {'boto3', 'botocore', 'moto', 'pandas', 'plotly', 'papermill', 'nbformat', 'ipywidgets'}\n"
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr)"
    )
    assert child(code=code).stderr.strip() == "[]"


def test_a_reader_that_goes_away_is_no_error() -> None:
    command = f"{shlex.quote(sys.executable)} -m runbook_lib list | head -c 1; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=60, cwd=ROOT, check=False)
    assert done.stdout.endswith("0\n")
    assert done.stderr == ""


def test_names_are_completed(saved: Any) -> None:
    source = saved(healthy().function("walker"))
    variables = {**os.environ, "_RUNBOOK_COMPLETE": "bash_complete"}

    def completed(words: str) -> list[str]:
        told = {**variables, "COMP_WORDS": words, "COMP_CWORD": str(len(words.split()) - 1)}
        code = "from runbook_lib.cli import main; main()"
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, env=told, check=False
        )
        return [line.split(",", 1)[1] for line in done.stdout.splitlines()]

    assert completed("runbook run vpc_") == ["vpc_endpoints"]
    assert "sandbox:incident" in completed("runbook check --source sandbox:inc")
    assert completed(f"runbook check --source {source} --function wo") == ["worker"]
