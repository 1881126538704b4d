"""The terminal view: everything said, nothing obeyed."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from rich.console import Console

from runbook_lib.model.finding import Finding
from runbook_lib.model.status import Severity, Status, Verdict
from runbook_lib.render.terminal import show_result
from tests.render import samples


def shown(result: object = None, width: int = 200) -> str:
    """What a terminal of this width would show, without colours."""
    console = Console(file=io.StringIO(), width=width, highlight=False)
    show_result(result or samples.result(), titles=samples.TITLES, console=console)  # type: ignore[arg-type]
    return console.file.getvalue()  # type: ignore[attr-defined,no-any-return]


def test_order_is_verdict_gaps_worst_first() -> None:
    text = shown()
    marks = ["✕ FAIL SIMULATED", "does not reach S3", "Not read or not understood (1)", "Fail (2)"]
    marks += ["no gateway endpoint for S3", "Wanted: VPC has", "Fix: Create", "✓ proven", "▲ Open", "aws ec2 create"]
    marks += ["! not proven", "Unknown (2)", "Pass (2)", "Not applicable (1)", "Not run: FUN001"]
    places = [text.index(mark) for mark in marks]
    assert places == sorted(places)


def test_live_result_is_not_marked_simulated() -> None:
    assert "SIMULATED" not in shown(samples.passing())


def test_no_finding_is_said() -> None:
    assert "no finding" in shown(samples.result(findings=(), verdict=Verdict.UNKNOWN))


@pytest.mark.parametrize("width", [20, 40, 80])
def test_narrow_terminal_is_not_exceeded(width: int) -> None:
    assert max(map(len, shown(width=width).splitlines())) <= width


def test_one_reason_is_said_once_and_names_the_others_it_answers() -> None:
    def unknown(id_: str, text: str) -> Finding:
        return samples.finding(id_, Status.UNKNOWN, samples.FUNCTION, text)

    found = (unknown("DEP006", "Nobody agreed."), unknown("DEP008", "Nobody agreed."), unknown("DEP009", "It is late."))
    text = shown(samples.result(findings=found))
    assert (text.count("Nobody agreed."), text.count("It is late.")) == (1, 1)
    assert "Unknown (3)" in text
    assert f"The same for DEP008 {samples.FUNCTION.id}." in text


def test_a_cause_told_again_by_lighter_checks_takes_one_line() -> None:
    def failed(id_: str, severity: Severity, text: str, blames: tuple[str, ...]) -> Finding:
        made = samples.finding(id_, Status.FAIL, samples.FUNCTION, text)
        return replace(made, severity=severity, code=id_, blames=blames)

    first = failed("PTH010", Severity.CRITICAL, "It is blocked.", ("BAD_STATE nat-1",))
    again = failed("NAT001", Severity.HIGH, "It has failed.", ("BAD_STATE nat-1",))
    other = failed("NAT004", Severity.HIGH, "It denies.", ("DENIED acl-1",))
    text = shown(samples.result(findings=(first, again, other)))
    assert "Fail (3)" in text
    assert "It is blocked." in text
    assert "It denies." in text
    assert "It has failed." not in text
    assert f"The first cause once more: NAT001 {samples.FUNCTION.id}." in text


def test_markup_and_control_characters_are_only_text() -> None:
    nasty = samples.finding("END001", Status.FAIL, samples.FUNCTION, "[red]x[/red] \x1b[2J\x07 [link=http://a]b")
    text = shown(samples.result(findings=(nasty,)))
    assert "[red]x[/red] ⟨U+001B⟩[2J⟨U+0007⟩ [link=http://a]b" in text
    assert "\x1b" not in text


def test_default_goes_to_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    show_result(samples.passing())
    out, err = capsys.readouterr()
    assert out == ""
    assert "PASS" in err


def test_the_best_supported_cause_stands_under_the_verdict() -> None:
    said = "3 of 3 failures are out_of_memory."
    weighed = (
        {"cause": "memory", "verdict": "likely", "for": [said], "against": [], "rank": 1},
        {"cause": "dns", "verdict": "ruled_out", "for": [], "against": ["no name"], "rank": 2},
    )
    text = shown(samples.result(hypotheses=weighed))
    assert "Cause · Likely: Too little memory." in text
    assert text.index("✕ FAIL") < text.index(f"+ {said}") < text.index("Fail (2)")
    assert "Cause ·" not in shown()
