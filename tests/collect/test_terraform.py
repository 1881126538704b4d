"""Outputs by every way of reading them: the state file, and Terraform itself where the machine has it."""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from runbook_lib.collect.redact import redact
from runbook_lib.collect.terraform import TerraformRead, read_terraform
from runbook_lib.errors import UsageError
from runbook_lib.model.actions import TerraformOutput, TerraformState
from runbook_lib.model.fact import Scope
from runbook_lib.model.snapshot import Gap, listing_of

REAL = shutil.which("terraform")
READERS = ["", REAL] if REAL else [""]
LINEAGE = "315771f6-daf7-b1e5-ef62-8d9df355ec28"
WRITTEN_AT = 1_780_000_000
WRITTEN = "2026-05-28T20:26:40+00:00"


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TF_WORKSPACE", "TF_DATA_DIR"):
        monkeypatch.delenv(name, raising=False)


def output(value: Any, kind: Any = "string", **more: Any) -> dict[str, Any]:
    return {"value": value, "type": kind, **more}


def state(outputs: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    document = {"version": 4, "terraform_version": "1.11.4", "serial": 7, "lineage": LINEAGE}
    return {**document, "outputs": outputs or {}, "resources": [], **more}


def write(path: Path, content: Any, at: int = WRITTEN_AT) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    os.utime(path, (at, at))
    return path


def folder(tmp_path: Path, document: Any) -> Path:
    write(tmp_path / "terraform.tfstate", document)
    return tmp_path


def stub(tmp_path: Path, body: str) -> str:
    """A program that Popen starts like any other, in place of Terraform."""
    code = write(tmp_path / "bin" / "stub.py", f"import json, os, sys, time\n{body}\n")
    # The line of an interpreter cannot hold a path with spaces, and the kit may lie in one.
    path = write(tmp_path / "bin" / "terraform", f'#!/bin/sh\nexec "{sys.executable}" "{code}" "$@"\n')
    path.chmod(0o755)
    return str(path)


def item(at: Path, read_by: str, **more: Any) -> dict[str, Any]:
    about = {"Workspace": "default", "Serial": 7, "Lineage": LINEAGE, "TerraformVersion": "1.11.4"}
    return {"Folder": str(at), **about, "ModifiedAt": WRITTEN, "ReadBy": read_by, **more}


def reader(binary: str) -> str:
    return "terraform" if binary else "state file"


def values(read: TerraformRead) -> dict[str, Any]:
    return {raw["Name"]: raw.get("Value", "-") for raw in read.outputs}


NESTED = ["object", {"ids": ["list", "string"], "port": "number"}]
MIXED = {
    "vpc_id": output("vpc-0123456789abcdef0"),
    "password": output("hunter2-hunter2", sensitive=True),
    "endpoint": output({"ids": ["vpce-0123456789abcdef0"], "port": 443}, NESTED),
    "nothing": {"type": "string", "value": None},
}


@pytest.mark.parametrize("binary", READERS)
def test_outputs_of_a_folder(tmp_path: Path, binary: str) -> None:
    outputs = {name: MIXED[name] for name in ("vpc_id", "password", "endpoint")}
    assert read_terraform(folder(tmp_path, state(outputs)), binary) == TerraformRead(
        outputs=(
            {"Name": "endpoint", "Value": {"ids": ["vpce-0123456789abcdef0"], "port": 443}, "Sensitive": False},
            {"Name": "password", "Sensitive": True},
            {"Name": "vpc_id", "Value": "vpc-0123456789abcdef0", "Sensitive": False},
        ),
        states=(item(tmp_path, reader(binary)),),
        gaps=(),
    )


@pytest.mark.parametrize("binary", READERS)
def test_a_state_without_outputs_is_whole(tmp_path: Path, binary: str) -> None:
    read = read_terraform(folder(tmp_path, state()), binary)
    assert read == TerraformRead(outputs=(), states=(item(tmp_path, reader(binary)),), gaps=())
    assert read.incomplete is None


@pytest.mark.parametrize("binary", READERS)
def test_reading_changes_nothing_in_the_folder(tmp_path: Path, binary: str) -> None:
    write(tmp_path / "terraform.tfstate.d" / "dev" / "terraform.tfstate", state(MIXED))
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    read_terraform(tmp_path, binary, "dev")
    with pytest.raises(UsageError):
        read_terraform(tmp_path, binary, "prod")
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before


def test_items_are_facts_of_the_snapshot(tmp_path: Path) -> None:
    read = read_terraform(folder(tmp_path, state(MIXED)), "")
    outputs, flaws = listing_of("TerraformOutputs", Scope(), read.outputs, read.incomplete)
    states, more = listing_of("TerraformStates", Scope(), read.states)
    assert (flaws, more, outputs.incomplete) == ((), (), None)
    told = [(fact.id, fact.value, fact.is_sensitive) for fact in outputs.facts if isinstance(fact, TerraformOutput)]
    assert told == [
        ("endpoint", {"ids": ["vpce-0123456789abcdef0"], "port": 443}, False),
        ("nothing", None, False),
        ("password", None, True),
        ("vpc_id", "vpc-0123456789abcdef0", False),
    ]
    (fact,) = states.facts
    assert isinstance(fact, TerraformState)
    assert (fact.id, fact.serial, fact.workspace, fact.read_by) == (str(tmp_path), 7, "default", "state file")


class TestSecrets:
    def test_a_sensitive_value_is_nowhere_else_either(self, tmp_path: Path) -> None:
        outputs = {
            "db": output({"host": "db.internal", "login": {"word": "c4nary-long-enough"}}, NESTED, sensitive=True),
            "short": output("s3cr", sensitive=True),
            "url": output("postgres://app?key=c4nary-long-enough&x=1"),
            "nested": output({"a": [{"b": "s3cr"}], "c4nary-long-enough": 1}, NESTED),
            "kept": output("s3cret-not"),
        }
        read = read_terraform(folder(tmp_path, state(outputs)), "")
        assert values(read) == {
            "db": "-",
            "kept": "s3cret-not",
            "nested": {"a": [{"b": "REDACTED"}], "REDACTED": 1},
            "short": "-",
            "url": "postgres://app?key=REDACTED&x=1",
        }

    def test_what_everybody_may_see_stays_although_a_sensitive_object_holds_it_too(self, tmp_path: Path) -> None:
        public = ["vpc-0123456789abcdef0", "subnet-12345678", "10.0.0.0/16", "eu-west-1", "eu-west-1a", "us", ""]
        public.append("arn:aws:lambda:eu-west-1:111122223333:function:f")
        outputs = {"all": output(public, NESTED, sensitive=True), "some": output(public, NESTED)}
        assert values(read_terraform(folder(tmp_path, state(outputs)), "")) == {"all": "-", "some": public}

    @pytest.mark.parametrize("secret", [87654321, "87654321"])
    def test_a_number_that_is_sensitive_is_nowhere_else_either(self, tmp_path: Path, secret: Any) -> None:
        outputs = {
            "pin": output(secret, sensitive=True),
            "same": output(87654321),
            "text": output("87654321"),
            "inside": output({"id-87654321x": ["id-87654321", 87654321.5, 8765432, True]}, NESTED),
        }
        assert values(read_terraform(folder(tmp_path, state(outputs)), "")) == {
            "inside": {"id-REDACTEDx": ["id-REDACTED", 87654321.5, 8765432, True]},
            "pin": "-",
            "same": "REDACTED",
            "text": "REDACTED",
        }

    def test_short_numbers_and_accounts_leave_ids_as_they_are(self, tmp_path: Path) -> None:
        public = ["vpce-0a54321", "arn:aws:iam::111122223333:role/r", "111122223333", 54321, 1, "id:111122223333"]
        secrets = output({"port": 54321, "account": "111122223333", "count": 1}, NESTED, sensitive=True)
        read = read_terraform(folder(tmp_path, state({"all": secrets, "some": output(public, NESTED)})), "")
        hidden = ["REDACTED", "REDACTED", 1, "id:REDACTED"]
        assert values(read) == {"all": "-", "some": [*public[:2], *hidden]}

    def test_a_value_that_only_a_resource_calls_sensitive(self, tmp_path: Path) -> None:
        attributes = {"result": "c4nary-of-resource", "length": 18, "sets": [{"word": "c4nary-of-set"}], "id": "none"}
        steps = [
            [{"type": "get_attr", "value": "result"}],
            [{"type": "get_attr", "value": "sets"}, {"type": "index", "value": {"value": {"a": 1}, "type": "object"}}],
            [{"type": "get_attr", "value": "absent"}],
        ]
        resources = [{"instances": [{"attributes": attributes, "sensitive_attributes": steps}]}]
        outputs = {"a": output("c4nary-of-resource"), "b": output(["c4nary-of-set", "none"], NESTED)}
        read = read_terraform(folder(tmp_path, state(outputs, resources=resources)), "")
        assert values(read) == {"a": "REDACTED", "b": ["REDACTED", "none"]}

    def test_a_value_that_only_sensitive_values_marks(self, tmp_path: Path) -> None:
        inner = {
            "values": {"keys": [{"word": "c4nary-inner", "name": "name"}]},
            "sensitive_values": {"keys": [{"word": True}]},
        }
        outer = {"values": {"pass": "c4nary-outer"}, "sensitive_values": {"pass": True, "absent": True}}
        shown = {
            "format_version": "1.0",
            "terraform_version": "1.11.4",
            "values": {
                "outputs": {"a": output(["c4nary-inner", "c4nary-outer", "name"], NESTED)},
                "root_module": {"resources": [outer], "child_modules": [{"resources": [inner]}]},
            },
        }
        path = write(tmp_path / "shown.json", shown)
        assert read_terraform(path) == TerraformRead(
            outputs=({"Name": "a", "Value": ["REDACTED", "REDACTED", "name"], "Sensitive": False},),
            states=(item(path, "outputs file", Serial=None, Lineage=None),),
            gaps=(),
        )

    def test_what_a_name_announces(self, tmp_path: Path) -> None:
        outputs = {
            "api_token": output("c4nary"),
            "config": output({"db_password": "c4nary", "table": "orders"}, NESTED),
            "function": output({"environment": [{"variables": {"TABLE": "c4nary", "EMPTY": ""}}], "name": "f"}, NESTED),
            "environment": output("prod"),
            "lambda_env": output({"STAGE": "c4nary"}, NESTED),
            "environments": output(["dev", "prod"], NESTED),
        }
        assert values(read_terraform(folder(tmp_path, state(outputs)), "")) == {
            "api_token": "REDACTED",
            "config": {"db_password": "REDACTED", "table": "orders"},
            "environment": "prod",
            "environments": ["dev", "prod"],
            "function": {"environment": [{"variables": {"TABLE": "REDACTED", "EMPTY": ""}}], "name": "f"},
            "lambda_env": {"STAGE": "REDACTED"},
        }

    @pytest.mark.parametrize("binary", READERS)
    def test_no_trace_in_anything_returned(self, tmp_path: Path, binary: str) -> None:
        read = read_terraform(folder(tmp_path, state(MIXED)), binary)
        assert "hunter2" not in repr(read)
        assert [redact("", raw) for raw in read.outputs] == list(read.outputs)


class TestWorkspaces:
    @pytest.fixture(autouse=True)
    def _states(self, tmp_path: Path) -> None:
        for name in ("dev", "prod"):
            document = state({"stage": output(name)})
            write(tmp_path / "terraform.tfstate.d" / name / "terraform.tfstate", document)
        write(tmp_path / "terraform.tfstate", state({"stage": output("default")}))

    @pytest.mark.parametrize("binary", READERS)
    @pytest.mark.parametrize(
        ("selected", "variable", "asked", "expected"),
        [
            ("", "", "", "default"),
            ("dev", "", "", "dev"),
            ("dev\n", "prod", "", "prod"),
            ("dev", "prod", "default", "default"),
        ],
    )
    def test_the_one_asked_for_then_the_variable_then_the_selected(
        self,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        binary: str,
        selected: str,
        variable: str,
        asked: str,
        expected: str,
    ) -> None:
        if selected:
            write(tmp_path / ".terraform" / "environment", selected)
        if variable:
            monkeypatch.setenv("TF_WORKSPACE", variable)
        read = read_terraform(tmp_path, binary, asked)
        assert (values(read), read.states[0]["Workspace"]) == ({"stage": expected}, expected)

    def test_another_data_directory(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        write(tmp_path / "data" / "environment", "dev")
        monkeypatch.setenv("TF_DATA_DIR", "data")
        assert values(read_terraform(tmp_path, "")) == {"stage": "dev"}

    def test_one_without_state(self, tmp_path: Path) -> None:
        with pytest.raises(UsageError, match="unknown Terraform workspace 'prd'; nearest: prod, "):
            read_terraform(tmp_path, "", "prd")

    def test_a_default_that_was_never_applied(self, tmp_path: Path) -> None:
        (tmp_path / "terraform.tfstate").unlink()
        with pytest.raises(UsageError, match="unknown Terraform workspace 'default'; nearest: dev, prod"):
            read_terraform(tmp_path, "")

    def test_a_state_file_in_the_folder_of_a_workspace(self, tmp_path: Path) -> None:
        path = tmp_path / "terraform.tfstate.d" / "dev" / "terraform.tfstate"
        write(tmp_path / "main.tf", "", WRITTEN_AT + 1)
        read = read_terraform(path, "")
        assert read.states == (item(path, "state file", Workspace="dev"),)
        assert [gap.what for gap in read.gaps] == ["TerraformStates"]


class TestBackends:
    def test_a_local_one_elsewhere(self, tmp_path: Path) -> None:
        settings = {"path": "states/main.tfstate", "workspace_dir": "others"}
        write(
            tmp_path / ".terraform" / "terraform.tfstate",
            {"version": 3, "backend": {"type": "local", "config": settings}},
        )
        write(tmp_path / "states" / "main.tfstate", state({"stage": output("default")}))
        write(tmp_path / "others" / "dev" / "terraform.tfstate", state({"stage": output("dev")}))
        write(tmp_path / "terraform.tfstate", state({"stage": output("left over")}))
        assert [values(read_terraform(tmp_path, "", name)) for name in ("", "dev")] == [
            {"stage": "default"},
            {"stage": "dev"},
        ]

    @pytest.mark.parametrize("has_local_state", [False, True])
    @pytest.mark.parametrize("kind", ["s3", "cloud"])
    def test_a_remote_one_that_was_initialised(self, tmp_path: Path, kind: str, has_local_state: bool) -> None:
        write(tmp_path / ".terraform" / "terraform.tfstate", {"version": 3, "backend": {"type": kind, "config": {}}})
        if has_local_state:
            folder(tmp_path, state(MIXED))
        where = "HCP Terraform" if kind == "cloud" else "a backend of type s3"
        with pytest.raises(UsageError) as caught:
            read_terraform(tmp_path)
        assert str(caught.value) == (
            f"{tmp_path} keeps its Terraform state in {where}, which is not asked; run `terraform output -json > "
            "outputs.json` where it works and give that file"
        )

    @pytest.mark.parametrize(
        ("text", "is_remote"),
        [
            ('terraform {\n  backend "s3" {\n  }\n}', True),
            ("terraform {\n  cloud {\n  }\n}", True),
            ('terraform {\n  backend "local" {\n  }\n}', False),
            ('terraform {\n  # backend "s3" {\n  # }\n}', False),
            ('terraform {\n  /*\n  backend "s3" {\n  }\n*/\n}', False),
            ('resource "x" "y" {\n  cloud {\n  }\n}', False),
            ('resource "x" "y" {\n  backend {\n  }\n}', False),
        ],
    )
    def test_one_that_the_configuration_names(self, tmp_path: Path, text: str, is_remote: bool) -> None:
        write(folder(tmp_path, state(MIXED)) / "main.tf", text)
        if is_remote:
            with pytest.raises(UsageError, match="keeps its Terraform state in"):
                read_terraform(tmp_path, "")
        else:
            assert len(read_terraform(tmp_path, "").outputs) == len(MIXED)


class TestAge:
    def doubts(self, at: Path) -> list[str]:
        read = read_terraform(at, "")
        assert {gap.what for gap in read.gaps} <= {"TerraformStates"}
        assert read.incomplete is None
        return [gap.reason.removeprefix("the state may be older: ") for gap in read.gaps]

    @pytest.mark.parametrize("name", ["main.tf", "main.tf.json", "prod.tfvars", "prod.auto.tfvars.json"])
    def test_a_configuration_newer_than_the_state(self, tmp_path: Path, name: str) -> None:
        write(folder(tmp_path, state()) / name, "", WRITTEN_AT)
        assert self.doubts(tmp_path) == []
        write(tmp_path / name, "", WRITTEN_AT + 1)
        assert self.doubts(tmp_path) == [
            f"{name} was changed at 2026-05-28 20:26:41 UTC, after the state was written at 2026-05-28 20:26:40 UTC: "
            "not applied yet, or applied with another state"
        ]

    def test_other_files_and_other_folders_do_not_count_but_called_modules_do(self, tmp_path: Path) -> None:
        write(folder(tmp_path, state()) / "main.tf", 'module "a" {\n  source = "./modules/a"\n}\n')
        write(tmp_path / "README.md", "", WRITTEN_AT + 9)
        write(tmp_path / "modules" / "b" / "main.tf", "", WRITTEN_AT + 9)
        write(tmp_path / "modules" / "a" / "main.tf", 'module "up" {\n  source = "../../modules/a"\n}\n')
        assert self.doubts(tmp_path) == []
        write(tmp_path / "modules" / "a" / "main.tf", "", WRITTEN_AT + 9)
        assert [doubt.split(",")[0] for doubt in self.doubts(tmp_path)] == [
            "modules/a/main.tf was changed at 2026-05-28 20:26:49 UTC"
        ]

    @pytest.mark.parametrize(
        ("backup", "later_s", "expected"),
        [
            ({"serial": 6}, 0, []),
            ({"serial": 7}, 0, []),
            ({"serial": 8}, -9, ["its serial is 7, that of terraform.tfstate.backup 8: an older state was put back"]),
            ({"serial": 8, "lineage": "other"}, 0, []),
            (
                {"serial": 1, "lineage": "other"},
                1,
                ["terraform.tfstate.backup is of another lineage and newer than the state"],
            ),
        ],
    )
    def test_a_backup_of_a_later_state(
        self, tmp_path: Path, backup: dict[str, Any], later_s: int, expected: list[str]
    ) -> None:
        write(folder(tmp_path, state()) / "terraform.tfstate.backup", state(**backup), WRITTEN_AT + later_s)
        assert self.doubts(tmp_path) == expected

    def test_a_backup_with_its_time_in_the_name_and_one_that_is_broken(self, tmp_path: Path) -> None:
        write(folder(tmp_path, state()) / "terraform.tfstate.1780000000.backup", state(serial=12))
        write(tmp_path / "terraform.tfstate.backup", "{")
        assert self.doubts(tmp_path) == [
            "its serial is 7, that of terraform.tfstate.1780000000.backup 12: an older state was put back"
        ]

    def test_an_apply_that_did_not_end(self, tmp_path: Path) -> None:
        write(folder(tmp_path, state()) / ".terraform.tfstate.lock.info", "{}")
        write(tmp_path / "errored.tfstate", state(serial=8))
        assert self.doubts(tmp_path) == [
            "terraform.tfstate is locked: an apply is under way or was interrupted",
            "errored.tfstate lies beside it: the last apply could not write its state",
        ]


class TestFiles:
    def test_what_output_prints(self, tmp_path: Path) -> None:
        path = write(tmp_path / "outputs.json", MIXED)
        write(tmp_path / "main.tf", "", WRITTEN_AT + 9)
        assert read_terraform(path, workspace="prod") == TerraformRead(
            outputs=read_terraform(folder(tmp_path, state(MIXED)), "").outputs,
            states=(item(path, "outputs file", Workspace="prod", Serial=None, Lineage=None, TerraformVersion=None),),
            gaps=(),
        )

    @pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
    def test_as_windows_redirects_it(self, tmp_path: Path, encoding: str) -> None:
        path = tmp_path / "outputs.json"
        path.write_bytes(json.dumps({"stage": output("prod")}).encode(encoding))
        assert values(read_terraform(path)) == {"stage": "prod"}

    @pytest.mark.parametrize(
        ("name", "text", "said"),
        [
            ("outputs.json", "{}", r"outputs\.json holds no state: it is \{\}, which Terraform prints"),
            ("terraform.tfstate", "{}", r"terraform\.tfstate holds no state: it is \{\}, which Terraform prints"),
            ("shown.json", '{"format_version": "1.0"}', "shown.json holds no state: `terraform show` found none"),
        ],
    )
    def test_no_state_printed_is_none(self, tmp_path: Path, name: str, text: str, said: str) -> None:
        with pytest.raises(UsageError, match=said):
            read_terraform(write(tmp_path / name, text))

    @pytest.mark.parametrize("binary", ["", None])
    def test_a_folder_whose_state_is_none(self, tmp_path: Path, binary: str | None) -> None:
        write(tmp_path / "terraform.tfstate", "{}")
        with pytest.raises(UsageError, match=r"terraform\.tfstate holds no state: it is \{\}"):
            read_terraform(tmp_path, binary)

    @pytest.mark.parametrize(
        ("document", "reason"),
        [
            (
                {"version": 3, "serial": 2, "modules": []},
                "the state has format 3, expected 4; an apply with Terraform 0.12 or later writes format 4",
            ),
            ({"version": 5, "serial": 2}, "the state has format 5, expected 4; it is not known"),
            (
                {"serial": 2, "encrypted_data": "x", "encryption_version": "v0"},
                "the state is encrypted; only the program that wrote it can read it",
            ),
        ],
    )
    def test_a_form_whose_outputs_are_not_known(self, tmp_path: Path, document: Any, reason: str) -> None:
        read = read_terraform(write(tmp_path / "terraform.tfstate", document))
        assert (read.outputs, read.gaps) == ((), (Gap(what="TerraformOutputs", reason=reason),))

    @pytest.mark.parametrize(
        ("content", "message"),
        [
            ("", " is empty: Terraform leaves such a file when its state moves to a remote backend"),
            ("[command]/terraform output -json\n{}", ", line 1: broken JSON"),
            ("{\n", ", line 2: broken JSON"),
            ('"vpc-1"', ": expected a Terraform state or what `terraform output -json` printed for all outputs"),
            ("[]", ": expected a Terraform state or what `terraform output -json` printed for all outputs"),
            ('{"Vpcs": []}', ": 'Vpcs' is not an output with its value; expected a Terraform state or what"),
            ('{"a": {"b": 1}}', ": 'a' is not an output with its value; expected a Terraform state or what"),
            ('{"version": 4, "serial": 1}', ": a state of format 4 without its object of outputs"),
            ('{"version": 4, "outputs": {"a": 1}}', ": 'a' is not an output with its value; expected"),
            ('{"version": 3, "backend": {}}', " says where the state is kept, it is not the state itself"),
            ('{"format_version": "1.2", "planned_values": {}}', " is a plan, not a state; outputs are those of"),
            ('{"format_version": "1.2", "values": {"outputs": []}}', ": the outputs are not an object"),
        ],
    )
    def test_one_that_is_something_else(self, tmp_path: Path, content: str, message: str) -> None:
        path = write(tmp_path / "some.json", content)
        with pytest.raises(UsageError) as caught:
            read_terraform(path)
        assert str(caught.value).startswith(f"{path}{message}")
        assert "\n" not in str(caught.value)

    def test_one_that_is_no_text(self, tmp_path: Path) -> None:
        path = tmp_path / "some.json"
        path.write_bytes(b"\x80\x81")
        with pytest.raises(UsageError, match="not UTF-8 text"):
            read_terraform(path)

    def test_paths_that_hold_nothing(self, tmp_path: Path) -> None:
        with pytest.raises(UsageError, match="does not exist"):
            read_terraform(tmp_path / "absent")
        with pytest.raises(UsageError) as caught:
            read_terraform(tmp_path)
        assert str(caught.value) == (
            f"{tmp_path} holds no Terraform state: expected terraform.tfstate or terraform.tfstate.d/<workspace>/"
            "terraform.tfstate; give the folder where `terraform apply` ran, or, if the state is kept elsewhere, run "
            "`terraform output -json > outputs.json` where it works and give that file"
        )


class TestProcess:
    """What the program does, whoever wrote it: a stub stands in for Terraform."""

    def fallen_back(self, at: Path, binary: str, timeout_s: float = 60) -> str:
        """Why the state file was read instead."""
        read = read_terraform(at, binary, timeout_s=timeout_s)
        assert (values(read), read.states[0]["ReadBy"]) == ({"stage": "prod"}, "state file")
        (gap,) = read.gaps
        assert gap.what == "TerraformStates"
        return gap.reason.removeprefix("terraform output ").removesuffix("; the state file was read instead")

    @pytest.fixture
    def at(self, tmp_path: Path) -> Path:
        return folder(tmp_path, state({"stage": output("prod")}))

    def test_how_it_is_called(self, at: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("TF_CLI_ARGS_output", "-state=other")
        monkeypatch.setenv("TF_LOG", "trace")
        binary = stub(
            at,
            "told = {k: os.environ[k] for k in sorted(os.environ) if k.startswith(('TF_', 'CHECKPOINT'))}\n"
            "told.pop('TF_CLI_CONFIG_FILE', None)\n"
            "print('a warning', file=sys.stderr)\n"
            "said = [sys.argv[1:], os.getcwd(), sys.stdin.read(), told]\n"
            "print(json.dumps({'stage': {'value': said, 'type': 'dynamic'}}))",
        )
        read = read_terraform(at, binary)
        environment = {"CHECKPOINT_DISABLE": "1", "TF_INPUT": "0", "TF_IN_AUTOMATION": "1", "TF_WORKSPACE": "default"}
        assert values(read) == {"stage": [["output", "-json", "-no-color"], str(at), "", environment]}
        assert read.gaps == ()

    def test_found_on_the_path(self, at: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        binary = stub(at, "print(json.dumps({'stage': {'value': 'asked', 'type': 'string'}}))")
        monkeypatch.setenv("PATH", str(Path(binary).parent))
        assert values(read_terraform(at)) == {"stage": "asked"}
        assert values(read_terraform(at, "")) == {"stage": "prod"}
        monkeypatch.setenv("PATH", str(at / "nothing"))
        assert read_terraform(at).states[0]["ReadBy"] == "state file"

    def test_named_but_absent(self, at: Path) -> None:
        with pytest.raises(
            UsageError, match="terraform binary 'no-such-terraform' does not exist or is not executable"
        ):
            read_terraform(at, "no-such-terraform")

    def test_no_outputs_printed_of_a_state_that_has_some(self, at: Path) -> None:
        read = read_terraform(at, stub(at, "print('{}')"))
        assert (read.outputs, read.states[0]["ReadBy"]) == ((), "terraform")
        assert read.incomplete == "terraform names other outputs than the state file: it was written while it was read"

    def test_no_outputs_printed_of_an_old_state(self, at: Path) -> None:
        write(at / "terraform.tfstate", {"version": 3, "serial": 7, "lineage": LINEAGE, "modules": []})
        read = read_terraform(at, stub(at, "print('{}')"))
        assert (read.outputs, read.states[0]["ReadBy"]) == ((), "terraform")
        assert (
            read.incomplete
            == "the state has format 3, expected 4; an apply with Terraform 0.12 or later writes format 4"
        )

    def test_what_a_newer_program_can_read(self, at: Path) -> None:
        write(at / "terraform.tfstate", {"version": 5, "serial": 7})
        read = read_terraform(at, stub(at, "print(json.dumps({'stage': {'value': 'new', 'type': 'string'}}))"))
        assert (values(read), read.gaps) == ({"stage": "new"}, ())

    @pytest.mark.parametrize(
        ("body", "reason"),
        [
            (
                "sys.stderr.write('Warning\\n\\n╷\\n│ Error: Backend initialization required\\n│\\n'); sys.exit(1)",
                "ended with 1: Backend initialization required",
            ),
            ("sys.exit('a password=c4nary b')", "ended with 1: a password=REDACTED b"),
            ("sys.exit(3)", "ended with 3: no message"),
            (
                "print('[command]terraform')",
                "printed something else than JSON; is it a wrapper that writes lines of its own?",
            ),
            ("print('[]')", "printed something else than the outputs"),
            (
                "sys.stdout.buffer.write(b'\\x80')",
                "printed something else than JSON; is it a wrapper that writes lines of its own?",
            ),
        ],
    )
    def test_one_that_fails(self, at: Path, body: str, reason: str) -> None:
        assert self.fallen_back(at, stub(at, body)) == reason

    def test_one_that_cannot_be_started(self, at: Path) -> None:
        binary = Path(stub(at, ""))
        binary.write_text("#!/no/such/interpreter\n")
        assert self.fallen_back(at, str(binary)) == "could not be started: No such file or directory"

    def test_one_that_never_ends_with_a_child_that_holds_its_output(self, at: Path) -> None:
        binary = stub(at, "os.fork()\nopen(f'{os.getpid()}.pid', 'w').close()\ntime.sleep(600)")
        assert self.fallen_back(at, binary, timeout_s=1.5) == "gave no answer within 1.5 s"
        left = [int(path.stem) for path in at.glob("*.pid")]
        assert left
        for _ in range(1000):
            if not any(map(_is_running, left)):
                return
            time.sleep(0.01)
        pytest.fail(f"still running: {left}")


def _is_running(pid: int) -> bool:
    """Whether a process still runs; one that ended and waits to be collected does not."""
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False
