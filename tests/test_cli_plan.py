"""`runbook check --plan`: what a Terraform plan heals, breaks and leaves open, judged before anybody applies it."""

import json
from pathlib import Path
from typing import Any

import pytest

from runbook_lib.cli import run_command
from runbook_lib.render.snapshot_files import save_snapshot
from tests.builders import World, world
from tests.network.terraform import gone, made, plan

POLICY = json.dumps({"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}]})
ENDPOINT = {
    "vpc_id": "vpc-main",
    "service_name": "com.amazonaws.ap-southeast-1.s3",
    "vpc_endpoint_type": "Gateway",
    "route_table_ids": ["rtb-main"],
    "policy": POLICY,
}


def without() -> World:
    return world().vpc().subnet(az="a").group().function("worker").nat().route("main", "0.0.0.0/0", "nat-main")


def judged(folder: Path, built: World, document: Any, capsys: pytest.CaptureFixture[str]) -> tuple[int, dict[str, Any]]:
    save_snapshot(built.snapshot(), folder / "facts")
    (folder / "plan.json").write_text(json.dumps(document))
    where = ["--source", f"snapshot:{folder / 'facts'}", "--function", "worker", "--select", "endpoints"]
    code = run_command(["check", *where, "--plan", str(folder / "plan.json"), "--json"])
    return code, json.loads(capsys.readouterr().out)


def test_a_plan_that_creates_the_endpoint_heals(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, said = judged(tmp_path, without(), plan(made("aws_vpc_endpoint.s3", ENDPOINT)), capsys)
    assert (code, said["verdict"]) == (0, "PASS")
    assert said["headline"].startswith("With the plan applied: ")
    assert "heals END001:vpc-main:s3" in said["headline"]


def test_a_plan_that_destroys_it_breaks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    built = without().gateway_endpoint("s3", tables=["main"])
    code, said = judged(tmp_path, built, plan(gone("aws_vpc_endpoint.s3", {"id": "vpce-s3", **ENDPOINT})), capsys)
    assert (code, said["verdict"]) == (1, "FAIL")
    assert "breaks END001:vpc-main:s3" in said["headline"]


def test_what_is_known_only_after_apply_is_no_pass(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    known = {key: value for key, value in ENDPOINT.items() if key != "policy"}
    code, said = judged(tmp_path, without(), plan(made("aws_vpc_endpoint.s3", known, policy=None)), capsys)
    assert (code, said["verdict"]) == (3, "UNKNOWN")


@pytest.mark.parametrize("text", ["{", "[]", "{}"])
def test_no_plan_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str) -> None:
    save_snapshot(without().snapshot(), tmp_path / "facts")
    (tmp_path / "plan.json").write_text(text)
    where = ["--source", f"snapshot:{tmp_path / 'facts'}", "--function", "worker"]
    assert run_command(["check", *where, "--plan", str(tmp_path / "plan.json")]) == 2
    assert capsys.readouterr().err.count("\n") == 1
