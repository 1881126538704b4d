"""What is noted before it is done: all that is left of the doings of a process that was killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from runbook_lib.act import (
    JOURNAL,
    Burst,
    Doing,
    Journal,
    Probe,
    probe_consent,
    read_journal,
    run_burst,
    run_probe,
    run_smoke,
    state_folder,
)
from runbook_lib.act.asked import Invoke
from runbook_lib.errors import ConsentError, UsageError
from runbook_lib.holding import is_held

from .fake_lambda import ARN, FakeLambda, configuration, consent


def kept(journal: Path) -> list[tuple[str, int, int]]:
    return [(doing.purpose, doing.sent, doing.asked) for doing in read_journal(journal)[1]]


def fire(aws: FakeLambda, journal: Journal, count: int, **more: Any) -> Any:
    request = Burst(count=count, concurrency=more.pop("at_once", count))
    return run_burst(
        aws.connection, consent(count + 1), ARN, request, pause=lambda seconds: None, journal=journal, **more
    )


def test_every_request_is_noted_before_it_leaves(aws: FakeLambda, tmp_path: Path) -> None:
    path, seen = tmp_path / "state" / JOURNAL, []

    def look(request: Any, attempt: int) -> None:
        seen.append(kept(path)[0][1] - attempt)

    aws.faults["lambda:Invoke"] = look
    journal = Journal(path, runbook="post_deploy")
    run_smoke(aws.connection, consent(), ARN, Invoke(), journal=journal)
    assert fire(aws, journal, 20, at_once=1).stopped is None
    assert kept(path) == [("smoke", 1, 1), ("burst", 20, 20)]
    assert (min(seen[:1]), path.stat().st_mode & 0o777) == (0, 0o600)
    told, doings = read_journal(path)
    assert (told["pid"], told["runbook"]) == (os.getpid(), "post_deploy")
    assert doings[1].consent == consent(21).to_json()
    assert doings[1].first <= doings[1].last
    journal.end()
    assert not path.exists()


def test_with_many_threads_no_request_goes_without_its_note(aws: FakeLambda, tmp_path: Path) -> None:
    missing: list[int] = []
    path = tmp_path / JOURNAL

    def look(request: Any, attempt: int) -> None:
        if kept(path)[0][1] < attempt:
            missing.append(attempt)

    aws.faults["lambda:Invoke"] = look
    assert len(fire(aws, Journal(path), 60).items) == 60
    assert (missing, kept(path)) == ([], [("burst", 60, 60)])


def test_what_is_refused_or_not_agreed_to_leaves_no_doing(aws: FakeLambda, tmp_path: Path) -> None:
    journal = Journal(tmp_path / JOURNAL)
    with pytest.raises(ConsentError):
        run_smoke(aws.connection, consent(), "", Invoke(), journal=journal)
    aws.configurations = [configuration("Failed")]
    assert run_smoke(aws.connection, consent(), ARN, Invoke(), journal=journal).refused
    assert read_journal(tmp_path / JOURNAL)[1] == ()


def test_a_function_that_is_woken_is_noted_too(aws: FakeLambda, tmp_path: Path) -> None:
    aws.configurations = [configuration("Inactive"), configuration()]
    run_smoke(aws.connection, consent(2), ARN, Invoke(), journal=Journal(tmp_path / JOURNAL), pause=lambda _: None)
    assert kept(tmp_path / JOURNAL) == [("smoke", 2, 1)]


def test_where_nothing_can_be_noted_nothing_is_invoked(aws: FakeLambda, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match=r"nothing is sent, because it cannot be noted in .*; set XDG_STATE_HOME"):
        fire(aws, Journal(tmp_path / "file" / JOURNAL), 3)
    assert aws.invocations == 0


def test_once_nothing_can_be_noted_any_more_nothing_leaves(
    aws: FakeLambda, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = Journal(tmp_path / JOURNAL)

    def full(number: str) -> None:
        if number == "burst-003":
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(journal, "sent", full)
    outcome = fire(aws, journal, 10, at_once=1)
    assert outcome.stopped == "what is sent cannot be noted any more (No space left on device)"
    assert len(outcome.items) == aws.invocations == 2


def test_a_line_that_was_cut_does_not_hide_the_others(tmp_path: Path) -> None:
    path = tmp_path / JOURNAL
    journal = Journal(path)
    journal.begin(consent(5), "burst", 5)
    journal.sent("burst-001")
    journal.made("role runbook-probe-1")
    journal.made("role runbook-probe-1")
    path.write_bytes(path.read_bytes() + b'{"sent": "burst-0')
    (doing,) = read_journal(path)[1]
    assert (doing.sent, doing.made) == (1, ("role runbook-probe-1",))
    assert read_journal(tmp_path / "none") == ({}, ())
    journal.end()


def test_the_words_say_how_many_of_how_many_and_under_which_consent() -> None:
    agreed = consent(300).to_json()
    doing = Doing(purpose="burst", asked=300, consent=agreed, sent=4, first="12:00", last="12:01")
    assert doing.text == (
        "up to 4 of 300 requests (burst) were sent from 12:00 to 12:01 and their answers are not known; agreed to was "
        f"lambda:InvokeFunction on {ARN}, at most 300 times, payload SHA-256 {agreed['payload_sha256'][:12]}…"
    )
    assert Doing(purpose="smoke", asked=1, consent=agreed, sent=1).short == "up to 1 of 1 request (smoke)"
    assert json.loads(json.dumps(doing.to_json()))["sent_at_most"] == 4


def test_a_probe_is_noted_before_each_thing_is_made(aws: FakeLambda, tmp_path: Path) -> None:
    aws.configurations = [configuration(VpcConfig={"SubnetIds": ["subnet-a"], "SecurityGroupIds": ["sg-1"]})]
    given = probe_consent(ARN, ("s3.amazonaws.com",), 1)
    request = Probe(destinations=("s3.amazonaws.com",))
    path = tmp_path / JOURNAL
    run_probe(aws.connection, given, ARN, request, journal=Journal(path), pause=lambda _: None)
    (doing,) = read_journal(path)[1]
    assert [name.rpartition(" ")[0] for name in doing.made] == ["role", "log group", "function"]
    assert doing.made[0].rpartition(" ")[2].startswith("runbook-probe-")
    assert (doing.purpose, doing.asked, doing.consent) == ("probe", 1, given.to_json())
    assert "runbook doctor --leftovers" in doing.text


@pytest.mark.parametrize(("told", "below"), [("/x/state", "/x/state/runbook-kit"), ("x", None), ("", None)])
def test_the_state_folder_is_where_programs_keep_state(
    monkeypatch: pytest.MonkeyPatch, told: str, below: str | None
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", told)
    monkeypatch.setenv("HOME", "/home/somebody")
    assert str(state_folder()) == (below or "/home/somebody/.local/state/runbook-kit")


def test_a_journal_is_held_until_its_process_is_gone(tmp_path: Path) -> None:
    code = (
        "import sys, pathlib; from runbook_lib.act import Journal, invocation_consent\n"
        f"given = invocation_consent({ARN!r}, times=3, payload_sha256='', timeout_s=1, memory_mb=128)\n"
        "journal = Journal(pathlib.Path(sys.argv[1])); journal.begin(given, 'burst', 3); journal.sent('burst-001')\n"
        "print('sent', flush=True); input()"
    )
    path = tmp_path / JOURNAL
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "sent\n"
    assert is_held(path)
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=60)
    assert not is_held(path)
    assert kept(path) == [("burst", 1, 3)]
