"""The same log in every form it is saved in gives the same events; what is missing from a file is told."""

from __future__ import annotations

import csv
import gzip
import io
import json
from pathlib import Path
from typing import Any

import pytest

from runbook_lib.errors import UsageError
from runbook_lib.invocations.base import LogEvent
from runbook_lib.invocations.reading import SavedLog, read_events

ID = "8f3c1111-1111-4222-8333-444444444444"
STREAM = "2026/11/18/[$LATEST]00000000000000000000000000000000"
T0 = 1_795_000_000_000
ERROR = '[ERROR] RuntimeError: upload "a" failed, again\nTraceback (most recent call last):\n  File "a.py", line 1'
MESSAGES = (f"START RequestId: {ID} Version: $LATEST", ERROR, f"END RequestId: {ID}")
TIMES = (T0, T0 + 250, T0 + 1000)
ISO = ("2026-11-18 11:06:40.000", "2026-11-18 11:06:40.250", "2026-11-18 11:06:41.000")
TOKEN = "the file ends with a page token: there are more log events than it holds (--max-items cuts so)"


def told(*, has_stream: bool = True) -> list[tuple[str, int | None, str | None]]:
    return [(text, time, STREAM if has_stream else None) for text, time in zip(MESSAGES, TIMES, strict=True)]


def said(log: SavedLog) -> list[tuple[str, int | None, str | None]]:
    return [(event.message, event.timestamp_ms, event.stream) for event in log]


def saved(content: str | bytes) -> SavedLog:
    return read_events(io.BytesIO(content.encode() if isinstance(content, str) else content))


def page(**more: Any) -> dict[str, Any]:
    items = [
        {"logStreamName": STREAM, "timestamp": time, "message": text}
        for text, time in zip(MESSAGES, TIMES, strict=True)
    ]
    return {"events": items, "searchedLogStreams": [], **more}


def table(*rows: tuple[Any, ...], mark: str = ",") -> str:
    text = io.StringIO()
    csv.writer(text, delimiter=mark).writerows(rows)
    return text.getvalue()


ROWS = list(zip(TIMES, MESSAGES, strict=True))
INSIGHTS = [(iso, text, STREAM, "1:/aws/lambda/f") for iso, text in zip(ISO, MESSAGES, strict=True)]
FIELDS = ("@timestamp", "@message", "@logStream", "@log")


@pytest.mark.parametrize(
    ("content", "has_stream"),
    [
        (table(("timestamp", "message"), *ROWS), False),
        (table(*ROWS), False),
        (table(*ROWS, mark=";"), False),
        (table(("timestamp", "message"), *ROWS, mark="\t"), False),
        ("\ufeff" + table(("timestamp", "message", "logStreamName"), *[(*row, STREAM) for row in ROWS]), True),
        (table(*[(*row, STREAM) for row in ROWS]), True),
        (table(FIELDS, *INSIGHTS), True),
        (table(FIELDS, *reversed(INSIGHTS)), True),
        (table(("@message", "@timestamp"), *[(text, iso) for iso, text, *_ in INSIGHTS]), False),
        (json.dumps([dict(zip(FIELDS, row, strict=True)) for row in INSIGHTS]), True),
        (
            json.dumps(
                {
                    "queryLanguage": "CWLI",
                    "results": [
                        [{"field": f, "value": v} for f, v in zip(FIELDS, row, strict=True)] for row in INSIGHTS
                    ],
                    "status": "Complete",
                }
            ),
            True,
        ),
        (
            json.dumps(
                {
                    "messageType": "DATA_MESSAGE",
                    "logGroup": "/aws/lambda/f",
                    "logStream": STREAM,
                    "logEvents": [{"id": "1", "timestamp": time, "message": text} for time, text in ROWS],
                }
            ),
            True,
        ),
        (
            json.dumps(
                [
                    {"type": "function", "time": f"{iso.replace(' ', 'T')}Z", "record": text}
                    for iso, text, *_ in INSIGHTS
                ]
            ),
            False,
        ),
        (json.dumps(page()).encode("utf-16"), True),
        (json.dumps(page()).encode("utf-16-le"), True),
        (json.dumps(page()).encode("utf-16-be"), True),
        (gzip.compress(json.dumps(page()).encode(), mtime=0), True),
    ],
)
def test_every_form_gives_the_same_events(content: str | bytes, has_stream: bool) -> None:
    log = saved(content)
    assert (said(log), log.gaps) == (told(has_stream=has_stream), [])


