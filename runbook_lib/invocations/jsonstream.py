"""JSON values out of a text that is too large to hold: the pages of filter-log-events, lists, lines of objects."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import IO, Any

from runbook_lib.errors import UsageError
from runbook_lib.lines import read_line

__all__ = ["Scanner"]

_CHUNK = 1 << 20
_BLANK = re.compile(r"[\s,]*")
_LISTS = frozenset({"events", "logEvents", "results"})
_BETWEEN = "}\n{"
_ENDS = ("},\n", "}\n{", '},{"', '}, {"')
_SPACE = re.compile(r"\s*")
_KEY = re.compile(r'\s*,?\s*"((?:[^"\\]|\\.)*)"\s*:\s*')
_decode: Callable[[str, int], tuple[Any, int]] = json.JSONDecoder(strict=False).raw_decode


class Scanner:
    """Walks over a text stream; what was consumed is forgotten, only the lines are counted."""

    def __init__(self, stream: IO[str], name: str, begun: str = "") -> None:
        """`begun` is what was read of the stream already."""
        self.stream = stream
        self.name = name
        self.text = begun
        self.at = 0
        self.lines = 1
        self.is_over = False
        self.page: dict[str, Any] = {}
        """What the last page said beside its events."""

    def values(self, keys: frozenset[str]) -> Iterator[Any]:
        """The objects of the text, one after the other.

        An object whose first key is one of `keys` is a page: what its list `events`, `logEvents` or `results` holds
        comes instead, one by one, and the rest is kept in `page`. A list gives its items. Commas between values are
        taken, broken JSON is a UsageError with its line.
        """
        while self._skip(_SPACE):
            if self.text[self.at] == "[":
                self.at += 1
                yield from self._items("]")
            elif self.text[self.at] == "{" and self._first_key() in keys:
                yield from self._page()
            else:
                yield from self._items("")

    def line(self) -> int:
        """The number of the line reading has come to."""
        return self.lines + self.text.count("\n", 0, self.at)

    def fail(self, found: str) -> UsageError:
        """The error for what stands here."""
        where = f"{self.name} line {self.line()}"
        return UsageError(f"{where}: {found}; expected log events as filter-log-events prints them")

    def _first_key(self) -> str | None:
        self._ensure(256)
        found = _KEY.match(self.text, self.at + 1)
        return found[1] if found else None

    def _page(self) -> Iterator[Any]:
        self.at += 1
        self.page = {}
        while self._skip(_BLANK) and self.text[self.at] != "}":
            self._ensure(4096)
            found = _KEY.match(self.text, self.at)
            if not found:
                raise self.fail("broken JSON")
            self.at = found.end()
            if not self._skip(_SPACE):
                raise self.fail("the JSON ends in the middle")
            if found[1] in _LISTS and self.text[self.at] == "[":
                self.at += 1
                self.page[found[1]] = None
                yield from self._items("]")
            else:
                self.page[found[1]] = self._value()
        if self.at >= len(self.text):
            raise self.fail("the JSON ends in the middle")
        self.at += 1
        if "message" in self.page and all(self.page.get(name, "") is not None for name in _LISTS):
            # A line of the JSON log format whose first field is called like one of a page.
            yield self.page
            self.page = {}

    def _items(self, closing: str) -> Iterator[Any]:
        """The values up to the bracket that closes their list; without a bracket, up to the end."""
        while True:
            yield from self._batch()
            text, at = self.text, self.at
            try:
                while True:
                    found = _BLANK.match(text, at)
                    at = found.end() if found else at
                    item, at = _decode(text, at)
                    yield item
            except (ValueError, RecursionError):
                self.at = at
            if not self._skip(_BLANK):
                if not closing:
                    return
                raise self.fail("the JSON ends in the middle")
            if self.text[self.at] == closing:
                self.at += 1
                return
            yield self._value()

    def _batch(self) -> list[Any]:
        """All values up to the last that seems to end, decoded at once, which takes half the time; empty if not so.

        A cut inside a text or an object makes broken JSON, so the attempt just fails.
        """
        begin = self._past(_BLANK)
        end = max(map(self.text.rfind, _ENDS)) + 1
        if end <= begin:
            return []
        items = self.text[begin:end].replace(_BETWEEN, "},{")
        try:
            values = read_line(f"[{items}]")
        except (ValueError, RecursionError):
            return []
        self.at = end
        return list(values)

    def _past(self, what: re.Pattern[str]) -> int:
        found = what.match(self.text, self.at)
        return found.end() if found else self.at

    def _value(self) -> Any:
        """The value that begins here, read on for as long as it is not whole."""
        while True:
            try:
                value, self.at = _decode(self.text, self.at)
            except (ValueError, RecursionError) as broken:
                if not self._more():
                    where = "broken JSON" if self._is_broken_before_the_end(broken) else "the JSON ends in the middle"
                    raise self.fail(where) from None
                continue
            return value

    def _is_broken_before_the_end(self, broken: Exception) -> bool:
        return getattr(broken, "pos", 0) < len(self.text.rstrip())

    def _skip(self, what: re.Pattern[str]) -> bool:
        """Go past white space; whether anything follows."""
        while True:
            self.at = self._past(what)
            if self.at < len(self.text):
                return True
            if not self._more():
                return False

    def _ensure(self, length: int) -> None:
        while len(self.text) - self.at < length and self._more():
            pass

    def _more(self) -> bool:
        """Read on and forget what was consumed; a long value makes for longer chunks."""
        if self.is_over:
            return False
        chunk = self.stream.read(max(_CHUNK, len(self.text) - self.at))
        self.is_over = not chunk
        self.lines += self.text.count("\n", 0, self.at)
        self.text = self.text[self.at :] + chunk
        self.at = 0
        return bool(chunk)
