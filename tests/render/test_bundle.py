"""The evidence bundle: complete, atomic, verifiable, masked on request."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import nbformat
import pytest

from runbook_lib.collect import files
from runbook_lib.errors import UsageError
from runbook_lib.model.interfaces import Function
from runbook_lib.model.snapshot import Snapshot
from runbook_lib.model.vpc import Subnet
from runbook_lib.render import bundle
from runbook_lib.render.bundle import verify_bundle, write_bundle
from runbook_lib.render.tables import coverage_table
from tests.render import samples

NOTEBOOK = samples.notebook(
    nbformat.v4.new_markdown_cell("# Does it reach S3?"),
    nbformat.v4.new_code_cell("run.pick()", outputs=[samples.output(data={"text/plain": "pdf-worker"})]),
)
FOLDER = f"snapshot/accounts/{samples.ACCOUNT}/{samples.REGION}"
FILES = [
    "manifest.json",
    "report.html",
    "result.json",
    "runbook.ipynb",
    *(f"{FOLDER}/{key}.json" for key in sorted(samples.RAW)),
    "snapshot/calls.jsonl",
    "snapshot/snapshot.json",
]


@pytest.fixture
def written(tmp_path: Path) -> Path:
    """A complete bundle."""
    return write_bundle(tmp_path / "out dir", samples.result(), samples.snapshot(), NOTEBOOK)


def names(folder: Path) -> list[str]:
    """Every file of a folder, sorted."""
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_bundle_holds_every_file_and_is_intact(written: Path) -> None:
    assert written.name == samples.result().run_id
    assert names(written) == sorted(FILES)
    assert verify_bundle(written) == ()
    assert [path.name for path in written.parent.iterdir()] == [written.name]


def test_manifest_lists_every_other_file(written: Path) -> None:
    manifest = json.loads((written / "manifest.json").read_text())
    assert sorted(manifest["files"]) == sorted(set(FILES) - {"manifest.json"})
    assert (manifest["schema"], manifest["run_id"]) == ("runbook-manifest/1", samples.result().run_id)


def test_result_says_what_the_run_said(written: Path) -> None:
    said = json.loads((written / "result.json").read_text())
    artifacts = said.pop("artifacts")
    assert said == json.loads(json.dumps(samples.result().to_json(with_artifacts=False)))
    assert sorted(artifacts) == ["manifest.json", "report.html", "result.json", "runbook.ipynb", "snapshot/"]


def test_bundle_without_notebook_and_snapshot(tmp_path: Path) -> None:
    folder = write_bundle(tmp_path, samples.passing(), None, None)
    assert names(folder) == ["manifest.json", "report.html", "result.json"]
    assert verify_bundle(folder) == ()


def test_same_run_id_is_replaced_as_a_whole(written: Path) -> None:
    again = write_bundle(written.parent, samples.result(headline="Second."), None, None)
    assert again == written
    assert names(again) == ["manifest.json", "report.html", "result.json"]
    assert verify_bundle(again) == ()
    assert [path.name for path in written.parent.iterdir()] == [written.name]


def test_failure_while_writing_leaves_the_former_bundle(written: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []

    def full(path: Path, content: bytes) -> None:
        calls.append(path)
        if len(calls) == 2:
            raise OSError(28, "No space left on device")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)

    monkeypatch.setattr(bundle, "_write", full)
    with pytest.raises(UsageError, match=r"cannot write the evidence bundle to .*: No space left on device"):
        write_bundle(written.parent, samples.result(headline="Second."), None, None)
    assert names(written) == sorted(FILES)
    assert verify_bundle(written) == ()
    assert [path.name for path in written.parent.iterdir()] == [written.name]


def test_result_outside_the_contract_is_refused(tmp_path: Path) -> None:
    broken = samples.result(hypotheses=({"cause": "x", "verdict": "maybe", "for": [], "against": [], "rank": 1},))
    with pytest.raises(ValueError, match="breaks its schema at hypotheses/0/verdict"):
        write_bundle(tmp_path, broken, None, None)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("run_id", ["../escape", "a/b", "", ".hidden", "a" * 200])
def test_run_id_has_to_be_a_file_name(tmp_path: Path, run_id: str) -> None:
    with pytest.raises(ValueError, match="is not a plain file name"):
        write_bundle(tmp_path, samples.result(run_id=run_id), None, None)


@pytest.mark.parametrize("name", [name for name in FILES if name != "manifest.json"])
def test_verify_names_the_changed_file(written: Path, name: str) -> None:
    path = written / name
    path.write_bytes(path.read_bytes() + b" ")
    assert verify_bundle(written) == (f"{name} was changed.",)


def test_verify_names_missing_extra_and_linked_files(written: Path) -> None:
    (written / "report.html").unlink()
    (written / "note.txt").write_text("hello")
    target = written.parent / "elsewhere.json"
    (written / "result.json").rename(target)
    (written / "result.json").symlink_to(target)
    assert verify_bundle(written) == (
        "note.txt is extra: the manifest does not know it.",
        "report.html is missing.",
        "result.json is a link or a special file.",
    )


def test_verify_without_manifest(written: Path) -> None:
    (written / "manifest.json").unlink()
    assert verify_bundle(written) == ("manifest.json is missing.",)
    assert verify_bundle(written.parent / "nowhere") == ("manifest.json is missing.",)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "manifest.json cannot be used: Expecting property name"),
        ("[]", "manifest.json cannot be used: it does not list files with their SHA-256."),
        ('{"schema": "other", "files": {}}', "manifest.json cannot be used: its schema is 'other'"),
    ],
)
def test_verify_with_a_broken_manifest(written: Path, text: str, reason: str) -> None:
    (written / "manifest.json").write_text(text)
    (problem,) = verify_bundle(written)
    assert problem.startswith(reason)


def test_empty_manifest_is_not_intact(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text('{"schema": "runbook-manifest/1", "files": {}}')
    assert verify_bundle(tmp_path) == (
        "report.html is not in the manifest.",
        "result.json is not in the manifest.",
    )


@pytest.mark.parametrize("name", ["../outside.json", "/etc/passwd", "snapshot/../report.html", "a\\b", "./report.html"])
def test_verify_refuses_names_that_lead_elsewhere(written: Path, name: str) -> None:
    path = written / "manifest.json"
    manifest = json.loads(path.read_text())
    manifest["files"][name] = "0" * 64
    path.write_text(json.dumps(manifest))
    assert verify_bundle(written) == (f"{name} leads out of the bundle.",)


def test_masked_bundle_names_no_account_anywhere(tmp_path: Path) -> None:
    other = "999988887777"
    raw = samples.RAW | {"Subnets": [*samples.RAW["Subnets"], {"SubnetId": "subnet-1", "VpcId": "v", "OwnerId": other}]}
    raw["Functions"] = [{**raw["Functions"][0], "Description": f"see logs-{other}x and {samples.ACCOUNT}"}]
    shown = samples.notebook(
        nbformat.v4.new_code_cell("x", outputs=[samples.output(data={"text/plain": f"account {samples.ACCOUNT}"})])
    )
    folder = write_bundle(tmp_path, samples.result(), samples.snapshot(raw), shown, mask_accounts=True)
    assert verify_bundle(folder) == ()
    masked = "000000000001"
    assert f"snapshot/accounts/{masked}/{samples.REGION}/Subnets.json" in names(folder)
    for name in names(folder):
        text = (folder / name).read_text()
        assert samples.ACCOUNT not in text + name, name
        assert other not in text, name
    assert f"account {masked}" in (folder / "runbook.ipynb").read_text()
    assert json.loads((folder / "result.json").read_text())["source"]["account"] == masked


def test_unmasked_bundle_keeps_accounts(written: Path) -> None:
    assert json.loads((written / "result.json").read_text())["source"]["account"] == samples.ACCOUNT


def test_no_path_of_this_computer_in_the_notebook(tmp_path: Path) -> None:
    run = samples.notebook(nbformat.v4.new_markdown_cell("hi"))
    run.metadata["papermill"] = {"input_path": "/home/ada/kit/01.ipynb", "output_path": None, "duration": 1.5}
    folder = write_bundle(tmp_path, samples.result(), None, run)
    kept = json.loads((folder / "runbook.ipynb").read_text())["metadata"]["papermill"]
    assert kept == {"input_path": "01.ipynb", "output_path": None, "duration": 1.5}
    nbformat.validate(nbformat.read(folder / "runbook.ipynb", as_version=4))


def test_odd_values_survive(tmp_path: Path) -> None:
    odd = replace(samples.FINDINGS[0].evidence[0], value={"when": samples.STARTED, "lone": "\ud800", "set": {"b", "a"}})
    bad: Snapshot = samples.snapshot({"Vpcs": [{"VpcId": "v", "Created": samples.STARTED, "Name": "\udfff"}]})
    folder = write_bundle(
        tmp_path, samples.result(findings=(replace(samples.FINDINGS[0], evidence=(odd,)),)), bad, None
    )
    said = json.loads((folder / "result.json").read_text())["findings"][0]["evidence"][0]["value"]
    assert said == {"when": "2026-11-21T09:30:00+00:00", "lone": "\ud800", "set": ["a", "b"]}
    assert verify_bundle(folder) == ()


def test_secrets_of_a_loaded_folder_reach_no_file(tmp_path: Path) -> None:
    canary = "canary-7f3a91"
    function = {**samples.RAW["Functions"][0], "Environment": {"Variables": {"API": canary}}}
    subnet = {**samples.RAW["Subnets"][0], "Tags": [{"Key": "password", "Value": canary}]}
    source = tmp_path / "source"
    source.mkdir()
    (source / "all.json").write_text(json.dumps({"Functions": [function], "Subnets": [subnet]}))
    loaded = files.load(source)
    cited = tuple(fact.cite() for fact in (*loaded.all(Function), *loaded.all(Subnet)))
    run = samples.result(findings=(replace(samples.FINDINGS[0], evidence=cited),), calls=loaded.calls, gaps=loaded.gaps)
    shown = nbformat.v4.new_code_cell("x", outputs=[samples.output(data={"text/plain": repr(coverage_table(loaded))})])
    folder = write_bundle(tmp_path / "out", run, loaded, samples.notebook(shown))
    assert len(cited) == 2
    assert len(names(folder)) == 8
    assert [name for name in names(folder) if canary in (folder / name).read_text()] == []
