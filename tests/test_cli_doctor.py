"""`runbook doctor --leftovers`: what probes and analyses left is listed, and removed only with its own consent."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from runbook_lib.act.belongings import PATH, PREFIX, TAG
from runbook_lib.cli import run_command
from runbook_lib.sandbox.deployment import TRUST, archive
from runbook_lib.sandbox.faults import Fault, FaultKind
from runbook_lib.sandbox.server import RunningSandbox, start

NAME = f"{PREFIX}0badcafe"
ARN = f"arn:aws:lambda:ap-southeast-1:123456789012:function:{NAME}"
ASKED = ["doctor", "--leftovers", "--source", "sandbox:fixed"]


@pytest.fixture(name="computer", autouse=True)
def _computer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What is left on this computer is that of the test alone."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("RUNBOOK_REPORTS", str(tmp_path / "reports"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(name="sandbox")
def _sandbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[RunningSandbox]:
    with start("fixed") as sandbox:
        for name, value in sandbox.shared({}).items():
            monkeypatch.setenv(name, value)
        yield sandbox


def client(sandbox: RunningSandbox, service: str) -> Any:
    key, secret, token = sandbox.credentials
    return boto3.client(
        service,
        region_name=sandbox.region,
        endpoint_url=sandbox.endpoint_url,
        aws_access_key_id=key,
        aws_secret_access_key=secret,
        aws_session_token=token,
    )


def leave(sandbox: RunningSandbox, tags: dict[str, str]) -> None:
    """What a probe that was killed leaves: its role and its function."""
    listed = [{"Key": key, "Value": value} for key, value in tags.items()]
    role = client(sandbox, "iam").create_role(
        RoleName=NAME, Path=PATH, AssumeRolePolicyDocument=json.dumps(json.loads(TRUST)), Tags=listed
    )
    client(sandbox, "lambda").create_function(
        FunctionName=NAME,
        Runtime="python3.13",
        Handler="app.handler",
        Role=role["Role"]["Arn"],
        Code={"ZipFile": archive()},
        Tags=tags,
    )
    sandbox.forget_requests()


def test_nothing_left_is_said(sandbox: RunningSandbox, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(ASKED) == 0
    assert capsys.readouterr().err.endswith("nothing was left behind\n")


def test_what_was_left_is_listed_and_removed_with_its_consent(
    sandbox: RunningSandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    leave(sandbox, dict(TAG))
    assert run_command(ASKED) == 3
    err = capsys.readouterr().err
    assert NAME in err
    assert f"to remove it: runbook doctor --leftovers --consent {ARN}" in err
    assert not [r for r in sandbox.requests() if "Delete" in r["operation"]]
    assert run_command([*ASKED, "--consent", f"{ARN}x"]) == 2
    assert "unknown leftover" in capsys.readouterr().err
    assert not [r for r in sandbox.requests() if "Delete" in r["operation"]]
    assert run_command([*ASKED, "--consent", ARN]) == 0
    err = capsys.readouterr().err
    assert f"removed {NAME}" in err
    assert err.endswith("nothing was left behind\n")


def test_paths_of_analyses_are_listed_and_removed_with_the_consent_of_their_function(
    sandbox: RunningSandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    arn = ARN.replace(NAME, "worker")
    ec2 = client(sandbox, "ec2")
    source, destination = (
        item["NetworkInterfaceId"] for item in ec2.describe_network_interfaces()["NetworkInterfaces"][:2]
    )
    tags = {"runbook-kit": "analysis", "runbook-kit-function": arn}
    listed = [{"Key": key, "Value": value} for key, value in tags.items()]
    path = ec2.create_network_insights_path(
        Source=source,
        Destination=destination,
        Protocol="tcp",
        TagSpecifications=[{"ResourceType": "network-insights-path", "Tags": listed}],
    )["NetworkInsightsPath"]
    ec2.start_network_insights_analysis(NetworkInsightsPathId=path["NetworkInsightsPathId"])
    assert run_command(ASKED) == 3
    err = capsys.readouterr().err
    assert f"1 network insights path of worker: {path['NetworkInsightsPathId']}" in err
    assert f"to remove it: runbook doctor --leftovers --consent {arn}" in err
    assert run_command([*ASKED, "--consent", arn]) == 0
    err = capsys.readouterr().err
    assert "removed 1 network insights path\n" in err
    assert err.endswith("nothing was left behind\n")


def test_what_only_bears_the_name_is_left_alone(sandbox: RunningSandbox, capsys: pytest.CaptureFixture[str]) -> None:
    leave(sandbox, {"owner": "somebody"})
    assert run_command(ASKED) == 3
    err = capsys.readouterr().err
    assert "without the tag, left alone" in err
    assert "to remove it" not in err


def test_where_it_may_not_look_it_does_not_say_that_nothing_is_there(
    sandbox: RunningSandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    sandbox.set_faults([Fault(action="lambda:ListFunctions", kind=FaultKind.DENIED)])
    assert run_command(ASKED) == 3
    err = capsys.readouterr().err
    assert "needs lambda:ListFunctions" in err
    assert "nothing was left behind" not in err


def test_consent_goes_with_leftovers_and_a_snapshot_has_none(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["doctor", "--consent", ARN]) == 2
    assert run_command(["doctor", "--leftovers", "--source", "snapshot:x"]) == 2
    assert capsys.readouterr().err.count("\n") == 2


def test_what_a_killed_run_left_is_told_even_where_aws_cannot_be_asked(
    computer: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    half = computer / "reports" / ".20261121-x.0123abcd.partial"
    half.mkdir(parents=True)
    (half / "result.json").write_text("{}")
    assert run_command(["doctor", "--leftovers", "--source", "snapshot:x"]) == 2
    said = capsys.readouterr().err.splitlines()
    assert said[:2] == [
        "left behind: evidence bundle of 20261121-x that was never finished",
        f"  to remove it: rm -r {half}",
    ]


def test_what_a_killed_run_left_is_no_clean_bill(
    sandbox: RunningSandbox, computer: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(["doctor", "--source", "sandbox:fixed"]) == 0
    half = computer / "reports" / ".20261121-x.0123abcd.partial"
    half.mkdir(parents=True)
    (half / "result.json").write_text("{}")
    capsys.readouterr()
    for verb in (["doctor", "--source", "sandbox:fixed"], ASKED):
        assert run_command(verb) == 3
        said = capsys.readouterr().err
        assert f"to remove it: rm -r {half}" in said
        assert "nothing was left behind" not in said
