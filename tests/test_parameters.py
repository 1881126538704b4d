"""The parameter contract: strict names, types and files, and a parameters cell that is only literals."""

import json
from pathlib import Path

import pytest

from runbook_lib import parameters
from runbook_lib.errors import UsageError
from runbook_lib.parameters import Parameter, parameters_of, resolve_parameters, runbooks

KNOWN = (
    Parameter(name="account_id", type="str", default="", help=""),
    Parameter(name="count", type="int", default=10, help=""),
    Parameter(name="share", type="float", default=0.5, help=""),
    Parameter(name="mask", type="bool", default=False, help=""),
)
DEFAULTS = {"account_id": "", "count": 10, "share": 0.5, "mask": False}


def file(folder: Path, text: str) -> Path:
    path = folder / "given.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_defaults_then_files_then_overrides(tmp_path: Path) -> None:
    one = file(tmp_path, "count: 1\nshare: 2\n")
    two = tmp_path / "two.yaml"
    two.write_text("count: 2\n")
    assert resolve_parameters(KNOWN) == DEFAULTS
    assert resolve_parameters(KNOWN, [one, two], [("mask", "true")]) == {
        **DEFAULTS,
        "count": 2,
        "share": 2.0,
        "mask": True,
    }


def test_an_empty_or_comment_only_file_changes_nothing(tmp_path: Path) -> None:
    assert resolve_parameters(KNOWN, [file(tmp_path, "# nothing\n")]) == DEFAULTS


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("account_id", "012345678901", "012345678901"),
        ("account_id", "", ""),
        ("count", "-3", -3),
        ("share", "1e-3", 0.001),
        ("share", ".5", 0.5),
        ("mask", "False", False),
    ],
)
def test_text_from_the_command_line_takes_the_declared_type(name: str, text: str, value: object) -> None:
    found = resolve_parameters(KNOWN, (), [(name, text)])[name]
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("name", "text"), [("count", "3.0"), ("count", ""), ("share", "nan"), ("mask", "yes"), ("mask", "1")]
)
def test_text_of_another_type_is_refused(name: str, text: str) -> None:
    with pytest.raises(UsageError, match=f"parameter '{name}' must be"):
        resolve_parameters(KNOWN, (), [(name, text)])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("acount_id: x\n", "line 1: unknown parameter 'acount_id'; nearest: account_id"),
        ("# one\ncount: 1\ncount: 2\n", "line 3: parameter 'count' was given in line 2 already"),
        ("account_id: 012345670123\n", "line 1: parameter 'account_id' must be text, found 012345670123; write \"012"),
        ("account_id: no\n", 'must be text, found no; write "no" in quotes'),
        ("account_id: 2026-11-21\n", "must be text, found 2026-11-21"),
        ("account_id:\n", "must be text, found nothing"),
        ('count: "3"\n', "must be a whole number, found 3"),
        ("count: true\n", "must be a whole number, found true"),
        ("mask: 1\n", "must be true or false, found 1"),
        ("count: [1]\n", "line 1: parameter 'count' takes one value, not a list or a map"),
        ("- count\n", "line 1: expected one `name: value` per line"),
        ("count: 1\nshare: [\n", "broken YAML"),
        ("count: !!python/object:os.system x\n", "broken YAML"),
    ],
)
def test_bad_files_are_refused_with_file_and_line(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(UsageError) as error:
        resolve_parameters(KNOWN, [file(tmp_path, text)])
    assert said in str(error.value)
    assert str(error.value).startswith(str(tmp_path / "given.yaml"))
    assert "\n" not in str(error.value)


def test_a_quoted_account_id_keeps_its_leading_zero(tmp_path: Path) -> None:
    assert resolve_parameters(KNOWN, [file(tmp_path, 'account_id: "012345670123"')])["account_id"] == "012345670123"


@pytest.mark.parametrize("content", [None, b"\xff\xfe"])
def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "given.yaml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UsageError, match="cannot read parameter file"):
        resolve_parameters(KNOWN, [path])


def test_a_name_twice_on_the_command_line_is_refused() -> None:
    with pytest.raises(UsageError, match="parameter 'count' is given twice"):
        resolve_parameters(KNOWN, (), [("count", "1"), ("count", "2")])


def notebook(folder: Path, source: str) -> None:
    cells = [
        {"cell_type": "markdown", "source": ["# A title\n", "\n", "| **Question** | Is it so? |\n"], "metadata": {}},
        {"cell_type": "code", "source": source, "metadata": {"tags": ["parameters"]}},
    ]
    (folder / "07_toy.ipynb").write_text(json.dumps({"cells": cells}))


def test_a_parameters_cell_is_read_as_syntax(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parameters, "_FOLDER", tmp_path)
    notebook(tmp_path, 'idle: int = 350  # idle time before the NAT gateway forgets (s)\nname: str = "# no (help)"\n')
    (book,) = runbooks()
    assert (book.name, book.title, book.question) == ("toy", "A title", "Is it so?")
    assert book.parameters == (
        Parameter(name="idle", type="int", default=350, help="idle time before the NAT gateway forgets", unit="s"),
        Parameter(name="name", type="str", default="# no (help)", help=""),
    )


@pytest.mark.parametrize(
    "line",
    ["x = 1", "x: int", "x: list = []", 'x: int = "1"', "x: int = 1 + 1", "x: float = 1", "import os", "x: str = f()"],
)
def test_anything_but_a_typed_literal_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str) -> None:
    monkeypatch.setattr(parameters, "_FOLDER", tmp_path)
    notebook(tmp_path, f"a: int = 1\n{line}\n")
    with pytest.raises(UsageError, match="parameters cell, line 2"):
        parameters_of("toy")


def test_unknown_runbook_names_the_nearest() -> None:
    with pytest.raises(UsageError, match="unknown runbook 'vpc_endpoint'; nearest: vpc_endpoints"):
        parameters_of("vpc_endpoint")
