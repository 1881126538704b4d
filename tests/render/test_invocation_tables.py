"""Tables of invocations, bursts, durations, causes and loads: whole rows, what is left out, and words of strangers."""

from __future__ import annotations

from dataclasses import replace

import pytest

from runbook_lib.invocations.base import ErrorClass, Hypothesis, Plausibility
from runbook_lib.invocations.timing import expected_failures
from runbook_lib.model.sdk import Sdk
from runbook_lib.render.invocation_tables import (
    PLAUSIBLE,
    burst_table,
    cause_lead,
    cause_table,
    cause_text,
    duration_table,
    invocation_table,
)
from runbook_lib.render.load_table import LoadAsked, load_table
from runbook_lib.render.tables import Table
from tests.render.invocations import HOSTILE, analysis, failed, ok, open_ended

PEAK = "nat at its peak in the window"


def plain(table: Table) -> list[list[str]]:
    """The rows as text."""
    return [[cell.plain for cell in row] for row in table.rows]


def cause(verdict: Plausibility, name: str = "dns", rank: int = 1) -> dict[str, object]:
    return Hypothesis(cause=name, verdict=verdict, supporting=("yes",), opposing=("no",), rank=rank).to_json()


def test_an_invocation_is_a_row_and_what_was_not_seen_is_a_dash() -> None:
    cold = ok(0, 2.04, cold=True, init_ms=401.3, memory_used_mb=118, memory_size_mb=1024)
    table = invocation_table([cold, failed(1), open_ended(2), replace(ok(3), cold=True)])
    assert table.caption == "4 invocations in the order of starts"
    assert plain(table) == [
        ["12:00:00.000", "✓ Success", "2.0 s", "401 ms", "118 MB (of 1,024)", "–", "success-0"],
        ["12:00:01.000", "✕ Connect timeout", "3 min 00 s", "–", "–", "s3.example.com:443", "failure-1"],
        ["12:00:02.000", "? End not seen", "–", "–", "–", "–", "open-2"],
        ["12:00:03.000", "✓ Success", "2.0 s", "yes", "–", "–", "success-3"],
    ]


@pytest.mark.parametrize(("count", "shown"), [(30, 30), (31, 30)])
def test_of_many_thirty_are_shown_and_that_is_said(count: int, shown: int) -> None:
    table = invocation_table([ok(second) for second in range(count)])
    assert len(table.rows) == shown
    rest = "30 of 31 invocations in the order of starts, around the first failure; the log has them all"
    assert (table.caption == rest) is (count > 30)


def test_a_burst_is_a_row_with_its_test_and_the_pattern_is_defined() -> None:
    found = analysis(*(ok(place / 10) for place in range(5)), *(failed(0.5 + place / 10) for place in range(5)), ok(60))
    table = burst_table(found)
    assert plain(table) == [
        ["2026-11-21 12:00:00", "10", "10", "5", "✕ 5", "0", "the first succeed, later ones fail", "0.004"],
        ["2026-11-21 12:01:00", "1", "1", "1", "0", "0", "nothing failed", "no test"],
    ]
    assert table.caption == "Over all bursts: the first succeed, later ones fail"
    assert found.explanation in table.note
    assert "rank-sum test p ≤ 0.005" in table.note


def test_small_bursts_that_are_not_shown_are_counted_in_words() -> None:
    table = burst_table(analysis(*(ok(60 * burst + place / 10) for burst in range(22) for place in range(2))))
    assert (len(table.rows), "2 smaller bursts are not shown but counted" in table.note) == (20, True)


def test_durations_are_held_against_what_the_client_makes_of_them() -> None:
    sdk = Sdk(connect_timeout_s=5, read_timeout_s=60, attempts=2)
    seen = [failed(0, 10.5), failed(1, 11), failed(2, 30), failed(3, duration_ms=None)]
    table = duration_table(seen, expected_failures(sdk, 20), "with it")
    assert table.caption == "How long a failure takes with it"
    assert [row[:3] for row in plain(table)] == [
        ["Connect timeout", "10.0 s to 11.0 s", "2 of 3"],
        ["Function timeout", "20.0 s", "0 of 3"],
        ["None of these", "30.0 s", "1 of 3"],
    ]
    assert table.note == "Of 1 more failures the log does not tell how long they took."
    assert duration_table([], expected_failures(sdk, 20), "with it").note == "No invocation failed."


