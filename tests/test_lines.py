"""Lines of JSON are read and written as the standard library has it."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runbook_lib.lines import read_line, written_line

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def by_the_library(line: str) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError) as error:
        return type(error), str(error)


def ours(line: str) -> Any:
    try:
        return read_line(line)
    except (ValueError, RecursionError) as error:
        return type(error), str(error)


@given(VALUES, st.booleans())
def test_what_was_written_is_read_alike(value: Any, ascii_only: bool) -> None:
    line = json.dumps(value, ensure_ascii=ascii_only)
    assert repr(read_line(line)) == repr(json.loads(line))


@given(st.text(alphabet='{}[]",:\\ue0192.-+ tn\t\x00é\ud800', max_size=12))
def test_what_is_no_json_is_refused_alike(line: str) -> None:
    assert repr(ours(line)) == repr(by_the_library(line))


@pytest.mark.parametrize(
    "line",
    [
        '{"id": 1, "id": 2}',
        '{"id": 18446744073709551616}',
        '{"id": -9223372036854775809}',
        '{"id": 1' + "0" * 4000 + "}",
        '{"id": 1' + "0" * 5000 + "}",
        '{"id": 1e999}',
        '{"id": NaN, "to": -Infinity}',
        '{"id": "\\ud800"}',
        '{"id": "\ud800"}',
        '\ufeff{"id": 1}',
        '{"id": 1} {"id": 2}',
        "[" * 100_000,
        "",
    ],
    ids=range(13),
)
def test_rare_lines_are_read_alike(line: str) -> None:
    assert repr(ours(line)) == repr(by_the_library(line))


@given(st.dictionaries(st.text(), VALUES, max_size=4))
def test_an_answer_is_written_on_one_line_and_means_the_same(answer: dict[str, Any]) -> None:
    line = written_line(answer)
    assert [at for at, letter in enumerate(line) if letter == "\n"] == [len(line) - 1]
    assert json.loads(line) == answer


def test_letters_stay_as_they_are_but_what_is_none_is_escaped() -> None:
    assert written_line({"id": "Zürich"}) == '{"id":"Zürich"}\n'
    assert written_line({"id": "\ud800"}) == '{"id":"\\ud800"}\n'


def test_what_json_has_no_number_for_is_null() -> None:
    assert written_line({"id": math.inf}) == '{"id":null}\n'
