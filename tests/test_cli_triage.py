"""`runbook triage`: exit 0 whatever is asked, one line for what cannot be asked."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from runbook_lib.cli import run_command

Json = dict[str, Any]
REFUSED = "Error: connect ECONNREFUSED 10.0.3.4:5432"
CORPUS = Path(__file__).resolve().parent / "invocations" / "corpus"


def ask(capsys: pytest.CaptureFixture[str], *words: str) -> Json:
    capsys.readouterr()
    assert run_command(["triage", "--json", *words]) == 0
    answer: Json = json.loads(capsys.readouterr().out)
    return answer


def complaint(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    capsys.readouterr()
    assert run_command(["triage", *words]) == 2
    said = capsys.readouterr()
    assert (said.out, said.err.count("\n")) == ("", 1)
    return said.err.strip()


def test_the_answer_has_the_shape_of_the_contract(capsys: pytest.CaptureFixture[str]) -> None:
    answer = ask(capsys, REFUSED)
    assert answer.keys() == {"known", "headline", "priority", "symptoms", "next", "look_at", "notes", "gaps"}
    assert [one.keys() for one in answer["next"]] == [
        {"rank", "runbook", "why", "confidence", "parameters", "to_tell", "command"}
    ]
    assert answer["next"][0]["parameters"] == {"destination": "10.0.3.4", "port": 5432}
    assert [one["symptom"] for one in answer["symptoms"]] == ["connection_refused"]


def test_words_need_no_quotes(capsys: pytest.CaptureFixture[str]) -> None:
    words = "first 5 succeed, last 5 time out"
    assert ask(capsys, *words.split()) == ask(capsys, words)


@pytest.mark.parametrize("encoded", [REFUSED.encode(), f"{REFUSED} é".encode("latin-1"), b"\xff\xfe\x00"])
def test_standard_input(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, encoded: bytes) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(encoded)))
    assert ask(capsys, "-")["known"] is encoded.startswith(b"Error")


def test_a_saved_log(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    path = CORPUS / "node_text.jsonl"
    from_file = ask(capsys, "--file", str(path))
    assert from_file["next"][0]["runbook"] == "network_path"
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(path.read_bytes())))
    assert ask(capsys, "--file", "-") == from_file


@pytest.mark.parametrize("text", ["", "hello world", "--", "{}"])
def test_nonsense_exits_0_and_is_told(capsys: pytest.CaptureFixture[str], text: str) -> None:
    answer = ask(capsys, "--", text)
    assert (answer["known"], answer["symptoms"]) == (False, [])
    assert {one["confidence"] for one in answer["next"]} == {"a place to begin"}


def test_a_function_of_the_sandbox(capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert run_command(["triage", "--source", "sandbox:incident", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    first = answer["next"][0]
    assert [one["symptom"] for one in answer["symptoms"]] == ["nat_ports", "first_n_then_fail", "connect_timeout"]
    assert (first["runbook"], first["to_tell"]) == ("nat_gateway", [])
    assert first["command"].startswith("runbook run nat_gateway --source sandbox:incident -p function_name ")


def test_people_read_it_on_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert run_command(["triage", REFUSED]) == 0
    said = capsys.readouterr()
    assert said.out == ""
    words = ("TRIAGE", "priority medium", "network_path", "possible", "-p port 5432", "FUNCTION stands for", "Look at")
    assert [word for word in words if word not in said.err] == []


def test_a_command_is_one_line_however_narrow_the_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    assert run_command(["triage", REFUSED]) == 0
    line = "  runbook run network_path --source aws -p function_name FUNCTION -p destination 10.0.3.4 -p port 5432"
    assert line in [one.rstrip() for one in capsys.readouterr().err.splitlines()]


def test_control_characters_of_a_text_do_not_reach_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["triage", f"{REFUSED}\x1b[2J\x07"]) == 0
    said = capsys.readouterr().err
    assert "\x1b[2J" not in said
    assert "\x07" not in said


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "give one of a TEXT"),
        (("text", "--file", "log.json"), "give one of a TEXT"),
        (("text", "--function", "worker"), "give one of a TEXT"),
        (("text", "--since", "1h"), "go with --function"),
        (("--file", "/nowhere/log.json"), "cannot be read"),
        (("--source", "sandbox:nowhere"), "nowhere"),
        (("--source", "sandbox:incident", "--function", "nobody"), "nobody"),
        (("--source", "sandbox:incident", "--since", "tomorrow"), "tomorrow"),
    ],
)
def test_what_cannot_be_asked(capsys: pytest.CaptureFixture[str], words: tuple[str, ...], said: str) -> None:
    assert said in complaint(capsys, *words)