def test_causes_keep_their_order_and_say_their_verdict_in_a_word() -> None:
    listed = [cause(verdict, rank=rank) for rank, verdict in enumerate(Plausibility, 1)]
    table = cause_table("The answer.", listed)
    assert plain(table) == [
        ["Names that do not resolve (rank 1)", "● Likely", "yes", "no"],
        ["Names that do not resolve (rank 2)", "◐ Possible", "yes", "no"],
        ["Names that do not resolve (rank 3)", "? Cannot tell", "yes", "no"],
        ["Names that do not resolve (rank 4)", "○ Ruled out", "yes", "no"],
    ]
    assert "<li>yes</li>" in table.html()
    assert cause_text("The answer.", listed[:1]).splitlines() == [
        "The answer.",
        " 1 ● Names that do not resolve: likely",
        "     + yes",
        "     − no",
    ]
    assert set(PLAUSIBLE) == set(Plausibility)


@pytest.mark.parametrize(
    ("verdicts", "said"),
    [
        ("likely ruled_out", "Likely: Names that do not resolve."),
        ("possible possible cannot_tell", "Possible: Names that do not resolve; Names that do not resolve."),
        ("cannot_tell ruled_out", "Nothing that was read tells the cause."),
        ("ruled_out ruled_out", "Every cause is ruled out."),
        ("", "Nothing that was read tells the cause."),
    ],
)
def test_the_lead_never_says_more_than_the_verdicts(verdicts: str, said: str) -> None:
    assert cause_lead([cause(Plausibility(word)) for word in verdicts.split()]) == said


def test_words_of_strangers_stay_words() -> None:
    item = {**cause(Plausibility.LIKELY), "cause": HOSTILE, "for": [HOSTILE], "against": [HOSTILE]}
    hostile = failed(1, request_id=HOSTILE, destination=HOSTILE, error_class=ErrorClass.DNS)
    for table in (cause_table(HOSTILE, [item]), invocation_table([hostile])):
        html = table._repr_html_()
        assert not any(bad in html for bad in ("<img", "</script", "\u202e", "{{"))
    assert "\u202e" not in cause_text(HOSTILE, [item])


@pytest.mark.parametrize(
    ("asked", "held", "rows"),
    [
        ((10, 1, 1), None, [["This load alone", "10", "✓ Fits 0.018%"]]),
        (
            (10, 2, 1),
            55_015,
            [
                ["This load alone", "20", "✓ Fits 0.036%"],
                [
                    "nat at its peak in the window (to all destinations, by everything behind it)",
                    "55,015",
                    "✕ Full 100%",
                ],
                ["Both together, at worst (as if all of it went to one destination)", "55,035", "✕ Does not fit 100%"],
            ],
        ),
        ((49_499, 1, 1), None, [["This load alone", "49,499", "✓ Fits 90.0%"]]),
        ((49_500, 1, 1), None, [["This load alone", "49,500", "! Nearly full 90.0%"]]),
        ((54_999, 1, 1), None, [["This load alone", "54,999", "! Nearly full 99.9%"]]),
        ((55_000, 1, 1), None, [["This load alone", "55,000", "✕ Does not fit 100%"]]),
        ((55_000, 1, 2), None, [["This load alone", "55,000", "✓ Fits 50.0%"]]),
        ((0, 1, 1), None, [["This load alone", "0", "✓ Fits 0.0%"]]),
    ],
)
def test_a_load_is_held_against_the_ports(
    asked: tuple[int, int, int], held: float | None, rows: list[list[str]]
) -> None:
    concurrency, connections, addresses = asked
    load = LoadAsked(concurrency=concurrency, connections=connections, addresses=addresses)
    table = load_table(load, held, "nat")
    assert plain(table) == rows
    assert ("was not read" in table.note) is (held is None)


def test_a_load_says_what_it_is_and_when_it_fills_the_ports() -> None:
    table = load_table(LoadAsked(concurrency=1, connections=2, addresses=2), 0, "nat")
    assert table.caption == "1 invocation at once × 2 connections each, 2 addresses"
    assert table.note == "55,000 invocations at once would alone take every port."
    assert table.columns[2] == "Share of 110,000 ports to one destination"
    none = load_table(LoadAsked(concurrency=1, connections=0, addresses=1), 0, "nat")
    assert none.note == "Without a connection no load takes a port."
