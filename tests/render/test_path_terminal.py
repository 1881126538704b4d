"""A path answer in the terminal says no more than what is true."""

from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from runbook_lib.render.path_terminal import show_path

FLOW = {"from": "subnet-a", "to": "10.0.1.5"}


def shown(forward: str, detail: str = "sg-0bbb") -> str:
    blockers = [{"code": "PTH003", "component": "sg-0bbb", "rule": None, "detail": detail}]
    answer: dict[str, Any] = {
        "verdict": forward,
        "forward": {
            "verdict": forward,
            "hops": [{"id": "sg-a"}],
            "blocked_by": blockers if forward == "blocked" else [],
        },
        "return": {"verdict": "reachable", "hops": [], "blocked_by": []},
        "missing": [],
    }
    console = Console(width=120, record=True, file=StringIO())
    show_path(FLOW, answer, console=console)
    return console.export_text()


@pytest.mark.parametrize(
    ("forward", "words"), [("blocked", "answer  would return"), ("reachable", "answer  reachable")]
)
def test_the_answer_to_a_blocked_way_is_only_supposed(forward: str, words: str) -> None:
    assert words in shown(forward)


def test_a_blocker_is_not_named_twice() -> None:
    assert "at sg-0bbb: sg-0bbb" not in shown("blocked")
    assert "at sg-0bbb: no rule lets it in" in shown("blocked", "no rule lets it in")
