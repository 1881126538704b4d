"""`runbook natlab`: exit codes, one line for what is wrong, and machine output apart from what people read."""

from __future__ import annotations

import io
import json
import subprocess
from typing import Any

import pytest
from rich.console import Console

from runbook_lib.cli import run_command
from runbook_lib.natlab import Condition
from runbook_lib.render.lab_terminal import show_lab
from tests.natlab.starting import AS_ROOT_WITHOUT_USERS, KIT, ROOT


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("idle --limit 0", "the idle limit of the lab must be 2 to 5,000 whole seconds, not 0"),
        ("idle --limit -3", "the idle limit of the lab must be 2 to 5,000 whole seconds, not -3"),
        ("idle --limit 1", "the idle limit of the lab must be 2 to 5,000 whole seconds, not 1"),
        ("idle --limit 5001", "the idle limit of the lab must be 2 to 5,000 whole seconds, not 5001"),
        ("idle --limit 3.5", "Invalid value for '--limit': '3.5' is not a valid integer."),
        ("saturation --limit 0", "the idle limit of the lab must be 2 to 5,000 whole seconds, not 0"),
        ("saturation --ports 0", "ports must be 1 to 128, not 0"),
        ("saturation --ports 129", "ports must be 1 to 128, not 129"),
        ("saturation --clients 0", "clients must be 1 to 500, not 0"),
        ("saturation --clients 501", "clients must be 1 to 500, not 501"),
        ("flood", "No such command 'flood'."),
    ],
)
def test_what_makes_no_sense_is_one_line(capsys: pytest.CaptureFixture[str], words: str, said: str) -> None:
    assert run_command(["natlab", *words.split()]) == 2
    out, err = capsys.readouterr()
    assert (out, err) == ("", f"error: {said}\n")


@pytest.mark.netlab
def test_json_goes_to_standard_output_alone(place: Condition, capfd: pytest.CaptureFixture[str]) -> None:
    assert run_command(["natlab", "saturation", "--ports", "2", "--clients", "3", "--json"]) == 0
    out, err = capfd.readouterr()
    told = json.loads(out)
    refused = told["counters"].pop("no_free_port")
    assert (err, told["rows"][2].pop("seen")) == ("", [["packets without a free port", refused]])
    assert told == {
        "lab": "namespaces",
        "reason": "",
        "limit_s": 350,
        "rows": [
            row("nat-gateway", [1, 2], "answered", sources=["10.77.2.1"], seen=[["answered", 2]]),
            row("nat-gateway", [3, 3], "ConnectTimeoutError", seen=[["ConnectTimeoutError", 1]]),
            row("nat-gateway", [1, 3], "packets without a free port: 1 or more"),
            row("nat-gateway", [1, 2], "connections kept: 2", seen=[["connections kept", 2]]),
            row("switch", [1, 2], "connection lost", seen=[["connection lost", 2]]),
            row("gateway-endpoint", [1, 3], "answered", sources=["10.78.0.2"], seen=[["answered", 3]]),
        ],
        "not_shown": [],
        "counters": {"resets": 0, "dropped": 0, "lost_answers": 0},
        "uncounted": [],
        "agrees": True,
    }


def row(step: str, clients: list[int], predicted: str, **told: Any) -> dict[str, Any]:
    return {"step": step, "clients": clients, "predicted": predicted, "sources": [], "agrees": True} | told


@pytest.mark.netlab
def test_root_needs_no_user_namespace(place: Condition) -> None:
    line = [*AS_ROOT_WITHOUT_USERS, *KIT, "natlab", "saturation", "--ports", "1", "--clients", "2", "--json"]
    done = subprocess.run(line, cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert (json.loads(done.stdout)["lab"], json.loads(done.stdout)["agrees"]) == ("namespaces", True)


# what people read


IDLE_ROW = {
    "client": "no keepalive",
    "situation": "reuse",
    "so_keepalive": False,
    "time_s": 7200,
    "interval_s": 75,
    "idle_s": 5,
    "predicted": "reset",
    "seen": "reset",
    "said": "ConnectionResetError: [Errno 104] Connection reset by peer",
    "agrees": True,
}
ANSWER = {
    "lab": "namespaces",
    "reason": "",
    "limit_s": 3,
    "rows": [IDLE_ROW],
    "not_shown": [],
    "uncounted": [],
    "agrees": True,
}


def shown(**changes: Any) -> list[str]:
    """The lines that a terminal of 120 columns shows."""
    console = Console(file=io.StringIO(), width=120)
    show_lab(ANSWER | changes, console)
    assert isinstance(console.file, io.StringIO)
    return [line.strip("│ ") for line in console.file.getvalue().splitlines()]


def test_a_table_that_agrees() -> None:
    lines = shown()
    assert "✓ AGREES" in lines[0]
    assert lines[1:3] == [
        "1 of 1 rows came out as the model says",
        "a real NAT gateway in Linux network namespaces that forgets after 3 s without traffic",
    ]
    assert lines[5].split() == ["✓", "reuse", "no", "keepalive", "–", "reset", "reset", "ConnectionResetError"]


def test_a_row_that_differs_and_one_that_was_not_seen() -> None:
    rows = [IDLE_ROW | {"seen": "ok", "agrees": False}, IDLE_ROW | {"seen": None, "agrees": None, "said": "OSError"}]
    lines = shown(rows=rows, agrees=False)
    assert "✕ DIFFERS" in lines[0]
    assert lines[1] == "0 of 2 rows came out as the model says"
    assert lines[5].split()[-3:] == ["reset", "ok", "ConnectionResetError"]
    assert lines[6].split()[-4:] == ["reset", "cannot", "tell", "OSError"]


def test_a_gateway_that_counted_nothing_is_told() -> None:
    lines = shown(uncounted=["lost_answers"], agrees=False)
    assert lines[-1] == "✕ the gateway counted no lost answers, although clients met some"


def test_the_relay_says_that_it_is_one_and_what_it_did_not_show() -> None:
    lines = shown(lab="relay", reason="nft not found", not_shown=["reuse: a client"], agrees=None)
    assert "? NOT ALL SHOWN" in lines[0]
    assert lines[1:3] == [
        "1 of 1 rows came out as the model says; 1 could not be shown",
        "a relay on the loopback in place of the NAT gateway that forgets after 3 s without traffic",
    ]
    assert lines[-2:] == ["Not shown (1): nft not found", "? reuse: a client"]