def test_coloured_lines_are_those_without_colour() -> None:
    plain = f"{STREAM} 2026-11-18T11:06:40.000Z START RequestId: {ID}\n"
    coloured = f"\x1b[36m{STREAM}\x1b[0m \x1b[33m2026-11-18T11:06:40.000Z\x1b[0m START RequestId: {ID}\n"
    assert list(saved(coloured)) == list(saved(plain)) == [LogEvent(f"START RequestId: {ID}", T0, STREAM)]


def test_objects_as_messages_are_the_lines_that_were_logged() -> None:
    line = {"type": "platform.start", "record": {"requestId": ID}}
    assert said(saved(json.dumps([{"@timestamp": ISO[0], "@message": line}]))) == [(json.dumps(line), T0, None)]
    own = {"message": "saved", "id": "42", "level": "ERROR"}
    assert said(saved(json.dumps(own))) == [(json.dumps(own), None, None)]


@pytest.mark.parametrize(
    ("content", "gaps"),
    [
        (json.dumps(page(NextToken="eyJ")), [TOKEN]),
        (json.dumps(page(nextToken="abc")), [TOKEN]),
        (json.dumps({"nextToken": "abc", **page()}), [TOKEN]),
        (json.dumps([page(), page(nextToken="abc")]), [TOKEN]),
        (json.dumps(page()) + json.dumps(page(nextToken="abc")), [TOKEN]),
        (json.dumps(page(nextToken="abc")) + "\n" + json.dumps(page()), []),
        (json.dumps([page(nextToken="abc"), page()]), []),
        (json.dumps(page(nextToken=None)), []),
        (json.dumps(page(nextForwardToken="f/1", nextBackwardToken="b/1")), []),
        (
            json.dumps({"results": [[{"field": "@message", "value": "START"}]], "status": "Running"}),
            ["the query of Logs Insights was not complete: its status is Running"],
        ),
    ],
)
def test_a_file_that_is_a_part_says_so(content: str, gaps: list[str]) -> None:
    log = saved(content)
    assert list(log) != []
    assert (log.gaps, log.is_complete()) == (gaps, not gaps)


@pytest.mark.parametrize(
    ("content", "refusal"),
    [
        (
            json.dumps({"events": [{"logStreamName": ["x"], "timestamp": 1, "message": "START"}]}),
            "the log line 1: a list as logStreamName instead of text; "
            "expected log events as filter-log-events prints them",
        ),
        (gzip.compress(gzip.compress(b"{}", mtime=0), mtime=0), "the log is packed with gzip twice; unpack it once"),
        (table(("timestamp", "message"), ROWS[0]) + f'{T0},"cut', "the log line 3: unexpected end of data"),
    ],
)
def test_what_cannot_be_understood_is_refused_in_one_line(content: str | bytes, refusal: str) -> None:
    with pytest.raises(UsageError) as refused:
        list(saved(content))
    assert str(refused.value) == refusal


@pytest.mark.parametrize("field", ["results", "statistics", "queryLanguage", "messageType"])
def test_a_log_line_whose_first_field_is_called_like_one_of_a_page_is_a_line(tmp_path: Path, field: str) -> None:
    line = {field: "x", "level": "ERROR", "message": "boom", "requestId": "00000000-1111-4222-8333-444444444444"}
    path = tmp_path / "log.jsonl"
    path.write_text(json.dumps(line) + "\n")
    assert [json.loads(event.message) for event in read_events(path)] == [line]
