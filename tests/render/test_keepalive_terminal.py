"""Whether clients survive, in terminals of any width."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from runbook_lib.keepalive.answer import answer
from runbook_lib.render.keepalive_terminal import show_keepalive
from tests.keepalive.subjects import subject

NAME = "deployments/worker-with-a-long-name.yaml"


def printed(width: int) -> list[str]:
    console = Console(file=io.StringIO(), width=width, color_system=None)
    show_keepalive(answer([subject(Subject=NAME, TimeS=7200)]), console=console)
    assert isinstance(console.file, io.StringIO)
    return [line.rstrip() for line in console.file.getvalue().splitlines()]


@pytest.mark.parametrize("width", [50, 60, 80, 99])
def test_a_narrow_terminal_has_one_client_below_the_other(width: int) -> None:
    lines = printed(width)
    at = lines.index(f"✕ {NAME}")
    assert " ".join(" ".join(lines[at + 1 :]).split()).startswith(
        "first probe 7,200 s, then every 15 s, SO_KEEPALIVE on first probe at 7200 s, path drops at 350 s."
    )


@pytest.mark.parametrize("width", [100, 120, 200])
def test_a_wide_terminal_has_a_table_with_a_whole_header(width: int) -> None:
    assert any(
        line.split() == ["client", "first", "probe", "then", "every", "SO_KEEPALIVE", "why"] for line in printed(width)
    )
