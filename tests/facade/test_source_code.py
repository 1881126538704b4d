"""A folder of source becomes facts, and the checks judge them as they would in any saved snapshot."""

from __future__ import annotations

from pathlib import Path

import pytest

from runbook_lib.checks import CHECKS
from runbook_lib.checks.base import Settings
from runbook_lib.collect.files import load
from runbook_lib.engine import evaluate
from runbook_lib.errors import UsageError
from runbook_lib.facade.source_code import scan_folder, with_source
from runbook_lib.model.snapshot import Snapshot
from runbook_lib.model.source import SourceFile
from runbook_lib.model.status import Status, Verdict
from runbook_lib.network import targets
from runbook_lib.network.view import View
from runbook_lib.render.snapshot_files import save_snapshot
from tests.builders import world

KEY_ID = "AKIA" + "QWERTYUIOPASDFGH"
BAD = f"""import boto3
import requests

def handler(event, context):
    s3 = boto3.client("s3", aws_session="{KEY_ID}")
    return requests.get(event["url"]).text
"""
GOOD = """import os
import requests

def handler(event, context):
    try:
        return requests.get(os.environ["URL"], timeout=3).text
    except requests.RequestException as error:
        return {"error": str(error)}
"""


def facts() -> Snapshot:
    return world().vpc().subnet("a", az="a").group().function(subnets=["a"]).snapshot()


def judged(snapshot: Snapshot) -> tuple[Verdict, list[tuple[str, Status, str]]]:
    settings = Settings(target=targets.of_function(View(snapshot), "worker"))
    found = evaluate(snapshot, settings, select=("source",))
    return found.verdict, sorted((one.check_id, one.status, one.code) for one in found.findings)


def test_bad_source_fails_with_file_and_line(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(BAD)
    verdict, found = judged(with_source(facts(), str(tmp_path)))
    assert verdict is Verdict.FAIL
    assert [one for one in found if one[1] is Status.FAIL] == [
        ("SRC001", Status.FAIL, "SECRET"),
        ("SRC004", Status.FAIL, "CLIENT_IN_HANDLER"),
        ("SRC005", Status.FAIL, "DEFAULT_TIMEOUT"),
        ("SRC005", Status.FAIL, "NO_TIMEOUT"),
        ("SRC006", Status.FAIL, "NO_ERROR_HANDLING"),
    ]


def test_good_source_passes(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(GOOD)
    verdict, found = judged(with_source(facts(), str(tmp_path)))
    assert verdict is Verdict.PASS
    assert {one[0]: one[1] for one in found if one[1] is not Status.NOT_APPLICABLE} == dict.fromkeys(
        ("SRC001", "SRC004", "SRC005", "SRC006"), Status.PASS
    )


def test_source_that_cannot_be_parsed_never_passes(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(GOOD)
    (tmp_path / "broken.py").write_text("x = (\n")
    verdict, found = judged(with_source(facts(), str(tmp_path)))
    assert verdict is Verdict.UNKNOWN
    assert {one[1] for one in found} == {Status.UNKNOWN, Status.NOT_APPLICABLE}


def test_without_a_folder_nothing_changes_and_nothing_is_judged() -> None:
    made = facts()
    assert with_source(made, "") is made
    with pytest.raises(UsageError, match="does not exist"):
        with_source(made, "/nowhere/at/all")


def test_a_second_scan_takes_the_place_of_the_first(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(BAD)
    once = with_source(facts(), str(tmp_path))
    (tmp_path / "app.py").write_text(GOOD)
    assert judged(with_source(once, str(tmp_path)))[0] is Verdict.PASS


def test_saved_facts_give_the_same_answer_and_hold_no_secret(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    (source / "app.py").write_text(BAD)
    (source / "broken.js").write_text("const a = ;")
    scanned = with_source(facts(), str(source))
    save_snapshot(scanned, tmp_path / "saved")
    written = "".join(path.read_text() for path in (tmp_path / "saved").rglob("*") if path.is_file())
    assert KEY_ID not in written
    assert str(tmp_path) not in written
    again = load(tmp_path / "saved")
    assert again.all(SourceFile) == scanned.all(SourceFile)
    assert judged(again) == judged(scanned)


def test_three_thousand_files(tmp_path: Path) -> None:
    for number in range(1500):
        folder = tmp_path / f"p{number % 30}"
        folder.mkdir(exist_ok=True)
        (folder / f"m{number}.py").write_text(GOOD)
        (folder / f"m{number}.js").write_text("export const handler = async (event) => 1;\n")
    (tmp_path / "p7" / "bad.py").write_text(BAD)
    files, cut = scan_folder(str(tmp_path))
    assert (len(files), cut) == (3001, None)
    assert {file.id for file in files if file.places} == {"p7/bad.py"}
    assert not any(file.unread for file in files)


def test_every_source_check_reads_the_scan_only() -> None:
    needs = {check.META.needs for check in CHECKS if check.META.family == "source"}
    assert needs == {("SourceFindings",)}
