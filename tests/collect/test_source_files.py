"""Source files of a folder: what is read, what is told as not read, and that nothing disappears silently."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from runbook_lib.collect.source_files import SourceText, SourceTexts, read_sources
from runbook_lib.errors import UsageError

SUFFIXES = (".py", ".js")


def put(folder: Path, name: str, content: bytes | str = "x = 1\n") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def read(folder: Path, **limits: int) -> SourceTexts:
    return read_sources(folder, SUFFIXES, **limits)


def names(folder: Path) -> list[str]:
    return [one.name for one in read(folder).files]


def only(folder: Path) -> SourceText:
    (one,) = read(folder).files
    return one


def test_source_is_read_and_the_rest_is_left_out(tmp_path: Path) -> None:
    for name in ("b.py", "lib/a.py", "lib/deep/c.js", "UPPER.PY"):
        put(tmp_path, name)
    for name in ("readme.md", "node_modules/x/i.js", ".venv/a.py", "venv/a.py", "dist/a.js", "__pycache__/a.py"):
        put(tmp_path, name)
    put(tmp_path, "lib/node_modules/y.js")
    assert names(tmp_path) == ["UPPER.PY", "b.py", "lib/a.py", "lib/deep/c.js"]
    assert {one.text for one in read(tmp_path).files} == {"x = 1\n"}
    assert read(tmp_path).cut is None


def test_one_file_can_be_named(tmp_path: Path) -> None:
    assert read(put(tmp_path, "a.py")) == SourceTexts((SourceText("a.py", "x = 1\n"),))
    with pytest.raises(UsageError, match=r"a\.md is no source that can be read; expected \.js, \.py"):
        read(put(tmp_path, "a.md"))


def test_what_does_not_exist_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="does not exist"):
        read(tmp_path / "none")


def test_an_empty_folder_holds_nothing(tmp_path: Path) -> None:
    assert read(tmp_path) == SourceTexts(())


# links


def test_links_that_go_round_end(tmp_path: Path) -> None:
    put(tmp_path, "src/a.py")
    (tmp_path / "src" / "loop").symlink_to(tmp_path)
    (tmp_path / "self.py").symlink_to("self.py")
    (tmp_path / "again.py").symlink_to("src/a.py")
    assert names(tmp_path) == ["src/a.py"]


def test_links_that_lead_out_are_told_and_not_followed(tmp_path: Path) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    outside = put(tmp_path, "outside/secret.py").parent
    (inside / "shared").symlink_to(outside)
    (inside / "one.py").symlink_to(outside / "secret.py")
    (inside / "notes.md").symlink_to(outside / "secret.py")
    why = "a link that leads out of the folder is not followed"
    assert read(inside).files == (SourceText("one.py", unread=why), SourceText("shared", unread=why))


# what cannot be read


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"\xef\xbb\xbfx = 1\n", "x = 1\n"),
        ("x = 'é'\n".encode(), "x = 'é'\n"),
        ("# -*- coding: latin-1 -*-\nx = 'é'\n".encode("latin-1"), "# -*- coding: latin-1 -*-\nx = 'é'\n"),
        ("# coding: cp1252\nx = '€'\n".encode("cp1252"), "# coding: cp1252\nx = '€'\n"),
        ("x = 'é'\n".encode("utf-16"), "x = 'é'\n"),
        (b"", ""),
    ],
)
def test_odd_encodings_of_python(tmp_path: Path, content: bytes, text: str) -> None:
    put(tmp_path, "a.py", content)
    assert only(tmp_path) == SourceText("a.py", text)


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("a.py", b"x = 1\ny = '\xe9'\n", "line 2: it is no utf-8 text"),
        ("a.py", b"# one\n# two\ny = '\xe9'\n", "line 3: it is no utf-8 text"),
        ("a.py", b"# coding: nonsense\n", "line 1: its encoding is not known"),
        ("a.py", b"\x7fELF\0\0\0", "it is no text"),
        ("a.js", b"const a = 1;\nconst b = '\xe9';\n", "line 2: it is no utf-8 text"),
        ("a.js", b"\xff\xfea", "line 1: it is no utf-16-le text"),
        ("app.min.js", b"a()", "it was made by a bundler or minifier: give the source it was made of"),
        ("a.js", b"a;" * 2501, "it was made by a bundler or minifier: give the source it was made of"),
    ],
)
def test_what_is_no_source_is_told(tmp_path: Path, name: str, content: bytes, why: str) -> None:
    put(tmp_path, name, content)
    assert only(tmp_path) == SourceText(name, unread=why)


def test_a_long_line_that_is_just_short_enough_is_read(tmp_path: Path) -> None:
    put(tmp_path, "a.js", b"a;" * 2500)
    assert only(tmp_path).unread is None


@pytest.mark.parametrize(("size", "is_read"), [(100, True), (101, False)])
def test_large_files_are_told(tmp_path: Path, size: int, is_read: bool) -> None:
    put(tmp_path, "a.py", b"#" * size)
    (one,) = read(tmp_path, most_bytes=100).files
    assert one.unread == (None if is_read else "101 bytes are more than 100")


def test_what_is_no_file_is_told(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.py")
    assert only(tmp_path) == SourceText("pipe.py", unread="it is no regular file")


def test_folders_that_cannot_be_read_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path, "a.py")
    put(tmp_path, "closed/b.py")
    real = os.scandir

    def refusing(path: str) -> object:
        if str(path).endswith("closed"):
            raise PermissionError(13, "Permission denied", str(path))
        return real(path)

    monkeypatch.setattr("os.scandir", refusing)
    assert read(tmp_path).files == (
        SourceText("a.py", "x = 1\n"),
        SourceText("closed", unread="the folder cannot be read"),
    )


# limits


@pytest.mark.parametrize(("most", "cut"), [(3, None), (2, "only 2 of 3 source files were read")])
def test_the_number_of_files_is_limited_and_told(tmp_path: Path, most: int, cut: str | None) -> None:
    for name in ("a.py", "b.py", "c.py"):
        put(tmp_path, name)
    found = read(tmp_path, most_files=most)
    assert (len(found.files), found.cut) == (most, cut)


def test_the_size_of_all_files_is_limited_and_told(tmp_path: Path) -> None:
    for name in ("a.py", "b.py", "c.py"):
        put(tmp_path, name, b"#" * 600_000)
    found = read(tmp_path, most_bytes_in_all=1 << 20)
    assert (len(found.files), found.cut) == (2, "only 1 MiB of source were read")
    assert read(tmp_path, most_bytes_in_all=1_800_000).cut is None
