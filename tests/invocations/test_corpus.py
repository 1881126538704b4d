"""Logs of all runtimes in all forms, each with the whole answer that was worked out by hand."""

from __future__ import annotations

import gzip
import io
import json
from pathlib import Path

import pytest

from runbook_lib.invocations.assemble import Assembled, invocations_of
from runbook_lib.invocations.base import LogEvent
from runbook_lib.invocations.reading import events_of, read_events

CORPUS = Path(__file__).parent / "corpus"
FILES = sorted(path for path in CORPUS.iterdir() if path.is_file())


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_log_gives_the_expected_rows_and_gaps(path: Path) -> None:
    found = invocations_of(read_events(path))

    expected = json.loads((CORPUS / "expected" / f"{path.name}.json").read_text())
    assert {"invocations": [row.to_json() for row in found.invocations], "gaps": list(found.gaps)} == expected


def test_every_expected_answer_has_its_log() -> None:
    assert sorted(path.name for path in (CORPUS / "expected").iterdir()) == [f"{path.name}.json" for path in FILES]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_packed_with_gzip_the_answer_is_the_same(path: Path) -> None:
    packed = io.BytesIO(gzip.compress(path.read_bytes()))

    assert invocations_of(read_events(packed)) == invocations_of(read_events(path))


@pytest.mark.parametrize("path", [path for path in FILES if path.suffix == ".json"], ids=lambda path: path.name)
def test_the_same_events_in_other_forms_give_the_same_answer(path: Path, tmp_path: Path) -> None:
    events = list(read_events(path))
    items = [
        {"timestamp": event.timestamp_ms, "message": event.message, "logStreamName": event.stream, "eventId": event.id}
        for event in events
    ]
    compact, listed, by_line = tmp_path / "compact.json", tmp_path / "listed.json", tmp_path / "lines.jsonl"
    compact.write_text(json.dumps({"searchedLogStreams": [], "events": items}, separators=(",", ":")))
    listed.write_text(json.dumps(items, indent=2))
    by_line.write_text("".join(json.dumps(item) + "\r\n" for item in items))

    assert list(events_of(items)) == events
    assert [list(read_events(other)) for other in (compact, listed, by_line)] == [events, events, events]


def test_a_log_that_was_not_read_completely_proves_no_success() -> None:
    events = list(read_events(CORPUS / "python_text_two_pages.json"))

    whole = invocations_of(events).invocations
    partly = invocations_of(events, complete=False)

    assert [row.outcome.value for row in whole].count("success") == 2
    assert [row.outcome.value for row in partly.invocations] == [
        "unknown" if row.outcome.value == "success" else row.outcome.value for row in whole
    ]
    assert partly.gaps[0] == "the log was not read completely: 4 of 8 invocations show no failure, which proves nothing"


def test_nothing_at_all_is_a_gap() -> None:
    assert invocations_of([]) == Assembled((), ("the log has no lines",))
    assert invocations_of([LogEvent("hello")]) == Assembled((), ("no invocation was recognised in 1 log lines",))
