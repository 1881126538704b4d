"""Windows: what people write becomes two moments, and what makes no sense is refused in one line."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from runbook_lib.errors import UsageError
from runbook_lib.facade.sources import open_source
from runbook_lib.facade.watching import Watch
from runbook_lib.facade.windows import window_of
from runbook_lib.model.window import Window
from tests.embedded import shared

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("since", "until", "start", "end"),
    [
        ("", "", NOW - timedelta(hours=3), NOW - timedelta(minutes=2)),
        ("90s", "now", NOW - timedelta(seconds=90), NOW),
        ("1.5h ago", "30m", NOW - timedelta(hours=1.5), NOW - timedelta(minutes=30)),
        ("2d", "1d", NOW - timedelta(days=2), NOW - timedelta(days=1)),
        ("1w", "NOW", NOW - timedelta(weeks=1), NOW),
        ("2026-11-21T09:00Z", "2026-11-21T10:00:00+02:00", None, None),
        ("2026-11-21T07:00", "2026-11-21 08:30", NOW.replace(hour=7), NOW.replace(hour=8, minute=30)),
        ("1970-01-01", "now", datetime(1970, 1, 1, tzinfo=UTC), NOW),
        ("2026-11-20", "now", datetime(2026, 11, 20, tzinfo=UTC), NOW),
        ("1h", "2026-11-21T12:01:00Z", NOW - timedelta(hours=1), NOW + timedelta(minutes=1)),
    ],
)
def test_words_become_moments(since: str, until: str, start: datetime | None, end: datetime | None) -> None:
    if start is None or end is None:
        with pytest.raises(UsageError, match="reversed or empty"):
            window_of(since, until, NOW)
    else:
        assert window_of(since, until, NOW) == Window(start=start, end=end)


@pytest.mark.parametrize(
    ("since", "until", "said"),
    [
        (
            "yesterday",
            "",
            "since 'yesterday' is no moment; expected for example 30m, 3h, 2d, now or 2026-11-21T09:00:00Z",
        ),
        (
            "9" * 30 + "w",
            "",
            f"since '{'9' * 30}w' is no moment; expected for example 30m, 3h, 2d, now or 2026-11-21T09:00:00Z",
        ),
        (
            "99999d",
            "",
            "the window begins 1753-02-06T12:00:00Z, before the first moment CloudWatch knows, 1970-01-01T00:00:00Z",
        ),
        (
            "1969-12-31T23:59:59Z",
            "",
            "the window begins 1969-12-31T23:59:59Z, before the first moment CloudWatch knows, 1970-01-01T00:00:00Z",
        ),
        (
            "1h",
            "2h",
            "the window is reversed or empty: since 2026-11-21T11:00:00Z is not before until 2026-11-21T10:00:00Z",
        ),
        (
            "1h",
            "1h",
            "the window is reversed or empty: since 2026-11-21T11:00:00Z is not before until 2026-11-21T11:00:00Z",
        ),
        (
            "1h",
            "2026-11-21T12:01:01Z",
            "until 2026-11-21T12:01:01Z lies in the future; it is 2026-11-21T12:00:00Z now",
        ),
        (
            "2026-11-22",
            "2026-11-23",
            "since 2026-11-22T00:00:00Z lies in the future; it is 2026-11-21T12:00:00Z now",
        ),
    ],
)
def test_what_makes_no_sense_is_refused(since: str, until: str, said: str) -> None:
    with pytest.raises(UsageError) as refusal:
        window_of(since, until, NOW)
    assert str(refusal.value) == said


@pytest.mark.parametrize(
    ("scenario", "asked", "expected"),
    [
        ("migration-15-minutes", Watch(), Watch(since="12d")),
        ("migration-15-minutes", Watch(since="2h"), Watch(since="2h")),
        ("migration-15-minutes", Watch(until="1h"), Watch(until="1h")),
        ("fixed", Watch(), Watch()),
    ],
)
def test_a_scenario_brings_its_window_where_none_was_asked_for(scenario: str, asked: Watch, expected: Watch) -> None:
    with shared(scenario), open_source(f"sandbox:{scenario}") as source:
        assert asked.of(source) == expected
