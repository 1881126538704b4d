"""`check` on saved real networks: an answer for every one of them, with the exit code of its verdict."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from runbook_lib.cli import run_command
from runbook_lib.collect.files import load
from runbook_lib.model.filters import SecurityGroup
from runbook_lib.model.vpc import Subnet, Vpc

VARIABLE = "RUNBOOK_REAL_VPCS"
CODES = {"PASS": 0, "FAIL": 1, "UNKNOWN": 3}
ROOT = Path(os.environ.get(VARIABLE, ""))
FOLDERS = sorted(path.name for path in ROOT.iterdir() if path.is_dir()) if os.environ.get(VARIABLE) else []

pytestmark = pytest.mark.skipif(not FOLDERS, reason=f"{VARIABLE} does not name a folder of saved real networks")


def check(capsys: pytest.CaptureFixture[str], folder: str, *arguments: str) -> dict[str, Any]:
    """The JSON answer; its verdict is the exit code."""
    capsys.readouterr()
    code = run_command(["check", "--source", f"snapshot:{ROOT / folder}", "--json", *arguments])
    out, err = capsys.readouterr()
    assert code in (0, 1, 3), err
    said: dict[str, Any] = json.loads(out)
    assert CODES[said["verdict"]] == code
    return said


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_saved_network_gets_an_answer(folder: str, capsys: pytest.CaptureFixture[str]) -> None:
    snapshot = load(ROOT / folder)
    for vpc in {vpc.id: vpc for vpc in snapshot.all(Vpc)}:
        said = check(capsys, folder, "--vpc", vpc)
        assert said["findings"]
        assert said["source"]["kind"] == "snapshot"
    check(capsys, folder, "--all")


def test_a_gateway_endpoint_by_vpc_and_by_subnets_with_groups(capsys: pytest.CaptureFixture[str]) -> None:
    folder = "test-vpc-endpoint-gateway"
    snapshot = load(ROOT / folder)
    (vpc,) = (vpc.id for vpc in snapshot.all(Vpc))
    subnets = [subnet.id for subnet in snapshot.all(Subnet)]
    group = next(group.id for group in snapshot.all(SecurityGroup))
    by_vpc = check(capsys, folder, "--vpc", vpc, "--select", "END001,END003,END004")
    assert (by_vpc["verdict"], by_vpc["target"]["subnet_ids"]) == ("PASS", sorted(subnets))
    placed = check(capsys, folder, "--subnets", *subnets, "--security-groups", group, "--select", "END003", "END005")
    assert placed["target"]["security_group_ids"] == [group]
    assert {finding["check_id"] for finding in placed["findings"]} == {"END003", "END005"}
