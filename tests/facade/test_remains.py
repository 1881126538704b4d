"""What killed runs left on this computer is told with what they had invoked; what is alive is not."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import tempfile
from pathlib import Path

import pytest

from runbook_lib.act import JOURNAL, Journal
from runbook_lib.facade.remains import Remains, remains
from runbook_lib.holding import HeldFolder, hold, is_held, marked
from tests.act.fake_lambda import ARN, consent


@pytest.fixture(name="home", autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A computer of this test alone: temporary folder, state, reports and working directory."""
    for name in ("tmp", "state", "reports", "here"):
        (tmp_path / name).mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("RUNBOOK_REPORTS", str(tmp_path / "reports"))
    monkeypatch.chdir(tmp_path / "here")
    return tmp_path


def killed(home: Path, out: str = "", name: str = "runbook-staging-dead") -> Path:
    """A temporary folder as a process that was killed leaves it: nobody holds it any more."""
    folder = home / "tmp" / name
    folder.mkdir()
    told = {"pid": 4711, "since": "2026-11-21T12:00:00+00:00", "what": "run", "run_id": "20261121-x", "out": out}
    (folder / "held-by.json").write_text(json.dumps(told))
    return folder


def noted(path: Path) -> Journal:
    journal = Journal(path, source="aws", runbook="post_deploy")
    journal.begin(consent(10), "burst", 10)
    journal.sent("burst-001")
    journal.sent("burst-002")
    return journal


def paths(found: tuple[Remains, ...]) -> list[Path]:
    return [thing.path for thing in found]


def test_nothing_is_left() -> None:
    assert remains() == ()


def test_what_a_living_process_holds_is_not_told(home: Path) -> None:
    with HeldFolder("runbook-staging-", what="run") as folder:
        assert marked(folder) is not None
        assert remains() == ()
    assert not folder.exists()
    journal = noted(home / "state" / "runbook-kit" / f"x.{JOURNAL}")
    half = home / "reports" / ".20261121-x.0123abcd.partial"
    half.mkdir()
    held = hold(half)
    (half / "result.json").write_text("{}")
    assert is_held(half)
    assert remains() == ()
    journal.end()
    os.close(held)
    assert paths(remains()) == [half]


def test_a_killed_run_is_told_with_what_it_had_invoked_and_the_line_that_removes_it(home: Path) -> None:
    folder = killed(home)
    journal = noted(folder / JOURNAL)
    assert remains() == ()
    copy = (folder / JOURNAL).read_bytes()
    journal.end()
    (folder / JOURNAL).write_bytes(copy)
    (found,) = remains()
    assert (found.path, [doing.short for doing in found.doings]) == (folder, ["up to 2 of 10 requests (burst)"])
    assert ARN in found.doings[0].text
    assert found.what == (
        "temporary folder (run 20261121-x) of a run that was killed (process 4711, since 2026-11-21T12:00:00+00:00)"
    )
    subprocess.run(shlex.split(found.remedy), check=True)
    assert remains() == ()


def test_what_others_call_alike_is_left_alone(home: Path) -> None:
    (home / "tmp" / "runbook-mine").mkdir()
    (home / "tmp" / "runbook-file").write_text("")
    killed(home, name="somebody-else")
    (home / "reports" / ".hidden.partial").mkdir()
    (home / "reports" / ".20261121-x.0123abcd.partial").mkdir()
    (home / "reports" / "20261121-x").mkdir()
    assert remains() == ()


def test_a_notebook_that_ended_without_its_evidence(home: Path) -> None:
    path = home / "state" / "runbook-kit" / f"20261121-post_deploy-1f2e.{JOURNAL}"
    journal = noted(path)
    copy = path.read_bytes()
    journal.end()
    assert remains() == ()
    path.write_bytes(copy)
    (found,) = remains()
    assert found.what.startswith("journal of 20261121-post_deploy-1f2e, a notebook that ended without writing its")
    assert [doing.sent for doing in found.doings] == [2]


def test_half_a_bundle_is_found_where_the_run_was_to_write_it(home: Path) -> None:
    out = home / "else where"
    folder = killed(home, str(out))
    half, former = out / ".20261121-x.0123abcd.partial", out / ".20261121-y.0123abcd.former"
    for made in (half, former):
        made.mkdir(parents=True)
        (made / "result.json").write_text("{}")
    found = remains()
    assert paths(found) == [folder, half, former]
    assert found[1].what == "evidence bundle of 20261121-x that was never finished"
    subprocess.run(shlex.split(found[2].remedy), check=True)
    assert (out / "20261121-y" / "result.json").exists()
