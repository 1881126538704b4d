"""The table of limits: what is near, reached, beyond or not known, at the boundary."""

from __future__ import annotations

import math

import pytest

from runbook_lib.render.limits_table import Gauge, limits_table


def used(**told: object) -> str:
    (row,) = limits_table("worker", [Gauge(name="Timeout", limit="10 s", **told)]).rows  # type: ignore[arg-type]
    return row[-1].plain


@pytest.mark.parametrize(
    ("share", "said"),
    [
        (0.0, "✓ Room 0%"),
        (0.0099, "✓ Room less than 1%"),
        (0.01, "✓ Room 1%"),
        (0.8999, "✓ Room 90%"),
        (0.9, "! Near 90%"),
        (0.9999, "! Near 100%"),
        (1.0, "✕ Reached 100%"),
        (1.99, "✕ Reached 199%"),
        (12.0, "✕ Reached 12 times"),
        (math.inf, "✕ Reached"),
    ],
)
def test_a_limit_is_near_at_nine_tenths_and_reached_at_all_of_it(share: float, said: str) -> None:
    assert used(share=share) == said


@pytest.mark.parametrize(("share", "said"), [(0.95, "✓ Room 95%"), (1.0, "✓ Room 100%"), (1.01, "✕ Gone 101%")])
def test_where_all_of_it_may_be_used_only_more_is_beyond(share: float, said: str) -> None:
    assert used(share=share, is_enough=True, beyond="Gone") == said


def test_what_is_not_known_says_why_and_names_no_limit() -> None:
    (row,) = limits_table("worker", [Gauge(name="Memory", limit="", missing="not read")], "today").rows
    assert [cell.plain for cell in row] == ["Memory", "not known", "–", "? Not known (not read)"]
    assert limits_table("worker", [], "today").caption == "What worker may take and what it took, today"
